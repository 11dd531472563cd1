"""Movement and human touches told over a real mail server and a real webhook: once each, also after a crash."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.messages.receivers import Hook, Inbox
from tests.messages.telling_world import ADA, TEAM, Died, TellingWorld

Make = Callable[..., TellingWorld]
NURTURE = """
[tracks.welcome.human_touch]
text = "call and say welcome"
first_business_days = 1
"""
ROUTING = '[fallback]\nmember = "Max Lead"\n[marketing]\nowner = "Mia Market"\nlead = "Max Lead"\n'
TEAM_OF_MARKETING = TEAM.replace('owner_id = "9004"', 'owner_id = "9004"\nmanager = "Max Lead"') + "# with touches\n"
DUE = "mia@seller.example: Due: call and say welcome, Pat Doe, Customer Inc"
LATE = "mia@seller.example: Late: call and say welcome, Pat Doe, Customer Inc"
ESCALATED = "max@seller.example: Nobody did it: call and say welcome, Pat Doe, Customer Inc"
GIVEN = "max@seller.example: Due: call and say welcome, Pat Doe, Customer Inc"
CLOSE = "marketing@seller.example: Coming close: Pat Doe, Customer Inc (one condition short of lead)"


def subscribed(make_world: Make, **options: Any) -> TellingWorld:
    """Pat, an analyst somewhere, was read and then subscribed on Tuesday at 10:10: a call is due on Wednesday."""
    world = make_world(team=TEAM_OF_MARKETING, **options)
    (world.folder / "mapping" / "nurture.toml").write_text(NURTURE, encoding="utf-8")
    (world.folder / "mapping" / "routing.toml").write_text(ROUTING, encoding="utf-8")
    world.run()
    world.pass_time(minutes=10)
    edit_contact(world, recent_conversion_event_name="Newsletter sign-up", recent_conversion_date=stamp(world))
    world.pass_time(minutes=10)
    world.run()
    return world


def stamp(world: TellingWorld) -> str:
    return world.clock.now().strftime("%Y-%m-%dT%H:%M:%S.000Z")


def edit_contact(world: TellingWorld, **properties: str) -> None:
    edit = {"object": "contacts", "id": world.contact_id, "properties": properties, "source": "FORM"}
    world.control(world.hubspot, "edit", edit)


def touches(world: TellingWorld) -> list[str]:
    return [subject for subject in world.subjects if "call and say welcome" in subject]


def test_a_touch_is_told_when_it_is_due_when_it_is_late_and_to_those_who_lead_each_once(
    make_world: Make, inbox: Inbox, hook: Hook
) -> None:
    world = subscribed(make_world)
    told = []
    for hours in (1, 23, 1, 24, 1, 24, 1, 24):
        world.pass_time(hours=hours)
        world.run()
        told.append(len(touches(world)))
    assert touches(world) == [DUE, LATE, GIVEN, ESCALATED]
    assert told == [0, 1, 1, 2, 2, 4, 4, 4]
    letter = next(each for each in inbox.letters if each["Subject"].startswith("Due"))
    assert "Mia Market, call and say welcome: Pat Doe (VP Marketing, Customer Inc)." in letter.get_content()
    assert len({each["Message-ID"] for each in inbox.letters}) == len(inbox.letters)


def test_a_call_in_time_leaves_nothing_to_tell(make_world: Make, inbox: Inbox, hook: Hook) -> None:
    world = subscribed(make_world)
    world.pass_time(hours=20)
    world.call_the_lead()
    for hours in (1, 24, 24, 24):
        world.pass_time(hours=hours)
        world.run()
    assert touches(world) == []


def test_a_message_that_waits_is_left_when_the_touch_was_made_meanwhile(
    make_world: Make, inbox: Inbox, hook: Hook
) -> None:
    world = subscribed(make_world, messages={"to": {"touch_due": ["sales_channel"]}})
    hook.answers = [503] * 3
    world.pass_time(hours=25)
    world.run()
    assert world.states()["touch_due slack"] == "pending"
    world.call_the_lead()
    world.pass_time(minutes=10)
    world.run()
    assert world.states()["touch_due slack"] == "ended"
    assert [post["status"] for post in hook.posts if "welcome" in post["text"]] == [503] * 3


@pytest.mark.parametrize(("dies", "arrived"), [("before", 0), ("after", 1)])
def test_a_crash_while_a_touch_is_told_tells_it_never_twice(
    make_world: Make, inbox: Inbox, hook: Hook, dies: str, arrived: int
) -> None:
    world = subscribed(make_world)
    world.pass_time(hours=25)
    with pytest.raises(Died):
        world.run(dies=dies)
    for _ in range(2):
        world.pass_time(minutes=5)
        world.run()
    assert touches(world).count(DUE) == arrived
    assert world.states()["touch_due rep"] == "unknown"


def test_whoever_comes_close_is_told_to_marketing_once_with_what_is_missing(
    make_world: Make, inbox: Inbox, hook: Hook
) -> None:
    world = subscribed(make_world)
    edit_contact(world, leadloop_need="specific", leadloop_timing="0-3")
    for _ in range(3):
        world.pass_time(minutes=10)
        world.run()
    assert [each for each in world.subjects if "Coming close" in each] == [CLOSE]
    letter = next(each for each in inbox.letters if each["Subject"].startswith("Coming close"))
    assert "on track welcome: one condition short of lead." in letter.get_content().replace("\r\n", "\n")
    assert "What is missing: " in letter.get_content()
    posts = [post for post in hook.posts if "Coming close" in post["text"]]
    assert len(posts) == 1


@pytest.mark.parametrize(("dies", "arrived"), [("before", 0), ("after", 1)])
def test_a_crash_while_a_movement_is_told_tells_it_never_twice(
    make_world: Make, inbox: Inbox, hook: Hook, dies: str, arrived: int
) -> None:
    world = subscribed(make_world)
    edit_contact(world, leadloop_need="specific", leadloop_timing="0-3")
    world.pass_time(minutes=10)
    with pytest.raises(Died):
        world.run(dies=dies)
    for _ in range(2):
        world.pass_time(minutes=5)
        world.run()
    assert world.subjects.count(CLOSE) == arrived
    assert world.states()["movement marketing"] == "unknown"
    assert len([post for post in hook.posts if "Coming close" in post["text"]]) == 1  # the other channel hears of it


def test_below_assign_nobody_hears_of_touches_or_movement(make_world: Make, inbox: Inbox, hook: Hook) -> None:
    world = subscribed(make_world, level="annotate")
    edit_contact(world, leadloop_need="specific", leadloop_timing="0-3")
    for hours in (1, 25, 48):
        world.pass_time(hours=hours)
        world.run()
    assert (inbox.letters, hook.posts) == ([], [])


def test_who_calls_is_one_of_sales_or_marketing_and_no_integration(make_world: Make, inbox: Inbox, hook: Hook) -> None:
    world = subscribed(make_world)
    (lead,) = world.leads()
    call = {"WhoId": lead["Id"], "OwnerId": ADA, "Subject": "Call", "TaskSubtype": "Call", "Status": "Not Started"}
    world.control(world.salesforce, "create", {"object": "Task", "fields": call, "by": ADA})  # planned, not made
    world.pass_time(hours=25)
    world.run()
    assert touches(world) == [DUE]


def test_whoever_falls_back_and_comes_close_again_is_told_of_again(make_world: Make, inbox: Inbox, hook: Hook) -> None:
    world = subscribed(make_world)
    told = []
    for need in ("specific", "", "specific", "", "specific"):
        edit_contact(world, leadloop_need=need, leadloop_timing="0-3")
        for _ in range(2):
            world.pass_time(minutes=10)
            world.run()
        told.append(world.subjects.count(CLOSE))
    assert told == [1, 1, 2, 2, 3]
