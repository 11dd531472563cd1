"""Human touches as tasks: one for each, for the colleague who answers, until somebody has acted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.loop.two_systems import GUID, MAX, SECRETS, Loop

NURTURE = """
[tracks.welcome.human_touch]
text = "call and say welcome"
first_business_days = 1
times = 2
every_business_days = 3
"""
ROUTING = '[fallback]\nmember = "Max Lead"\n[marketing]\nowner = "Max Lead"\n'
EMAIL = "mara@northwind.example"


@pytest.fixture
def loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loop]:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    made = Loop(tmp_path, {"nurture.toml": NURTURE, "routing.toml": ROUTING})
    made.control("hubspot", "seed", {"forms": [{"id": f"{GUID}2", "name": "Newsletter sign-up"}]})
    yield made
    made.app.close()


def tasks(loop: Loop) -> list[tuple[str, str, str]]:
    rows = [row for row in loop.records("Task").values() if row.get("TaskSubtype") != "Call"]
    return sorted((row["ActivityDate"], row["Subject"], row["OwnerId"]) for row in rows)


def test_a_touch_is_one_task_until_it_is_done_and_then_the_next_is(loop: Loop) -> None:
    loop.contact(numemployees="1-5", jobtitle="Analyst")
    row = {"FirstName": "Mara", "LastName": "Oduya", "Company": "Northwind", "Email": EMAIL}
    loop.control("salesforce", "seed", {"records": {"Lead": [row]}})
    loop.control("hubspot", "submit_form", {"form": f"{GUID}2", "email": EMAIL})
    loop.sync()
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
