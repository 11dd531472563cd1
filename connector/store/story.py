"""One person's story from the tables: found by any name, with every history as traces.

Decides which rows belong to a person (those of people merged into them too) and which moment of a row counts;
the words are the report's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct
from sqlalchemy import Column, ColumnElement, Connection, Select, Table, and_, func, or_, select

from connector.decide.movement import of_account, of_person
from connector.ports.reporting import PersonFacts, Trace
from connector.store.account_facts import account_words
from connector.store.sql import table
from connector.store.tables import (
    Account,
    Activity,
    Assignment,
    ConflictRow,
    CrmUser,
    Cycle,
    DispositionHistory,
    Employer,
    FollowUpEvent,
    Hold,
    Journal,
    Link,
    LinkEvent,
    MatchKey,
    Movement,
    OutboxRow,
    Person,
    PersonFieldHistory,
    ScoreHistory,
    StageHistory,
    TrackHistory,
    TrackTouch,
)

_person, _link, _match_key, _cycle = table(Person), table(Link), table(MatchKey), table(Cycle)
_user, _hold, _outbox, _assignment = table(CrmUser), table(Hold), table(OutboxRow), table(Assignment)
_account, _employer = table(Account), table(Employer)
_link_event, _follow_up_event = table(LinkEvent), table(FollowUpEvent)
_movement, _touch = table(Movement), table(TrackTouch)

MERGES_MAX = 50
"""How many merges in a row are followed; a longer chain is broken data that the invariants show."""

BEGINNINGS_MAX = 100
"""More objects of CRMs or kinds of key than any company has."""

SHORT_ID, LONG_ID = 15, 18
"""People copy an id from an address line in its short form, without the three check characters (contract sheet S12)."""

UNSETTLED = ("planned", "sending", "unknown", "sent", "rejected", "conflict", "dead")


class Source(Struct, frozen=True):
    """A history table of people: which column says when, and which gives its place on the known-time axis."""

    table: Table
    at: str
    seq: str | None = "seq"


SOURCES = (
    Source(table(PersonFieldHistory), "valid_from"),
    Source(table(Activity), "occurred_at", "known_seq"),
    Source(table(StageHistory), "at"),
    Source(table(DispositionHistory), "at"),
    Source(table(ScoreHistory), "evaluated_at"),
    Source(_assignment, "at"),
    Source(table(TrackHistory), "at"),
    Source(table(Journal), "at"),
    Source(table(ConflictRow), "at", None),
)


def find_people(connection: Connection, company: int, named: str) -> list[int]:
    """People by any e-mail, person key, external key or record id; those merged away as their successor."""
    named = named.strip()
    found = {row.person_id for query in _searches(connection, company, named) for row in connection.execute(query)}
    return sorted(_successors(connection, company, found))


def person_facts(connection: Connection, company: int, person_id: int) -> PersonFacts | None:
    """Everything of one person; inside the caller's read."""
    mine = _person.c.company == company, _person.c.person_id == person_id
    row = connection.execute(select(_person).where(*mine)).one_or_none()
    if row is None:
        return None
    people = _absorbed(connection, company, person_id)
    links = _rows(connection, _links_of(company, people))
    return PersonFacts(
        person=dict(row._mapping),
        links=links,
        cycle=next(iter(_rows(connection, _cycles_of(company, person_id))), None),
        traces=[
            *_traces(connection, company, people, [link["link_id"] for link in links]),
            *_movements(connection, company, person_id, row.account_id),
            *_touches(connection, company, people),
        ],
        holds=_rows(connection, _of(_hold, company, people).order_by(_hold.c.at)),
        users=_users(connection, company),
        planned=_rows(connection, _unsettled(company, people)),
        account=_account_of(connection, company, row.account_id),
    )


def _account_of(connection: Connection, company: int, account_id: int | None) -> dict[str, Any] | None:
    """The employer with its records."""
    mine = _employer.c.company == company, _employer.c.account_id == account_id
    row = connection.execute(select(_employer).where(*mine)).one_or_none() if account_id is not None else None
    if row is None:
        return None
    columns = (_account.c.system, _account.c.record_id, _account.c.name, _account.c.joined_by)
    held = _account.c.company == company, _account.c.account_id == account_id
    # Ordered here: asked for the order, SQLite reads every account along the key instead of looking these up.
    records = sorted(
        _rows(connection, select(*columns).where(*held)), key=lambda row: (row["system"], row["record_id"])
    )
    words = account_words(connection, company, row)
    makers = [{"name": each.name, "title": each.title, "roles": each.roles} for each in words.decision_makers]
    told = {"structure": words.structure, "current_products": words.current_products, "decision_makers": makers}
    return {**row._mapping, **told, "records": records}


