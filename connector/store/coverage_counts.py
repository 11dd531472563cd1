"""What is known and settled of the people in scope: one scan of the people, counted by the database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, ColumnElement, Connection, and_, case, exists, func, or_, select

from connector.model import Stage
from connector.ports.figures import FIELDS, Coverage
from connector.store.funnel_counts import living
from connector.store.sql import table
from connector.store.tables import CrmUser, Person
from connector.store.tables.few import NO_TEAM

_person, _user = table(Person), table(CrmUser)


def coverage(connection: Connection, company: int) -> Coverage:
    """The counts; inside the caller's read. In scope: a living record, not junk, may be processed."""
    in_scope = and_(
        _person.c.company == company,
        _person.c.merged_into.is_(None),
        _person.c.junk_rule.is_(None),
        func.coalesce(_person.c.processing_restricted, False).is_(False),
        living(company),
    )
    open_lead = and_(_person.c.stage != Stage.NAME.value, _person.c.stage != Stage.CUSTOMER.value)
    qualified = _person.c.stage == Stage.QUALIFIED_LEAD.value
    columns = {
        "people": func.count(),
        "open_leads": _sum(open_lead),
        "qualified_leads": _sum(qualified),
        "graded": _sum(and_(qualified, _person.c.grade.is_not(None))),
        "owner": _sum(and_(open_lead, _is_answered_for(company))),
        "track": _sum(and_(open_lead, _person.c.track.is_not(None))),
        "next_step": _sum(and_(open_lead, _person.c.next_step.is_not(None))),
    }
    filled = {f"filled_{name}": _sum(_has(name)) for name in FIELDS}
    labelled = [column.label(name) for name, column in (columns | filled).items()]
    row = connection.execute(select(*labelled).where(in_scope)).one()._mapping
    found = {name: int(row[name] or 0) for name in columns}
    return Coverage(**found, filled={name: int(row[f"filled_{name}"] or 0) for name in FIELDS})


def _is_answered_for(company: int) -> ColumnElement[bool]:
    """As ``connector.decide.leaks`` has it: an active colleague, or below a qualified lead a marketing team."""
    mine = _user.c.company == company, _user.c.user_id == _person.c.owner_id
    colleague = exists(select(1).select_from(_user).where(*mine, _user.c.active.is_(True), _user.c.kind != "queue"))
    team = func.coalesce(_person.c.accountable, "").not_in((*NO_TEAM, "sales"))
    below = _person.c.stage.not_in([stage.value for stage in Stage if stage.rank >= Stage.QUALIFIED_LEAD.rank])
    return or_(colleague, and_(team, below))


def _has(name: str) -> ColumnElement[bool]:
    column = _person.c[name]
    return column.is_(True) if isinstance(column.type, Boolean) else column.is_not(None)


def _sum(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.sum(case((condition, 1), else_=0))
