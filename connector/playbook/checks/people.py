"""Gaps around people: questions nobody uses or can answer, and routing without anybody to fall back on."""

from __future__ import annotations

from collections.abc import Iterator

from connector.playbook.checks.findings import File, Finding
from connector.playbook.playbook import Playbook
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
    pool = playbook.routing.default_pool
    sellers = [each for each in playbook.team if each.role in playbook.sales_roles and each.weight > 0]
    if not any(each.pool == pool for each in sellers):
        yield file.warning("pool", "default", f'nobody in team.toml takes hand-offs of the pool "{pool}"')
    if playbook.routing.marketing_owner is None:
        yield file.note("marketing", "owner", "no colleague answers for the people marketing keeps, only the team")
