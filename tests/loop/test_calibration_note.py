"""A company that is live by its configuration is told once what the calibration would have said, before it is asked."""

from __future__ import annotations

import pytest

from tests.loop.two_systems import GUID, Loop, OpenLoop

EMAIL = "mara@northwind.example"


@pytest.fixture
def loop(open_loop: OpenLoop) -> Loop:
    made = open_loop()
    made.control("hubspot", "seed", {"forms": [{"id": GUID, "name": "Demo request"}]})
    return made


def test_it_is_told_once_with_people_and_not_worked_out_again(loop: Loop) -> None:
    loop.sync()
    assert "calibration" not in loop.findings()  # of nobody nothing can be said
    loop.contact(EMAIL)
    loop.control("hubspot", "submit_form", {"form": GUID, "email": EMAIL})
    assert loop.sync().handed_off == 1  # the configuration wins: nothing waits for an answer
    note = loop.findings()["calibration"]
    assert note.severity == "note"
    assert "live_since stands in the configuration" in note.remedy
    assert "at 75 you would hand over 0.1 a week, your 1 rep can work" in note.remedy
    loop.contact("ben@southwind.example")
    loop.control("hubspot", "submit_form", {"form": GUID, "email": "ben@southwind.example"})
    loop.sync()
    assert loop.findings()["calibration"] == note
