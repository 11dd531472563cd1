"""Seeding ``team.toml``: who has a user in the CRMs, who of them is in the roster, and the entries that are missing.

Knows the roster's file and the application; what a colleague's role is remains a guess that a person confirms, so new
entries take no hand-offs (weight 0) until somebody says so.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import tomlkit
from msgspec import Struct
from msgspec.structs import replace
from tomlkit.items import AoT

from connector.app import App
from connector.decide.roster import Colleague, Listed, Work, colleagues, plain_email
from connector.errors import BadConfiguration
from connector.playbook import Playbook, load
from connector.playbook.loading import Loaded
from connector.rules.toml import Table, parse

TEAM, ROUTING = "team.toml", "routing.toml"
CHECK = "check the role, then give a weight to who takes hand-offs"


class Roster(Struct, frozen=True):
    """Who works at a company. ``added`` and ``completed``: names written to the roster just now."""

    company: str
    colleagues: tuple[Colleague, ...]
    unmatched: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    completed: tuple[str, ...] = ()
    fallback: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The document of ``leadloop team COMPANY --json``."""
        rows = [
            {
                "name": each.name,
                "email": each.email,
                "ids": dict(each.ids),
                "member": each.member,
                "active": each.is_active,
                "inactive": list(each.inactive),
                "missing": list(each.missing),
                "duplicated": list(each.duplicated),
                "role": each.role,
                "leads": each.work.leads,
                "opportunities": each.work.opportunities,
            }
            for each in self.colleagues
        ]
        return {
            "schema": 1,
            "company": self.company,
            "colleagues": rows,
            "unmatched": list(self.unmatched),
            "added": list(self.added),
            "completed": list(self.completed),
            "fallback": self.fallback,
        }


def read_roster(app: App, company: str, installed: Sequence[str], *, write: bool = False) -> Roster:
    """Ask the CRMs who their users are and compare; ``write``: add who is missing to the company's own files.

    ``installed``: the systems that an adapter is installed for.
    """
    settings = app.settings.company(company)
    if write and settings.mappings is None:
        raise BadConfiguration(
            "the company has no folder of its own files",
            where=f"{app.settings.file.name}: [companies.{company}] mappings",
            remedy=f'write mappings = "mappings/{company}" and create the folder',
        )
    loaded = load(settings.mappings, systems=tuple(sorted(installed)))
    for mapping in loaded.mapping.of_kind("user"):
        if mapping.system in settings.systems:
            app.backfill(company, system=mapping.system, object_name=mapping.object)
    found = _compare(app, company, loaded, tuple(sorted(settings.systems)))
    if write and settings.mappings is not None:
        return _write(found, settings.mappings, loaded.playbook, tuple(sorted(installed)))
    return found


def _compare(app: App, company: str, loaded: Loaded, systems: Sequence[str]) -> Roster:
    company_id, store = app.state(company).company_id, app.stores.roster
    seats = store.seats(company_id)
    user_of = {(seat.system, seat.owner_id): seat.user_id for seat in seats}
    work: dict[int, Work] = {user: Work(0, count) for user, count in store.open_opportunities(company_id).items()}
    for key, count in store.open_leads(company_id).items():
        if key in user_of:
            before = work.get(user_of[key], Work())
            work[user_of[key]] = replace(before, leads=max(before.leads, count))
    team = [Listed(member.name, member.ids, member.email) for member in loaded.playbook.team]
    found = colleagues(seats, team, systems, work)
    seen = {each.member for each in found}
    return Roster(company, tuple(found), tuple(each.name for each in team if each.name not in seen))


