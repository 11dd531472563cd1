"""Imported history beside a company's own people: where both lie, and how somebody is found and told of.

The one place that knows every store company in which a company's people are. Whoever looks for a person, or erases
one, goes through ``places_of``; imported people are in no CRM, so nothing of them is ever routed, told or written.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from connector.app import App
from connector.clock import end_of_day, from_micros, to_micros
from connector.model import Stage
from connector.ports.companies import CompanyState
from connector.ports.evaluation import Evaluation
from connector.ports.history import HISTORY, PastPerson
from connector.ports.reporting import Trace
from connector.report.judging import NO_GRADE, grade_of
from connector.report.story import Story, find, story
from connector.store.past import SqlPastReader


def imported_of(app: App, company: str) -> CompanyState | None:
    """The store company of the imported history; ``None`` when nothing was ever imported."""
    return app.companies.known(company + HISTORY)


def places_of(app: App, company: str) -> tuple[CompanyState, ...]:
    """Every store company that holds people of this one: its own, and its imported history."""
    imported = imported_of(app, company)
    return (app.state(company), *([imported] if imported is not None else ()))


def explain_anybody(app: App, company: str, named: str) -> Story:
    """The story of a person of the company, or of one who is only in imported files."""
    app.prepare()
    for place in places_of(app, company):
        if place.name != company and app.reporting.find_people(place.company_id, named):
            return _imported_story(app, company, place, named)
        if app.reporting.find_people(place.company_id, named):
            break
    return app.explain(company, named)


def only_imported(app: App, company: str) -> str | None:
    """What a report of a company says as long as it has nobody but imported people."""
    reader, imported = SqlPastReader(app.database), imported_of(app, company)
    if (
        imported is None
        or reader.has_people(app.state(company).company_id)
        or not reader.has_people(imported.company_id)
    ):
        return None
    return (
        "Reports are of the people read from the CRMs, and none was read yet; what was imported is shown by "
        f"leadloop backtest {company} and, person by person, by leadloop explain {company}."
    )


def _imported_story(app: App, company: str, place: CompanyState, named: str) -> Story:
    """As of the end of what was imported, by the playbook of today."""
    reader, zone = SqlPastReader(app.database), app.settings.company(company).zone
    person_id = find(app.reporting, place.company_id, company, named)
    facts = app.reporting.person(place.company_id, person_id)
    end = reader.last_fact(place.company_id)
    assert facts is not None
    assert end is not None
    as_of = to_micros(end_of_day(end, zone))
    definitions = app.loaded(company).playbook.definitions
    told = app.evaluations.explain(place.company_id, definitions, as_of, person_id, then=True)
    [past] = reader.people(place.company_id, person_id - 1, 1)
    known = reader.known(place.company_id, {person_id: as_of})[person_id].values
    row = {**facts.person, **{name: value for name, value in known.items() if name in facts.person}}
    if told is not None:
        row |= _standing(told.evaluation, past)
    facts = replace(facts, person=row, traces=(*facts.traces, *_deals(past)))
    when = "whose order is known but not the dates" if past.undated else f"as of {end.astimezone(zone):%Y-%m-%d}"
    said = f"Imported history, {when}: in no CRM, judged by today's playbook; nothing of it is routed, told or written."
    return replace(story(company, facts, told), imported=said)


def _standing(verdict: Evaluation, past: PastPerson) -> dict[str, Any]:
    """Where the playbook would see the person; what happened to deals goes first."""
    rungs = [Stage(rung) for rung in verdict.rungs]
    stage = max((Stage.NAME, *rungs), key=lambda each: each.rank)
    if past.wins:
        stage = Stage.CUSTOMER
    elif past.opened_at is not None and past.lost_at is None:
        stage = Stage.PROSPECT
    grade = grade_of(verdict) if stage is Stage.QUALIFIED_LEAD else NO_GRADE
    found = {"stage": stage.value, "grade": None if grade == NO_GRADE else grade, "junk_rule": verdict.junk_rule}
    return found | {"score_milli": verdict.total_milli}


def _deals(past: PastPerson) -> Iterator[Trace]:
    """The deals, as far as they matter for the course: the first opened, the first won, the last lost."""
    moments: tuple[tuple[str, datetime | None, int | None], ...] = (
        ("opened", past.opened_at, None),
        ("won", past.won_at, past.won_cents),
        ("lost", past.lost_at, None),
    )
    for state, at, cents in moments:
        if at is not None and at > from_micros(0):
            yield Trace(at, 0, "opportunity", {"state": state, "amount_cents": cents})
