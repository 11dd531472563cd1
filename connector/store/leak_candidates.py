"""Open cycles as far as leaks go: which may leak at all, found by index, and what is known of those.

What a leak is decides ``connector.decide.leaks``; here none that leaks may be left out, and a few too many do no harm.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    and_,
    case,
    exists,
    func,
    or_,
    select,
    union,
)

from connector.decide.cycles import WITH_SALES
from connector.decide.leaks import NO_CONTACT
from connector.model import Disposition, Stage
from connector.ports.reporting import LeakBounds, OpenCycle
from connector.store.funnel_counts import living
from connector.store.sql import chunks, table
from connector.store.tables import Assignment, CrmUser, Cycle, FollowUp, Link, Person
from connector.store.tables.few import NO_TEAM, UNCARED

_person, _link, _cycle, _user = table(Person), table(Link), table(Cycle), table(CrmUser)
_assignment, _follow_up = table(Assignment), table(FollowUp)

SALES = sorted(one.value for one in WITH_SALES)
FROM_QUALIFIED = [stage.value for stage in Stage if stage.rank >= Stage.QUALIFIED_LEAD.rank]
OF_CYCLE = and_(_person.c.company == _cycle.c.company, _person.c.person_id == _cycle.c.person_id)

Ids = Select[int]


def read_cycles(connection: Connection, company: int, cycle_ids: Sequence[int]) -> list[OpenCycle]:
    """Open cycles by person id; inside the caller's read."""
    found: list[OpenCycle] = []
    for part in chunks(cycle_ids):
        rows = connection.execute(_cycles(company, part)).mappings().all()
        people = [row["person_id"] for row in rows]
        records, given = (
            _primary_records(connection, company, people),
            _current_assignments(connection, company, people),
        )
        found += [_read(row, records.get(row["person_id"], ()), given.get(row["person_id"])) for row in rows]
    return sorted(found, key=lambda one: one.person_id)


def _read(row: RowMapping, records: tuple[str, ...], given: Any | None) -> OpenCycle:
    values = {name: value for name, value in row.items() if name not in ("stage_since", "clocked")}
    since = given.at if given is not None else row["stage_since"]
    # With an assignment that came without a promise no clock is missing.
    has_clock = bool(row["clocked"]) or (given is not None and given.unpromised == 1)
    return OpenCycle(**values, owner_since=since, has_clock=has_clock, records=records)


def may_leak(company: int, bounds: LeakBounds) -> Ids:
    """The cycle ids of everybody who may leak: each way to leak is looked up by an index of its own."""
    owners = _owners(company)
    found = union(
        _uncared(company),
        _of_nobody_active(company, owners),
        *_overdue(company, owners, bounds),
        _sales_without_owner_or_clock(company),
        *_standing_still(company, bounds),
    ).cte("may_leak")
    return select(found.c.cycle_id).order_by(found.c.cycle_id)


def _open(company: int, *conditions: ColumnElement[bool]) -> Ids:
    in_scope = (
        _person.c.merged_into.is_(None),
        _person.c.stage != Stage.NAME.value,
        func.coalesce(_person.c.track, "") != NO_CONTACT,
        func.coalesce(_person.c.processing_restricted, False).is_(False),
    )
    mine = _cycle.c.company == company, _cycle.c.closed_at.is_(None)
    return select(_cycle.c.cycle_id).select_from(_cycle.join(_person, OF_CYCLE)).where(*mine, *in_scope, *conditions)


def _uncared(company: int) -> Ids:
    """No next step, no track, or nobody: in the small index of such people. Sales needs no track."""
    found = select(_person.c.person_id).where(_person.c.company == company, UNCARED)
    no_team = func.coalesce(_person.c.accountable, "").in_(NO_TEAM)
    wanted = or_(
        func.coalesce(_person.c.next_step, "") == "",
        and_(_person.c.track.is_(None), _cycle.c.disposition.not_in(SALES)),
        and_(_person.c.owner_id.is_(None), or_(no_team, _person.c.stage.in_(FROM_QUALIFIED))),
    )
    return _open(company, _cycle.c.person_id.in_(found), wanted)


def _of_nobody_active(company: int, owners: CTE) -> Ids:
    """The owner is a queue, has left or is not known: by owner, of whom there are few."""
    active = select(_user.c.user_id).where(
        _user.c.company == company, _user.c.active.is_(True), _user.c.kind != "queue"
    )
    queues = select(_user.c.user_id).where(_user.c.company == company, _user.c.kind == "queue")
    wanted = or_(owners.c.owner_id.not_in(active), owners.c.owner_id.in_(queues))
    held = select(_person.c.person_id).where(
        _person.c.company == company,
        _person.c.owner_id.in_(select(owners.c.owner_id).where(owners.c.owner_id.is_not(None), wanted)),
    )
    return _open(company, _cycle.c.person_id.in_(held))


def _overdue(company: int, owners: CTE, bounds: LeakBounds) -> tuple[Ids, Ids]:
    """By owner as well: the index of each owner's next steps answers, and none on the moment alone is needed."""
    late = _person.c.company == company, _person.c.next_step_due < bounds.overdue
    known = select(owners.c.owner_id).where(owners.c.owner_id.is_not(None))
    owned = select(_person.c.person_id).where(*late, _person.c.owner_id.in_(known))
    unowned = select(_person.c.person_id).where(*late, _person.c.owner_id.is_(None))
    return _open(company, _cycle.c.person_id.in_(owned)), _open(company, _cycle.c.person_id.in_(unowned))


