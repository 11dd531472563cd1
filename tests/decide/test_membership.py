"""Which memberships follow from a track: ours come and go with it, a colleague's are never touched."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connector.decide.limits import Limits
from connector.decide.membership import Collections, membership_row, memberships
from connector.model import Lane, Level
from connector.ports.memberships import field_of
from connector.ports.outbox import LinkView, Refusal, SettledPair

NOW = datetime(2026, 11, 17, 10, tzinfo=UTC)
FULL = Limits({"crm": Level.FULL}, NOW)
LISTS = Collections({"welcome": "7", "educate": "8"})
CAMPAIGNS = Collections({"welcome": "7", "educate": "8"}, joined="Sent", left="Left", absent=None)
STAYING = Collections({"welcome": "7", "educate": "8"}, joined="Sent", left=None, absent=None)
ON, OFF = SettledPair(True, True, 4), SettledPair(False, False, 5)


def link(base: SettledPair | None = None, **more: object) -> LinkView:
    known = {} if base is None else {field_of("7"): base}
    values: dict[str, object] = {"external_key": "k", "stamped": True, "parent_record_id": None, "modified_at": None}
    values |= {"mapped": {}, "wire": {}, "base": known, **more}
    return LinkView(1, 2, "crm", "contacts", "person", "100", **values)  # type: ignore[arg-type]


def changes(
    base: SettledPair | None, track: str | None, rules: Collections, *, may_join: bool = True
) -> dict[str | None, tuple[object, object, Lane]]:
    wishes = memberships(link(base), track, rules, may_join=may_join)
    rows = [row for wish in wishes if (row := membership_row(wish, FULL, frozenset()))]
    found = [(row, change) for row in rows for change in row.changes.values()]
    return {row.parent_record_id: (change.before, change.after, row.lane) for row, change in found}


@pytest.mark.parametrize(
    ("rules", "base", "track", "expected"),
    [
        (LISTS, None, None, {}),
        (LISTS, None, "welcome", {"7": (False, True, Lane.OWNED)}),
        (LISTS, ON, "welcome", {}),
        (LISTS, ON, None, {"7": (True, False, Lane.CONTESTED)}),
        (LISTS, ON, "educate", {"7": (True, False, Lane.CONTESTED), "8": (False, True, Lane.OWNED)}),
        (LISTS, ON, "unmapped", {"7": (True, False, Lane.CONTESTED)}),
        (LISTS, OFF, None, {}),
        (LISTS, OFF, "welcome", {"7": (False, True, Lane.OWNED)}),
        (LISTS, SettledPair(None, True, 4), None, {}),  # a colleague's
        (LISTS, SettledPair(None, True, 4), "welcome", {}),
        (LISTS, SettledPair(None, False, 4), None, {}),  # taken off by a colleague
        (CAMPAIGNS, None, "welcome", {"7": (None, "Sent", Lane.OWNED)}),
        (CAMPAIGNS, SettledPair("Sent", "Sent", 4), None, {"7": ("Sent", "Left", Lane.CONTESTED)}),
        (CAMPAIGNS, SettledPair("Left", "Left", 4), "welcome", {"7": ("Left", "Sent", Lane.CONTESTED)}),
        (CAMPAIGNS, SettledPair(None, "Responded", 4), None, {}),
        (CAMPAIGNS, SettledPair(None, "Left", 4), "welcome", {}),
        (STAYING, SettledPair("Sent", "Sent", 4), None, {}),
        (STAYING, SettledPair(None, "Responded", 4), "welcome", {}),
    ],
)
def test_what_follows_from_the_track_and_what_was_agreed(rules, base, track, expected):
    assert changes(base, track, rules) == expected


def test_somebody_who_may_not_be_worked_with_only_leaves():
    assert changes(ON, "welcome", LISTS, may_join=False) == {"7": (True, False, Lane.CONTESTED)}
    assert changes(None, "welcome", LISTS, may_join=False) == {}


@pytest.mark.parametrize(
    ("level", "held", "written", "expected"),
    [
        (Level.FULL, frozenset(), {}, None),
        (Level.ASSIGN, frozenset(), {}, "level"),
        (Level.FULL, frozenset({"*"}), {}, "hold"),
        (Level.FULL, frozenset({"memberships"}), {}, "hold"),
        (Level.FULL, frozenset({"member:7"}), {}, "hold"),
        (Level.FULL, frozenset({"member:8"}), {}, None),
        (Level.FULL, frozenset(), {("member:7", True): 3}, "hold"),
    ],
)
def test_level_holds_and_a_flapping_membership_keep_it_back(level, held, written, expected):
    (wish,) = memberships(link(written=written), "welcome", LISTS, may_join=True)
    row = membership_row(wish, Limits({"crm": level}, NOW), held)
    assert row is not None
    assert (row.held_by, row.level) == (expected, Level.FULL)


def test_a_refused_membership_rests_an_hour():
    refusals = {field_of("7"): Refusal(1, NOW)}
    assert FULL.rests(refusals, field_of("7"))
    assert not Limits({}, NOW.replace(hour=11, minute=1)).rests(refusals, field_of("7"))