def _searches(connection: Connection, company: int, named: str) -> Iterator[Select[*tuple[Any, ...]]]:
    folded = named.lower()
    # One statement per index: an OR over two columns would read everybody. E-mail addresses are stored in lower case.
    for person_named in (_person.c.person_key == named, _person.c.email == folded):
        yield select(_person.c.person_id).where(_person.c.company == company, person_named)
    yield select(_link.c.person_id).where(_link.c.company == company, _link.c.external_key == named)
    for system, object_name in _beginnings(connection, company, _link.c.system, _link.c.object):
        there = _link.c.company == company, _link.c.system == system, _link.c.object == object_name
        yield select(_link.c.person_id).where(*there, _is_record(named))
    same_link = and_(_link.c.company == _match_key.c.company, _link.c.link_id == _match_key.c.link_id)
    by_key = _match_key.join(_link, same_link)
    is_named = _match_key.c.value.in_(sorted({named, folded}))
    for (kind,) in _beginnings(connection, company, _match_key.c.kind):
        of_kind = _match_key.c.company == company, _match_key.c.kind == kind
        yield select(_link.c.person_id).select_from(by_key).where(*of_kind, is_named)


def _beginnings(
    connection: Connection, company: int, *columns: Column[Any], given: tuple[ColumnElement[bool], ...] = ()
) -> Iterator[tuple[str, ...]]:
    """What the entries of an index begin with (few): found by jumping from one to the next, not by reading them."""
    first, *others = columns
    wanted = (first.table.c.company == company, *given)
    query = select(first).where(*wanted).order_by(first).limit(1)
    for _ in range(BEGINNINGS_MAX):
        value = connection.execute(query).scalar_one_or_none()
        if value is None:
            return
        if others:
            below = _beginnings(connection, company, *others, given=(*given, first == value))
            yield from ((value, *rest) for rest in below)
        else:
            yield (value,)
        query = select(first).where(*wanted, first > value).order_by(first).limit(1)


def _is_record(named: str) -> ColumnElement[bool]:
    if len(named) == SHORT_ID and named.isalnum():
        long_form = and_(
            func.length(_link.c.record_id) == LONG_ID, func.substr(_link.c.record_id, 1, SHORT_ID) == named
        )
        return or_(_link.c.record_id == named, long_form)
    return _link.c.record_id == named


def _successors(connection: Connection, company: int, people: Iterable[int]) -> set[int]:
    """The people that these are now."""
    current = set(people)
    for _ in range(MERGES_MAX):
        moved = select(_person.c.person_id, _person.c.merged_into).where(
            _person.c.company == company, _person.c.person_id.in_(current), _person.c.merged_into.is_not(None)
        )
        merged = {row.person_id: row.merged_into for row in connection.execute(moved)}
        if not merged:
            break
        current = {merged.get(person_id, person_id) for person_id in current}
    return current


def _absorbed(connection: Connection, company: int, person_id: int) -> list[int]:
    """The person and everybody merged into them, at any distance."""
    people = {person_id}
    for _ in range(MERGES_MAX):
        query = select(_person.c.person_id).where(
            _person.c.company == company, _person.c.merged_into.in_(people), _person.c.person_id.not_in(people)
        )
        new = set(connection.execute(query).scalars())
        if not new:
            break
        people |= new
    return sorted(people)


def _traces(connection: Connection, company: int, people: list[int], links: list[int]) -> Iterator[Trace]:
    for source in SOURCES:
        for row in _rows(connection, _of(source.table, company, people)):
            yield Trace(row[source.at], row[source.seq] if source.seq else 0, source.table.name, row)
    for row in _rows(connection, _link_events(company, people, links)):
        yield Trace(row["at"], row["seq"], _link_event.name, row)
    for row in _rows(connection, _clock_events(company, people)):
        yield Trace(row["at"], row["seq"], _follow_up_event.name, row)


