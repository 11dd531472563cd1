"""Facts that follow from merged values."""

from __future__ import annotations

import pytest

from connector.decide.derive import Lists, by_title, derive, domain_of, is_phone

LISTS = Lists(
    free_mail=frozenset({"gmail.com"}),
    disposable=frozenset({"mailinator.com"}),
    competitor_domains=frozenset({"rival.com"}),
    competitor_names=frozenset({"rival inc"}),
    seniority=(
        ("other", ("assistant", "assistant to the")),
        ("c_level", ("ceo", "chief executive officer")),
        ("vp", ("vp", "vice president")),
        ("head", ("head of",)),
        ("manager", ("manager",)),
    ),
    job_function=(("marketing", ("marketing", "demand generation")), ("it", ("it", "information technology"))),
    persona_excluded=(("student", ("student",)), ("intern", ("intern", "internship"))),
)


def facts(**values):
    return derive(values, LISTS)


@pytest.mark.parametrize(
    ("email", "domain"),
    [
        ("ann@acme.com", "acme.com"),
        ("Ann.Lee+news@Mail.Acme.co.uk", "mail.acme.co.uk"),
        ("ann@müller.de", None),
        ("ann@acme", None),
        ("ann acme.com", None),
        ("ann@@acme.com", None),
        ("ann@acme..com", None),
        ("ann@-acme.com", None),
        ("", None),
    ],
)
def test_addresses(email, domain):
    assert domain_of(email) == domain
    assert facts(email=email)["has_email"] is (domain is not None)


@pytest.mark.parametrize(
    ("phone", "real"),
    [("+49 30 901820", True), ("(212) 555-0100", True), ("0000000", False), ("12345", False), ("call me", False)],
)
def test_phones(phone, real):
    assert is_phone(phone) is real
    assert facts(mobile=phone)["has_phone"] is real


def test_domains():
    assert facts(email="a@gmail.com")["free_mail"] is True
    assert facts(email="a@acme.com")["free_mail"] is False
    assert facts()["free_mail"] is None
    assert facts(email="a@mailinator.com")["disposable"] is True


@pytest.mark.parametrize(
    ("values", "domain"),
    [
        ({"email": "a@acme.com"}, "acme.com"),
        ({"email": "a@gmail.com"}, None),
        ({"email": "a@gmail.com", "website": "https://www.acme.com/about"}, "acme.com"),
        ({"email": "a@mail.acme.com", "website": "ACME.com:443"}, "acme.com"),
        ({"email": "a@acme.com", "website": "none"}, "acme.com"),
    ],
)
def test_the_accounts_domain(values, domain):
    assert facts(**values)["account_domain"] == domain


@pytest.mark.parametrize(
    ("title", "seniority", "function"),
    [
        ("VP Marketing", "vp", "marketing"),
        ("Vice President, Demand Generation", "vp", "marketing"),
        ("Assistant to the CEO", "other", "other"),
        ("Head of IT", "head", "it"),
        ("Auditor", "other", "other"),
        ("", None, None),
    ],
)
def test_titles_are_read_word_by_word(title, seniority, function):
    found = facts(title=title)
    assert (found["seniority"], found["job_function"]) == (seniority, function)


def test_a_filled_field_outranks_the_title():
    assert facts(title="VP", seniority="manager")["seniority"] == "manager"
    assert by_title("Graduate student", LISTS.persona_excluded) == "student"
    assert facts(title="Internal auditor")["persona_excluded"] is None


@pytest.mark.parametrize(
    ("values", "gibberish"),
    [
        ({"last_name": "Ng"}, False),
        ({"last_name": "Vlk", "account_name": "BMW"}, False),
        ({"last_name": "Müller", "account_name": "KPMG"}, False),
        ({"last_name": "王"}, False),
        ({"last_name": "-"}, False),
        ({"account_name": "37signals"}, False),
        ({"account_name": "1010"}, False),
        ({"last_name": "Schwrtzk"}, True),
        ({"last_name": "12345"}, True),
        ({"account_name": "???"}, True),
        ({"last_name": "asdfgh"}, True),
        ({"account_name": "Qwerty"}, True),
        ({"last_name": "xk29481", "email": "xk29481@acme.com"}, True),
        ({"last_name": "meyer", "email": "meyer@acme.com"}, False),
        ({"first_name": "Test", "last_name": "Test"}, True),
        ({"first_name": "Test", "last_name": "Meyer"}, False),
        ({}, False),
    ],
)
def test_gibberish(values, gibberish):
    assert facts(**values)["gibberish"] is gibberish


def test_competitors_are_found_by_domain_or_name():
    assert facts(email="a@rival.com")["account_status"] == "competitor"
    assert facts(account_name="Rival Inc", account_status="customer")["account_status"] == "competitor"
    assert facts(account_status="customer")["account_status"] == "customer"


def test_a_hard_bounce_is_the_quality_of_the_address():
    assert facts(hard_bounced=True)["email_quality"] == "hard"
    assert facts(hard_bounced=False, email_quality="ok")["email_quality"] == "ok"
