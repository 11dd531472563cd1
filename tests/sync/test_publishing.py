"""Scores leave the house with the grade or stage, or when they moved enough, at most daily; else there is silence."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from connector.store.tables import ScoreHistory
from tests.sync.company_world import COMPANY, START, opened

ZONE = ZoneInfo("America/New_York")
DEAD_BAND_MILLI = 5_000


def test_decay_alone_writes_seldom_and_the_shown_score_is_never_far_off(tmp_path: Path) -> None:
    """A property over weeks in which nobody does anything."""
    with opened(tmp_path) as world:
        contact = world.contact(jobtitle="Analyst", numemployees="1-5")
        world.raise_hand(contact, "Webinar")
        world.sync(2)
        for _ in range(14):
            published = [(row.seq, row.evaluated_at) for row in world.stored(ScoreHistory)]
            shown = world.properties(contact)["leadloop_score"]
            summary = world.sync(minutes=24 * 60)
            person = world.person()
            written = sum(summary.pushed.values())
            if len(world.stored(ScoreHistory)) == len(published):
                assert world.properties(contact)["leadloop_score"] == shown
            local = [row.evaluated_at.astimezone(ZONE).date() for row in world.stored(ScoreHistory)]
            assert len(local) == len(set(local)) or local[:2] == local[1:2] * 2, "once a day at most"
            off = abs(person.score_milli - int(world.properties(contact)["leadloop_score"]) * 1000)
            assert off < DEAD_BAND_MILLI + 1_000
            assert written <= 1
        state = world.states()
        assert world.sync().pushed == {"salesforce": 0, "hubspot": 0}
        assert world.states() == state
        assert world.broken() == []


def test_a_second_rise_of_a_day_is_shown_on_the_next_without_any_new_event(tmp_path: Path) -> None:
    with opened(tmp_path) as world:
        contact = world.contact(jobtitle="VP Marketing")
        world.raise_hand(contact, "Webinar")
        world.sync()
        first = int(world.properties(contact)["leadloop_score"])
        stage, grade = world.person().stage, world.person().grade
        world.clock.sleep(3600)
        world.raise_hand(contact, "Case study")
        world.sync()
        person = world.person()
        assert (person.stage, person.grade) == (stage, grade), "only the score moved"
        assert person.score_milli - first * 1000 >= DEAD_BAND_MILLI
        assert int(world.properties(contact)["leadloop_score"]) == first, "not twice on one day"
        assert person.next_evaluation_at - world.clock.now() < timedelta(days=1)
        world.clock.move_to(person.next_evaluation_at)
        world.sync()
        assert int(world.properties(contact)["leadloop_score"]) > first


def test_a_new_grade_is_shown_at_once_also_on_the_same_day(tmp_path: Path) -> None:
    with opened(tmp_path) as world:
        contact = world.contact()
        world.raise_hand(contact, "Webinar")
        world.sync()
        world.clock.sleep(3600)
        world.raise_hand(contact)
        world.sync()
        shown = world.properties(contact)
        assert shown["leadloop_grade"] == "A"
        assert int(shown["leadloop_score"]) == (world.person().score_milli + 500) // 1000
        assert shown["leadloop_why"].startswith("hand raise +20")


def test_whoever_goes_quiet_is_woken_on_the_day_they_turn_cold(tmp_path: Path) -> None:
    with opened(tmp_path) as world:
        contact = world.contact(jobtitle="Analyst", numemployees="1-5")
        world.raise_hand(contact, "Newsletter")
        world.sync()
        assert world.person().stage == "suspect"
        world.clock.move_to(START + timedelta(days=300))  # by then all points have decayed
        world.sync()
        for _ in range(5):
            person = world.person()
            if person.stage == "name" or person.next_evaluation_at is None:
                break
            world.clock.move_to(person.next_evaluation_at)
            world.sync(minutes=1)
        assert world.person().stage == "name", "nobody stays warm for ever"
        quiet_for = world.clock.now() - START
        assert timedelta(days=364) < quiet_for < timedelta(days=368)
        assert world.app.leaks(COMPANY).new == 0