def _movements(connection: Connection, company: int, person_id: int, account_id: int | None) -> Iterator[Trace]:
    """What the person, or their account, came close to last."""
    subjects = [of_person(person_id), *([] if account_id is None else [of_account(account_id)])]
    query = select(_movement).where(_movement.c.company == company, _movement.c.subject.in_(subjects))
    for row in _rows(connection, query.order_by(_movement.c.subject, _movement.c.kind)):
        yield Trace(row["since"], 0, _movement.name, row)


TOUCH_MOMENTS = ("asked_at", "touched_at", "broken_at", "escalated_at", "given_at")
"""What happens to a human touch: each of these that is known is told by itself."""


def _touches(connection: Connection, company: int, people: list[int]) -> Iterator[Trace]:
    """What was asked of whom on the person's tracks, and what came of it."""
    asked = _rows(connection, _of(_touch, company, people))
    for row in sorted(asked, key=lambda each: (each["due_at"], each["key"])):
        for place, name in enumerate(TOUCH_MOMENTS):
            unasked = name == "asked_at" and row["touched_at"] is not None and row["touched_at"] <= row["asked_at"]
            if row[name] is not None and not unasked:
                yield Trace(row[name], place, _touch.name, row | {"moment": name})


def _of(source: Table, company: int, people: list[int]) -> Select[*tuple[Any, ...]]:
    return select(source).where(source.c.company == company, source.c.person_id.in_(people))


def _links_of(company: int, people: list[int]) -> Select[*tuple[Any, ...]]:
    columns = [column for column in _link.c if column.name != "mapped"]
    living_first = _link.c.state != "active"
    wanted = _link.c.company == company, _link.c.person_id.in_(people)
    return select(*columns).where(*wanted).order_by(living_first, _link.c.is_primary.desc(), _link.c.link_id)


def _cycles_of(company: int, person_id: int) -> Select[*tuple[Any, ...]]:
    """The open cycle, else the latest."""
    closed = _cycle.c.closed_at.is_not(None)
    wanted = _cycle.c.company == company, _cycle.c.person_id == person_id
    return select(_cycle).where(*wanted).order_by(closed, _cycle.c.cycle_id.desc()).limit(1)


def _link_events(company: int, people: list[int], links: list[int]) -> Select[*tuple[Any, ...]]:
    """Events of the person's links, also of links that have left; with the record they speak of."""
    same_link = and_(_link.c.company == _link_event.c.company, _link.c.link_id == _link_event.c.link_id)
    # SQLite looks up each side of an OR by index only if the side names the company too.
    ours = _link_event.c.company == company
    concerned = or_(
        and_(ours, _link_event.c.link_id.in_(links)),
        and_(ours, _link_event.c.person_from.in_(people)),
        and_(ours, _link_event.c.person_to.in_(people)),
    )
    return (
        select(_link_event, _link.c.system, _link.c.object, _link.c.record_id)
        .select_from(_link_event.outerjoin(_link, same_link))
        .where(concerned)
    )


def _clock_events(company: int, people: list[int]) -> Select[*tuple[Any, ...]]:
    same = and_(
        _assignment.c.company == _follow_up_event.c.company,
        _assignment.c.assignment_id == _follow_up_event.c.assignment_id,
    )
    theirs = select(_assignment.c.assignment_id).where(
        _assignment.c.company == company, _assignment.c.person_id.in_(people)
    )
    return (
        select(_follow_up_event, _assignment.c.owner_id, _assignment.c.promise)
        .select_from(_follow_up_event.join(_assignment, same))
        .where(_follow_up_event.c.company == company, _follow_up_event.c.assignment_id.in_(theirs))
    )


def _unsettled(company: int, people: list[int]) -> Select[*tuple[Any, ...]]:
    wanted = _outbox.c.state.in_(UNSETTLED)
    return _of(_outbox, company, people).where(wanted).order_by(_outbox.c.created_at, _outbox.c.action_id)


def _users(connection: Connection, company: int) -> dict[int, str]:
    query = select(_user.c.user_id, func.max(func.coalesce(_user.c.name, ""))).where(_user.c.company == company)
    return {row[0]: row[1] for row in connection.execute(query.group_by(_user.c.user_id))}


def _rows(connection: Connection, query: Select[*tuple[Any, ...]]) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in connection.execute(query)]
