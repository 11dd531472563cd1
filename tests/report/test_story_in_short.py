"""The terminal's story in short: writes of one record stand in one line, reasons in the agreed words."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace
from rich.console import Console

from connector.ports.reporting import Trace
from connector.report.sentences import Names, say
from connector.report.story import Happening, Story
from connector.report.story_picture import Manner, draw_story

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
STORY = Story(
    company="acme",
    person="key-1",
    who={},
    current={"recycle_reason": "no_budget", "recycle_until": AT},
    responsible="",
    records=(),
    points=None,
    next_stage=None,
    missing_for_stage=(),
    next_grade=None,
    missing_for_grade=None,
    holds=(),
    writes_open=(),
    timeline=(),
)


def drawn(story: Story, manner: Manner) -> str:
    target = io.StringIO()
    draw_story(story, Console(file=target, width=100, color_system=None, highlight=False, markup=False), manner)
    return target.getvalue()


def waiting(number: int, **changes: Any) -> dict[str, Any]:
    row = {"system": "hubspot", "object": "contacts", "record_id": "7", "field": f"field_{number}", "state": "planned"}
    return {**row, "before": None, "after": number, "rule": "leadloop", "reason": "", "held_by": "level"} | {
        "error_code": None,
        **changes,
    }


def test_many_writes_that_wait_are_one_line_for_each_record_and_all_on_demand():
    rows = [waiting(number) for number in range(30)] + [
        waiting(0, state="rejected", error_code="READ_ONLY", held_by=None)
    ]
    told = replace(STORY, writes_open=tuple(rows))
    short = drawn(told, Manner())
    assert "hubspot contacts 7: 30 fields (field_0, field_1, field_2, ...), held by level" in short
    assert "hubspot contacts 7: field_0, READ_ONLY" in short
    assert "--all lists each with its values" in short
    everything = drawn(told, Manner(everything=True))
    assert everything.count("held by level") == 30
    assert "--all" not in everything


def test_few_writes_that_wait_are_told_one_by_one():
    text = drawn(replace(STORY, writes_open=(waiting(1), waiting(2))), Manner())
    assert "field_1: nothing -> 1" in text
    assert "--all" not in text


def test_fields_written_to_one_record_at_one_moment_are_one_line_of_the_timeline():
    def write(name: str, record: str) -> Happening:
        return Happening(AT, "write", f'salesforce Lead {record} {name}: nothing -> "x: y" (leadloop)', {})

    timeline = (write("Title", "1"), write("Phone", "1"), write("Title", "2"), Happening(AT, "clock", "started", {}))
    told = replace(STORY, timeline=timeline)
    short = drawn(told, Manner())
    assert "salesforce Lead 1: 2 fields (Title, Phone) written" in short
    assert 'salesforce Lead 2 Title: nothing -> "x: y"' in short
    assert drawn(told, Manner(everything=True)).count("nothing ->") == 3


def test_a_reason_is_told_in_the_agreed_words():
    moved = Happening(AT, "disposition", "rejected -> recycled by human (no_budget)", {"reason": "no_budget"})
    text = drawn(replace(STORY, timeline=(moved,)), Manner(words={"no_budget": "No budget now"}))
    assert "No budget now, until 2026-03-02" in text
    assert "rejected -> recycled by human (No budget now)" in text
    assert "no_budget" not in text


def test_an_assignment_names_the_rule_that_was_taken_and_counts_those_before():
    row = {"kind": "hand_off", "owner_id": 1, "grade": "A", "promise": "hand_raise", "confirmed_at": AT, "until": None}
    row |= {"reasons": {"kind": "hand_raise", "path": "Q1"}, "run_id": 1}
    row["path"] = [["keep", False, "no owner"], ["pool", True, "Rita Rep is next in turn"]]
    _, text, detail = say(Trace(AT, 1, "assignment", row), Names({1: "Rita Rep"}))
    assert text == (
        "hand off to Rita Rep (grade A, promise hand_raise, kind hand_raise, path Q1, "
        "by rule pool: Rita Rep is next in turn, 1 before it did not hold)"
    )
    assert detail["path"][0][0] == "keep"
