"""Which person a record belongs to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from connector.decide.identity import (
    Ambiguous,
    Candidate,
    Conflict,
    IdentitySettings,
    Known,
    KnownLink,
    Linked,
    LinkFacts,
    Minted,
    New,
    PersonMerge,
    Ruling,
    Standing,
    keys_of,
    primary_links,
    resolve,
)
from connector.model import RecordRef

DAY = datetime(2026, 6, 15, tzinfo=UTC)


def ref(name: str, system="alpha", kind="Lead") -> RecordRef:
    return RecordRef(system, kind, name)


def record(name: str, email=None, last_name="Lee", *, day=0, system="alpha", **changes) -> Candidate:
    return Candidate(ref(name, system), DAY + timedelta(days=day), email, last_name=last_name, **changes)


def known(link_id, person_id, name, *emails, last_name="Lee", **changes) -> KnownLink:
    return KnownLink(link_id, person_id, ref(name), emails=frozenset(emails), last_name=last_name, **changes)


def verdicts(records, links=(), **more) -> list[Any]:
    found = resolve(records, Known(tuple(links), **more)).verdicts
    return [found[each.ref] for each in records]


def test_a_record_without_a_key_is_a_person_of_its_own():
    assert verdicts([record("1"), record("2")]) == [New(ref("1")), New(ref("2"))]


def test_records_with_one_email_are_one_person_named_by_the_oldest():
    late, early = record("1", "A@x.com ", day=2), record("2", " a@X.com", day=1, system="beta")
    assert verdicts([late, early]) == [New(early.ref), New(early.ref)]


def test_records_chained_by_second_addresses_are_one_person():
    chain = [record("1", "a@x.com"), record("2", "b@x.com", secondary_emails=("A@x.com",)), record("3", "b@x.com")]
    assert set(verdicts(chain)) == {New(ref("1"))}


def test_an_email_we_know_links():
    assert verdicts([record("2", "a@x.com")], [known(1, 11, "1", "a@x.com")]) == [Linked(11, ("email",))]
    again = record("2", "b@x.com", secondary_emails=("a@x.com",))
    assert verdicts([again], [known(1, 11, "1", "a@x.com")]) == [Linked(11, ("email_secondary",))]


def test_a_deleted_record_still_tells_who_it_was_and_a_forgotten_one_does_not():
    assert verdicts([record("2", "a@x.com")], [known(1, 11, "1", "a@x.com", state="deleted")]) == [
        Linked(11, ("email",))
    ]
    assert verdicts([record("2", "a@x.com")], [known(1, 11, "1", "a@x.com", state="forgotten")]) == [New(ref("2"))]


def test_several_leads_of_one_person_are_legal():
    leads = [record(str(number), "a@x.com") for number in range(5)]
    assert set(verdicts(leads)) == {New(ref("0"))}


def test_a_linked_record_stays_linked():
    assert verdicts([record("1", "a@x.com")], [known(1, 11, "1", "a@x.com")]) == [Linked(11, ("link",))]


def test_a_new_email_does_not_move_a_record_silently():
    links = [known(1, 11, "1", "a@x.com"), known(2, 12, "2", "b@x.com")]
    assert verdicts([record("1", "b@x.com")], links) == [Conflict(11, (12,), "the keys disagree")]


@pytest.mark.parametrize("email", ["info@x.com", "Sales@x.com", "support+eu@x.com"])
def test_shared_mailboxes_are_no_key(email):
    found = verdicts([record("1", email), record("2", email)], [known(9, 99, "9", email.lower())])
    assert [(each.founder, each.provisional) for each in found] == [(ref("1"), True), (ref("2"), True)]


def test_one_email_with_two_last_names_is_settled_by_a_person():
    found = resolve([record("2", "a@x.com", "Kim")], Known((known(1, 11, "1", "a@x.com"),)))
    assert found.verdicts[ref("2")] == Ambiguous(ref("2"), (11,), "one e-mail with different last names")
    assert found.doubtful == {11}


def test_two_last_names_in_one_chunk_are_two_provisional_people():
    group = [record("1", "a@x.com", "Lee"), record("2", "a@x.com", "Kim"), record("3", "a@x.com", "lee")]
    founders = [each.founder for each in verdicts(group)]
    assert founders == [ref("1"), ref("2"), ref("1")]
    assert all(isinstance(each, Ambiguous) for each in verdicts(group))


@pytest.mark.parametrize("name", ["Lee", " LEE ", "Lee-Kim", "", None, "-", "unknown"])
def test_names_that_do_not_contradict(name):
    assert verdicts([record("2", "a@x.com", name)], [known(1, 11, "1", "a@x.com")]) == [Linked(11, ("email",))]


def test_people_ruled_apart_may_share_an_address():
    links = [known(1, 11, "1", "a@x.com"), known(2, 12, "2", "a@x.com", last_name="Kim")]
    rulings = (Ruling(1, 2, "cannot"),)
    found = resolve([record("3", "a@x.com", "Kim")], Known(tuple(links), rulings=rulings))
    assert found.verdicts[ref("3")] == Linked(12, ("email",))
    assert found.doubtful == frozenset()


def test_an_email_on_too_many_records_is_no_key():
    crowd = [record(str(number), "a@x.com") for number in range(4)]
    found = resolve(crowd, Known(), IdentitySettings(records_per_email_max=3)).verdicts
    assert {getattr(each, "founder", None) for each in found.values()} == {each.ref for each in crowd}


def test_an_email_of_two_people_is_a_question():
    links = [known(1, 11, "1", "a@x.com"), known(2, 12, "2", "a@x.com")]
    assert verdicts([record("3", "a@x.com")], links) == [
        Ambiguous(ref("3"), (11, 12), "an e-mail that several people have")
    ]


def test_the_first_address_outranks_the_second():
    links = [known(1, 11, "1", "a@x.com"), known(2, 12, "2", "b@x.com")]
    both = record("3", "a@x.com", secondary_emails=("b@x.com",))
    assert verdicts([both], links) == [Conflict(11, (12,), "the keys disagree")]


def test_a_conversion_outranks_the_email():
    links = [known(1, 11, "1", "a@x.com"), known(2, 12, "2", "b@x.com")]
    converted = record("3", "b@x.com", successor=ref("1"))
    assert verdicts([converted], links) == [Conflict(11, (12,), "the keys disagree")]


def test_a_merge_in_a_crm_makes_two_people_one():
    links = [known(1, 12, "1", "a@x.com"), known(2, 11, "2", "b@x.com")]
    survivor = record("1", "a@x.com", absorbs=(ref("2"),))
    found = resolve([survivor], Known(tuple(links)))
    assert found.merges == (PersonMerge(12, 11, ("link", "succession")),)
    assert found.verdicts[ref("1")] == Linked(11, ("link", "succession"))


def test_a_ruling_keeps_apart_what_a_crm_joins_and_asks():
    links = [known(1, 12, "1", "a@x.com"), known(2, 11, "2", "b@x.com")]
    survivor = record("1", "a@x.com", absorbs=(ref("2"),))
    found = resolve([survivor], Known(tuple(links), rulings=(Ruling(1, 2, "cannot"),)))
    assert found.merges == ()
    assert found.verdicts[ref("1")] == Linked(12, ("link",))
    assert [each for each, _ in found.questions] == [ref("1")]


def test_a_ruling_joins():
    links = [known(1, 12, "1", "a@x.com"), known(2, 11, "2", "b@x.com")]
    found = resolve([record("1", "a@x.com")], Known(tuple(links), rulings=(Ruling(1, 2, "must"),)))
    assert [(each.loser, each.winner) for each in found.merges] == [(12, 11)]


def test_a_record_that_was_named_before_it_came():
    lead = known(1, 11, "1", points_to=frozenset({ref("2")}))
    assert verdicts([record("2", "new@x.com")], [lead])[0].person_id == 11


def test_our_key_finds_a_create_and_only_where_it_was_sent():
    minted = (Minted("k1", 11, "alpha", "Lead"),)
    assert verdicts([record("2", external_key="k1")], minted=minted) == [Linked(11, ("external_key",))]
    copied = resolve([record("2", external_key="k1", system="beta")], Known(minted=minted))
    assert copied.verdicts[ref("2", "beta")] == New(ref("2", "beta"))
    assert [each for each, _ in copied.questions] == [ref("2", "beta")]


def test_the_keys_to_store():
    candidate = record("1", " A@x.com", secondary_emails=("B@x.com", "a@x.com"), same_as=(ref("7", "beta"),))
    assert keys_of(candidate) == (
        ("email", "a@x.com"),
        ("email_secondary", "b@x.com"),
        ("cross_reference", "beta Lead 7"),
    )


emails = st.none() | st.sampled_from(["a@x.com", "b@x.com", "c@x.com", "info@x.com"])
names = st.sampled_from(["Lee", "Kim", "", None])
refs = st.sampled_from([ref(str(number)) for number in range(8)])
records = st.lists(
    st.builds(
        Candidate,
        refs,
        st.none() | st.integers(0, 3).map(lambda day: DAY + timedelta(days=day)),
        emails,
        st.lists(st.sampled_from(["a@x.com", "b@x.com", "d@x.com"]), max_size=2).map(tuple),
        names,
        st.none() | st.just("k1"),
        st.lists(refs, max_size=1).map(tuple),
        st.lists(refs, max_size=1).map(tuple),
        st.none() | refs,
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda each: each.ref,
)
knowns = st.lists(
    st.builds(
        KnownLink,
        st.integers(1, 99),
        st.integers(11, 14),
        st.sampled_from([ref(str(number)) for number in range(4, 12)]),
        st.sampled_from(["active", "deleted", "forgotten"]),
        st.frozensets(st.sampled_from(["a@x.com", "b@x.com", "d@x.com"]), max_size=2),
        names,
    ),
    max_size=4,
    unique_by=(lambda each: each.ref, lambda each: each.link_id),
)


@given(records, knowns, st.booleans(), st.randoms(use_true_random=False))
def test_the_order_of_the_records_does_not_matter(chunk, links, ruled, shuffle):
    rulings = (Ruling(links[0].link_id, links[-1].link_id, "cannot"),) if ruled and links else ()
    minted = (Minted("k1", 13, "alpha", "Lead"),)
    first = resolve(chunk, Known(tuple(links), minted, rulings))
    shuffled, relinked = list(chunk), list(links)
    shuffle.shuffle(shuffled)
    shuffle.shuffle(relinked)
    assert resolve(shuffled, Known(tuple(relinked), minted, rulings)) == first
    _check(first, chunk, links, rulings)


def _check(found, chunk, links, rulings):
    assert set(found.verdicts) == {each.ref for each in chunk}
    losers = {merge.loser for merge in found.merges}
    assert not losers & {merge.winner for merge in found.merges}
    people = {each.link_id: each.person_id for each in links}
    winners = {merge.loser: merge.winner for merge in found.merges}
    for ruling in rulings:
        one, other = people[ruling.link_a], people[ruling.link_b]
        assert one == other or winners.get(one, one) != winners.get(other, other)
    for verdict in found.verdicts.values():
        assert getattr(verdict, "person_id", None) not in losers
        founder = getattr(verdict, "founder", None)
        assert founder is None or found.verdicts[founder].founder == founder


@pytest.mark.parametrize("standing", list(Standing))
def test_the_better_standing_is_primary(standing):
    worse = [
        LinkFacts(number, 1, "alpha", "person", other) for number, other in enumerate(Standing) if other > standing
    ]
    assert primary_links([*worse, LinkFacts(50, 1, "alpha", "person", standing)]) == {50}


def test_among_equals_the_latest_activity_then_the_newest_then_the_first_link():
    lead = LinkFacts(1, 1, "alpha", "person", Standing.OPEN_LEAD, created_at=DAY)
    newer = replace(lead, link_id=2, created_at=DAY + timedelta(days=1))
    active = replace(lead, link_id=3, last_human_activity_at=DAY)
    assert primary_links([lead, newer]) == {2}
    assert primary_links([lead, newer, active]) == {3}
    assert primary_links([replace(lead, link_id=9), lead]) == {1}


def test_one_per_person_system_and_family_and_only_active_ones():
    lead = LinkFacts(1, 1, "alpha", "person", Standing.OPEN_LEAD)
    others = [replace(lead, link_id=2, person_id=2), replace(lead, link_id=3, system="beta")]
    assert primary_links([lead, *others, replace(lead, link_id=4, standing=Standing.CONTACT, active=False)]) == {
        1,
        2,
        3,
    }
