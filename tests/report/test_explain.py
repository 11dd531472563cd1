"""A person's story: found by every kind of id, in order of time, with what is missing, as data and as text."""

from __future__ import annotations

import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event

from connector.errors import BadConfiguration
from connector.ports.evaluation import EntryLine, Evaluation, EvidenceLine, Explanation, PointsLine
from connector.report.picture import text_of
from connector.report.story import ORDER, Story, find, story
from connector.report.story_picture import Manner, draw_story
from connector.store.reporting import SqlReporting
from connector.store.story import SOURCES
from connector.store.tables import LinkEvent, OutboxRow, Person, StageHistory
from tests.report.rows import ANN, LEAD_ID, NOW, Rows, ago, healthy, opened

EXPLANATION = Explanation(
    evaluation=Evaluation(ANN, 40_000, 20_000, 16_000, 76_000, "A", ("suspect", "lead", "qualified_lead")),
    points=(
        PointsLine("seniority", "fit", 12_500, "12.5 when seniority is vp"),
        PointsLine("opens", "engagement", 0, "1 for each open"),
    ),
    evidence=(EvidenceLine(1, "demo", "hand_raise", ago(days=3), 2, 20_000),),
    entries=(
        EntryLine("suspect", "any", True, "any signal"),
        EntryLine("prospect", "opportunity", False, "open opportunities is at least 1"),
        EntryLine("prospect", "deal", False, "a deal [in a listed pipeline]"),
    ),
    next_grade=None,
)


def _story(url: str) -> Story:
    with opened(url) as database:
        healthy(database)
        facts = SqlReporting(database).person(1, ANN)
    assert facts is not None
    return story("acme", facts, EXPLANATION)


NAMES = (
    "Ann@Acme.example",
    "ann@acme.EXAMPLE",
    " ann@home.example ",
    "key-1-1",
    "x-1-10",
    "x-1-11",
    "101",
    LEAD_ID,
    LEAD_ID[:15],
)


def test_a_person_is_found_by_every_kind_of_id(database_url: str) -> None:
    with opened(database_url) as database:
        healthy(database)
        healthy(database, 2)
        reporting = SqlReporting(database)
        assert {named: find(reporting, 1, "acme", named) for named in NAMES} == dict.fromkeys(NAMES, ANN)
        assert reporting.find_people(1, LEAD_ID[:15].lower()) == []
        assert reporting.find_people(3, "ann@acme.example") == []


def test_a_person_merged_away_is_found_as_the_one_they_became(database_url: str) -> None:
    with opened(database_url) as database:
        rows = healthy(database)
        _merged(rows)
        reporting = SqlReporting(database)
        assert reporting.find_people(1, "old@acme.example") == [ANN]
        facts = reporting.person(1, ANN)
    assert facts is not None
    told = story("acme", facts, None)
    assert [entry.text for entry in told.timeline if entry.kind == "stage"] == [
        "name -> suspect by rule (click)",
        "name -> qualified_lead by rule (q1)",
    ]


def _merged(rows: Rows) -> None:
    rows.person(2, email="older@acme.example", merged_into=ANN)
    rows.person(3, email="old@acme.example", merged_into=2)
    rows.stage(3, "suspect", 3, at=ago(days=30), reason="click")


@pytest.mark.parametrize(("email", "said"), [("nobody@acme.example", "nobody has"), ("two@acme.example", "2 people")])
def test_nobody_or_several_is_said_without_repeating_the_name(sqlite_url: str, email: str, said: str) -> None:
    with opened(sqlite_url) as database:
        rows = healthy(database)
        for person_id in (2, 3):
            rows.person(person_id, email="two@acme.example")
        with pytest.raises(BadConfiguration) as caught:
            find(SqlReporting(database), 1, "acme", email)
    assert said in str(caught.value)
    assert "company acme" in str(caught.value)
    assert email not in str(caught.value)


def test_the_timeline_is_in_order_with_every_kind(database_url: str) -> None:
    told = _story(database_url)
    assert [entry.at for entry in told.timeline] == sorted(entry.at for entry in told.timeline)
    assert {entry.kind for entry in told.timeline} == {
        *("record", "field", "activity", "stage", "score", "disposition", "assignment", "track", "clock", "write"),
        "conflict",
    }
    texts = [entry.text for entry in told.timeline]
    for said in (
        f"salesforce Lead {LEAD_ID}: linked (key email)",
        'title is "VP Sales"',
        "free mail is no",
        "hand raise demo in hubspot",
        "76 points: fit 40, engagement 20, readiness 16, grade A",
        "open -> assigned by rule",
        "welcome, ended: suspect",
        "a_hand_raise of Rita Rep: kept (touch call)",
        f'salesforce Lead {LEAD_ID} Grade__c: nothing -> "A" (grade, 76 points)',
        'Step__c: ours "call", theirs "mail" (both changed, open)',
    ):
        assert said in texts, said
    [given] = [text for text in texts if text.startswith("hand off to Rita Rep")]
    assert "path: account_owner no account; pool taken" in given
    assert "kind hand_raise" in given


