"""The funnel's counts on both databases, and their forms: JSON, CSV, and a picture of 80 columns."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from connector.ports.reporting import PATH_STEPS, Clock, FunnelFacts, PathCount
from connector.report.funnel import Funnel, funnel
from connector.report.picture import draw_funnel, text_of
from connector.report.shares import percentile, share
from connector.store.reporting import SqlReporting
from connector.store.tables import DispositionHistory, Link
from tests.report.rows import NOW, Rows, ago, healthy, opened


def _company(rows: Rows) -> None:
    """Beside Ann: a suspect, one who skipped to prospect, junk, one merged away, one gone, and one from sales."""
    rows.person(2, stage="suspect")
    rows.person(3, stage="prospect")
    rows.cycle(3, 3, qualified_at=ago(days=30))
    rows.person(4, junk_rule="disposable")
    rows.person(5, merged_into=2)
    rows.cycle(5, 5)
    rows.person(6, stage="lead")
    rows.change(Link, of_person_id=6, state="deleted")
    rows.person(7, stage="customer")
    rows.cycle(7, 7, origin="sales", disposition="won", closed_at=ago(days=2))
    rows.cycle(4, 4, disposition="disqualified", closed_at=ago(days=60))
    rows.assignment(2, 3, kind="adopt", promise=None)
    rows.assignment(3, 2, kind="return", promise="returned", at=ago(days=30))
    rows.clock(3, 2, "broken", promise="returned", touched_at=ago(days=2), started_at=ago(days=3))
    for seq, reason in ((31, "timing"), (32, "timing"), (33, None)):
        move = {"disposition_from": "assigned", "disposition_to": "recycled", "by": "crm", "at": ago(days=1)}
        rows.add(DispositionHistory, person_id=3, seq=seq, cycle_id=3, reason=reason, **move)


def test_everybody_is_counted_once_and_nothing_twice(database_url: str) -> None:
    with opened(database_url) as database:
        _company(healthy(database))
        healthy(database, 2)
        report = funnel("acme", SqlReporting(database).funnel(1))
    assert report.people == 5
    assert report.stages == {
        "name": 0,
        "suspect": 1,
        "lead": 0,
        "qualified_lead": 1,
        "prospect": 1,
        "customer": 1,
    }
    assert (report.set_aside, report.gone, report.sales_origin) == ({"disposable": 1}, 1, 1)
    assert report.dispositions == {"open": 1, "accepted": 1, "won": 1, "disqualified": 1}
    assert report.grades == {"A": 1, "B": 0, "C": 0, "D": 0}
    assert report.moments == {"mql": 2, "handed_off": 1, "sal": 1, "sql": 0}
    assert report.hand_offs == {"a_hand_raise": 1, "returned": 1}
    assert report.recycled == {"timing": 2, "unspecified": 1}


def test_the_path_counts_people_who_went_on(database_url: str) -> None:
    with opened(database_url) as database:
        _company(healthy(database))
        report = funnel("acme", SqlReporting(database).funnel(1))
    steps = {step.name: (step.reached, step.conversion) for step in report.path}
    assert steps == {
        "suspect": (4, None),
        "lead": (3, 0.75),
        "qualified_lead": (2, 0.6667),
        "handed_off": (1, 0.5),
        "accepted": (1, 1.0),
        "sales_qualified": (0, 0.0),
        "prospect": (1, None),
        "customer": (0, 0.0),
    }


def test_a_period_leaves_out_what_was_before(database_url: str) -> None:
    with opened(database_url) as database:
        _company(healthy(database))
        facts = SqlReporting(database).funnel(1, ago(days=2, hours=12))
    assert facts.moments == {"qualified": 0, "handed_off": 0, "accepted": 1, "sales_qualified": 0}
    assert facts.hand_offs == {}
    assert facts.clocks == []
    assert facts.dispositions == {"accepted": 1, "open": 1, "won": 1}
    assert {step.step: step.reached for step in facts.path} == dict.fromkeys(PATH_STEPS, 0) | {"accepted": 1}


def test_an_empty_company_has_a_funnel(database_url: str) -> None:
    with opened(database_url) as database:
        report = funnel("new", SqlReporting(database).funnel(9))
    assert report.people == 0
    assert {step.conversion for step in report.path} == {None}
    assert "Funnel of new: 0 people" in text_of(lambda console: draw_funnel(report, console))


def _report() -> Funnel:
    start = NOW
    clocks = [Clock("a_hand_raise", "kept", start, start + timedelta(minutes=minutes)) for minutes in range(1, 11)]
    clocks += [Clock("a_hand_raise", "broken", start, None), Clock("a_by_score", "running", start, None)]
    return funnel(
        "acme",
        FunnelFacts(
            since=ago(days=7),
            stages={"name": 100_000, "lead": 5, "elsewhere": 1},
            set_aside={f"a_rather_long_rule_name_{n}": n for n in range(1, 12)},
            gone=3,
            path=[PathCount("suspect", 10, 0), PathCount("lead", 4, 3)],
            sales_origin=2,
            dispositions={"zzz": 1, "won": 2, "open": 3},
            hand_offs={"a_hand_raise": 2, "growth_with_a_name_that_does_not_end_soon": 9},
            recycled={"=cmd": 1},
            clocks=clocks,
        ),
    )


def test_promises_are_tallied_with_their_times() -> None:
    [by_score, hand_raise] = _report().promises
    assert (hand_raise.kept, hand_raise.broken, hand_raise.touched) == (10, 1, 10)
    assert (hand_raise.median_minutes, hand_raise.p90_minutes) == (5, 9)
    assert (by_score.running, by_score.median_minutes) == (1, None)
    assert (_report().follow_up.kept, _report().follow_up.running) == (10, 1)


def test_time_to_touch_can_be_counted_in_another_clock() -> None:
    facts = FunnelFacts(clocks=[Clock("p", "kept", ago(days=3), NOW)])
    assert funnel("acme", facts).follow_up.median_minutes == 3 * 24 * 60
    assert funnel("acme", facts, minutes=lambda owner, start, end: 30).follow_up.median_minutes == 30


def test_the_json_form_is_fixed() -> None:
    document = json.loads(json.dumps(_report().as_json()))
    assert document["schema"] == 1
    assert document["report"] == "funnel"
    assert document["since"] == "2026-02-23T12:00:00+00:00"
    assert document["path"] == [
        {"name": "suspect", "reached": 10, "conversion": None},
        {"name": "lead", "reached": 4, "conversion": 0.3},
    ]
    assert document["hand_offs"]["total"] == 11
    assert document["hand_offs"]["by_promise"]["a_hand_raise"] == 2
    assert list(document["dispositions"]) == ["open", "won", "zzz"]
    assert document["promises"][1]["median_minutes"] == 5
    assert set(document) == {
        *(
            "schema",
            "report",
            "company",
            "since",
            "until",
            "people",
            "stages",
            "set_aside",
            "gone",
            "path",
            "sales_origin",
        ),
        *("dispositions", "grades", "moments", "hand_offs", "recycled", "promises", "follow_up"),
    }


def test_the_csv_form_has_one_line_per_number() -> None:
    rows = list(csv.DictReader(io.StringIO(_report().as_csv())))
    assert set(rows[0]) == {"part", "name", "value", "share"}
    named = {(row["part"], row["name"]): (row["value"], row["share"]) for row in rows}
    assert len(named) == len(rows)
    assert named["path", "lead"] == ("4", "0.3")
    assert named["follow_up", "a_hand_raise:p90_minutes"] == ("9", "")
    assert named["follow_up", "a_by_score:p90_minutes"] == ("", "")


def test_a_reason_cannot_become_a_formula() -> None:
    assert "recycled,'=cmd,1," in _report().as_csv()


def test_the_picture_fits_80_columns_without_colours() -> None:
    picture = text_of(lambda console: draw_funnel(_report(), console))
    assert max(len(line) for line in picture.splitlines()) <= 80
    assert "\x1b" not in picture
    bars = {line.split()[0]: line.count("█") for line in picture.splitlines() if line.startswith(("name ", "lead "))}
    assert bars["name"] == 30
    assert bars["lead"] >= 1
    assert re.search(r"^MQL +0$", picture, re.MULTILINE)
    assert "30 %" in picture
    for said in (
        "100 000",
        "growth with a name",
        "5 min",
        "9 min",
        "kept",
        "broken",
        "since 2026-02-23",
        "a hand raise ",
    ):
        assert said in picture, said


def test_the_picture_needs_no_unicode() -> None:
    target = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    draw_funnel(_report(), Console(file=target, width=80))
    target.flush()
    target.seek(0)
    assert "####" in target.read()


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=40), st.integers(1, 100))
def test_a_percentile_is_a_value_that_enough_do_not_exceed(values: list[int], hundredths: int) -> None:
    found = percentile(values, hundredths)
    assert found in values
    assert found is not None
    assert sum(value <= found for value in values) * 100 >= hundredths * len(values)
    assert sum(value < found for value in values) * 100 < hundredths * len(values)


def test_a_share_of_nothing_is_unknown() -> None:
    assert share(1, 0) is None
    assert share(1, 3) == 0.3333
