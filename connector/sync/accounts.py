"""Accounts: join the CRMs' records to employers, match the touched people, and say what each employer is to us.

Runs between resolving and merging. Each part goes on where it stopped: what is still to do is marked in the store.
A changed employer makes exactly its people dirty.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

from msgspec import Struct

from connector.clock import from_micros
from connector.decide.account_match import PersonKeys, match_person
from connector.decide.account_status import AccountSaying, AccountStanding, standing_of
from connector.decide.account_structure import bought, deciders_of
from connector.decide.derive import domain_of
from connector.decide.employers import join_records, name_key
from connector.decide.merge import LinkValues, merge_fields
from connector.model import Canonical, Value
from connector.ports.accounts import (
    AccountMatch,
    AccountStore,
    EmployerParts,
    EmployerRow,
    HeldAccount,
    Interest,
    Renewals,
)
from connector.ports.merging import MergeStore, PersonParts
from connector.rules.mapping import CanonicalField
from connector.sync.run import Run

CHUNK = 500
ACTIVE_DAYS = 14
COUNTS = frozenset({"account_people", "account_people_active"})
NAME = "account_name"
KINDS = ("account_type", "account_lifecycle")
"""Canonical fields of account records whose words can be a status."""


class AccountStores(Struct, frozen=True):
    """What the step reads and saves through."""

    accounts: AccountStore
    people: MergeStore


def settle_accounts(run: Run, stores: AccountStores) -> None:
    """Bring employers and people's employers up to date."""
    accounts = stores.accounts
    accounts.settle_gone(run.company_id)
    while records := accounts.unjoined(run.company_id, CHUNK):
        accounts.save_groups(run.company_id, join_records(records))
    for people in _dirty(run, stores.people):
        accounts.save_matches(run.company_id, match_people(run, accounts, people))
    _refresh(run, accounts)


def match_people(run: Run, store: AccountStore, people: Sequence[PersonParts]) -> list[AccountMatch]:
    """The employer of each of these people."""
    keys = [_keys(run, person) for person in people]
    known = store.known(
        run.company_id,
        sorted({address for each in keys for address in each.associations}),
        sorted({each.email_domain for each in keys if each.email_domain}),
        sorted({each.name_key for each in keys if each.name_key}),
    )
    return [match_person(each, known) for each in keys]


def _dirty(run: Run, store: MergeStore) -> Iterator[list[PersonParts]]:
    after = 0
    while chunk := store.dirty_people(run.company_id, after, CHUNK):
        yield store.parts(run.company_id, chunk)
        after = chunk[-1]


def _keys(run: Run, person: PersonParts) -> PersonKeys:
    links = [
        LinkValues(
            part.link_id,
            part.system,
            part.mapped,
            part.modified_at,
            part.is_primary,
            {name: from_micros(at) for name, at in part.stamps.items() if name in ("email", NAME)},
        )
        for part in person.links
    ]
    merged = merge_fields(links, _policies(run, ("email", NAME)), {})
    value: dict[str, Value] = {name: entry.value for name, entry in merged.items()}
    domain = domain_of(str(value.get("email") or "").strip().lower())
    name = value.get(NAME)
    preferred = _preferred(run)
    tied = sorted(
        (part.system != preferred, part.link_id, (part.system, part.parent_record_id))
        for part in person.links
        if part.parent_record_id is not None
    )
    return PersonKeys(
        person_id=person.person_id,
        associations=tuple(address for _, _, address in tied),
        email_domain=None if domain in run.playbook.accounts.private_domains else domain,
        name_key=name_key(str(name), run.playbook.accounts.names) if name else None,
    )


def _policies(run: Run, names: Sequence[str]) -> dict[str, CanonicalField]:
    return {name: run.mapping.canonical[name] for name in names if name in run.mapping.canonical}


def _preferred(run: Run) -> str | None:
    """The side that is master of accounts: the one that the policy of their name prefers."""
    name = run.mapping.canonical.get(NAME)
    return name.preferred_system if name is not None else None


def _refresh(run: Run, store: AccountStore) -> None:
    settings = run.playbook.accounts
    until = from_micros(run.as_of)
    interest = Interest(run.playbook.definitions.stages.interest, until - timedelta(days=ACTIVE_DAYS), until)
    store.touch_due(run.company_id, until)
    matter = bool(run.playbook.fields_used & COUNTS)
    while chunk := store.touched(run.company_id, CHUNK):
        store.stand_in(run.company_id, chunk, allowed=settings.fallback)
        parts = store.parts(run.company_id, chunk, interest, Renewals(settings.renewal_kinds))
        store.save_employers(run.company_id, [employer_of(run, each) for each in parts], run.now, counts_matter=matter)


def employer_of(run: Run, parts: EmployerParts) -> EmployerRow:
    """The employer that these parts make."""
    preferred = _preferred(run)
    records = sorted(parts.records, key=lambda each: (each.system != preferred, each.system, each.record_id))
    today = (from_micros(run.as_of - 1)).astimezone(run.zone).date()
    standing = standing_of([_saying(each) for each in records], parts.deals, today)
    return EmployerRow(
        account_id=parts.account_id,
        status=standing.status,
        status_since=standing.since,
        status_why=standing.why,
        owner_id=standing.owner_id,
        opportunity_owner_id=standing.opportunity_owner_id,
        customer_owner_id=standing.customer_owner_id,
        mapped=_values(run, records),
        people=parts.people,
        people_active=len(parts.last_interest),
        due_at=_due_at(run, standing, parts.last_interest),
        parent_account_id=_parent(parts.account_id, records),
        decision_makers=deciders_of(parts.roles, run.playbook.accounts.decision_roles),
        products=bought(parts.deals),
    )


def _parent(account_id: int, records: Sequence[HeldAccount]) -> int | None:
    """The employer above, as the system that is master of accounts says, else another one."""
    above = (each.parent_account_id for each in records)
    return next((each for each in above if each not in (None, account_id)), None)


def _saying(record: HeldAccount) -> AccountSaying:
    kinds = frozenset(str(record.mapped[name]) for name in KINDS if record.mapped.get(name))
    return AccountSaying(
        record.system,
        record.record_id,
        kinds,
        _day(record.mapped.get("contract_end")),
        record.owner_id,
        record.customer_owner_id,
        record.modified_at,
    )


def _day(value: Canonical) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) and value else None


def _values(run: Run, records: Sequence[HeldAccount]) -> Mapping[str, Canonical]:
    """One value per field over the employer's records, by the field's policy."""
    long_ago = datetime(1970, 1, 1, tzinfo=UTC)
    links = [
        LinkValues(position, each.system, each.mapped, each.modified_at or long_ago)
        for position, each in enumerate(records, 1)
    ]
    merged = merge_fields(links, run.mapping.canonical, {})
    # Every value is as it was mapped: dates are text, moments are numbers.
    return {name: entry.value for name, entry in merged.items() if not isinstance(entry.value, date)}


def _due_at(run: Run, standing: AccountStanding, last_interest: Sequence[datetime]) -> datetime | None:
    times = [at + timedelta(days=ACTIVE_DAYS) for at in last_interest]
    if standing.contract_end is not None:
        times.append(datetime.combine(standing.contract_end + timedelta(days=1), time(), run.zone).astimezone(UTC))
    return min(times, default=None)
