"""One track per person by priority, what ends it by name, and no mail without permission."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from connector.decide.business_hours import Hours
from connector.decide.human_touches import OnTrack
from connector.decide.nurture import EMAIL, Entry, Exit, HumanTouch, Track, TrackFacts, move, track_for
from connector.decide.nurture_steps import is_allowed, next_step, tactics_of
from connector.model import Disposition, Motion, Stage
from connector.playbook.loading import load

NOW = datetime(2026, 6, 15, 9, tzinfo=UTC)
HOURS = Hours(ZoneInfo("Europe/Berlin"))
CALL = HumanTouch("Call", times=3, first_business_days=1, every_business_days=10)
TRACKS = (
    Track("welcome", 11, Entry(stages=frozenset({Stage.SUSPECT})), step="Newsletter", cadence_days=30),
    Track("educate", 10, Entry(stages=frozenset({Stage.LEAD})), step="White paper", cadence_days=14),
    Track("pilot", 9, Entry(stages=frozenset({Stage.LEAD}), conditional=True), step="Pilot"),
    Track("qualified_c", 4, Entry(grades=frozenset("C")), step="Event", cadence_days=14),
    Track(
        "qualified_b", 3, Entry(grades=frozenset("B")), human_touch=CALL, exit=Exit(frozenset("C"), 30)
    ),
    Track("recycled_timing", 6, Entry(recycled=True), human_touch=HumanTouch("Call again", at_recycle_until=True)),
    Track("partner", 2, Entry(motions=frozenset({Motion.PARTNER})), accountable="partner_manager"),
    Track("no_contact", 1, Entry(channel_allowed=False), accountable="nobody"),
    Track("customer_growth", 8, Entry(stages=frozenset({Stage.CUSTOMER}), former_customer=False), "account_owner"),
)  # fmt: skip
LEAD = TrackFacts(Stage.LEAD)
B = TrackFacts(Stage.QUALIFIED_LEAD, "B")
DEFAULT = load(None, systems=("hubspot", "salesforce")).playbook.tracks


def on_track(facts: TrackFacts, on: str | None, leaves_since: datetime | None, now: datetime) -> tuple[str | None, str]:
    moved = move(facts, TRACKS, on, leaves_since, now)
    return moved.track.name if moved.track else None, moved.exit


@pytest.mark.parametrize(
    ("facts", "track"),
    [
        (TrackFacts(Stage.NAME), None),
        (TrackFacts(Stage.SUSPECT), "welcome"),
        (LEAD, "educate"),
        (replace(LEAD, conditions=frozenset({"pilot"})), "pilot"),
        (B, "qualified_b"),
        (replace(LEAD, channel_allowed=False), "no_contact"),
        (replace(LEAD, motion=Motion.PARTNER), "partner"),
        (replace(LEAD, disposition=Disposition.RECYCLED, recycle_track="recycled_timing"), "recycled_timing"),
        (replace(LEAD, disposition=Disposition.RECYCLED, recycle_track="educate"), "educate"),
        (replace(LEAD, disposition=Disposition.RECYCLED), "educate"),
        (replace(B, disposition=Disposition.ASSIGNED), None),
        (replace(LEAD, disposition=Disposition.DISQUALIFIED), None),
        (replace(LEAD, disposition=Disposition.DISQUALIFIED, channel_allowed=False), "no_contact"),
        (replace(LEAD, excluded=True), None),
        (TrackFacts(Stage.CUSTOMER, disposition=Disposition.WON), "customer_growth"),
    ],
)
def test_the_first_by_priority(facts, track):
    found = track_for(facts, TRACKS)
    assert (found.name if found else None) == track
    assert track_for(facts, TRACKS[::-1]) == found


@pytest.mark.parametrize(
    ("on", "facts", "track", "why"),
    [
        (None, LEAD, "educate", ""),
        ("educate", LEAD, "educate", ""),
        ("welcome", LEAD, "educate", "stage_lead"),
        ("educate", B, "qualified_b", "stage_qualified_lead"),
        ("qualified_b", replace(B, grade="A"), None, "grade_A"),
        ("qualified_b", replace(B, disposition=Disposition.ASSIGNED), None, "handed_to_sales"),
        ("recycled_timing", replace(B, disposition=Disposition.ASSIGNED), None, "returned_to_sales"),
        ("recycled_timing", LEAD, "educate", "cool_down_over"),
        ("educate", replace(LEAD, channel_allowed=False), "no_contact", "no_permission"),
        ("no_contact", LEAD, "educate", "permission_given"),
        ("pilot", LEAD, "educate", "condition_ended"),
        ("educate", replace(LEAD, conditions=frozenset({"pilot"})), "pilot", "higher_priority"),
        ("educate", replace(LEAD, disposition=Disposition.DISQUALIFIED, reason="no_fit"), None, "disqualified: no_fit"),
        ("educate", replace(LEAD, excluded=True), None, "out_of_scope"),
        ("educate", TrackFacts(Stage.NAME), None, "stage_name"),
        (
            "qualified_b",
            replace(B, disposition=Disposition.RECYCLED, reason="timing", recycle_track="recycled_timing"),
            "recycled_timing",
            "recycled: timing",
        ),
        ("customer_growth", TrackFacts(Stage.CUSTOMER, former_customer=True), None, "contract_ended"),
        ("gone_from_the_file", LEAD, "educate", "track_removed"),
    ],
)
def test_what_ends_a_track_is_named(on, facts, track, why):
    assert on_track(facts, on, None, NOW) == (track, why)


def test_a_lower_grade_ends_the_track_of_b_only_after_thirty_days_and_a_recovery_forgets_it():
    c = replace(B, grade="C")
    assert move(c, TRACKS, "qualified_b", None, NOW).leaves_since == NOW
    assert on_track(c, "qualified_b", None, NOW) == ("qualified_b", "")
    assert on_track(c, "qualified_b", NOW, NOW + timedelta(days=29)) == ("qualified_b", "")
    assert move(B, TRACKS, "qualified_b", NOW, NOW + timedelta(days=29)).leaves_since is None
    assert on_track(c, "qualified_b", NOW, NOW + timedelta(days=30)) == ("qualified_c", "grade_C")
    assert on_track(c, None, None, NOW) == ("qualified_c", "")  # who comes anew does not wait


OPEN = st.sampled_from([None, Disposition.OPEN, Disposition.RECYCLED, Disposition.WON])
KNOWN = [None, *sorted(track.name for track in DEFAULT)]
people = st.builds(
    TrackFacts,
    stage=st.sampled_from(list(Stage)),
    grade=st.sampled_from([None, "A", "B", "C", "D"]),
    disposition=OPEN,
    reason=st.sampled_from([None, "timing", "unresponsive"]),
    recycle_track=st.sampled_from([None, "recycled_timing", "recycled_unreached", "educate", "qualified_c"]),
    motion=st.sampled_from([Motion.NEW_BUSINESS, Motion.GROWTH, Motion.WINBACK, Motion.PARTNER]),
    channel_allowed=st.booleans(),
    phone_allowed=st.booleans(),
    former_customer=st.booleans(),
).filter(lambda facts: facts.stage is not Stage.QUALIFIED_LEAD or facts.grade is not None)


@given(people, st.sampled_from(KNOWN), st.integers(0, 60))
def test_everybody_whom_marketing_holds_is_on_exactly_one_track_whatever_came_before(facts, on, days):
    moved = move(facts, DEFAULT, on, NOW - timedelta(days=days), NOW)
    assert sum(track is moved.track for track in DEFAULT) == (moved.track is not None)
    if facts.stage not in (Stage.NAME, Stage.PROSPECT):  # an open opportunity is sales' own
        assert moved.track is not None
    assert facts.channel_allowed or (moved.track is not None and moved.track.name == "no_contact")
    again = move(facts, DEFAULT, moved.track.name if moved.track else None, moved.leaves_since, NOW)
    assert (again.track, again.exit) == (moved.track, "")  # the same day decides the same
    assert bool(moved.exit) == (on is not None and (moved.track is None or moved.track.name != on))


@given(
    st.sampled_from(DEFAULT),
    st.builds(
        OnTrack,
        entered_at=st.just(NOW),
        phone_allowed=st.booleans(),
        mail_allowed=st.booleans(),
        preferred_channel=st.sampled_from([None, "email", "phone", "social", "chat"]),
        recycle_until=st.sampled_from([None, NOW + timedelta(days=45)]),
    ),
    st.integers(0, 800),
)
def test_no_step_is_by_mail_without_permission_and_none_lies_in_the_past(track, place, days):
    now = NOW + timedelta(days=days)
    step = next_step(track, place, HOURS, now)
    assert place.mail_allowed or step.channel != EMAIL
    assert not step.channel or is_allowed(step.channel, place)
    assert step.by_person or step.due_at is None or step.due_at >= now
    assert next_step(track, place, HOURS, now) == step
    if step.channel and place.preferred_channel in {each.channel for each in tactics_of(track)}:
        assert is_allowed(step.channel, place)
