"""Gaps around people: questions nobody uses or can answer, and routing without anybody to fall back on."""

from __future__ import annotations

from collections.abc import Iterator

from connector.playbook.checks.findings import File, Finding
from connector.playbook.checks.possible import covers, why_never
from connector.playbook.playbook import Playbook
from connector.rules.conditions import Condition
from connector.rules.mapping import Mapping


def check_questions(playbook: Playbook, mapping: Mapping, file: File) -> Iterator[Finding]:
    """Questions that change nothing, or that no field of a CRM can answer."""
    used = playbook.fields_used
    read = {field.read for entry in mapping.of_kind("person") for field in entry.fields if field.read}
    for question in playbook.questions:
        place = f"questions.{question.field}"
        if question.field not in read:
            said = f"no CRM field is read into {question.field}: read one in fields.toml, or it stays unanswered"
            yield file.note(place, "", said)
        if question.field not in used and question.until is None:
            yield file.note(place, "", f"no points, no stage and no knock-out asks for {question.field}")
        if not question.asked:
            yield file.note("", "ask_next", f"{question.field} is never asked: it is not in the list")


def check_routing(playbook: Playbook, file: File, *, company: bool) -> Iterator[Finding]:
    """A fallback that always exists (PLAYBOOK 8.1); a pool that somebody is in."""
    if playbook.routing.fallback is None:
        said = "nobody gets what no rule can place: name the fallback, a member of team.toml"
        yield (file.error if company else file.note)("fallback", "member", said)
        return
    sellers = [each for each in playbook.team if each.role in playbook.sales_roles and each.weight > 0]
    staffed = {pool for each in sellers for pool in each.pools}
    if playbook.routing.default_pool not in staffed:
        said = f'nobody in team.toml takes hand-offs of the pool "{playbook.routing.default_pool}"'
        yield file.warning("pool", "default", said)
    yield from _territories(playbook, staffed, file)
    if playbook.routing.marketing_owner is None:
        yield file.note("marketing", "owner", "no colleague answers for the people marketing keeps, only the team")


def _territories(playbook: Playbook, staffed: set[str], file: File) -> Iterator[Finding]:
    earlier: list[Condition] = []
    for number, territory in enumerate(playbook.routing.territories, 1):
        place = f"territories[{number}]"
        reason = why_never(territory.when)
        if reason is not None:
            yield file.error(place, "when", f'nobody is ever in the territory "{territory.name}": {reason}')
        elif covers(earlier, territory.when):
            said = f'nobody is ever in the territory "{territory.name}": an earlier one covers it'
            yield file.error(place, "when", said)
        if territory.pool not in staffed:
            yield file.warning(place, "pool", f'nobody in team.toml takes hand-offs of the pool "{territory.pool}"')
        earlier.append(territory.when)
