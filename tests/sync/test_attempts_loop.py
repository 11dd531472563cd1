"""A rep calls once and then goes quiet: the promised attempts have a date, and are asked for when it is over."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from connector.store.tables import FollowUp, Link
from connector.sync.sales_step import TRY_ON, VETO, WORKS
from tests.sync.company_world import COMPANY, CompanyWorld, opened
from tests.sync.test_follow_up_loop import ANSWER, REASON, events, handed_off, look_at, touch


def called_once(world: CompanyWorld) -> datetime:
    """Handed off and called in time; until when the other attempts are promised."""
    handed_off(world)
    touch(world)
    world.sync(2)
    (clock,) = world.stored(FollowUp)
    assert (clock.state, clock.missed_at) == ("kept", None)
    assert clock.attempts_due_at is not None
    return clock.attempts_due_at


def test_one_call_is_not_six(tmp_path: Path) -> None:
    with opened(tmp_path) as world:
        due_at = called_once(world)
        person = world.person()
        assert (person.next_step, person.next_step_due) == (WORKS, due_at)
        look_at(world, due_at - timedelta(minutes=5))
        assert "escalated" not in events(world)
        look_at(world, due_at + timedelta(minutes=5))
        assert events(world)[-2:] == ["attempts_missed", "escalated"]
        person = world.person()
        assert person.next_step == TRY_ON
        assert person.next_step_due > due_at
        assert world.app.leaks(COMPANY).new == 0
        for _ in range(5):
            touch(world, "Email")
            world.sync(minutes=1)
        (made,) = world.stored(FollowUp)
        assert (made.missed_at, made.state, world.person().next_step) == (None, "kept", VETO)
        assert world.broken() == []


@pytest.mark.parametrize("sign", ["connected", "status"])
def test_whoever_was_reached_is_asked_for_no_further_attempt(tmp_path: Path, sign: str) -> None:
    with opened(tmp_path) as world:
        due_at = called_once(world)
        if sign == "connected":
            touch(world, "Call", CallDisposition="Connected", CallDurationInSeconds=240)
        else:
            (contact_id,) = (row.record_id for row in world.stored(Link) if row.system == "hubspot")
            world.edit_contact(contact_id, hs_lead_status="CONNECTED")
        world.sync(2)
        look_at(world, due_at + timedelta(minutes=5))
        assert "attempts_missed" not in events(world)
        assert (world.person().next_step, world.person().next_step_due) == (WORKS, None)


def test_whoever_takes_over_answers_for_no_rejection_of_who_left(tmp_path: Path) -> None:
    with opened(tmp_path) as world:
        lead = handed_off(world)
        world.edit_lead(lead["Id"], **{ANSWER: "rejected", REASON: "unresponsive"})
        world.sync(2)
        world.act("salesforce", "edit", {"object": "User", "id": lead["OwnerId"], "fields": {"IsActive": False}})
        world.sync(3)
        left, taken = world.stored(FollowUp)
        assert (left.state, left.decided_by) == ("broken", "attempts_not_made")
        assert (taken.state, taken.refused_at, taken.broken_at) == ("running", None, None)
