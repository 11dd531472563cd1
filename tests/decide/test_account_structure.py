"""Who decides at an account, what it bought, and what it belongs to."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connector.decide.account_structure import bought, deciders_of, in_words
from connector.ports.accounts import AccountDeal, Decider, SaidRole

WORDS = frozenset({"decision maker", "economic buyer", "decides"})


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([], ()),
        ([SaidRole(1, "Influencer")], ()),
        ([SaidRole(1, "Decision Maker")], (Decider(1, ("decision maker",)),)),
        ([SaidRole(1, "CHAMPION;DECISION_MAKER")], (Decider(1, ("decision maker",)),)),
        ([SaidRole(1, "decision-maker"), SaidRole(1, "Decision Maker")], (Decider(1, ("decision maker",)),)),
        (
            [SaidRole(1, "decides"), SaidRole(2, "Economic Buyer"), SaidRole(2, "decides")],
            (Decider(2, ("decides", "economic buyer")), Decider(1, ("decides",))),
        ),
    ],
)
def test_who_decides(said, expected):
    assert deciders_of(said, WORDS) == expected
    assert deciders_of(said[::-1], WORDS) == expected


def test_what_was_won_is_what_they_have_newest_first():
    def deal(key, name, day, *, won=True):
        return AccountDeal(
            key, is_open=False, is_won=won, renewal=False, closed_at=datetime(2026, 5, day, tzinfo=UTC), name=name
        )

    deals = [deal("a", "Starter", 1), deal("b", "Plus", 3), deal("c", "Lost one", 4, won=False), deal("d", "Plus", 2)]
    assert bought(deals) == ("Plus", "Starter")


def test_the_structure_is_one_line():
    assert in_words("North Group", "Private", "customer") == "part of North Group; Private; customer"
    assert in_words(None, None, None) == ""
