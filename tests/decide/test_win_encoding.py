"""A field of many words counts by how often each of its words won, as far as the people it was learned from tell."""

from __future__ import annotations

from connector.decide.win_model import PRIOR_PEOPLE, RATED_FROM, Encoding, make_encoding
from connector.ports.history import Known

PAGES = [f"page {number}" for number in range(RATED_FROM + 1)]


def people(pages: list[str], each: int) -> tuple[list[Known], list[bool]]:
    """Of the first page's people everybody wins, of the others nobody."""
    known = [Known({"page": page}) for page in pages for _ in range(each)]
    return known, [known_one.values["page"] == pages[0] for known_one in known]


def rate(encoding: Encoding, page: str | None) -> float:
    return encoding.features(Known({"page": page}), None)["rate of page"]


def test_many_words_are_rated_and_few_have_a_feature_each() -> None:
    many = make_encoding(*people(PAGES, 40), left_out=frozenset(), dated=False)
    few = make_encoding(*people(PAGES[:3], 40), left_out=frozenset(), dated=False)
    assert (list(many.rates), many.words, many.fields) == (["page"], {}, ("page",))
    assert (few.rates, list(few.words)) == ({}, ["page"])
    assert rate(many, "page 0") > 0 > rate(many, "page 1")
    assert rate(many, "never seen") == rate(many, None) == 0
    assert many.features(Known({}), None)["page=(unknown)"] == 1


def test_a_word_of_few_people_is_drawn_to_everybodys_share() -> None:
    steps = [
        rate(make_encoding(*people(PAGES, each), left_out=frozenset(), dated=False), "page 0") for each in (5, 50, 500)
    ]
    assert 0 < steps[0] < steps[1] < steps[2]
    assert make_encoding(*people(PAGES, 4), left_out=frozenset(), dated=False).rates == {"page": {}}
    assert PRIOR_PEOPLE > 0
