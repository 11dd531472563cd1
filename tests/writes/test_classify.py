"""The three-way diff: before/after tables for every policy and state, and the laws that hold for all of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from connector.decide.diff import (
    Accept,
    Agree,
    Author,
    Desired,
    Hold,
    Theirs,
    Unseen,
    Verdict,
    Write,
    classify,
)
from connector.decide.normalise import is_echo, normalise, to_json
from connector.model import Level
from connector.ports.outbox import SettledPair

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
EARLIER, LATER = NOON - timedelta(hours=1), NOON + timedelta(hours=1)
LADDER = ("subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer")


def want(value, policy="leadloop", **options):
    options.setdefault("type", "text")
    return Desired(value=value, policy=policy, level=Level.FULL, **options)


def found(wire, system="blue", at=NOON, author=Author.UNKNOWN):
    return Theirs(system, wire, at, author)


def pair(ours, wire, seq=5):
    return SettledPair(ours, wire, seq)


def outcome(verdict: Verdict) -> object:
    """A short form for tables."""
    match verdict:
        case Agree(None):
            return "same"
        case Agree(SettledPair() as new) | Accept(new, _):
            return (type(verdict).__name__.lower(), new.ours, new.wire)
        case Write(expect, after):
            return ("write", expect, after)
        case Hold(why):
            return ("hold", why)
        case _:
            return "conflict"


OWNED = [
    # base, wire, ours -> verdict
    (None, None, "A", ("write", None, "A")),
    (None, "B", "A", ("write", "B", "A")),
    (None, "A", "A", ("agree", "A", "A")),
    (None, " A ", "A", ("agree", "A", " A ")),
    (pair("A", "A"), "A", "A", "same"),
    (pair("A", "A"), "A", "B", ("write", "A", "B")),
    (pair("A", "A"), "C", "A", ("write", "C", "A")),
    (pair("A", "A"), "C", "B", ("write", "C", "B")),
    (pair("Smith", "smith"), "smith", "Smith", "same"),
    (pair("A", "A"), "", None, ("agree", None, "")),
    (pair("A", "A"), "A", None, ("write", "A", None)),
    (pair(None, None), "", None, ("agree", None, "")),
    (pair("A", "A"), Unseen.ABSENT, "B", ("hold", "absent")),
    (pair("A", "A"), Unseen.UNREADABLE, "B", ("hold", "unreadable")),
    (None, Unseen.ABSENT, "B", ("hold", "absent")),
]


@pytest.mark.parametrize(("base", "wire", "ours", "expected"), OWNED)
def test_a_field_of_ours_alone(base, wire, ours, expected):
    assert outcome(classify(base, found(wire), want(ours))) == expected


MOMENT = [
    # base, wire, ours, wish's seq, wish's time, record's time -> verdict
    (None, "rep1", "rep2", None, None, NOON, ("accept", "rep2", "rep1")),
    (None, "rep1", "rep2", 7, EARLIER, NOON, ("accept", "rep2", "rep1")),
    (None, "rep1", "rep2", 7, LATER, NOON, ("write", "rep1", "rep2")),
    (None, None, "rep2", 7, LATER, None, ("write", None, "rep2")),
    (None, "", "rep2", 7, EARLIER, NOON, ("write", "", "rep2")),
    (pair("rep1", "rep1"), "rep1", "rep2", 7, NOON, EARLIER, ("write", "rep1", "rep2")),
    (pair("rep1", "rep1"), "rep1", "rep2", 7, NOON, LATER, ("write", "rep1", "rep2")),
    (pair("rep1", "rep1"), "rep3", "rep2", 7, NOON, LATER, ("accept", "rep2", "rep3")),
    (pair("rep1", "rep1"), "rep3", "rep2", 7, NOON, EARLIER, ("write", "rep3", "rep2")),
    (pair("rep1", "rep1"), "rep3", "rep2", 7, NOON, None, ("accept", "rep2", "rep3")),
    (pair("rep2", "rep2", 7), "rep2", "rep2", 7, NOON, LATER, "same"),
    (pair("rep2", "rep2", 7), "rep3", "rep2", 7, NOON, EARLIER, ("accept", "rep2", "rep3")),
    (pair("rep2", "rep3", 8), "rep3", "rep2", 7, NOON, LATER, "same"),
    (pair("rep2", "rep3", 8), "rep3", "rep2", 9, LATER, NOON, ("write", "rep3", "rep2")),
    (pair("rep2", "rep2", 7), "rep2", "rep2", 9, LATER, NOON, ("agree", "rep2", "rep2")),
]


@pytest.mark.parametrize(("base", "wire", "ours", "seq", "wished", "modified", "expected"), MOMENT)
def test_a_field_that_is_touched_only_at_a_moment(base, wire, ours, seq, wished, modified, expected):
    wish = want(ours, "moment", type="reference", moment="owner", moment_seq=seq, moment_at=wished)
    assert outcome(classify(base, found(wire, at=modified), wish)) == expected


FORWARD = [
    (None, None, "lead", ("write", None, "lead")),
    (None, "", "lead", ("write", "", "lead")),
    (None, "subscriber", "lead", ("write", "subscriber", "lead")),
    (None, "customer", "lead", ("accept", "lead", "customer")),
    (None, "evangelist", "lead", ("hold", "custom_value")),
    (None, None, None, ("agree", None, None)),
    (None, "lead", None, ("accept", None, "lead")),
    (pair("lead", "lead"), "lead", "opportunity", ("write", "lead", "opportunity")),
    (pair("lead", "lead"), "opportunity", "lead", ("accept", "lead", "opportunity")),
    (pair("opportunity", "opportunity"), "lead", "opportunity", ("accept", "opportunity", "lead")),
    (pair("opportunity", "lead"), "lead", "opportunity", "same"),
    (pair("opportunity", "lead"), "lead", "customer", ("write", "lead", "customer")),
    (pair("lead", "lead"), "subscriber", "opportunity", ("accept", "opportunity", "subscriber")),
    (pair(None, "subscriber"), "lead", "marketingqualifiedlead", ("write", "lead", "marketingqualifiedlead")),
    (pair("lead", "lead"), "", "opportunity", ("accept", "opportunity", "")),
    (pair("opportunity", "opportunity"), "opportunity", "lead", ("accept", "lead", "opportunity")),
]


@pytest.mark.parametrize(("base", "wire", "ours", "expected"), FORWARD)
def test_a_ladder_that_only_rises(base, wire, ours, expected):
    verdict = classify(base, found(wire), want(ours, "forward", type="choice", ranks=LADDER))
    assert outcome(verdict) == expected


MASTERED = [
    # policy, system of the record, base, wire, ours -> verdict; red is the master
    ("prefer_red_unless_blank", "blue", pair("A", "A"), "A", "B", ("write", "A", "B")),
    ("prefer_red_unless_blank", "blue", pair("A", "A"), "C", "A", ("write", "C", "A")),
    ("prefer_red_unless_blank", "blue", pair("A", "A"), "C", "B", ("write", "C", "B")),
    ("prefer_red_unless_blank", "blue", pair("A", "A"), "C", None, ("accept", None, "C")),
    ("prefer_red_unless_blank", "red", pair("A", "A"), "C", "B", ("accept", "B", "C")),
    ("prefer_red_unless_blank", "red", pair(None, None), None, "B", ("write", None, "B")),
    ("prefer_red_unless_blank", "red", pair("A", "A"), "", "A", ("accept", "A", "")),
    ("always_red", "blue", pair("A", "A"), "A", None, ("write", "A", None)),
    ("always_red", "red", pair(None, None), None, "B", ("accept", "B", None)),
    ("always_red", "red", pair("A", "A"), "C", "A", ("accept", "A", "C")),
    # first contact
    ("prefer_red_unless_blank", "blue", None, None, "A", ("write", None, "A")),
    ("prefer_red_unless_blank", "blue", None, "B", None, ("accept", None, "B")),
    ("prefer_red_unless_blank", "red", None, None, "A", ("write", None, "A")),
    ("always_red", "red", None, None, "A", ("accept", "A", None)),
    ("prefer_red_unless_blank", "red", None, "B", "A", ("accept", "A", "B")),
    ("always_red", "blue", None, "B", "A", ("write", "B", "A")),
]


@pytest.mark.parametrize(("policy", "system", "base", "wire", "ours", "expected"), MASTERED)
def test_a_field_with_a_master(policy, system, base, wire, ours, expected):
    assert outcome(classify(base, found(wire, system), want(ours, policy))) == expected


TWO_WAY = [
    (pair("A", "A"), "A", "B", ("write", "A", "B")),
    (pair("A", "A"), "C", "A", ("accept", "A", "C")),
    (pair("A", "A"), "C", "C", ("agree", "C", "C")),
    (pair("A", "A"), "C", "B", "conflict"),
    (pair("A", "a"), "a", "A", "same"),
    (None, None, "B", ("write", None, "B")),
    (None, "C", None, ("accept", None, "C")),
    (None, "C", "B", ("hold", "first_contact")),
]


@pytest.mark.parametrize(("base", "wire", "ours", "expected"), TWO_WAY)
def test_a_field_that_both_may_change(base, wire, ours, expected):
    assert outcome(classify(base, found(wire), want(ours, "two_way"))) == expected


def test_a_person_goes_before_a_machine_when_both_changed():
    base = pair("A", "A")
    by_person, by_machine = Author.PERSON, Author.MACHINE
    ours_human = classify(base, found("C", author=by_machine), want("B", "two_way", author=by_person))
    theirs_human = classify(base, found("C", author=by_person), want("B", "two_way", author=by_machine))
    both = classify(base, found("C", author=by_person), want("B", "two_way", author=by_person))
    assert outcome(ours_human) == ("write", "C", "B")
    assert outcome(theirs_human) == ("accept", "B", "C")
    assert outcome(both) == "conflict"


TAKEN = [
    ("two_way", pair("A", "A"), "C", ("write", "C", "B")),  # what was decided against
    ("two_way", pair("A", "A"), "D", "conflict"),  # somebody has set another value since
    ("taken", None, "C", ("write", "C", "B")),
    ("taken", None, "D", "same"),
    ("taken", pair("B", "B"), "B", "same"),
]


@pytest.mark.parametrize(("policy", "base", "wire", "expected"), TAKEN)
def test_a_person_s_decision_stands_over_the_value_it_was_made_against_and_no_other(policy, base, wire, expected):
    assert outcome(classify(base, found(wire), want("B", policy, overrules=("C",)))) == expected


FIRST_CONTACT = [
    ("blue", None, None, ("accept", "A", "B")),
    ("red", None, None, ("write", "B", "A")),
    ("hold", None, None, ("hold", "first_contact")),
    ("", None, None, ("hold", "first_contact")),
    ("newest", LATER, NOON, ("write", "B", "A")),
    ("newest", EARLIER, NOON, ("accept", "A", "B")),
    ("newest", None, NOON, ("hold", "first_contact")),
]


@pytest.mark.parametrize(("setting", "ours_at", "theirs_at", "expected"), FIRST_CONTACT)
def test_an_unequal_field_met_for_the_first_time(setting, ours_at, theirs_at, expected):
    wish = want("A", "two_way", first_contact=setting, changed_at=ours_at)
    assert outcome(classify(None, found("B", "blue", at=theirs_at), wish)) == expected


def test_a_master_may_be_told_to_wait_at_first_contact():
    assert outcome(classify(None, found("B"), want("A", "always_red", first_contact="hold"))) == (
        "hold",
        "first_contact",
    )


@pytest.mark.parametrize("policy", ["dont_sync", "derived", "latest", "first_non_blank", "most_restrictive"])
def test_a_field_that_is_only_read_is_never_written(policy):
    assert outcome(classify(None, found("B"), want("A", policy))) == "same"


def test_a_policy_nobody_knows_is_a_mistake_of_ours():
    with pytest.raises(ValueError, match="unknown policy"):
        classify(pair("A", "A"), found("B"), want("C", "whatever"))


EQUAL = [
    ("text", "  Ann   Lee ", "Ann Lee"),
    ("email", " Ann@Example.COM", "ann@example.com"),
    ("phone", "+1 (555) 010-99", "155501099"),
    ("integer", "12", 12),
    ("number", "12.50", 12.5),
    ("boolean", "true", True),
    ("boolean", False, "false"),
    ("instant", "2026-03-02T12:00:00.000+0000", NOON),
    ("instant", "2026-03-02T12:00:00.250Z", NOON),
    ("instant", "1772452800000", NOON),
    ("instant", 1772452800000000, NOON),
    ("date", "2026-03-02", NOON.date()),
    ("date", "1772409600000", NOON.date()),
    ("multichoice", "b;a", "a; b"),
    ("text", "", None),
]
UNEQUAL = [
    ("text", "Ann", "ann"),
    ("choice", "A", "a"),
    ("boolean", "yes", True),
    ("number", "twelve", 12),
    ("instant", "soon", NOON),
    ("boolean", None, False),
]


@pytest.mark.parametrize(("type_name", "left", "right"), EQUAL)
def test_values_that_mean_the_same(type_name, left, right):
    assert normalise(type_name, left) == normalise(type_name, right)


@pytest.mark.parametrize(("type_name", "left", "right"), UNEQUAL)
def test_values_that_do_not(type_name, left, right):
    assert normalise(type_name, left) != normalise(type_name, right)


def test_an_echo_may_be_lower_cased_but_a_choice_may_not():
    assert is_echo("text", "Ann  Lee", "ann lee")
    assert not is_echo("choice", "A", "a")
    assert not is_echo("text", "Ann", "Anna")


values = st.sampled_from([None, "", "A", " a ", "B", "lead", "opportunity", "evangelist", "C"])
policies = st.sampled_from(["leadloop", "moment", "forward", "two_way", "prefer_red_unless_blank", "always_red"])
bases = st.one_of(st.none(), st.builds(SettledPair, values, values, st.integers(1, 9)))
times = st.sampled_from([None, EARLIER, NOON, LATER])
authors = st.sampled_from(list(Author))
seqs = st.one_of(st.none(), st.integers(1, 12))
wishes = st.builds(
    Desired,
    value=values,
    type=st.just("choice"),
    policy=policies,
    level=st.just(Level.FULL),
    ranks=st.just(LADDER),
    moment_seq=seqs,
    moment_at=times,
    changed_at=times,
    author=authors,
    first_contact=st.sampled_from(["", "hold", "newest", "red", "blue"]),
)
records = st.builds(Theirs, st.sampled_from(["red", "blue"]), values, times, authors)


@given(bases, records, wishes)
def test_applying_a_verdict_leaves_nothing_to_do(base, theirs, desired):
    verdict = classify(base, theirs, desired)
    now = 100
    if isinstance(verdict, Write):
        stored = to_json(verdict.after)
        settled, wire = SettledPair(to_json(desired.value), stored, now), stored
    elif isinstance(verdict, Agree | Accept) and verdict.pair is not None:
        settled, wire = replace(verdict.pair, agreed_seq=now), theirs.wire
    else:
        return
    assert classify(settled, replace(theirs, wire=wire), desired) == Agree(None)


@given(bases, records, wishes)
def test_a_persons_change_is_written_over_only_where_a_policy_says_so(base, theirs, desired):
    verdict = classify(base, replace(theirs, author=Author.PERSON), desired)
    if base is None or theirs.wire == base.wire or not isinstance(verdict, Write):
        return
    ranks = {word: position for position, word in enumerate(LADDER)}
    said_so = {
        "leadloop": True,
        "always_red": theirs.system != "red",
        "prefer_red_unless_blank": theirs.system != "red",
        "moment": desired.moment_at is not None and desired.moment_at > (theirs.modified_at or LATER),
        "forward": ranks.get(str(desired.value), -1) > ranks.get(str(theirs.wire or ""), -1),
        "two_way": False,
    }
    assert said_so[desired.policy]


@given(bases, records, wishes)
def test_a_master_is_never_written_but_to_fill_its_blank(base, theirs, desired):
    verdict = classify(base, replace(theirs, system="red"), desired)
    if desired.policy in ("always_red", "prefer_red_unless_blank") and isinstance(verdict, Write):
        assert normalise("choice", theirs.wire) is None
        assert desired.policy == "prefer_red_unless_blank"


@given(bases, wishes)
def test_what_was_not_answered_is_never_written(base, desired):
    for state in Unseen:
        assert isinstance(classify(base, Theirs("blue", state), desired), Hold)
