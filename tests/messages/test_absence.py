"""Who is away: the backup is given the person, and no clock starts for the absent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from connector.playbook import load
from connector.ports.decisions import PoolState, UserFacts
from connector.sync.hand_off import open_desk
from tests.messages.receivers import Inbox
from tests.messages.telling_world import MAX, TEAM, TellingWorld

AWAY_TODAY = "away = [{ first_day = 2026-11-17, last_day = 2026-11-17 }]\n"
BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 11, 17, 12, tzinfo=UTC)

DESK_TEAM = """
[regions.emea]
timezone = "Europe/Berlin"
holidays = [2026-12-25]

[[members]]
name = "Ada"
role = "sdr"
salesforce_user_id = "1"
region = "emea"
holidays = [2026-11-20]
backup = "Ben"
daily_max = 3
away = [{ first_day = 2026-11-16, last_day = 2026-11-17 }, { first_day = 2026-11-18, last_day = 2026-11-18 }]

[[members]]
name = "Ben"
role = "ae"
hubspot_owner_id = "2"
timezone = "UTC"
region = "emea"
open_unaccepted_max = 4
"""


def test_the_desk_knows_what_the_roster_says(tmp_path: Path) -> None:
    (tmp_path / "team.toml").write_text(DESK_TEAM, encoding="utf-8")
    (tmp_path / "routing.toml").write_text('[fallback]\nmember = "Ben"\n', encoding="utf-8")
    playbook = load(tmp_path, systems=("salesforce", "hubspot")).playbook
    users = {
        11: UserFacts(11, "Ada", None, True, "user", {"salesforce": "1"}),
        12: UserFacts(12, "Ben", None, True, "user", {"hubspot": "2"}),
    }
    desk = open_desk(playbook, users, {12: PoolState(2, {"default": 7}, 1)}, ZoneInfo("UTC"), NOON)
    ada, ben = desk.members[11], desk.members[12]
    assert (ada.absent, ada.backup_id, ada.daily_max, ada.open_unaccepted_max) == (True, 12, 3, None)
    assert (ben.absent, ben.backup_id, ben.daily_max, ben.open_unaccepted_max) == (False, None, None, 4)
    assert (ada.hours.zone, ben.hours.zone) == (BERLIN, ZoneInfo("UTC"))
    assert ada.hours.holidays == {date(2026, 11, 20), date(2026, 12, 25)}
    assert (ben.given_today, ben.credit_micro("default"), ben.open_unaccepted) == (2, 7, 1)
    member = desk.roster[11]
    assert member.region == "emea"
    assert member.back_at(NOON, ZoneInfo("UTC")) == datetime(2026, 11, 19, tzinfo=BERLIN)


def test_no_clock_starts_for_an_absent_owner(make_world: Callable[..., TellingWorld], inbox: Inbox) -> None:
    team = TEAM.replace("weight = 0\n", f"weight = 0\n{AWAY_TODAY}").replace('manager = "Max Lead"\n', AWAY_TODAY)
    world = make_world(team=team)
    world.run()
    world.raise_hand()
    for _ in range(2):
        world.pass_time(minutes=10)
        world.run()
    assert world.leads()[0]["OwnerId"] == MAX
    assert inbox.to() == ["max@seller.example"]
    assert "First contact due: 2026-11-18 10:00" in inbox.letters[0].get_content()
    world.pass_time(hours=5)
    world.run()
    assert (world.clock_row().state, world.clock_row().started_at) == ("waiting", None)
    world.pass_time(hours=18)
    world.run()
    clock = world.clock_row()
    assert (clock.state, clock.started_at) == ("running", datetime(2026, 11, 18, tzinfo=UTC))
    assert clock.due_at == datetime(2026, 11, 18, 10, tzinfo=UTC)
