"""One value out of several records, per policy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from connector.decide.merge import LinkValues, Merged, answer_times, merge_fields

DAY = datetime(2026, 6, 15, tzinfo=UTC)


@dataclass(frozen=True)
class Policy:
    policy: str
    ladder: tuple[str, ...] = ()


def link(number, system, value=..., *, day=0, primary=True):
    values = {} if value is ... else {"x": value}
    at = DAY + timedelta(days=day)
    return LinkValues(number, system, values, DAY + timedelta(days=99), is_primary=primary, stamps={"x": at})


def merged(policy, *links, previous=None, ladder=()):
    found = merge_fields(links, {"x": Policy(policy, ladder)}, {"x": previous} if previous else {})
    return found["x"].value if "x" in found else "nothing"


ALPHA, BETA = "prefer_alpha_unless_blank", "always_alpha"


@pytest.mark.parametrize(
    ("policy", "links", "value"),
    [
        (ALPHA, [link(1, "alpha", "a"), link(2, "beta", "b")], "a"),
        (ALPHA, [link(1, "alpha", None), link(2, "beta", "b")], "b"),
        (ALPHA, [link(1, "alpha", ""), link(2, "beta", "b")], "b"),
        (ALPHA, [link(1, "alpha"), link(2, "beta", "b")], "b"),
        (ALPHA, [link(1, "alpha", None), link(2, "beta", None)], None),
        (ALPHA, [link(1, "alpha", None), link(2, "alpha", "a2", primary=False), link(3, "beta", "b")], "a2"),
        (ALPHA, [link(1, "alpha", "old", day=0), link(2, "alpha", "new", day=1, primary=False)], "old"),
        (ALPHA, [link(1, "alpha", "old", day=0), link(2, "alpha", "new", day=1)], "new"),
        (ALPHA, [link(1, "alpha"), link(2, "beta")], "nothing"),
        (BETA, [link(1, "alpha", None), link(2, "beta", "b")], None),
        (BETA, [link(1, "alpha"), link(2, "beta", "b")], "b"),
        ("latest", [link(1, "alpha", "old", day=0), link(2, "beta", "new", day=1)], "new"),
        ("latest", [link(1, "alpha", "old", day=0), link(2, "beta", None, day=1)], "old"),
        ("most_restrictive", [link(1, "alpha", False), link(2, "beta", True)], True),
        ("most_restrictive", [link(1, "alpha", False), link(2, "beta", None)], False),
        ("most_restrictive", [link(1, "alpha", None), link(2, "beta", None)], None),
        ("first_non_blank", [link(1, "alpha", "late", day=1), link(2, "beta", "early", day=0)], "early"),
        ("two_way", [link(1, "alpha", "old", day=0), link(2, "beta", "new", day=1)], "new"),
        ("two_way", [link(1, "alpha", "old", day=0), link(2, "beta", None, day=1)], "old"),
        ("leadloop", [link(1, "alpha", "a")], "nothing"),
        ("dont_sync", [link(1, "alpha", "a")], "a"),
    ],
)
def test_policies(policy, links, value):
    assert merged(policy, *links) == value


def test_the_strictest_word_of_a_ladder():
    links = [link(1, "alpha", "soft"), link(2, "beta", "hard"), link(3, "beta", "ok")]
    assert merged("most_restrictive", *links, ladder=("ok", "soft", "hard")) == "hard"


def test_the_first_source_is_frozen():
    previous = Merged("event", 7, DAY)
    assert merged("first_non_blank", link(1, "alpha", "web", day=-9), previous=previous) == "event"


def agreed(known):
    return replace(known, settled=frozenset({"x"}))


def test_in_a_two_way_field_only_what_differs_from_the_agreed_value_speaks():
    kept = Merged("old", 2, DAY)
    touched = agreed(link(1, "alpha", "old", day=9))  # somebody edited another field of the record
    assert merged("two_way", touched, link(2, "beta", "new", day=1), previous=kept) == "new"
    assert merged("two_way", touched, agreed(link(2, "beta", "old")), previous=kept) == "old"
    # A CRM that keeps the agreed value in its own form, or one whose other value was accepted, says nothing new.
    assert merged("two_way", agreed(link(1, "alpha", "accepted", day=9)), previous=kept) == "old"
    # Both differ: the later one is the person's value, and the other record will show a conflict.
    assert merged("two_way", link(1, "alpha", "a", day=2), link(2, "beta", "b", day=3), previous=kept) == "b"


def test_an_older_edit_that_is_seen_later_does_not_replace_a_two_way_value():
    taken, kept = agreed(link(1, "alpha", "a", day=5)), Merged("a", 1, DAY + timedelta(days=5))
    older = link(2, "beta", "b", day=4)
    assert merged("two_way", taken, older, previous=kept) == "a"
    half_a_second = replace(older, stamps={"x": kept.valid_from + timedelta(seconds=0.5)})
    assert merged("two_way", taken, half_a_second, previous=kept) == "a", "stamps of whole seconds do not tell"
    assert merged("two_way", taken, link(2, "beta", "b", day=6), previous=kept) == "b"
    assert merged("two_way", older, previous=kept) == "b", "the record that had the newer value is gone"


def test_an_edit_over_the_agreed_value_counts_though_that_value_is_stamped_later():
    kept = Merged("a", 1, DAY + timedelta(days=5))  # stamped as its record, which was touched after "a" was set
    over_it = replace(link(2, "beta", "b", day=4), overlaid=frozenset({"x"}))
    assert merged("two_way", agreed(link(1, "alpha", "a", day=5)), over_it, previous=kept) == "b"


@pytest.mark.parametrize("policy", ["two_way", "latest"])
def test_the_value_a_person_has_taken_counts_from_then_on(policy):
    kept, taken = Merged("b", 2, DAY + timedelta(days=5)), {"x": DAY + timedelta(days=6)}
    chosen = LinkValues(1, "alpha", {"x": "a"}, DAY, stamps={"x": DAY}, taken=taken)
    found = merge_fields([chosen, link(2, "beta", "b", day=5)], {"x": Policy(policy)}, {"x": kept})
    assert found["x"] == Merged("a", 1, taken["x"]), "not since the older edit: it counts since the decision"
    assert merged(policy, chosen, link(2, "beta", "c", day=7), previous=kept) == "c", "somebody has edited since"
    assert merged(policy, chosen, link(2, "beta", "a", day=7), previous=kept) == "a"


def test_clearing_a_two_way_field_counts_where_it_differs_from_what_was_agreed():
    cleared = link(1, "alpha", None, day=5)
    assert merged("two_way", cleared, agreed(link(2, "beta", "b")), previous=Merged("b", 2, DAY)) is None
    assert merged("two_way", agreed(cleared), link(2, "beta", "b"), previous=Merged(None, 1, DAY)) == "b"
    unmet = replace(cleared, unmet=frozenset({"x"}))
    assert merged("two_way", unmet, agreed(link(2, "beta", "b")), previous=Merged("b", 2, DAY)) == "b", "never agreed"


def test_a_record_met_for_the_first_time_fills_a_two_way_field_and_overrules_nothing():
    newcomer = replace(link(1, "alpha", "other", day=9), unmet=frozenset({"x"}))
    assert merged("two_way", newcomer, agreed(link(2, "beta", "kept")), previous=Merged("kept", 2, DAY)) == "kept"
    assert merged("two_way", newcomer, agreed(link(2, "beta", None)), previous=Merged(None, 2, DAY)) == "other"
    assert merged("two_way", newcomer, replace(link(2, "beta", "older"), unmet=frozenset({"x"}))) == "other"


def test_an_absent_field_keeps_what_was_known():
    assert merged(ALPHA, link(1, "alpha"), previous=Merged("kept", 1, DAY)) == "kept"


def test_the_stamp_of_an_answer_does_not_move_when_the_record_does():
    first = merge_fields([link(1, "alpha", "yes", day=0)], {"x": Policy("latest")}, {})
    again = merge_fields([link(1, "alpha", "yes", day=30)], {"x": Policy("latest")}, first)
    assert again == first
    assert answer_times(again, ["x", "y"]) == {"x_at": DAY, "y_at": None}


def test_a_value_moves_to_another_record_when_its_own_is_gone():
    first = merge_fields([link(1, "beta", "b")], {"x": Policy(ALPHA)}, {})
    after = merge_fields([link(2, "beta", "b", day=3)], {"x": Policy(ALPHA)}, first)
    assert after["x"] == Merged("b", 2, DAY)


def test_an_unknown_policy_is_refused():
    with pytest.raises(ValueError, match="unknown policy"):
        merged("guess", link(1, "alpha", "a"))


POLICIES = st.sampled_from([ALPHA, BETA, "latest", "most_restrictive", "first_non_blank", "two_way", "dont_sync"])
links_of_one = st.lists(
    st.builds(
        link,
        st.integers(1, 9),
        st.sampled_from(["alpha", "beta"]),
        st.sampled_from([..., None, "", "a", "b", True, False]),
        day=st.integers(0, 3),
        primary=st.booleans(),
    ),
    max_size=4,
    unique_by=lambda each: each.link_id,
)


@given(links_of_one, POLICIES, st.randoms(use_true_random=False))
def test_merging_depends_on_no_order_and_merging_again_changes_nothing(links, policy, shuffle):
    policies = {"x": Policy(policy)}
    links = [replace(each, unmet=frozenset({"x"})) for each in links]  # nothing was agreed before the first merge
    first = merge_fields(links, policies, {})
    shuffled = list(links)
    shuffle.shuffle(shuffled)
    assert merge_fields(shuffled, policies, {}) == first
    assert merge_fields(links, policies, first) == first
