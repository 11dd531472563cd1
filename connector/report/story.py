"""One person's story: where they stand, why, what is missing, and everything that happened, in order of time.

Pure shaping of stored histories and of the explanation that the evaluation statement gave; nothing here is computed
a second time. The words of a single happening are in ``sentences``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from connector.errors import BadConfiguration
from connector.model import Stage
from connector.ports.evaluation import Explanation
from connector.ports.reporting import PersonFacts, Reporting, Trace
from connector.report.sentences import Names, plain, say
from connector.report.story_account import account_of

CURRENT = (
    "stage",
    "stage_since",
    "disposition",
    "motion",
    "cycle_number",
    "grade",
    "track",
    "next_step",
    "next_step_due",
    "expected_value",
    "recycle_until",
    "recycle_reason",
    "junk_rule",
    "email_opt_out",
    "phone_opt_out",
    "published_score",
    "published_at",
    "evaluated_at",
    "next_evaluation_at",
)
"""Columns of the person that say where they stand."""

WHO = ("email", "first_name", "last_name", "title", "account_name")
RECORD = ("system", "object", "record_id", "external_key", "state", "is_primary", "stamped")
ORDER = (
    "link_event",
    "person_field_history",
    "activity",
    "stage_history",
    "score_history",
    "disposition_history",
    "assignment",
    "track_history",
    "movement",
    "track_touch",
    "follow_up_event",
    "opportunity",
    "journal",
    "conflict",
)
"""What of one moment comes first: causes before what followed from them."""


class Happening(Struct, frozen=True):
    """One line of the timeline. ``kind``: record, field, activity, stage, score, disposition, assignment, track,
    movement, touch, clock, deal, write or conflict; ``detail``: evidence, path, rule and the like, as they were stored.
    """

    at: datetime
    kind: str
    text: str
    detail: Mapping[str, Any]


class Points(Struct, frozen=True):
    """The score as of the company's day. ``rules``: what each rule gave; ``evidence``: by which activities.

    ``agrees``: whether the stored total is the same.
    """

    total_milli: int
    fit_milli: int
    engagement_milli: int
    readiness_milli: int
    grade_if_open: str | None
    agrees: bool
    rules: tuple[Mapping[str, Any], ...]
    evidence: tuple[Mapping[str, Any], ...]


class Story(Struct, frozen=True):
    """Everything known of one person. ``missing_for_stage`` and ``missing_for_grade``: what would lead further.

    ``responsible``: a colleague's name, a team, or empty. ``writes_open``: planned or failed writes, field by field.
    ``account``: the employer, as ``connector.report.story_account`` tells it. ``worth``: the factors of the expected
    value, each with its origin. ``imported``: what to know of somebody who is only in imported files.
    """

    company: str
    person: str
    who: Mapping[str, Any]
    current: Mapping[str, Any]
    responsible: str
    records: tuple[Mapping[str, Any], ...]
    points: Points | None
    next_stage: str | None
    missing_for_stage: tuple[str, ...]
    next_grade: str | None
    missing_for_grade: str | None
    holds: tuple[Mapping[str, Any], ...]
    writes_open: tuple[Mapping[str, Any], ...]
    timeline: tuple[Happening, ...]
    account: Mapping[str, Any] | None = None
    worth: tuple[str, ...] = ()
    imported: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The document that ``--json`` prints; moments as ISO text."""
        points = None if self.points is None else asdict(self.points)
        nested = {"points": points, "timeline": [asdict(each) for each in self.timeline]}
        document: dict[str, Any] = plain({"schema": 1, "report": "explain", **(asdict(self) | nested)})
        return document


def find(reporting: Reporting, company_id: int, company: str, named: str) -> int:
    """The one person with this e-mail, key or record id; an error that does not repeat what was asked for."""
    people = reporting.find_people(company_id, named)
    if len(people) == 1:
        return people[0]
    if not people:
        raise BadConfiguration(
            "nobody has this e-mail, key or record id",
            where=f"company {company}",
            remedy="check the spelling, or sync first if the record is new",
        )
    raise BadConfiguration(
        f"{len(people)} people have this e-mail or id",
        where=f"company {company}",
        remedy="name one of them by a record id or the person key",
    )