def _sales_without_owner_or_clock(company: int) -> Ids:
    no_clock = and_(_cycle.c.handed_off_at.is_not(None), ~_has_clock(company))
    return _open(company, _cycle.c.disposition.in_(SALES), or_(_person.c.owner_id.is_(None), no_clock))


def _standing_still(company: int, bounds: LeakBounds) -> tuple[Ids, Ids, Ids]:
    rejected = _cycle.c.disposition == Disposition.REJECTED.value
    recycled = _cycle.c.disposition == Disposition.RECYCLED.value
    return (
        _open(company, rejected, _cycle.c.disposition_at < bounds.undecided),
        _open(company, recycled, _cycle.c.recycle_until < bounds.not_evaluated),
        _open(company, recycled, _cycle.c.recycle_until.is_(None), _person.c.recycle_until < bounds.not_evaluated),
    )


def _owners(company: int) -> CTE:
    """Every owner id that people have, found by jumping through the index from one to the next."""
    has = _person.c.company == company
    first = select(func.min(_person.c.owner_id).label("owner_id")).where(has, _person.c.owner_id.is_not(None))
    found = first.cte("owners", recursive=True)
    following = select(func.min(_person.c.owner_id)).where(has, _person.c.owner_id > found.c.owner_id)
    return found.union_all(select(following.scalar_subquery()).where(found.c.owner_id.is_not(None)))


def _primary_records(connection: Connection, company: int, people: Sequence[int]) -> dict[int, tuple[str, ...]]:
    # Sorted here: asked for in order, SQLite walks everybody's records in that order instead of finding these people's.
    query = select(_link.c.person_id, _link.c.system, _link.c.object, _link.c.record_id).where(
        _link.c.company == company,
        _link.c.person_id.in_(people),
        _link.c.is_primary.is_(True),
        _link.c.state == "active",
    )
    records: dict[int, list[str]] = {}
    for row in connection.execute(query):
        records.setdefault(row.person_id, []).append(f"{row.system} {row.object} {row.record_id}")
    return {person: tuple(sorted(found)) for person, found in records.items()}


def _current_assignments(connection: Connection, company: int, people: Sequence[int]) -> dict[int, Any]:
    """Since when (``at``) the current assignment holds; ``unpromised``: with it came no follow-up promise."""
    mine = _assignment.c.company == company, _assignment.c.until.is_(None), _assignment.c.person_id.in_(people)
    query = (
        select(
            _assignment.c.person_id,
            func.max(_assignment.c.at, type_=_assignment.c.at.type).label("at"),
            func.min(case((_assignment.c.promise.is_(None), 1), else_=0)).label("unpromised"),
        )
        .where(*mine)
        .group_by(_assignment.c.person_id)
    )
    return {row.person_id: row for row in connection.execute(query)}


def _cycles(company: int, cycle_ids: Sequence[int]) -> Select[*tuple[Any, ...]]:
    in_scope = and_(living(company), func.coalesce(_person.c.processing_restricted, False).is_(False))
    names = ("person_id", "person_key", "stage", "stage_since", "accountable", "track", "next_step", "next_step_due")
    columns: list[ColumnElement[Any]] = [_person.c[name] for name in names]
    columns += [_cycle.c[name] for name in ("disposition", "disposition_at", "reconstructed", "handed_off_at")]
    columns += [
        in_scope.label("in_scope"),
        _owner(company).label("owner"),
        _has_clock(company).label("clocked"),
        func.coalesce(_cycle.c.recycle_until, _person.c.recycle_until, type_=_cycle.c.recycle_until.type).label(
            "recycle_until"
        ),
    ]
    chosen = _cycle.c.company == company, _cycle.c.cycle_id.in_(cycle_ids), _cycle.c.closed_at.is_(None)
    return select(*columns).select_from(_cycle.join(_person, OF_CYCLE)).where(*chosen, _person.c.merged_into.is_(None))


def _has_clock(company: int) -> ColumnElement[bool]:
    joined = _follow_up.join(
        _assignment,
        and_(_assignment.c.company == _follow_up.c.company, _assignment.c.assignment_id == _follow_up.c.assignment_id),
    )
    mine = and_(
        _assignment.c.company == company,
        # An assignment moves with its cycle to another person; by the person the index finds it.
        _assignment.c.person_id == _cycle.c.person_id,
        _assignment.c.cycle_id == _cycle.c.cycle_id,
        # An earlier rep's clock says nothing of the one who has the person now.
        _assignment.c.until.is_(None),
    )
    return exists(select(1).select_from(joined).where(mine).correlate(_cycle))


def _owner(company: int) -> ColumnElement[str]:
    """What kind of owner the person has; a colleague is active when active in any CRM."""
    mine = and_(_user.c.company == company, _user.c.user_id == _person.c.owner_id)

    def some(condition: ColumnElement[bool]) -> ColumnElement[bool]:
        return exists(select(1).select_from(_user).where(mine, condition))

    return case(
        (_person.c.owner_id.is_(None), ""),
        (some(_user.c.kind == "queue"), "queue"),
        (some(_user.c.active.is_(True)), "active"),
        else_="inactive",
    )
