"""Human touches as tasks: one for each, for the colleague who answers, until somebody has acted."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.loop.two_systems import ADA, GUID, MAX, SECRETS, Loop, OpenLoop

NURTURE = """
[tracks.welcome.human_touch]
text = "call and say welcome"
first_business_days = 1
times = 2
every_business_days = 3
"""
ROUTING = '[fallback]\nmember = "Max Lead"\n[marketing]\nowner = "Max Lead"\n'
EMAIL = "mara@northwind.example"
DAY = 1_440


@pytest.fixture
def loop(open_loop: OpenLoop) -> Loop:
    made = open_loop({"nurture.toml": NURTURE, "routing.toml": ROUTING})
    made.control("hubspot", "seed", {"forms": [{"id": f"{GUID}2", "name": "Newsletter sign-up"}]})
    return made


def tasks(loop: Loop) -> list[tuple[str, str, str]]:
    rows = [row for row in loop.records("Task").values() if row.get("TaskSubtype") != "Call"]
    return sorted((row["ActivityDate"], row["Subject"], row["OwnerId"]) for row in rows)


def welcomed(loop: Loop) -> None:
    """Mara shows interest on Tuesday at 10:00: she is to be called by Wednesday at 10:20."""
    loop.contact(numemployees="1-5", jobtitle="Analyst")
    row = {"FirstName": "Mara", "LastName": "Oduya", "Company": "Northwind", "Email": EMAIL}
    loop.control("salesforce", "seed", {"records": {"Lead": [row]}})
    loop.control("hubspot", "submit_form", {"form": f"{GUID}2", "email": EMAIL})
    loop.sync()


def clocks(loop: Loop) -> list[tuple[object, ...]]:
    return loop.rows("select number, state, touched_at is not null, decided_by from track_touch order by due_at")


def story(loop: Loop) -> list[str]:
    return [line.text for line in loop.app.explain("acme", EMAIL).timeline if line.kind == "touch"]


def tick(loop: Loop, number: int = 0) -> None:
    """Somebody ticks a task off in Salesforce."""
    ours = sorted(key for key, row in loop.records("Task").items() if row.get("TaskSubtype") != "Call")
    edit = {"object": "Task", "id": ours[number], "fields": {"Status": "Completed"}, "by": MAX}
    loop.control("salesforce", "edit", edit)


def test_a_touch_is_one_task_until_it_is_done_and_then_the_next_is(loop: Loop) -> None:
    welcomed(loop)
    first = ("2026-11-18", "Call and say welcome: Mara Oduya", MAX)
    assert tasks(loop) == [first]
    loop.sync()
    before = loop.writes()
    loop.sync(minutes=1_440)
    assert (tasks(loop), loop.writes()) == ([first], before)
    (lead,) = loop.records("Lead")
    call = {"WhoId": lead, "Subject": "Called", "Status": "Completed", "TaskSubtype": "Call", "OwnerId": MAX}
    loop.control("salesforce", "create", {"object": "Task", "fields": call, "by": MAX})
    loop.sync()
    assert loop.rows("select next_step_due > 0, next_step from person") == [(1, "call and say welcome")]
    loop.sync(minutes=4 * 1_440)
    assert [subject for _, subject, _ in tasks(loop)] == [first[1], first[1]]
    assert tasks(loop)[1][0] > first[0]
    assert clocks(loop)[0][:3] == (0, "kept", 1)
    assert clocks(loop)[1][:3] == (1, "waiting", 0)


def test_a_task_that_is_ticked_off_is_a_touch_that_was_made(loop: Loop) -> None:
    welcomed(loop)
    assert clocks(loop) == [(0, "waiting", 0, None)]
    loop.clock.sleep(DAY * 60)
    tick(loop)
    loop.sync()
    (key,) = sorted(key for key, row in loop.records("Task").items())
    assert clocks(loop)[0] == (0, "kept", 1, f"salesforce:Task:{key}:3")
    call = {"WhoId": next(iter(loop.records("Lead"))), "Subject": "Called", "Status": "Completed"}
    call |= {"TaskSubtype": "Call", "OwnerId": MAX}
    loop.control("salesforce", "create", {"object": "Task", "fields": call, "by": MAX})
    loop.sync()  # the call behind the tick, logged later on that day, is the same touch
    loop.sync(minutes=3 * DAY)
    assert [row[:3] for row in clocks(loop)] == [(0, "kept", 1), (1, "waiting", 0)]
    assert [line.partition(", due")[0] for line in story(loop)] == [
        "call and say welcome (1 of 2): asked of Max Lead",
        "call and say welcome (1 of 2): done by Max Lead, in time",
        "call and say welcome (2 of 2): asked of Max Lead",
    ]


def test_nobody_calls_it_is_late_then_the_leader_of_marketing_has_a_task_and_silence_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    routing = ROUTING.replace('owner = "Max Lead"', 'owner = "Ada Sell"\nlead = "Max Lead"')
    loop = Loop(tmp_path, {"nurture.toml": NURTURE, "routing.toml": routing})
    loop.control("hubspot", "seed", {"forms": [{"id": f"{GUID}2", "name": "Newsletter sign-up"}]})
    welcomed(loop)
    assert [owner for *_, owner in tasks(loop)] == [ADA]
    loop.sync(minutes=2 * DAY + 30)  # Thursday: due on Wednesday at 10:20, and 8 business hours are over
    assert [row[:3] for row in clocks(loop)] == [(0, "broken", 0)]
    loop.sync(minutes=DAY)
    assert sorted(owner for *_, owner in tasks(loop)) == [ADA, MAX]
    assert story(loop)[-3:] == [
        "call and say welcome (1 of 2): not done in time, it was due 2026-11-18T10:20+00:00",
        "call and say welcome (1 of 2): still not done: the manager was told",
        "call and say welcome (1 of 2): given to Max Lead, who leads marketing",
    ]
    before = loop.writes()
    loop.sync()
    loop.sync(minutes=DAY)
    assert loop.writes() == before
    tick(loop, 1)  # the leader's
    loop.sync()
    assert clocks(loop)[0][:3] == (0, "broken", 1)
    loop.app.close()


def test_a_pool_makes_the_touches_each_colleague_in_turn_and_whoever_had_somebody_keeps_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    team = f"""
[[members]]
name = "Ada Sell"
role = "sdr"
salesforce_user_id = "{ADA}"
hubspot_owner_id = "9001"
pools = ["default", "callers"]