def story(company: str, facts: PersonFacts, explanation: Explanation | None) -> Story:
    """The story of a person. ``explanation`` comes from the same statement that evaluates everybody."""
    person, names = facts.person, Names(facts.users)
    next_stage, missing = _missing_for_stage(person, explanation)
    return Story(
        company=company,
        person=person["person_key"],
        who={name: person[name] for name in WHO if person.get(name)},
        current={name: person.get(name) for name in CURRENT},
        responsible=_responsible(person, names),
        records=tuple({name: link[name] for name in RECORD} for link in facts.links),
        points=_points(person, explanation),
        next_stage=next_stage,
        missing_for_stage=missing,
        next_grade=explanation.next_grade if explanation else None,
        missing_for_grade=_missing_for_grade(explanation),
        holds=tuple(_hold(hold) for hold in facts.holds),
        writes_open=tuple(_open_writes(facts.planned)),
        timeline=tuple(_happening(trace, names) for trace in sorted(facts.traces, key=_order)),
        account=account_of(person, facts.account, names),
    )


def _order(trace: Trace) -> tuple[datetime, int, int]:
    return trace.at, ORDER.index(trace.source), trace.seq


def _happening(trace: Trace, names: Names) -> Happening:
    kind, text, detail = say(trace, names)
    return Happening(trace.at, kind, text, detail)


def _responsible(person: Mapping[str, Any], names: Names) -> str:
    if person.get("owner_id") is not None:
        return names.user(person["owner_id"])
    return person.get("accountable") or ""


def _points(person: Mapping[str, Any], explanation: Explanation | None) -> Points | None:
    if explanation is None:
        return None
    verdict = explanation.evaluation
    return Points(
        total_milli=verdict.total_milli,
        fit_milli=verdict.fit_milli,
        engagement_milli=verdict.engagement_milli,
        readiness_milli=verdict.readiness_milli,
        grade_if_open=verdict.grade_open,
        agrees=person.get("score_milli") == verdict.total_milli,
        rules=tuple(asdict(line) for line in explanation.points),
        evidence=tuple(asdict(line) for line in explanation.evidence),
    )


def _missing_for_stage(
    person: Mapping[str, Any], explanation: Explanation | None
) -> tuple[str | None, tuple[str, ...]]:
    """The next stage of the ladder and, in words, each way into it; none missing when one already holds."""
    ladder = list(Stage)
    rank = Stage(person["stage"]).rank
    if explanation is None or rank + 1 >= len(ladder):
        return None, ()
    following = ladder[rank + 1].value
    kept = [f"{entry.rule}: {entry.english}" for entry in explanation.entries if entry.subject == "move"]
    if following in explanation.evaluation.rungs:
        return following, tuple(kept)
    verdicts = [entry for entry in explanation.entries if entry.subject in ("scope", "junk", "hold")]
    ways = [entry for entry in explanation.entries if entry.subject == following and not entry.holds]
    held_back = [f"not while this holds: {entry.english}" for entry in verdicts]
    return following, (*held_back, *(f"{entry.rule}: {entry.english}" for entry in ways), *kept)


def _missing_for_grade(explanation: Explanation | None) -> str | None:
    if explanation is None or explanation.to_next_grade_milli is None:
        return None
    return f"{explanation.to_next_grade_milli / 1000:g} points to {explanation.next_grade}"


def _hold(hold: Mapping[str, Any]) -> dict[str, Any]:
    return {name: hold[name] for name in ("field", "why", "by", "at", "until")}


def _open_writes(planned: Iterable[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    for row in planned:
        where = {name: row[name] for name in ("system", "object", "record_id", "state", "held_by", "error_code")}
        for name, change in sorted(row["changes"].items()):
            wanted = {key: change.get(key) for key in ("before", "after", "rule", "reason")}
            yield {**where, "field": name, **wanted}
