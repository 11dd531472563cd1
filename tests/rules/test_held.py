"""Conditions about one person in plain Python say what the oracle says."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.rules.condition_parser import parse
from connector.rules.conditions import All, Compare, Known, Missing, NoneOf, Operator, Rung, Some
from connector.rules.held import by_facts_alone, holds
from connector.rules.toml import Table
from tests.oracle import Oracle

texts = st.sampled_from(["de", "DE", "fr", "Ärzte", None])
numbers = st.one_of(st.none(), st.integers(-3, 3))
leaves = st.one_of(
    st.builds(Known, st.sampled_from(["country", "employees"])),
    st.builds(Missing, st.sampled_from(["country", "employees"])),
    st.builds(Compare, st.just("country"), st.sampled_from([Operator.IN, Operator.NOT_IN]), st.just(("de", "fr"))),
    st.builds(Compare, st.just("country"), st.just(Operator.IS), st.sampled_from([("de",), ("fr",)])),
    st.builds(
        Compare,
        st.just("employees"),
        st.sampled_from(
            [Operator.AT_LEAST, Operator.AT_MOST, Operator.MORE_THAN, Operator.LESS_THAN, Operator.BETWEEN]
        ),
        st.tuples(st.integers(-3, 0), st.integers(0, 3)),
    ),
)
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        *(st.builds(group, st.lists(inner, max_size=3).map(tuple)) for group in (All, Some, NoneOf))
    ),
    max_leaves=8,
)


@given(conditions, texts, numbers)
def test_it_agrees_with_the_oracle(condition, country, employees):
    facts: dict[str, Any] = {"country": country, "employees": employees}
    assert by_facts_alone(condition)
    assert holds(condition, facts) == Oracle(None, facts, [], 0).holds(condition)  # type: ignore[arg-type]


def test_what_needs_more_than_facts_is_refused():
    for document in ({"happened": "hand_raise"}, {"in_stage_days": 3}, {"none": [{"stage": "lead"}]}):
        condition = parse(Table(document, "routing.toml"))
        assert not by_facts_alone(condition)
        with pytest.raises(ValueError, match="not by facts alone"):
            holds(NoneOf((condition, Rung("lead"))), {})
