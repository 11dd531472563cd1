"""The whole loop with real receivers: who hears of what, once, and never before the assignment is confirmed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.messages.receivers import Hook, Inbox
from tests.messages.telling_world import ADA, COMPANY, SECRETS, Died, TellingWorld

Make = Callable[..., TellingWorld]
HANDED = "ada@seller.example: A: Pat Doe, Customer Inc (asked for contact)"


def handed_off(make_world: Make, **options: object) -> TellingWorld:
    """A world in which the person was read once and then raised a hand."""
    world = make_world(**options)
    world.run()
    world.pass_time(minutes=10)
    world.raise_hand()
    world.pass_time(minutes=10)
    return world


def test_a_hand_off_is_told_once_to_the_rep_and_the_channel(make_world: Make, inbox: Inbox, hook: Hook) -> None:
    world = handed_off(make_world)
    summary = world.run()
    assert world.leads()[0]["OwnerId"] == ADA
    assert summary.messages == 2
    (letter,) = inbox.letters
    (post,) = hook.posts
    assert (letter["To"], letter["Message-ID"]) == ("ada@seller.example", "<hand_off.a1.rep.acme@acme.example>")
    text = letter.get_content()
    assert "Ada Sell, Pat Doe (VP Marketing, Customer Inc) is yours." in text
    assert "First contact due: 2026-11-17 11:" in text
    assert f"salesforce Lead {world.leads()[0]['Id']}" in text
    assert post["text"].startswith(str(letter["Subject"]))
    for _ in range(2):
        world.pass_time(minutes=5)
        world.run()
    assert (len(inbox.letters), len(hook.posts)) == (1, 1)


@pytest.mark.parametrize("level", ["observe", "annotate"])
def test_below_assign_nothing_is_told(make_world: Make, inbox: Inbox, hook: Hook, level: str) -> None:
    world = handed_off(make_world, level=level)
    for _ in range(2):
        world.run()
        world.pass_time(minutes=10)
    assert (inbox.letters, hook.posts) == ([], [])
    assert set(world.states().values()) <= {"pending"}


def test_an_assignment_that_waits_for_approval_is_not_told_before_it_is_pushed(
    make_world: Make, inbox: Inbox, hook: Hook
) -> None:
    world = handed_off(make_world, approval="always")
    world.run()
    assert world.states()["hand_off rep"] == "pending"
    assert (inbox.letters, hook.posts) == ([], [])
    world.run(command=lambda app: app.push(COMPANY, over_guard=True))
    assert world.leads()[0]["OwnerId"] == ADA
    assert (len(inbox.letters), len(hook.posts)) == (1, 1)


@pytest.mark.parametrize(("dies", "arrived"), [("before", 0), ("after", 1)])
def test_a_crash_around_sending_never_sends_twice(
    make_world: Make, inbox: Inbox, hook: Hook, dies: str, arrived: int
) -> None:
    world = handed_off(make_world)
    with pytest.raises(Died):
        world.run(dies=dies)
    assert world.states()["hand_off rep"] == "sending"
    for _ in range(2):
        world.pass_time(minutes=5)
        world.run()
    assert (len(inbox.letters), len(hook.posts)) == (arrived, 1)
    assert world.states() == {"hand_off rep": "unknown", "hand_off slack": "sent"}
    assert "not sent again" in world.findings()["message_unknown:email"]


def test_a_channel_that_is_down_stops_nothing_and_is_told_when_it_is_up(
    make_world: Make, inbox: Inbox, hook: Hook
) -> None:
    world = handed_off(make_world)
    hook.answers = [503] * 3
    assert world.run().status == "ok"
    assert world.states() == {"hand_off rep": "sent", "hand_off slack": "pending"}
    assert "message_channel:slack" in world.findings()
    world.pass_time(minutes=5)
    world.run()
    assert [post["status"] for post in hook.posts] == [503, 503, 503, 200]
    assert "message_channel:slack" not in world.findings()


def test_a_recipient_who_is_refused_is_a_finding_and_the_others_hear(
    make_world: Make, inbox: Inbox, hook: Hook
) -> None:
    world = handed_off(make_world)
    inbox.refused.add("ada@seller.example")
    assert world.run().status == "ok"
    assert world.states() == {"hand_off rep": "failed", "hand_off slack": "sent"}
    (finding,) = [remedy for name, remedy in world.findings().items() if name == "message_failed:email"]
    assert "smtp_550" in finding
    assert "ada@" not in finding


def test_a_reminder_then_a_breach_to_rep_and_manager_each_once(make_world: Make, inbox: Inbox, hook: Hook) -> None:
    world = handed_off(make_world)
    world.run()
    for minutes in (5, 30, 5, 40, 5, 300):
        world.pass_time(minutes=minutes)
        world.run()
    assert sorted(world.subjects) == [
        HANDED,
        "ada@seller.example: Late: Pat Doe, Customer Inc",
        "ada@seller.example: Still to do: Pat Doe, Customer Inc",
        "max@seller.example: Nobody has called: Pat Doe, Customer Inc",
    ]
    assert len(hook.posts) == 2


def test_a_touch_in_time_leaves_nothing_to_remind_of(make_world: Make, inbox: Inbox) -> None:
    world = handed_off(make_world)
    world.run()
    world.call_the_lead()
    for minutes in (20, 20, 60):
        world.pass_time(minutes=minutes)
        world.run()
    assert world.subjects == [HANDED]


def test_a_rejection_is_told_to_marketing_with_its_reason(make_world: Make, inbox: Inbox, hook: Hook) -> None:
    world = handed_off(make_world)
    world.run()
    world.pass_time(minutes=10)
    world.edit_lead(Leadloop_Response__c="rejected", Leadloop_Reject_Reason__c="no_budget")
    for _ in range(2):
        world.pass_time(minutes=10)
        world.run()
    assert world.subjects == [HANDED, "marketing@seller.example: Given back: Pat Doe, Customer Inc (No budget now)"]
    assert len(hook.posts) == 2
    assert [row.event for row in world.rows().values() if row.event == "recycle"] == []


def test_who_comes_back_is_told_as_a_return(make_world: Make, inbox: Inbox) -> None:
    world = handed_off(make_world)
    world.run()
    world.pass_time(minutes=10)
    world.edit_lead(Leadloop_Response__c="rejected", Leadloop_Reject_Reason__c="timing")
    world.pass_time(minutes=10)
    world.run()
    world.pass_time(days=1)
    world.raise_hand()
    world.pass_time(minutes=10)
    world.run()
    assert world.subjects[-1].startswith("ada@seller.example: A: Pat Doe, Customer Inc is back")


def test_the_configuration_says_who_hears_of_what(make_world: Make, inbox: Inbox, hook: Hook) -> None:
    world = handed_off(make_world, messages={"to": {"hand_off": ["manager"]}})
    world.run()
    assert inbox.to() == ["max@seller.example"]
    assert hook.posts == []


def test_old_news_is_left(make_world: Make, inbox: Inbox, hook: Hook) -> None:
    world = handed_off(make_world)
    hook.answers = [503] * 3
    world.run()
    world.pass_time(hours=30)
    world.run()
    assert world.states()["hand_off slack"] == "expired"


def test_no_log_line_and_no_finding_names_a_person_or_a_secret(make_world: Make, inbox: Inbox, hook: Hook) -> None:
    world = handed_off(make_world)
    inbox.answers, hook.answers = ["554 no"], [404]
    world.run()
    told = " ".join([*world.texts, *world.findings().values()])
    forbidden = ("pat@", "Doe", "ada@", "secret-path", hook.url, *SECRETS.values())
    assert [word for word in forbidden if word in told and word != "simulator"] == []
