"""What opportunities, owners and cycles say of people, now or as they stood at the end of a day.

Decides how they are counted; which rule asks for them is not known here. Opportunities have their states in
``opportunity_history``; who was on one is told as it is now, because no CRM keeps when a role was given.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    type_coerce,
)

from connector.facts import DERIVED
from connector.ports.suspects import FIELD as SUSPECTED
from connector.store.sql import table
from connector.store.tables import (
    Assignment,
    CrmUser,
    Cycle,
    DispositionHistory,
    Hold,
    Opportunity,
    OpportunityHistory,
    OpportunityPerson,
    Person,
)

_person, _role, _user = table(Person), table(OpportunityPerson), table(CrmUser)
_opportunity, _state, _assignment = table(Opportunity), table(OpportunityHistory), table(Assignment)
_cycle, _moved, _hold = table(Cycle), table(DispositionHistory), table(Hold)

DEALS = ("open_opportunities", "won_opportunities", "open_amount", "won_amount")
CYCLES = ("motion", "cycle_number")
OWNERS = ("owner_known", "owner_kind")
PAST = (*DEALS, *CYCLES, *OWNERS, "disposition", SUSPECTED)
"""Facts whose past stands in histories of their own; ``recycle_until`` has none and is unknown of the past."""


def derived_now(name: str, company: ColumnElement[int]) -> ColumnElement[Any]:
    """A fact of ``DERIVED`` of the person at hand."""
    assert name in DERIVED, name
    if name in DEALS:
        return _deals(name, company, None)
    return _owner(name, company, _person.c.owner_id)


def derived_then(name: str, company: ColumnElement[int], as_of: ColumnElement[int]) -> ColumnElement[Any]:
    """A fact of ``PAST`` of the person at hand, as it stood before ``as_of``."""
    own = _person.c.person_id
    if name in DEALS:
        return _deals(name, company, as_of)
    if name in OWNERS:
        until, since = type_coerce(_assignment.c.until, BigInteger), type_coerce(_assignment.c.at, BigInteger)
        held = [_assignment.c.company == company, _assignment.c.person_id == own, since < as_of]
        owner = select(_assignment.c.owner_id).where(*held, or_(until.is_(None), until >= as_of))
        newest = owner.order_by(since.desc(), _assignment.c.seq.desc()).limit(1)
        return _owner(name, company, newest.correlate(_person).scalar_subquery())
    if name == "disposition":
        at = type_coerce(_moved.c.at, BigInteger)
        moves = select(_moved.c.disposition_to).where(
            _moved.c.company == company, _moved.c.person_id == own, at < as_of
        )
        return moves.order_by(at.desc(), _moved.c.seq.desc()).limit(1).correlate(_person).scalar_subquery()
    if name == SUSPECTED:
        until, since = type_coerce(_hold.c.until, BigInteger), type_coerce(_hold.c.at, BigInteger)
        held = [_hold.c.company == company, _hold.c.person_id == own, _hold.c.field == SUSPECTED, since < as_of]
        still: ColumnElement[bool] = select(_hold.c.field).where(*held, or_(until.is_(None), until >= as_of)).exists()
        return still
    opened = type_coerce(_cycle.c.opened_at, BigInteger)
    asked = _cycle.c.number if name == "cycle_number" else _cycle.c.motion
    cycles = select(asked).where(_cycle.c.company == company, _cycle.c.person_id == own, opened < as_of)
    return cycles.order_by(opened.desc(), _cycle.c.cycle_id.desc()).limit(1).correlate(_person).scalar_subquery()


def _deals(name: str, company: ColumnElement[int], as_of: ColumnElement[int] | None) -> ColumnElement[int]:
    """The count, or the whole amount, of the person's opportunities; 0 for none. Deleted is told as it is now."""
    states, joined = _opportunity, _role.join(_opportunity, _same(_opportunity))
    if as_of is not None:
        states, joined = _state, joined.join(_state, and_(_same(_state), _state.c.seq == _last_state(as_of)))
    cents = func.coalesce(states.c.amount_cents, 0)
    # Closed won with an amount is what counts as won (PLAYBOOK 4).
    counted = states.c.is_closed.is_(False) if name.startswith("open") else and_(states.c.is_won.is_(True), cents > 0)
    each = cents if name.endswith("amount") else literal(1, BigInteger)
    summed = cast(func.coalesce(func.sum(case((counted, each), else_=0)), 0), BigInteger)
    query = select(summed // 100 if name.endswith("amount") else summed).select_from(joined)
    mine = [_role.c.company == company, _role.c.person_id == _person.c.person_id]
    wanted = [_role.c.deleted.is_(False), _opportunity.c.deleted.is_(False)]
    return query.where(*mine, *wanted).correlate(_person).scalar_subquery()


def _same(states: Any) -> ColumnElement[bool]:
    return and_(*(states.c[name] == _role.c[name] for name in ("company", "system", "record_id")))


def _last_state(as_of: ColumnElement[int]) -> ColumnElement[int]:
    """The place of the last state of a role's opportunity before a moment."""
    past = _state.alias("past_state")
    at = type_coerce(past.c.at, BigInteger)
    states = select(past.c.seq).where(_same(past), at < as_of).order_by(at.desc(), past.c.seq.desc()).limit(1)
    return states.correlate(_role).scalar_subquery()


def _owner(name: str, company: ColumnElement[int], owner: Any) -> ColumnElement[Any]:
    if name == "owner_known":
        known: ColumnElement[bool] = owner.is_not(None)
        return known
    mine = [_user.c.company == company, _user.c.user_id == owner]
    seats = (
        select(func.min(case((_user.c.active.is_(True), _user.c.kind))))
        .where(*mine)
        .correlate(_person)
        .scalar_subquery()
    )
    return case((owner.is_(None), null()), else_=func.coalesce(seats, literal("inactive")))
