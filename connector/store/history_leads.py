"""Imported leads as people: links, keys, recorded values, and the deals that leads tell of themselves.

What a file says is the record of the past itself: a corrected row replaces the person's recorded values instead of
adding to them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select, update

from connector.ports.history import PastLead
from connector.store.counters import next_seq, reserve
from connector.store.history_deals import forget_deals, save_deals
from connector.store.history_people import EMAIL, LEAD, SYSTEM, of_leads, people_named
from connector.store.sql import chunks, table, upsert
from connector.store.tables import Landing, Link, MatchKey, Person, PersonFieldHistory

_landing, _link, _key, _person = table(Landing), table(Link), table(MatchKey), table(Person)
_past = table(PersonFieldHistory)


def hash_of(lead: PastLead) -> str:
    """Names what a row says."""
    deal = lead.deal and (lead.deal.is_won, lead.deal.created_at.isoformat(), str(lead.deal.closed_at))
    parts = [lead.email, lead.created_at.isoformat(), lead.undated, sorted(lead.values.items()), deal]
    return hashlib.blake2b(json.dumps(parts).encode(), digest_size=16).hexdigest()


def hashes_of(connection: Connection, company: int, keys: Sequence[str]) -> dict[str, str]:
    """Lead key -> what its row said, of those imported before."""
    found: dict[str, str] = {}
    for part in chunks(keys):
        query = select(_landing.c.record_id, _landing.c.content_hash).where(
            _landing.c.company == company,
            _landing.c.system == SYSTEM,
            _landing.c.object == LEAD,
            _landing.c.record_id.in_(part),
        )
        found |= {row.record_id: row.content_hash for row in connection.execute(query)}
    return found


def save_leads(
    connection: Connection,
    company: int,
    leads: Sequence[PastLead],
    hashes: Mapping[str, str],
    at: datetime,
    mint: Callable[[], str],
) -> None:
    """New and corrected rows; ``hashes``: what each says."""
    people = _person_of_each(connection, company, leads)
    _make_people(connection, company, leads, people, at, mint)
    links = _save_links(connection, company, leads, people, at, mint)
    seq = next_seq(connection, company)
    rows = [_landing_row(company, lead, hashes[lead.key], at, seq) for lead in leads]
    upsert(connection, _landing, rows, update=("content_hash", "fields", "modified_at", "landed_at", "seq"))
    _replace_keys(connection, company, leads, links)
    _replace_past(connection, company, sorted(set(people.values())))
    _save_own_deals(connection, company, leads, people)


def _person_of_each(connection: Connection, company: int, leads: Sequence[PastLead]) -> dict[str, int]:
    """Lead key -> person: by the key's link, else by the e-mail, else a new one."""
    known = people_named(connection, company, [lead.key for lead in leads], by_email=False)
    addresses = [lead.email for lead in leads if lead.email is not None]
    by_email = people_named(connection, company, addresses, by_key=False)
    people: dict[str, int] = {}
    newcomers: list[str] = []
    for lead in leads:
        person = known.get(lead.key) or (by_email.get(lead.email) if lead.email else None)
        if person is None:
            newcomers.append(lead.key)
            person = -len(newcomers)
        if lead.email:
            by_email.setdefault(lead.email, person)
        people[lead.key] = person
    first = reserve(connection, company, "person", len(newcomers)) if newcomers else 0
    return {key: person if person > 0 else first - person - 1 for key, person in people.items()}


def _make_people(
    connection: Connection,
    company: int,
    leads: Sequence[PastLead],
    people: Mapping[str, int],
    at: datetime,
    mint: Callable[[], str],
) -> None:
    ids = sorted(set(people.values()))
    known = set()
    for part in chunks(ids):
        query = select(_person.c.person_id).where(_person.c.company == company, _person.c.person_id.in_(part))
        known |= set(connection.execute(query).scalars())
    undated = {people[lead.key] for lead in leads if lead.undated}
    rows = [
        {
            "company": company,
            "person_id": person,
            "person_key": mint(),
            "created_at": at,
            "provisional": False,
            "unsettled": False,
            "extra": {"undated": True} if person in undated else None,
        }
        for person in ids
        if person not in known
    ]
    if rows:
        connection.execute(_person.insert(), rows)
    _say_whether_dated(connection, company, sorted(known), undated)


