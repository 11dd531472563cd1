"""``sync.value.ValueStore``: the models of winning, and a company's record of cycles and amounts. One read each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from statistics import median_low
from typing import Any

from sqlalchemy import Connection, and_, case, func, select

from connector.decide.expected_value import Track, ValueRules
from connector.decide.win_model import WinModel, from_body
from connector.store.counters import reserve
from connector.store.database import Database
from connector.store.sql import table
from connector.store.tables import Cycle, Opportunity, OpportunityPerson, Person, WinModelRow

_model, _cycle, _person = table(WinModelRow), table(Cycle), table(Person)
_opportunity, _role = table(Opportunity), table(OpportunityPerson)
DECIDED = ("won", "lost", "disqualified")
DAYS_PER_MONTH = 30.44


class SqlValueStore:
    """``sync.value.ValueStore`` on SQLite and PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save_model(self, company: int, model: WinModel, at: datetime) -> None:
        """A new model; the ones before stay, but count no more. One transaction."""
        with self._database.begin(company) as connection:
            row = {"company": company, "model_id": reserve(connection, company, "model"), "trained_at": at}
            connection.execute(_model.insert(), [row | {"digest": model.digest, "body": model.as_body()}])

    def model(self, company: int) -> WinModel | None:
        """The newest model."""
        query = select(_model.c.body).where(_model.c.company == company).order_by(_model.c.model_id.desc()).limit(1)
        with self._database.read() as connection:
            body = connection.execute(query).scalar_one_or_none()
        return None if body is None else from_body(body)

    def record(self, company: int, rules: ValueRules, now: datetime) -> Track:
        """Rates of decided cycles by grade, medians of won amounts, and further purchases per won account."""
        with self._database.read() as connection:
            grades = _grades(connection, company)
            amounts = _amounts(connection, company, rules.segment)
            repeat = _repeat(connection, company, rules, now) if rules.recurring else 0.0
        by_segment: dict[str, list[int]] = {}
        for segment, cents in amounts:
            if segment:
                by_segment.setdefault(segment.lower(), []).append(cents)
        return Track(
            grades=grades,
            median_cents=median_low([cents for _segment, cents in amounts]) if amounts else None,
            segment_cents={name: (median_low(own), len(own)) for name, own in sorted(by_segment.items())},
            repeat=repeat,
        )


def _grades(connection: Connection, company: int) -> dict[str, tuple[int, int]]:
    """Grade at the hand-off -> (won, decided)."""
    won = func.sum(case((_cycle.c.disposition == "won", 1), else_=0))
    query = select(_cycle.c.grade_at_handoff, won.label("won"), func.count().label("decided")).where(
        _cycle.c.company == company, _cycle.c.disposition.in_(DECIDED), _cycle.c.grade_at_handoff.is_not(None)
    )
    rows = connection.execute(query.group_by(_cycle.c.grade_at_handoff))
    return {row.grade_at_handoff: (int(row.won), int(row.decided)) for row in rows}


def _amounts(connection: Connection, company: int, segment: str) -> list[tuple[str | None, int]]:
    """(segment of its people, amount) of every deal that was won; one with several people counts once."""
    of_person = func.min(_person.c[segment]).label("segment")
    query = (
        select(of_person, _opportunity.c.amount_cents)
        .select_from(_opportunity.outerjoin(_role, _same_deal()).outerjoin(_person, _same_person()))
        .where(_opportunity.c.company == company, *_won())
        .group_by(_opportunity.c.system, _opportunity.c.record_id, _opportunity.c.amount_cents)
    )
    return [(row.segment, int(row.amount_cents)) for row in connection.execute(query)]


def _repeat(connection: Connection, company: int, rules: ValueRules, now: datetime) -> float:
    """Further purchases per account that bought, within the months of the rules."""
    since = now - timedelta(days=rules.loyalty_months * DAYS_PER_MONTH)
    buyer = func.coalesce(_opportunity.c.account_record_id, _opportunity.c.record_id)
    query = select(func.count().label("wins")).where(
        _opportunity.c.company == company, *_won(), _opportunity.c.closed_at >= since
    )
    wins = [int(row.wins) for row in connection.execute(query.group_by(_opportunity.c.system, buyer))]
    return _further(wins)


def _further(wins: Iterable[int]) -> float:
    counts = list(wins)
    return sum(count - 1 for count in counts) / len(counts) if counts else 0.0


def _won() -> tuple[Any, ...]:
    return _opportunity.c.is_won.is_(True), _opportunity.c.deleted.is_(False), _opportunity.c.amount_cents > 0


def _same_deal() -> Any:
    return and_(
        _role.c.company == _opportunity.c.company,
        _role.c.system == _opportunity.c.system,
        _role.c.record_id == _opportunity.c.record_id,
        _role.c.deleted.is_(False),
    )


def _same_person() -> Any:
    return and_(_person.c.company == _role.c.company, _person.c.person_id == _role.c.person_id)
