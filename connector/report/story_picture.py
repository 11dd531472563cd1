"""A person's story for the terminal: where they stand, why, what is missing, then the timeline.

Decides layout only; times are shown in the zone given (the company's).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from connector.report.sentences import points, shown
from connector.report.story import Points, Story
from connector.report.story_account import account_lines
from connector.report.story_writes import SINGLY_MAX, open_writes, together

STANDING = ("stage", "disposition", "grade", "track", "recycle_reason", "junk_rule", "next_step")
DATED = {"stage": "stage_since", "recycle_reason": "recycle_until", "next_step": "next_step_due"}
"""Facts that come with a date."""

PREPOSITION = {"stage": "since", "recycle_reason": "until", "next_step": "due"}
EVIDENCE_SHOWN_MAX = 12
LABEL_COLUMNS = 14


@dataclass(frozen=True)
class Manner:
    """How a story is told. ``everything``: every field that was or is to be written, not only every record;
    ``words``: the agreed wording of reason codes."""

    zone: tzinfo = UTC
    everything: bool = False
    words: Mapping[str, str] = field(default_factory=dict)


PLAIN = Manner()


def draw_story(story: Story, console: Console, manner: Manner = PLAIN) -> None:
    """The whole story."""
    zone = manner.zone
    console.print(Text(" ".join(str(value) for value in story.who.values()) or story.person, "bold"))
    if story.imported is not None:
        console.print(Text(story.imported, "dim"))
    _lines(console, _standing(story, manner))
    _section(console, "Records", ((link["state"], _record(link)) for link in story.records))
    _section(console, "Account", account_lines(story.account))
    _section(console, "Expected value", _worth(story))
    if story.points is not None:
        _draw_points(console, story.points, zone)
    _section(console, "What is missing", _missing(story))
    _section(console, "Held from being written", ((hold["field"], hold["why"]) for hold in story.holds))
    _section(console, "Writes not settled", _writes(story, everything=manner.everything))
    _timeline(console, story, manner)
    if not manner.everything and _is_shortened(story):
        console.print()
        console.print(Text("Fields written together stand in one line; --all lists each with its values.", "dim"))


def _standing(story: Story, manner: Manner) -> Iterable[tuple[str, str]]:
    yield "person key", story.person
    for name in STANDING:
        value = story.current.get(name)
        if value is None:
            continue
        value = manner.words.get(value, value) if name == "recycle_reason" else value
        when = story.current.get(DATED.get(name, ""))
        dated = f", {PREPOSITION[name]} {_moment(when, manner.zone)}" if when else ""
        yield name.replace("_", " "), f"{value}{dated}"
    yield "responsible", story.responsible or "nobody"
    for channel in ("email", "phone"):
        if story.current.get(f"{channel}_opt_out"):
            yield channel, "opted out"


def _worth(story: Story) -> Iterable[tuple[str, str]]:
    value = story.current.get("expected_value")
    if value is not None:
        yield f"{value:,}", "; ".join(story.worth)


def _record(link: Mapping[str, Any]) -> str:
    marks = [word for word, key in (("primary", "is_primary"), ("stamped", "stamped")) if link[key]]
    return f"{link['system']} {link['object']} {link['record_id']}" + (f" ({', '.join(marks)})" if marks else "")


def _draw_points(console: Console, score: Points, zone: tzinfo) -> None:
    total = f"{points(score.total_milli)} points"
    axes = f"fit {points(score.fit_milli)}, engagement {points(score.engagement_milli)}"
    grade = f", grade {score.grade_if_open} if open and qualified" if score.grade_if_open else ""
    heading = f"{total}: {axes}, readiness {points(score.readiness_milli)}{grade}"
    given = [(points(line["milli"]), f"{line['axis']} {line['rule']}: {line['english']}") for line in score.rules]
    _section(console, heading, (line for line in given if line[0] != "0"))
    if not score.agrees:
        _lines(console, [("", "the stored score is older than this evaluation")])
    dated = (
        (points(line["milli"]), f"{line['rule']}: {line['signal']} {_moment(line['occurred_at'], zone)}")
        for line in score.evidence[:EVIDENCE_SHOWN_MAX]
    )
    _section(console, "Activities that count", dated)


def _missing(story: Story) -> Iterable[tuple[str, str]]:
    if story.next_stage and not story.missing_for_stage:
        yield f"for {story.next_stage}", "nothing: its entry rule holds"
    for number, way in enumerate(story.missing_for_stage):
        yield "" if number else f"for {story.next_stage}", way
    if story.missing_for_grade:
        yield f"for grade {story.next_grade}", story.missing_for_grade


def _writes(story: Story, *, everything: bool) -> Iterable[tuple[str, str]]:
    if everything or len(story.writes_open) <= SINGLY_MAX:
        return ((row["state"], _write(row)) for row in story.writes_open)
    return open_writes(story.writes_open)


def _is_shortened(story: Story) -> bool:
    lines = sum(1 for _ in together(story.timeline))
    return len(story.writes_open) > SINGLY_MAX or lines < len(story.timeline)


def _write(row: Mapping[str, Any]) -> str:
    held = f", held by {row['held_by']}" if row["held_by"] else ""
    where = f"{row['system']} {row['object']} {row['record_id'] or '(new)'} {row['field']}"
    why = ", ".join(part for part in (row["rule"], row["reason"], row["error_code"]) if part)
    return f"{where}: {shown(row['before'])} -> {shown(row['after'])}{f' ({why})' if why else ''}{held}"


def _timeline(console: Console, story: Story, manner: Manner) -> None:
    console.print()
    console.print(Text("Timeline", "bold"))
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True, style="dim")
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    told = ((each, each.text) for each in story.timeline) if manner.everything else together(story.timeline)
    for entry, text in told:
        code = str(entry.detail.get("reason") or "")
        said = text.replace(f"({code}", f"({manner.words[code]}") if code in manner.words else text
        table.add_row(_moment(entry.at, manner.zone), entry.kind, Text(said))
    console.print(table)


def _section(console: Console, heading: str, lines: Iterable[tuple[str, str]]) -> None:
    """A heading with its lines; neither when there are no lines."""
    lines = list(lines)
    if lines:
        console.print()
        console.print(Text(heading, "bold"))
        _lines(console, lines)


def _lines(console: Console, lines: Iterable[tuple[str, str]]) -> None:
    table = Table.grid(padding=(0, 1))
    table.add_column(min_width=LABEL_COLUMNS, max_width=2 * LABEL_COLUMNS, overflow="fold", style="dim")
    table.add_column(overflow="fold")
    for label, said in lines:
        table.add_row(Text(label), Text(said))
    console.print(table)


def _moment(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
