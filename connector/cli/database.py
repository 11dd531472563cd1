"""The commands of the store: db upgrade, db check."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from connector.cli.arguments import AsJson
from connector.cli.opening import opened
from connector.cli.output import print_document, print_text

if TYPE_CHECKING:
    from connector.store.invariants import Violation

LEFT_OVER = 1


def register(app: typer.Typer) -> None:
    """Add the group ``db``."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    group.command()(upgrade)
    group.command()(check)
    app.add_typer(group, name="db", help="The store: migrations and integrity.")


def upgrade(context: typer.Context, *, as_json: AsJson = False) -> int:
    """Run the missing migrations. They bring the database to the schema of this program."""
    with opened(context) as app:
        from connector.store.migrate import revision

        before = revision(app.database)
        app.upgrade()
        after = revision(app.database)
    if as_json:
        print_document({"before": before, "after": after})
    else:
        print_text(f"the database stands at {after}" + (", as before" if before == after else ""))
    return 0


def check(context: typer.Context, *, as_json: AsJson = False) -> int:
    """Check what must always hold. Exit code 1 when something does not."""
    with opened(context) as app:
        found = app.violations()
    broken = any(found.values())
    if as_json:
        companies = {name: [_plain(each) for each in violations] for name, violations in found.items()}
        print_document({"ok": not broken, "companies": companies})
    else:
        print_text("\n".join(_lines(found)) or "there is no company")
    return LEFT_OVER if broken else 0


def _plain(violation: Violation) -> dict[str, object]:
    return {
        "name": violation.name,
        "count": violation.count,
        "example": violation.example,
        "sentence": violation.sentence,
    }


def _lines(found: dict[str, list[Violation]]) -> list[str]:
    lines = []
    for name, violations in found.items():
        lines += [f"{name}: {each.name}: {each.sentence} ({each.count}, such as {each.example})" for each in violations]
        if not violations:
            lines.append(f"{name}: everything that must hold holds")
    return lines
