"""Which account records are one employer, and who works there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.decide.account_match import PersonKeys, match_person
from connector.decide.employers import NameRules, host_of, join_records, name_key
from connector.ports.accounts import AccountRecord, KnownEmployers

RULES = NameRules(frozenset({"inc", "gmbh", "co", "kg", "sa", "ltd"}), frozenset({"n/a", "self employed"}))


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Acme Inc.", "acme"),
        ("ACME,  inc", "acme"),
        ("The Acme Co. Ltd", "acme"),
        ("Acme GmbH & Co. KG", "acme"),
        ("Acme S.A.", "acme"),
        ("Müller & Söhne GmbH", "muller and sohne"),
        ("Muller and Sohne", "muller and sohne"),
        ("Groß KG", "gross"),
        ("O'Neil's", "oneils"),
        ("3M", "3m"),
        ("Inc", None),
        ("X", None),
        ("n/a", None),
        ("Self  Employed", None),
        ("", None),
        ("???", None),
        ("Acme Holding", "acme holding"),
    ],
)
def test_names_are_compared_without_what_does_not_tell_companies_apart(name, key):
    assert name_key(name, RULES) == key


@pytest.mark.parametrize(
    ("site", "host"),
    [
        ("https://www.Acme.com/about?x=1", "acme.com"),
        ("acme.co.uk:8080", "acme.co.uk"),
        ("shop.acme.com", "shop.acme.com"),
        ("http://", None),
        ("acme", None),
        ("ann@acme.com", None),
        ("", None),
    ],
)
def test_hosts(site, host):
    assert host_of(site) == host


def sf(number, domain=None, name=None, same_as=None, account_id=None):
    return AccountRecord(("red", str(number)), domain, name, same_as, account_id)


def hs(number, domain=None, name=None, same_as=None, account_id=None):
    return AccountRecord(("blue", str(number)), domain, name, same_as, account_id)


def joined(*records):
    return {tuple("".join(address) for address in group.members): group.joined_by for group in join_records(records)}


TABLES = {
    "a reference joins whatever else they say": (
        [sf(1, "acme.com", "acme"), hs(2, "other.com", "other", ("red", "1"))],
        {("blue2", "red1"): "reference"},
    ),
    "two that name the same record are one": (
        [hs(2, None, None, ("red", "1")), hs(3, None, None, ("red", "1"))],
        {("blue2", "blue3"): "reference"},
    ),
    "a domain that each CRM has once": (
        [sf(1, "acme.com", "acme"), hs(2, "acme.com", "acme europe")],
        {("blue2", "red1"): "domain"},
    ),
    "a domain that one CRM has twice joins nobody": (
        [sf(1, "acme.com", "acme north"), sf(3, "acme.com", "acme south"), hs(2, "acme.com", "acme")],
        {("blue2",): "alone", ("red1",): "alone", ("red3",): "alone"},
    ),
    "but the name says which of them": (
        [sf(1, "acme.com", "acme"), sf(3, "acme.com", "acme south"), hs(2, "acme.com", "acme")],
        {("blue2", "red1"): "domain", ("red3",): "alone"},
    ),
    "a name that each CRM has once": ([sf(1, None, "acme"), hs(2, "acme.com", "acme")], {("blue2", "red1"): "name"}),
    "a name with two domains is two employers": (
        [sf(1, "acme.de", "acme"), hs(2, "acme.com", "acme")],
        {("blue2",): "alone", ("red1",): "alone"},
    ),
    "a name that one CRM has twice joins nobody": (
        [sf(1, None, "acme"), sf(3, None, "acme"), hs(2, None, "acme")],
        {("blue2",): "alone", ("red1",): "alone", ("red3",): "alone"},
    ),
    "a record of which another one is expected waits for it": (
        [sf(1, "acme.com", "acme"), hs(2, "acme.com", "acme", ("red", "9"))],
        {("blue2",): "alone", ("red1",): "alone"},
    ),
    "what two keys tie to different records stays apart": (
        [sf(1, "acme.com"), sf(3, "acme.de"), hs(2, "acme.com", None, None), hs(4, "acme.de", None, ("red", "1"))],
        {("blue4", "red1"): "reference", ("blue2",): "alone", ("red3",): "alone"},
    ),
    "records without keys": ([sf(1), hs(2)], {("blue2",): "alone", ("red1",): "alone"}),
}


@pytest.mark.parametrize("table", TABLES)
def test_joining(table):
    records, groups = TABLES[table]
    assert joined(*records) == groups


RECORDS = st.lists(
    st.builds(
        AccountRecord,
        st.tuples(st.sampled_from(("red", "blue")), st.sampled_from("123456")),
        st.sampled_from((None, None, "a.com", "b.com", "c.com")),
        st.sampled_from((None, "one", "two", "three")),
        st.one_of(st.none(), st.none(), st.tuples(st.just("red"), st.sampled_from("123456"))),
    ),
    max_size=10,
    unique_by=lambda record: record.address,
)


@given(RECORDS, st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(records, random):
    shuffled = list(records)
    random.shuffle(shuffled)
    assert join_records(shuffled) == join_records(records)


@given(RECORDS)
def test_every_record_is_in_one_employer_and_keys_never_join_two_of_one_crm(records):
    groups = join_records(records)
    assert sorted(address for group in groups for address in group.members) == sorted(r.address for r in records)
    pointing = {record.address for record in records if record.same_as is not None}
    pointed = {record.same_as for record in records if record.same_as is not None}
    for group in groups:
        plain = [system for system, number in group.members if (system, number) not in pointing | pointed]
        assert len(plain) == len(set(plain))


KNOWN = KnownEmployers(
    by_record={("red", "1"): 10},
    by_domain={"acme.com": frozenset({10}), "shared.com": frozenset({20, 21})},
    by_name={"acme": frozenset({10}), "north": frozenset({20}), "twice": frozenset({30, 31})},
)


@pytest.mark.parametrize(
    ("keys", "account_id", "rule"),
    [
        ({"associations": (("red", "1"),), "email_domain": "shared.com"}, 10, "association"),
        ({"associations": (("red", "9"),), "email_domain": "acme.com"}, 10, "email_domain"),
        ({"email_domain": "acme.com", "name_key": "north"}, 10, "email_domain"),
        ({"email_domain": "shared.com", "name_key": "north"}, 20, "email_domain"),
        ({"email_domain": "shared.com", "name_key": "acme"}, None, "ambiguous"),
        ({"email_domain": "new.com", "name_key": "acme"}, 10, "account_name"),
        ({"name_key": "twice"}, None, "ambiguous"),
        ({"name_key": "unheard"}, None, None),
        ({}, None, None),
    ],
)
def test_who_works_where(keys, account_id, rule):
    match = match_person(PersonKeys(1, **keys), KNOWN)
    assert (match.account_id, match.rule) == (account_id, rule)
    assert (match.evidence is None) is (rule is None)