[[members]]
name = "Max Lead"
role = "ae"
salesforce_user_id = "{MAX}"
hubspot_owner_id = "9003"
pools = ["callers"]
"""
    nurture = NURTURE + 'pool = "callers"\n'
    loop = Loop(tmp_path, {"nurture.toml": nurture, "routing.toml": ROUTING, "team.toml": team})
    loop.control("hubspot", "seed", {"forms": [{"id": f"{GUID}2", "name": "Newsletter sign-up"}]})
    for number in range(4):
        email = f"p{number}@firm{number}.example"
        loop.contact(email, lastname=f"P{number}", numemployees="1-5", jobtitle="Analyst", company=f"Firm {number}")
        row = {"LastName": f"P{number}", "Company": f"Firm {number}", "Email": email}
        loop.control("salesforce", "seed", {"records": {"Lead": [row]}})
        loop.control("hubspot", "submit_form", {"form": f"{GUID}2", "email": email})
        loop.sync(minutes=5)
    owners = loop.rows("select owner_id from track_touch order by asked_at")
    assert len(owners) == 4
    assert [owners.count(owner) for owner in sorted(set(owners))] == [2, 2]
    kept = loop.rows("select person_id, owner_id from track_touch order by 1")
    for number in range(4):
        tick(loop, number)
    loop.sync(minutes=5 * DAY)
    assert loop.rows("select person_id, owner_id from track_touch where number = 1 order by 1") == kept
    loop.app.close()
