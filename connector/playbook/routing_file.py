"""``routing.toml``: fallback, marketing owners, pools, territories and skills. Decides what the file may say."""

from __future__ import annotations

from collections.abc import Sequence

from connector.decide.routing import Territory
from connector.playbook.playbook import PoolSettings, RoutingSettings, TeamMember
from connector.rules.condition_parser import parse as parse_condition
from connector.rules.held import by_facts_alone
from connector.rules.toml import Table, nearest

SKILLS_OTHERWISE = ("anyone", "fallback")


def parse(table: Table, team: Sequence[TeamMember], tracks: Sequence[str] = ()) -> RoutingSettings:
    """The typed file. With a team the fallback is required; without one nobody is handed off and nothing is.

    ``tracks``: the names of the nurture tracks.
    """
    names = [member.name for member in team]
    fallback, marketing, partners = (table.table(key, required=True) for key in ("fallback", "marketing", "partners"))
    pool, returning = table.table("pool", required=True), table.table("returning", required=True)
    skills = table.table("skills", required=True)
    settings = RoutingSettings(
        fallback=_fallback(fallback, names),
        marketing_owner=_person(marketing, "owner", names),
        marketing_lead=_person(marketing, "lead", names),
        partner_manager=_person(partners, "manager", names),
        default_pool=pool.text("default"),
        daily_max=_positive(pool, "daily_max"),
        open_unaccepted_max=_positive(pool, "open_unaccepted_max"),
        hours_matter_below_minutes=_positive(pool, "hours_matter_below_minutes"),
        returning_days=_positive(returning, "days"),
        pools={name: _pool(part, team) for name, part in table.table("pools").each()},
        territories=_territories(table, team),
        marketing_by_track=_by_track(marketing.table("by_track"), names, tracks),
        language_skills=_skill_words(skills.table("language"), team),
        product_skills=_skill_words(skills.table("product"), team),
        skills_must=skills.text("otherwise", among=SKILLS_OTHERWISE) == "fallback",
    )
    for part in (fallback, marketing, partners, pool, returning, skills, table):
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


def _by_track(table: Table, names: list[str], tracks: Sequence[str]) -> dict[str, str]:
    owners: dict[str, str] = {}
    for track in table.values:
        if track not in tracks:
            raise table.error(track, "is no track of nurture.toml", nearest(track, tracks))
        owner = _person(table, track, names)
        if owner is not None:
            owners[track] = owner
    return owners


def _pool(table: Table, team: Sequence[TeamMember]) -> PoolSettings:
    settings = PoolSettings(
        daily_max=_positive(table, "daily_max") if table.has("daily_max") else None,
        open_unaccepted_max=_positive(table, "open_unaccepted_max") if table.has("open_unaccepted_max") else None,
        requires_skills=_skills(table, team),
        fallback=_person(table, "fallback", [member.name for member in team]),
    )
    table.finish()
    return settings


def _territories(table: Table, team: Sequence[TeamMember]) -> tuple[Territory, ...]:
    found: list[Territory] = []
    for row in table.tables("territories"):
        territory = _territory(row, team)
        if territory.name in [each.name for each in found]:
            raise row.error("name", f'another territory is called "{territory.name}"')
        found.append(territory)
    return tuple(found)


def _territory(table: Table, team: Sequence[TeamMember]) -> Territory:
    where = table.table("when", required=True)
    condition = parse_condition(where)
    if not by_facts_alone(condition):
        raise table.error(
            "when", "a territory is told by facts of the person alone", 'write { field = "country", ... }'
        )
    territory = Territory(table.text("name"), condition, _pool_name(table, team), _skills(table, team))
    table.finish()
    return territory


def _pool_name(table: Table, team: Sequence[TeamMember]) -> str:
    name, known = table.text("pool"), sorted({pool for member in team for pool in member.pools})
    if team and name not in known:
        raise table.error("pool", f'no member of team.toml is in the pool "{name}"', nearest(name, known))
    return name


def _skills(table: Table, team: Sequence[TeamMember]) -> frozenset[str]:
    return frozenset(_skill(table, "requires_skills", word, team) for word in table.texts("requires_skills", ()))


def _skill_words(table: Table, team: Sequence[TeamMember]) -> dict[str, str]:
    return {word.casefold(): _skill(table, word, table.text(word), team) for word in table.values}


def _skill(table: Table, key: str, word: str, team: Sequence[TeamMember]) -> str:
    """A skill that somebody has: one that nobody has would send everybody to the fallback."""
    skill, known = word.strip().casefold(), sorted({skill for member in team for skill in member.skills})
    if team and skill not in known:
        raise table.error(key, f'no member of team.toml has the skill "{word}"', nearest(skill, known))
    return skill


def _positive(table: Table, key: str) -> int:
    number = table.integer(key)
    if number < 1:
        raise table.error(key, "expected 1 or more")
    return number
