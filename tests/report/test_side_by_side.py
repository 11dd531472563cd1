"""Bad leads or bad follow-up: made-up histories of which the cause is known, and what the report says of them."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.playbook.sources_file import Sources
from connector.ports.figures import HandOff
from connector.report.document import Period, Report
from connector.report.side_by_side import Called, Outcome, effect_of_time, outcomes, rep_lines, source_lines
from connector.report.side_by_side_document import side_by_side_document
from connector.report.standardised import Pair, difference_for_equal_cases, expected_share
from connector.report.standing import Standing

NOW = datetime(2026, 6, 1, tzinfo=UTC)
HEADER = (Standing("d" * 32, "signed", "agreed"), ZoneInfo("UTC"), Period())


def history(count: int, *, follow_up: float = 0.0, leads: float = 0.0, seed: int = 7) -> list[Outcome]:
    """Hand-offs that become sales qualified in 40 %: ``follow_up`` less when late, ``leads`` less from purchased lists.

    Sam gets mostly purchased lists, and answers late more often.
    """
    chance, found = random.Random(seed), []
    for _ in range(count):
        rep = chance.choice(["Rita", "Sam"])
        source = "purchased_list" if chance.random() < (0.7 if rep == "Sam" else 0.3) else "organic_search"
        in_time = chance.random() < (0.4 if rep == "Sam" else 0.7)
        probability = 0.4 - (0 if in_time else follow_up) - (leads if source == "purchased_list" else 0)
        found.append(Outcome(rep, source, "A", in_time, chance.random() < probability))
    return found


def document(found: list[Outcome]) -> Report:
    return side_by_side_document("acme", found, HEADER)


@pytest.mark.parametrize(
    ("found", "answer"),
    [
        (history(2000, follow_up=0.2), "? Follow-up: "),
        (history(2000, leads=0.25), "? Leads: "),
        (history(2000, follow_up=0.2, leads=0.15), "? Both: "),
        (history(2000), "cannot be told apart with 2000 hand-offs"),
        (history(14, follow_up=0.2, leads=0.15), "Too few to tell: "),
        (history(0), "cannot be told apart yet: 0 decided hand-offs"),
    ],
)
def test_the_first_sentence_names_the_cause_that_was_put_in(found: list[Outcome], answer: str) -> None:
    assert answer in document(found).sentences[0]


def test_a_rep_is_not_blamed_for_the_leads() -> None:
    found = history(4000, leads=0.3)
    lines = {line.rep: line for line in rep_lines(found)}
    raw = {rep: line.qualified / line.decided for rep, line in lines.items()}
    assert raw["Sam"] < raw["Rita"] - 0.08
    for line in lines.values():
        assert line.beyond is not None
        assert not line.beyond.excludes_zero
    assert not any("Sam" in sentence for sentence in document(found).sentences)


def test_a_rep_who_gets_less_out_of_equal_leads_is_named_with_numbers() -> None:
    found = [Outcome("Rita", "direct", "A", True, number % 2 == 0) for number in range(200)]
    found += [Outcome("Sam", "direct", "A", True, number % 10 == 0) for number in range(200)]
    told = " ".join(document([*found, Outcome("Sam", "direct", "A", False, False)]).sentences)
    assert "Sam got less out of leads than their grade and source let expect (20 of 201, expected 30 %)" in told


def test_the_effect_is_found_within_equal_leads_only() -> None:
    # In time goes to the good leads: the plain difference is large, for equal leads there is none.
    good = [Outcome("r", "event", "A", True, number % 2 == 0) for number in range(100)]
    good += [Outcome("r", "event", "A", False, number % 2 == 0) for number in range(20)]
    bad = [Outcome("r", "database", "A", True, number % 10 == 0) for number in range(20)]
    bad += [Outcome("r", "database", "A", False, number % 10 == 0) for number in range(100)]
    effect = effect_of_time([*good, *bad])
    assert effect is not None
    assert effect.value == pytest.approx(0)
    assert effect.trials == 240


def test_the_difference_is_the_one_worked_out_by_hand() -> None:
    # weights 10*10/20 = 5 and 20*5/25 = 4; differences 0.3 and 0.2
    effect = difference_for_equal_cases([Pair((6, 10), (3, 10)), Pair((8, 20), (1, 5)), Pair((1, 1), (0, 0))])
    assert effect is not None
    assert effect.value == pytest.approx((5 * 0.3 + 4 * 0.2) / 9)
    assert effect.trials == 45
    assert effect.interval.low < 0 < effect.value < effect.interval.high


@given(st.integers(0, 40), st.integers(0, 40), st.integers(1, 40), st.integers(1, 40))
def test_the_interval_holds_the_difference_and_is_never_a_point(k1: int, k2: int, n1: int, n2: int) -> None:
    effect = difference_for_equal_cases([Pair((min(k1, n1), n1), (min(k2, n2), n2))])
    assert effect is not None
    assert effect.interval.low <= effect.value <= effect.interval.high
    assert effect.interval.low < effect.interval.high


def test_what_cannot_be_expected_is_left_out() -> None:
    assert expected_share({"a": 3, "b": 1, "new": 9}, {"a": 0.5, "b": 0.1}) == pytest.approx(0.4)
    assert expected_share({"new": 9}, {"a": 0.5}) is None


def test_only_decided_hand_offs_count() -> None:
    young, old = NOW - timedelta(days=2), NOW - timedelta(days=31)
    rows = [
        HandOff(young, "hand_off", "by_score", "A", None, 7, "running"),
        HandOff(old, "hand_off", "by_score", None, None, 7, "broken"),
        HandOff(young, "hand_off", "by_score", "A", "event", 7, "kept", qualified_at=NOW),
        HandOff(young, "hand_off", "by_score", "A", "Trade show", 7, "unknown", over_at=NOW),
    ]
    called = Called(lambda owner: f"rep {owner}", Sources({"Trade show": "event"}).listed)
    found = outcomes(rows, NOW, called)
    assert found == [
        Outcome("rep 7", "unknown", "none", False, False),
        Outcome("rep 7", "event", "A", True, True),
        Outcome("rep 7", "event", "A", None, False),
    ]
    [unknown, event] = sorted(source_lines(found), key=lambda line: line.decided)
    assert (unknown.late, event.in_time, event.decided) == ((0, 1), (1, 1), 2)
