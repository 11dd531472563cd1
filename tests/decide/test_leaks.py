"""What is a leak and what is not, one fact at a time."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from connector.decide.business_hours import Hours
from connector.decide.leaks import LeakFacts, leaks
from connector.model import Disposition, Stage

HOURS = Hours(ZoneInfo("UTC"))
NOW = datetime(2026, 6, 18, 12, tzinfo=ZoneInfo("UTC"))  # a Thursday
SOUND = LeakFacts(
    stage=Stage.LEAD,
    disposition=Disposition.OPEN,
    cycle_open=True,
    responsible="team",
    track="educate",
    next_step="White paper",
    next_step_due=NOW + timedelta(days=3),
)
HANDED = replace(
    SOUND, disposition=Disposition.ASSIGNED, responsible="person", track=None, handed_off=True, has_clock=True
)


def codes(facts):
    return [leak.code for leak in leaks(facts, HOURS, NOW)]


@pytest.mark.parametrize("facts", [SOUND, HANDED])
def test_who_is_looked_after_is_none(facts):
    assert codes(facts) == []


@pytest.mark.parametrize(
    ("base", "change", "code"),
    [
        (SOUND, {"responsible": "nobody"}, "no_owner"),
        (SOUND, {"responsible": "inactive"}, "no_owner"),
        (SOUND, {"responsible": "queue", "queue_since": NOW - timedelta(days=1)}, "no_owner"),
        (SOUND, {"responsible": "queue", "queue_since": NOW - timedelta(hours=2)}, None),
        (HANDED, {"responsible": "team", "stage": Stage.QUALIFIED_LEAD}, "no_owner"),
        (SOUND, {"stage": Stage.QUALIFIED_LEAD}, "no_owner"),
        (SOUND, {"stage": Stage.QUALIFIED_LEAD, "responsible": "person"}, None),
        (SOUND, {"track": None}, "no_track"),
        (SOUND, {"next_step": None}, "no_next_step"),
        (SOUND, {"next_step_due": NOW - timedelta(days=1)}, None),
        (SOUND, {"next_step_due": NOW - timedelta(days=3)}, "overdue"),
        (HANDED, {"has_clock": False}, "no_clock"),
        (HANDED, {"disposition": Disposition.REJECTED, "disposition_at": NOW - timedelta(hours=3)}, None),
        (
            HANDED,
            {"disposition": Disposition.REJECTED, "disposition_at": NOW - timedelta(days=2)},
            "undecided_rejection",
        ),
        (
            SOUND,
            {"disposition": Disposition.RECYCLED, "recycle_until": NOW - timedelta(days=2)},
            "recycle_not_evaluated",
        ),
        (SOUND, {"disposition": Disposition.RECYCLED, "recycle_until": NOW + timedelta(days=2)}, None),
    ],
)
def test_each_leak(base, change, code):
    assert codes(replace(base, **change)) == ([code] if code else [])


@pytest.mark.parametrize(
    "change", [{"stage": Stage.NAME}, {"cycle_open": False}, {"in_scope": False}, {"track": "no_contact"}]
)
def test_who_is_outside_is_none(change):
    assert codes(replace(SOUND, **{"responsible": "nobody", "next_step": None} | change)) == []


def test_history_is_inherited():
    assert [leak.inherited for leak in leaks(replace(SOUND, track=None, inherited=True), HOURS, NOW)] == [True]
