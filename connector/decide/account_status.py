"""What an employer is to us, and who answers for it: from what the CRMs say of it and its opportunities.

Pure and total: competitor, partner, former customer and customer in this order, then an open opportunity, else none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from msgspec import Struct

from connector.facts import WORDS
from connector.ports.accounts import AccountDeal

STATUSES = WORDS["account_status"]


class AccountSaying(Struct, frozen=True):
    """What one record says. ``kinds``: canonical words of its type and lifecycle; ``contract_end``: last day."""

    system: str
    record_id: str
    kinds: frozenset[str] = frozenset()
    contract_end: date | None = None
    owner_id: int | None = None
    customer_owner_id: int | None = None
    modified_at: datetime | None = None


class AccountStanding(Struct, frozen=True):
    """The outcome. ``since``: the evidence's time, where it has one; ``contract_end``: a day that will change it."""

    status: str = "none"
    since: datetime | None = None
    why: str = ""
    owner_id: int | None = None
    opportunity_owner_id: int | None = None
    customer_owner_id: int | None = None
    contract_end: date | None = None


def standing_of(sayings: Sequence[AccountSaying], deals: Sequence[AccountDeal], today: date) -> AccountStanding:
    """The standing on ``today``; ``sayings`` in the order in which the systems go before each other."""
    status, since, why = _status(sayings, deals, today)
    opened = sorted(
        (deal for deal in deals if deal.is_open and not deal.renewal and deal.owner_id is not None),
        key=lambda deal: (-_time(deal.created_at), deal.key),
    )
    owner_id = next((said.owner_id for said in sayings if said.owner_id is not None), None)
    named = next((said.customer_owner_id for said in sayings if said.customer_owner_id is not None), None)
    ends = [said.contract_end for said in sayings if said.contract_end is not None and said.contract_end >= today]
    return AccountStanding(
        status=status,
        since=since,
        why=why,
        owner_id=owner_id,
        opportunity_owner_id=opened[0].owner_id if opened else None,
        customer_owner_id=(named or owner_id) if status == "customer" else None,
        contract_end=max(ends, default=None),
    )


def _status(
    sayings: Sequence[AccountSaying], deals: Sequence[AccountDeal], today: date
) -> tuple[str, datetime | None, str]:
    said = _said(sayings)
    for status in ("competitor", "partner"):
        if status in said:
            return status, said[status].modified_at, _by(said[status])
    won = sorted((deal for deal in deals if deal.is_won), key=lambda deal: (_time(deal.closed_at), deal.key))
    opened = sorted((deal for deal in deals if deal.is_open and not deal.renewal), key=lambda deal: deal.key)
    opened.sort(key=lambda deal: _time(deal.created_at))
    left = _left(sayings, said, won, today)
    if left is not None and not opened:
        return left
    if left is None and (won or "customer" in said):
        if won:
            return "customer", won[0].closed_at, f"{won[0].key} was won"
        return "customer", said["customer"].modified_at, _by(said["customer"])
    if opened:
        return "open_opportunity", opened[0].created_at, f"{opened[0].key} is open"
    return "none", None, ""


def _left(
    sayings: Sequence[AccountSaying], said: Mapping[str, AccountSaying], won: Sequence[AccountDeal], today: date
) -> tuple[str, datetime | None, str] | None:
    """A former customer: said so, or every contract has ended and nothing was won since."""
    if "former_customer" in said:
        return "former_customer", said["former_customer"].modified_at, _by(said["former_customer"])
    ends = [each for each in sayings if each.contract_end is not None]
    if not ends:
        return None
    last = max(ends, key=lambda each: (each.contract_end, each.system, each.record_id))
    end = last.contract_end
    assert end is not None
    if end >= today or any(deal.closed_at is not None and deal.closed_at.date() > end for deal in won):
        return None
    return "former_customer", None, f"the contract of {last.system} {last.record_id} ended on {end.isoformat()}"


def _said(sayings: Sequence[AccountSaying]) -> dict[str, AccountSaying]:
    found: dict[str, AccountSaying] = {}
    for each in sayings:
        for kind in sorted(each.kinds & frozenset(STATUSES)):
            found.setdefault(kind, each)
    return found


def _by(saying: AccountSaying) -> str:
    return f"{saying.system} {saying.record_id} says so"


def _time(at: datetime | None) -> float:
    return at.timestamp() if at is not None else 0.0