def _write(roster: Roster, folder: Path, playbook: Playbook, systems: Sequence[str]) -> Roster:
    """New members, and the ids that known ones lack. The files are checked as a whole before they replace the old."""
    team_file, routing_file = folder / TEAM, folder / ROUTING
    team, routing = _document(team_file), _document(routing_file)
    completed = _complete(team, roster.colleagues)
    added = _add(team, roster.colleagues, systems)
    names = [*(member.name for member in playbook.team), *(each["name"] for each in added)]
    fallback = playbook.routing.fallback
    if names and fallback is None:
        fallback = next((each["name"] for each in added if each["role"] == "manager"), names[0])
        routing.setdefault("fallback", tomlkit.table())["member"] = fallback
    else:
        fallback = None
    changed = [(team_file, team)] if added or completed else []
    changed += [(routing_file, routing)] if fallback is not None else []
    _replace(changed, folder, systems)
    return replace(roster, added=tuple(each["name"] for each in added), completed=tuple(completed), fallback=fallback)


def _document(path: Path) -> Any:
    if not path.exists():
        return tomlkit.document()
    text = path.read_text(encoding="utf-8")
    Table(parse(text, path.name), path.name)  # one sentence for what is not TOML
    return tomlkit.parse(text)


def _complete(team: Any, found: Iterable[Colleague]) -> list[str]:
    """Ids in systems where the roster names none, when the address says it is the same colleague."""
    by_member = {each.member: each for each in found if each.member is not None}
    completed = []
    for row in team.get("members", ()):
        colleague = by_member.get(str(row.get("name", "")))
        if colleague is None:
            continue
        known = {key.rpartition("_")[0].rpartition("_")[0] for key in row if key.endswith(("_user_id", "_owner_id"))}
        new = {system: value for system, value in colleague.ids.items() if system not in known}
        new = {system: value for system, value in new.items() if system not in colleague.inactive}
        for system, value in sorted(new.items()):
            row[f"{system}_user_id"] = value
        if new:
            completed.append(str(row["name"]))
    return completed


def _add(team: Any, found: Iterable[Colleague], systems: Sequence[str]) -> list[Mapping[str, str]]:
    """An entry for every active colleague whose role can be guessed; the others a person adds."""
    new = [each for each in found if each.member is None and each.is_active and each.role is not None]
    if not new:
        return []
    taken = {str(row.get("name", "")) for row in team.get("members", ())}
    if "members" not in team:
        team["members"] = tomlkit.aot()
    names = {each.name for each in new} | taken
    added: list[Mapping[str, str]] = []
    for colleague in new:
        entry = _entry(colleague, taken, names)
        taken.add(str(entry["name"]))
        added.append(entry)
        row: Any = tomlkit.table()
        if isinstance(team["members"], AoT):
            row.add(tomlkit.comment(CHECK))
        for key, value in entry.items():
            row.add(key, value)
        team["members"].append(row if isinstance(team["members"], AoT) else dict(entry))
    return added


def _entry(colleague: Colleague, taken: set[str], names: set[str]) -> dict[str, Any]:
    name = colleague.name if colleague.name not in taken else f"{colleague.name} ({colleague.email})"
    entry: dict[str, Any] = {"name": name, "role": colleague.role}
    active = {system: value for system, value in colleague.ids.items() if system not in colleague.inactive}
    entry |= {f"{system}_user_id": value for system, value in sorted(active.items())}
    if colleague.email:
        entry["email"] = plain_email(colleague.email)
    if colleague.manager in names and colleague.manager != name:
        entry["manager"] = colleague.manager
    return entry | {"weight": 0}


def _replace(changed: Sequence[tuple[Path, Any]], folder: Path, systems: Sequence[str]) -> None:
    """Write all files, and put the old ones back when the rules cannot be read any more."""
    before = {path: path.read_bytes() if path.exists() else None for path, _ in changed}
    for path, document in changed:
        fresh = path.with_name(f".{path.name}.new")
        fresh.write_text(tomlkit.dumps(document), encoding="utf-8")
        os.replace(fresh, path)
    try:
        load(folder, systems=tuple(systems))
    except BadConfiguration:
        for path, content in before.items():
            if content is None:
                path.unlink()
            else:
                path.write_bytes(content)
        raise