def _say_whether_dated(connection: Connection, company: int, known: Sequence[int], undated: set[int]) -> None:
    """People imported before: whether their rows have dates is what the file says now."""
    for extra in (None, {"undated": True}):
        changed = [person for person in known if (person in undated) is (extra is not None)]
        for part in chunks(changed):
            where = (_person.c.company == company) & _person.c.person_id.in_(part)
            connection.execute(update(_person).where(where).values(extra=extra))


def _save_links(
    connection: Connection,
    company: int,
    leads: Sequence[PastLead],
    people: Mapping[str, int],
    at: datetime,
    mint: Callable[[], str],
) -> dict[str, int]:
    known: dict[str, int] = {}
    for part in chunks([lead.key for lead in leads]):
        query = select(_link.c.record_id, _link.c.link_id).where(of_leads(company), _link.c.record_id.in_(part))
        known |= {row.record_id: row.link_id for row in connection.execute(query)}
    fresh = [lead.key for lead in leads if lead.key not in known]
    first = reserve(connection, company, "link", len(fresh)) if fresh else 0
    ids = known | {key: first + place for place, key in enumerate(fresh)}
    rows = [
        {
            "company": company,
            "link_id": ids[lead.key],
            "person_id": people[lead.key],
            "system": SYSTEM,
            "object": LEAD,
            "family": LEAD,
            "record_id": lead.key,
            "external_key": mint(),
            "state": "active",
            "created_at": lead.created_at,
            "modified_at": lead.created_at,
            "first_seen_at": at,
            "mapped": {},
        }
        for lead in leads
    ]
    upsert(connection, _link, rows, update=("person_id", "created_at", "modified_at"))
    return ids


def _landing_row(company: int, lead: PastLead, content: str, at: datetime, seq: int) -> dict[str, Any]:
    return {
        "company": company,
        "system": SYSTEM,
        "object": LEAD,
        "record_id": lead.key,
        "modified_at": lead.created_at,
        "content_hash": content,
        "fields": {name: list(entry) for name, entry in sorted(lead.values.items())},
        "landed_at": at,
        "seq": seq,
    }


def _replace_keys(
    connection: Connection, company: int, leads: Sequence[PastLead], links: Mapping[str, int]
) -> None:  # fmt: skip
    for part in chunks(sorted(links.values())):
        connection.execute(delete(_key).where(_key.c.company == company, _key.c.link_id.in_(part)))
    rows = [
        {"company": company, "kind": EMAIL, "value": lead.email, "link_id": links[lead.key]}
        for lead in leads
        if lead.email is not None
    ]
    if rows:
        connection.execute(_key.insert(), rows)


def _replace_past(connection: Connection, company: int, people: Sequence[int]) -> None:
    """The recorded values of these people, anew from all their rows; each row of one person has its own ``seq``."""
    same = (_landing.c.record_id == _link.c.record_id) & (_landing.c.company == _link.c.company)
    same &= (_landing.c.system == SYSTEM) & (_landing.c.object == LEAD)
    for part in chunks(people):
        connection.execute(delete(_past).where(_past.c.company == company, _past.c.person_id.in_(part)))
        query = (
            select(_link.c.person_id, _landing.c.fields)
            .select_from(_link.join(_landing, same))
            .where(of_leads(company), _link.c.person_id.in_(part))
            .order_by(_link.c.person_id, _link.c.link_id)
        )
        landed = connection.execute(query).all()
        first = reserve(connection, company, "seq", len(landed)) if landed else 0
        rows = [row for place, each in enumerate(landed) for row in _past_rows(company, first + place, each)]
        if rows:
            connection.execute(_past.insert(), rows)


def _past_rows(company: int, seq: int, landed: Any) -> Iterable[dict[str, Any]]:
    for name, (value, valid_from) in landed.fields.items():
        yield {
            "company": company,
            "seq": seq,
            "person_id": landed.person_id,
            "field": name,
            "valid_from": valid_from,
            "value_text": value if isinstance(value, str) else None,
            "value_number": int(value) if isinstance(value, int | float) else None,
        }


def _save_own_deals(
    connection: Connection, company: int, leads: Sequence[PastLead], people: Mapping[str, int]
) -> None:  # fmt: skip
    """What leads themselves say of a purchase; what they do not say any more is gone."""
    forget_deals(connection, company, [f"lead:{lead.key}" for lead in leads])
    save_deals(connection, company, [(lead.deal, people[lead.key]) for lead in leads if lead.deal is not None])
