"""Accounts: records joined to employers, people matched to them, and what follows for the people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct, field

from connector.model import Canonical

Address = tuple[str, str]
"""System and record id."""


class AccountRecord(Struct, frozen=True):
    """An account record with what can join it. ``domain`` is none that many employers share; ``account_id``: so far."""

    address: Address
    domain: str | None = None
    name_key: str | None = None
    same_as: Address | None = None
    account_id: int | None = None


class EmployerGroup(Struct, frozen=True):
    """The records of one employer, sorted, and by what each was joined: reference, domain, name or alone."""

    members: tuple[Address, ...]
    joined_by: str
    account_ids: tuple[int, ...] = ()


class KnownEmployers(Struct, frozen=True):
    """Employers (account ids) by their records, and by the domains and names of these."""

    by_record: Mapping[Address, int] = field(default_factory=dict)
    by_domain: Mapping[str, frozenset[int]] = field(default_factory=dict)
    by_name: Mapping[str, frozenset[int]] = field(default_factory=dict)


class AccountMatch(Struct, frozen=True):
    """A person's employer and by what: association, email_domain or account_name.

    ``rule`` is ``ambiguous`` when a key fits several. ``evidence``: the key with its value or record, or how many.
    """

    person_id: int
    account_id: int | None = None
    rule: str | None = None
    evidence: Mapping[str, object] | None = None
    name_key: str | None = None


class AccountDeal(Struct, frozen=True):
    """An opportunity of the employer. ``is_won`` only with an amount; ``renewal`` never makes somebody a prospect."""

    key: str
    is_open: bool
    is_won: bool
    renewal: bool
    created_at: datetime | None = None
    closed_at: datetime | None = None
    owner_id: int | None = None
    name: str | None = None


class HeldAccount(Struct, frozen=True):
    """A CRM's record of an employer, with its values; ``modified_at`` by the CRM.

    ``parent_account_id``: the employer that the record above it is.
    """

    system: str
    record_id: str
    mapped: Mapping[str, Canonical]
    owner_id: int | None
    customer_owner_id: int | None
    modified_at: datetime | None
    parent_account_id: int | None = None


class SaidRole(Struct, frozen=True):
    """What a record or an opportunity says of a person's part in decisions, in the CRM's own word."""

    person_id: int
    role: str


class Decider(Struct, frozen=True):
    """Somebody who decides there, and by which roles (sorted)."""

    person_id: int
    roles: tuple[str, ...]


class EmployerParts(Struct, frozen=True):
    """Everything an employer's standing follows from. ``last_interest``: of each active person, the last signal."""

    account_id: int
    records: tuple[HeldAccount, ...]
    deals: tuple[AccountDeal, ...]
    people: int
    last_interest: tuple[datetime, ...]
    roles: tuple[SaidRole, ...] = ()


class EmployerRow(Struct, frozen=True):
    """An employer as it is now; what ``connector.store.tables.Employer`` says of each."""

    account_id: int
    status: str
    status_since: datetime | None
    status_why: str
    owner_id: int | None
    opportunity_owner_id: int | None
    customer_owner_id: int | None
    mapped: Mapping[str, Canonical]
    people: int
    people_active: int
    due_at: datetime | None
    parent_account_id: int | None = None
    decision_makers: tuple[Decider, ...] = ()
    products: tuple[str, ...] = ()


class Interest(Struct, frozen=True):
    """What counts as active: a person's own ``signals`` between ``since`` and ``until`` (exclusive)."""

    signals: tuple[str, ...]
    since: datetime
    until: datetime


class Renewals(Struct, frozen=True):
    """Kinds of opportunities (in lower case) that renew a contract."""

    kinds: frozenset[str] = field(default_factory=frozenset)


class AccountStore(Protocol):
    """Employers; every method that saves is one transaction."""

    def unjoined(self, company: int, limit: int) -> list[AccountRecord]:
        """Some records whose keys changed, with all living records that may be the same employer as one of them."""

    def save_groups(self, company: int, groups: Sequence[EmployerGroup]) -> None:
        """Which records are one employer; the people of an employer whose records changed become dirty."""

    def settle_gone(self, company: int) -> None:
        """Records that are deleted belong to no employer; employers without a record end."""

    def known(
        self, company: int, records: Sequence[Address], domains: Sequence[str], names: Sequence[str]
    ) -> KnownEmployers:  # fmt: skip
        """The employers of these records, domains and name keys."""

    def save_matches(self, company: int, matches: Sequence[AccountMatch]) -> None:
        """People's employers; each employer that they have or had is touched."""

    def touch_due(self, company: int, until: datetime) -> None:
        """Employers that time alone changes before ``until`` are touched."""

    def touched(self, company: int, limit: int) -> list[int]:
        """The next employers to look at."""

    def parts(
        self, company: int, account_ids: Sequence[int], interest: Interest, renewals: Renewals
    ) -> list[EmployerParts]:  # fmt: skip
        """What these employers' standings follow from."""

    def save_employers(
        self, company: int, rows: Sequence[EmployerRow], at: datetime, *, counts_matter: bool
    ) -> None:  # fmt: skip
        """The employers as they are now, seen `at`; the people of a changed one become dirty.

        ``counts_matter``: also when only the numbers of people changed, because a rule asks for them.
        """

    def stand_in(self, company: int, account_ids: Sequence[int], *, allowed: bool) -> None:
        """Opportunities without any person go to the account's sole contact where ``allowed``, else to nobody."""