def test_a_stage_move_is_told_before_what_followed_from_it(sqlite_url: str) -> None:
    kinds = [entry.kind for entry in _story(sqlite_url).timeline if entry.at == ago(days=3)]
    assert kinds == ["stage", "score", "disposition", "assignment", "write"]


def test_every_history_that_is_read_has_its_words_and_place() -> None:
    others = {"link_event", "follow_up_event", "movement", "opportunity", "track_touch"}
    assert {source.table.name for source in SOURCES} | others == set(ORDER)


def test_everything_is_looked_up_and_nobody_else_is_read(sqlite_url: str) -> None:
    """Every table that grows with the company is searched by more than the company alone."""
    asked: list[tuple[str, Any]] = []
    with opened(sqlite_url) as database:
        healthy(database)
        engine = database.engine
        event.listen(engine, "before_cursor_execute", lambda c, cur, sql, values, *_: asked.append((sql, values)))
        assert SqlReporting(database).person(1, ANN) is not None
        chosen = [(sql, values) for sql, values in asked if sql.startswith("SELECT") and "LIMIT" not in sql]
        with engine.connect() as connection:
            raw = connection.connection.cursor()
            plans = [row[3] for sql, values in chosen for row in raw.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    few = ("crm_user", "company", "link_rule")
    grown = [step for step in plans if step.startswith(("SCAN", "SEARCH")) and step.split()[1] not in few]
    assert len({step.split()[1] for step in grown}) > 12
    assert [step for step in grown if step.startswith("SCAN") or step.endswith("(company=?)")] == []


def test_standing_and_what_is_missing(sqlite_url: str) -> None:
    told = _story(sqlite_url)
    assert told.responsible == "Rita Rep"
    assert told.current["stage"] == "qualified_lead"
    assert (told.next_stage, told.missing_for_grade) == ("prospect", None)
    assert told.missing_for_stage == (
        "opportunity: open opportunities is at least 1",
        "deal: a deal [in a listed pipeline]",
    )
    assert told.points is not None
    assert told.points.agrees is True
    assert [hold["field"] for hold in told.holds] == ["Rating"]
    assert told.writes_open == ()


def test_a_score_that_was_stored_earlier_is_said_to_differ(sqlite_url: str) -> None:
    with opened(sqlite_url) as database:
        rows = healthy(database)
        rows.change(OutboxRow, state="rejected", error_code="FIELD_FILTER")
        rows.change(Person, score_milli=70_000)
        facts = SqlReporting(database).person(1, ANN)
    assert facts is not None
    told = story("acme", facts, EXPLANATION)
    assert told.points is not None
    assert told.points.agrees is False
    [write] = told.writes_open
    assert (write["field"], write["state"], write["after"], write["error_code"]) == (
        "Grade__c",
        "rejected",
        "A",
        "FIELD_FILTER",
    )
    text = text_of(lambda console: draw_story(told, console))
    assert "older than this evaluation" in text
    assert "FIELD_FILTER" in text


def test_the_story_as_data(database_url: str) -> None:
    document = json.loads(json.dumps(_story(database_url).as_json()))
    assert (document["schema"], document["report"], document["company"]) == (1, "explain", "acme")
    assert document["current"]["stage_since"] == ago(days=3).isoformat()
    assert document["points"]["rules"][0]["milli"] == 12_500
    assert {entry["kind"] for entry in document["timeline"]} >= {"stage", "write"}
    [given] = [entry for entry in document["timeline"] if entry["kind"] == "assignment"]
    assert given["detail"]["path"] == [["account_owner", "no account"], ["pool", "taken"]]


def test_the_story_as_text_fits_and_reads_nothing_as_markup(sqlite_url: str) -> None:
    text = text_of(lambda console: draw_story(_story(sqlite_url), console, Manner(ZoneInfo("Europe/Berlin"))))
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "[bold]Ames" in text
    assert "[in a listed pipeline]" in text
    assert f"{NOW:%Y-%m-%d} 13:00" not in text
    assert "2026-02-27 13:00 stage" in text
    assert "seniority: 12.5 when" in text
    assert "opens" not in text


def test_a_person_without_an_evaluation_has_a_story_too(sqlite_url: str) -> None:
    with opened(sqlite_url) as database:
        rows = healthy(database)
        rows.person(2)
        rows.remove(StageHistory)
        rows.remove(LinkEvent)
        reporting = SqlReporting(database)
        facts = reporting.person(1, 2)
        assert reporting.person(1, 99) is None
        assert reporting.person_keys(1, [ANN, 2, 99]) == {ANN: "key-1-1", 2: "key-1-2"}
    assert facts is not None
    told = story("acme", facts, None)
    assert told.timeline == ()
    assert "responsible" in text_of(lambda console: draw_story(told, console))
