"""What an employer is to us, by what the CRMs say and its opportunities."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from connector.decide.account_status import AccountSaying, standing_of
from connector.ports.accounts import AccountDeal

TODAY = date(2026, 11, 21)
JUNE = datetime(2026, 6, 1, tzinfo=UTC)
JULY = datetime(2026, 7, 1, tzinfo=UTC)


def said(*kinds, number=1, **more):
    return AccountSaying("red", str(number), frozenset(kinds), **more)


def deal(number=1, **more):
    return AccountDeal(f"red:{number}", **{"is_open": False, "is_won": False, "renewal": False, **more})


OPEN, WON, LOST = deal(is_open=True, created_at=JUNE), deal(2, is_won=True, closed_at=JULY), deal(3)
RENEWAL = deal(4, is_open=True, renewal=True)
ENDED, RUNNING = date(2026, 6, 30), date(2027, 6, 30)


@pytest.mark.parametrize(
    ("sayings", "deals", "status"),
    [
        ([], [], "none"),
        ([said("prospect")], [LOST], "none"),
        ([said()], [OPEN], "open_opportunity"),
        ([said()], [RENEWAL], "none"),
        ([said()], [WON, OPEN], "customer"),
        ([said("customer")], [], "customer"),
        ([said(), said("customer", number=2)], [LOST], "customer"),
        ([said("former_customer")], [WON], "former_customer"),
        ([said("former_customer")], [OPEN], "open_opportunity"),
        ([said("customer", contract_end=ENDED)], [], "former_customer"),
        ([said("customer", contract_end=TODAY)], [], "customer"),
        ([said("customer", contract_end=RUNNING)], [], "customer"),
        ([said("customer", contract_end=ENDED), said(contract_end=RUNNING, number=2)], [], "customer"),
        ([said(contract_end=ENDED)], [WON], "customer"),
        ([said(contract_end=date(2026, 8, 1))], [WON], "former_customer"),
        ([said("partner")], [WON], "partner"),
        ([said("partner"), said("competitor", number=2)], [OPEN], "competitor"),
    ],
)
def test_status(sayings, deals, status):
    assert standing_of(sayings, deals, TODAY).status == status


def test_the_evidence_is_named_with_its_time():
    standing = standing_of([said(modified_at=JUNE)], [WON, OPEN], TODAY)
    assert (standing.since, standing.why) == (JULY, "red:2 was won")
    standing = standing_of([said("customer", modified_at=JUNE)], [], TODAY)
    assert (standing.since, standing.why) == (JUNE, "red 1 says so")


def test_who_answers_for_the_account():
    newer = deal(7, is_open=True, created_at=JULY, owner_id=5)
    standing = standing_of([said(), said(owner_id=3, number=2)], [deal(is_open=True, owner_id=4), newer], TODAY)
    assert (standing.owner_id, standing.opportunity_owner_id, standing.customer_owner_id) == (3, 5, None)
    customer = standing_of([said("customer", owner_id=3)], [], TODAY)
    assert customer.customer_owner_id == 3
    looked_after = standing_of([said("customer", owner_id=3, customer_owner_id=8)], [], TODAY)
    assert (looked_after.owner_id, looked_after.customer_owner_id) == (3, 8)


def test_a_contract_names_the_day_that_will_change_it():
    assert standing_of([said("customer", contract_end=RUNNING)], [], TODAY).contract_end == RUNNING
    assert standing_of([said("customer", contract_end=ENDED)], [], TODAY).contract_end is None
