"""``routing.toml``: the fallback, who answers for marketing, the pool's limits. Decides what the file may say."""

from __future__ import annotations

from collections.abc import Sequence

from connector.playbook.playbook import RoutingSettings, TeamMember
from connector.rules.toml import Table, nearest


def parse(table: Table, team: Sequence[TeamMember]) -> RoutingSettings:
    """The typed file. With a team the fallback is required; without one nobody is handed off and nothing is."""
    names = [member.name for member in team]
    fallback, marketing, partners = (table.table(key, required=True) for key in ("fallback", "marketing", "partners"))
    pool, returning = table.table("pool", required=True), table.table("returning", required=True)
    settings = RoutingSettings(
        fallback=_fallback(fallback, names),
        marketing_owner=_person(marketing, "owner", names),
        partner_manager=_person(partners, "manager", names),
        default_pool=pool.text("default"),
        daily_max=_positive(pool, "daily_max"),
        open_unaccepted_max=_positive(pool, "open_unaccepted_max"),
        hours_matter_below_minutes=_positive(pool, "hours_matter_below_minutes"),
        returning_days=_positive(returning, "days"),
    )
    for part in (fallback, marketing, partners, pool, returning, table):
        part.finish()
    return settings


def _fallback(table: Table, names: list[str]) -> str | None:
    if names and not table.text("member", ""):
        remedy = "name in your own routing.toml the member of team.toml who gets what nobody else can take"
        raise table.error("member", "missing", remedy)
    return _person(table, "member", names)


def _person(table: Table, key: str, names: list[str]) -> str | None:
    name = table.text(key, "")
    if not name:
        return None
    if name not in names:
        remedy = nearest(name, names) or "add the member to team.toml"
        raise table.error(key, f'"{name}" is not in team.toml', remedy)
    return name


def _positive(table: Table, key: str) -> int:
    number = table.integer(key)
    if number < 1:
        raise table.error(key, "expected 1 or more")
    return number
