"""SOQL text: nothing that came from outside becomes syntax, and nothing grows past what a URL may hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as some

from adapters.salesforce import soql
from connector.errors import BadConfiguration

_UNESCAPED = {"n": "\n", "r": "\r", "t": "\t"}


def read_literal(literal: str) -> str:
    """A literal as the vendor reads it; fails when it ends early."""
    assert literal[0] == literal[-1] == "'"
    characters = iter(literal[1:-1])
    text = ""
    for character in characters:
        assert character != "'"
        if character == "\\":
            escaped = next(characters)
            character = _UNESCAPED.get(escaped, escaped)
        text += character
    return text


@given(some.text())
def test_a_quoted_text_reads_back_as_itself(text: str) -> None:
    assert read_literal(soql.quoted(text)) == text


@pytest.mark.parametrize("text", ["Id FROM User--", "a b", "", "1a", "a;", "a.b.c.d.e.f", "a'", "Lead\n"])
def test_a_name_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadConfiguration):
        soql.name(text)


def test_instants_are_utc_and_never_naive() -> None:
    east = timezone(timedelta(hours=5, minutes=30))
    assert soql.instant(datetime(2026, 1, 2, 3, 4, 5, 999_999, tzinfo=east)) == "2026-01-01T21:34:05Z"
    with pytest.raises(ValueError, match="naive"):
        soql.instant(datetime(2026, 1, 2))  # noqa: DTZ001 - the point of the test


def test_an_empty_list_is_never_asked_for() -> None:
    with pytest.raises(ValueError, match="empty"):
        soql.listed([])


@given(some.lists(some.text(max_size=300), max_size=600))
def test_chunks_keep_every_value_and_fit_into_a_url(values: list[str]) -> None:
    portions = list(soql.chunks(values))
    assert [value for portion in portions for value in portion] == values
    for portion in portions:
        assert len(portion) <= soql.VALUES_MAX
        assert len(portion) == 1 or len(quote(soql.listed(portion))) <= 9_000


def test_instants_keep_their_second_in_utc() -> None:
    assert soql.instant(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)) == "2026-01-02T03:04:05Z"
