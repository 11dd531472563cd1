"""People by source, and what became of them: counted by the database in one statement, for both sources at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    and_,
    case,
    cast,
    func,
    select,
    type_coerce,
    union,
)

from connector.model import Disposition
from connector.ports.figures import SourceCount, Won
from connector.store.funnel_counts import Span, living
from connector.store.sql import table
from connector.store.tables import Activity, Cycle, Link, Opportunity, OpportunityPerson, Person

_person, _link, _cycle = table(Person), table(Link), table(Cycle)
_activity = table(Activity)
_opportunity, _on = table(Opportunity), table(OpportunityPerson)

FIRST, LATEST = "source_first", "source_latest"
FLAGS = ("qualified", "handed_off", "sales_qualified")
LIVED = ("active", "converted")
COUNTED = ("people", "junk", *FLAGS, "won", "revenue_cents")


def source_counts(connection: Connection, company: int, period: Span) -> dict[str, list[SourceCount]]:
    """People who came in the period, by ``FIRST`` and by ``LATEST`` source; inside the caller's read."""
    found = connection.execute(_query(company, period)).mappings().all()
    return {by: _folded(found, by) for by in (FIRST, LATEST)}


def _folded(rows: Sequence[RowMapping], by: str) -> list[SourceCount]:
    """The pairs of sources by one of them, the largest first."""
    sums: dict[str | None, Counter[str]] = {}
    for row in rows:
        sums.setdefault(row[by], Counter()).update({name: int(row[name]) for name in COUNTED})
    counts = [SourceCount(source, **{name: found[name] for name in COUNTED}) for source, found in sums.items()]
    return sorted(counts, key=lambda count: (-count.people, count.source or ""))


def won_opportunities(connection: Connection, company: int, period: Span) -> Won:
    """Opportunities closed as won in the period, of the CRM that holds more of them; inside the caller's read."""
    query = (
        select(func.count().label("deals"), func.coalesce(func.sum(_opportunity.c.amount_cents), 0).label("cents"))
        .where(
            _opportunity.c.company == company,
            _opportunity.c.is_won.is_(True),
            _opportunity.c.deleted.is_(False),
            period.holds(_opportunity.c.closed_at),
        )
        .group_by(_opportunity.c.system)
    )
    found = [Won(int(row.deals), int(row.cents)) for row in connection.execute(query)]
    return max(found, key=lambda won: (won.deals, won.cents), default=Won())


def _query(company: int, period: Span) -> Select[*tuple[Any, ...]]:
    sources = _person.c.source_first.label(FIRST), _latest().label(LATEST)
    cycles, revenue, came = _cycles(company), _revenue(company), _came(company, period)
    joined = _person.outerjoin(cycles, cycles.c.person_id == _person.c.person_id)
    joined = joined.outerjoin(revenue, revenue.c.person_id == _person.c.person_id)
    wanted = [_person.c.company == company, _person.c.merged_into.is_(None)]
    if period == Span():
        wanted.append(living(company))
    else:
        joined = joined.join(came, came.c.person_id == _person.c.person_id)
        wanted.append(period.holds(came.c.at))
    counts = {name: func.sum(func.coalesce(cycles.c[name], 0)) for name in (*FLAGS, "won")}
    return (
        select(
            *sources,
            func.count().label("people"),
            func.sum(case((_person.c.junk_rule.is_not(None), 1), else_=0)).label("junk"),
            *(counts[name].label(name) for name in counts),
            func.sum(func.coalesce(revenue.c.cents, 0)).label("revenue_cents"),
        )
        .select_from(joined)
        .where(*wanted)
        .group_by(*sources)
    )


def _latest() -> ColumnElement[str | None]:
    """The later of what HubSpot says and of the campaign responded to last; else by what the person came at first.

    Of two of one moment the campaign speaks: its day is exact, the property's is when its record was changed.
    """
    own = func.nullif(_person.c.extra[LATEST].as_string(), "")
    since = cast(_person.c.provenance[(LATEST, 1)].as_string(), BigInteger)
    mine = [_activity.c.company == _person.c.company, _activity.c.person_id == _person.c.person_id]
    mine += [_activity.c.channel.is_not(None), _activity.c.deleted_seq.is_(None)]
    newest = select(_activity.c.channel).where(*mine, _at() >= func.coalesce(case((own.is_not(None), since)), 0))
    newest = newest.order_by(_activity.c.occurred_at.desc(), _activity.c.activity_id.desc()).limit(1)
    campaign = newest.correlate(_person).scalar_subquery()
    return func.coalesce(campaign, own, _person.c.source_first)


def _at() -> ColumnElement[int]:
    return type_coerce(_activity.c.occurred_at, BigInteger)


def _cycles(company: int) -> CTE:
    """One row per person: whether any of their cycles came so far."""
    flags = [_flag(_cycle.c[f"{name}_at"].is_not(None)).label(name) for name in FLAGS]
    won = _flag(_cycle.c.disposition == Disposition.WON.value).label("won")
    mine = _cycle.c.company == company
    return select(_cycle.c.person_id, *flags, won).where(mine).group_by(_cycle.c.person_id).cte("cycles")


def _came(company: int, period: Span) -> CTE:
    """When the first record was made, of people of whom some record was made in the period."""
    made = func.min(func.coalesce(_link.c.created_at, _link.c.first_seen_at)).label("at")
    stamped = period.holds(_link.c.created_at)
    unstamped = and_(_link.c.created_at.is_(None), period.holds(_link.c.first_seen_at))
    some = union(*(select(_link.c.person_id).where(_link.c.company == company, seen) for seen in (stamped, unstamped)))
    # A converted Lead is still when somebody came; a living record is what makes them count at all.
    mine = and_(_link.c.company == company, _link.c.state.in_(LIVED), _link.c.person_id.in_(some))
    lives = func.max(case((_link.c.state == "active", 1), else_=0)) == 1
    return select(_link.c.person_id, made).where(mine).group_by(_link.c.person_id).having(lives).cte("came")


def _revenue(company: int) -> CTE:
    """Won money per person: each opportunity for one person, and of two CRMs that both know it the larger sum."""
    same = and_(
        _on.c.company == _opportunity.c.company,
        _on.c.system == _opportunity.c.system,
        _on.c.record_id == _opportunity.c.record_id,
    )
    place = func.row_number().over(
        partition_by=(_opportunity.c.system, _opportunity.c.record_id),
        order_by=(case((_on.c.is_primary.is_(True), 0), else_=1), _on.c.role_id),
    )
    won = (
        select(_on.c.person_id, _opportunity.c.system, _opportunity.c.amount_cents, place.label("place"))
        .select_from(_opportunity.join(_on, same))
        .where(
            _opportunity.c.company == company,
            _opportunity.c.is_won.is_(True),
            _opportunity.c.deleted.is_(False),
            _on.c.deleted.is_(False),
            _on.c.person_id.is_not(None),
        )
        .cte("won")
    )
    by_system = (
        select(won.c.person_id, func.sum(won.c.amount_cents).label("cents"))
        .where(won.c.place == 1)
        .group_by(won.c.person_id, won.c.system)
        .cte("by_system")
    )
    most = func.max(by_system.c.cents).label("cents")
    return select(by_system.c.person_id, most).group_by(by_system.c.person_id).cte("revenue")


def _flag(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.max(case((condition, 1), else_=0))
