"""The weekly mail over a real mail server: to both leaders, once per week, through crashes, and about nobody."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connector.app import App
from connector.app.weekly import send_weekly, tells_weekly
from connector.config import parse_settings
from connector.rules.toml import Table
from tests.messages.receivers import Hook, Inbox
from tests.messages.telling_world import COMPANY, Died, TellingWorld
from tests.messages.test_telling import handed_off

Make = Callable[..., TellingWorld]
BOTH = {"marketing@seller.example", "max@seller.example"}


def weekly(app: App) -> Any:
    return send_weekly(app, COMPANY)


def mails(inbox: Inbox) -> list[str]:
    return [letter["To"] for letter in inbox.letters if "the week" in letter["Subject"]]


def after_a_week(make_world: Make, **options: object) -> TellingWorld:
    """A hand-off on Tuesday 17 November; then Monday the 23rd has come."""
    world = handed_off(make_world, **options)
    world.run()
    world.pass_time(days=6)
    world.run()
    return world


def test_both_leaders_get_last_weeks_figures_once(make_world: Make, inbox: Inbox, hook: Hook) -> None:
    world = after_a_week(make_world)
    for _ in range(3):
        world.run(command=weekly)
        world.pass_time(minutes=10)
    assert sorted(mails(inbox)) == sorted(BOTH)
    letter = next(each for each in inbox.letters if "the week" in each["Subject"])
    assert letter["Subject"] == "acme: the week 2026-11-16 to 2026-11-22"
    text = letter.get_content().replace("\r\n", "\n")
    assert "1 handed off, after 0 the week before" in text
    assert "\nhanded off: 1 (0)\n" in text
    assert "The definitions: not agreed" in text
    assert all(word not in text for word in ("Pat", "Doe", "customer.example", "Customer Inc"))


def test_the_next_week_has_a_mail_of_its_own(make_world: Make, inbox: Inbox, hook: Hook) -> None:
    world = after_a_week(make_world)
    world.run(command=weekly)
    world.pass_time(days=7)
    world.run(command=weekly)
    assert len(mails(inbox)) == 4
    assert len({letter["Message-ID"] for letter in inbox.letters}) == len(inbox.letters)


@pytest.mark.parametrize(("dies", "arrived"), [("before", 1), ("after", 2)])
def test_a_crash_while_sending_sends_nothing_twice(
    make_world: Make, inbox: Inbox, hook: Hook, dies: str, arrived: int
) -> None:
    world = after_a_week(make_world)
    with pytest.raises(Died):
        world.run(command=weekly, dies=dies)
    for _ in range(2):
        world.pass_time(minutes=5)
        world.run(command=weekly)
    assert len(mails(inbox)) == len(set(mails(inbox))) == arrived  # the other leader's, and the first if it left


def test_a_leader_whose_address_is_refused_does_not_keep_the_other_from_reading(
    make_world: Make, inbox: Inbox, hook: Hook
) -> None:
    world = after_a_week(make_world, approval="never")
    inbox.refused.add("max@seller.example")
    world.run(command=weekly)
    assert mails(inbox) == ["marketing@seller.example"]
    assert world.states()["weekly manager"] == "failed"
    assert world.states()["weekly marketing"] == "sent"


def test_who_hears_of_the_week_is_the_configurations_matter(make_world: Make, inbox: Inbox, hook: Hook) -> None:
    world = after_a_week(make_world, messages={"to": {"weekly": ["marketing", "sales_channel"]}})
    posts = len(hook.posts)
    world.run(command=weekly)
    assert mails(inbox) == ["marketing@seller.example"]
    assert "the week 2026-11-16" in hook.posts[posts]["text"]


def test_below_assign_nothing_is_mailed(make_world: Make, inbox: Inbox, hook: Hook) -> None:
    world = after_a_week(make_world, level="annotate")
    world.run(command=weekly)
    assert mails(inbox) == []


def test_only_a_company_with_a_channel_is_due(make_world: Make, inbox: Inbox, hook: Hook) -> None:
    told: list[bool] = []

    def ask(app: App) -> Any:
        told.append(tells_weekly(app, COMPANY))

    make_world().run(command=ask)
    assert told == [True]
    quiet = parse_settings(Table({"companies": {COMPANY: {}}}, "config.toml"), Path("config.toml"), ())
    assert not quiet.company(COMPANY).messages.channels
