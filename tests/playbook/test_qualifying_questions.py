"""The qualifying questions: what a mistake says, what knocks out, what is asked again, and what the note asks next."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connector.clock import to_micros
from connector.errors import BadConfiguration
from connector.playbook import load
from connector.playbook.playbook import Question
from connector.playbook.qualifying_file import fresh
from connector.rules.conditions import All, Compare, FieldAge, Known, Missing, Operator, Some
from connector.sync.note import _answers
from tests.playbook.folder import SYSTEMS, write

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
OWN = '[questions.q_fleet]\ntext = "How many cars?"\nstale_days = 30\n'
OWN_FIELD = '[canonical]\nq_fleet = { type = "integer", policy = "latest" }\n'


def problem(tmp_path: Path, **documents: str) -> str:
    with pytest.raises(BadConfiguration) as caught:
        load(write(tmp_path, **documents), systems=SYSTEMS)
    return caught.value.sentence()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            'ask_next = ["q_needs"]\n',
            'acme/qualifying.toml: ask_next: "q_needs" is not one of q_product, q_need, q_evaluating, q_authority, '
            'q_budget, q_restrictions, q_timing; did you mean "q_need".',
        ),
        (
            'ask_next = ["q_need", "q_need"]\n',
            'acme/qualifying.toml: ask_next: "q_need" stands there twice; ask it once.',
        ),
        (
            '[questions.q_neeed]\ntext = "?"\nstale_days = 1\n',
            "acme/qualifying.toml: [questions] q_neeed: is no field of [canonical] in fields.toml; "
            'did you mean "q_need".',
        ),
        (
            '[questions.q_need]\nuntil = "q_restrictions_until"\n',
            "acme/qualifying.toml: [questions.q_need] stale_days: write exactly one of stale_days, until; "
            "say how long an answer holds.",
        ),
        (
            '[questions.q_restrictions]\nuntil = "q_need"\n',
            'acme/qualifying.toml: [questions.q_restrictions] until: "q_need" is not one of contract_end, '
            "q_restrictions_until, recycle_until; write one of them.",
        ),
        (
            '[questions.q_need.knock_outs]\nnevver = "no_need_ever"\n',
            "acme/qualifying.toml: [questions.q_need.knock_outs] nevver: is not one of the answers; "
            'did you mean "never".',
        ),
        (
            '[questions.q_need.knock_outs]\nnever = "timing"\n',
            'acme/qualifying.toml: [questions.q_need.knock_outs] never: "timing" is not one of bad_data, competitor, '
            "junk, no_fit, no_need_ever, not_a_buyer, not_served, opted_out; "
            "write one of them.",
        ),
        (
            '[questions.q_need]\nasked_by = ["letter"]\n',
            'acme/qualifying.toml: [questions.q_need] asked_by: "letter" is not one of form, call; write one of them.',
        ),
    ],
)
def test_a_mistake_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    assert problem(tmp_path, qualifying=text) == sentence


def test_a_question_of_the_company_is_asked_and_cannot_knock_out(tmp_path: Path) -> None:
    playbook = load(write(tmp_path, fields=OWN_FIELD, qualifying=OWN), systems=SYSTEMS).playbook
    assert [(each.field, each.asked) for each in playbook.questions][-1] == ("q_fleet", False)
    told = problem(tmp_path, fields=OWN_FIELD, qualifying=OWN + '[questions.q_fleet.knock_outs]\n0 = "no_need_ever"\n')
    assert told == (
        "acme/qualifying.toml: [questions.q_fleet.knock_outs]: q_fleet cannot knock out; "
        "only a question whose field is of type choice or text can."
    )


def test_each_reason_of_the_knock_outs_is_one_junk_rule_behind_the_others(tmp_path: Path) -> None:
    own = (
        '[questions.q_need.knock_outs]\nnever = "no_need_ever"\nnone_now = "no_fit"\n'
        '[questions.q_budget.knock_outs]\nnone = "no_need_ever"\n'
    )
    default = load(None, systems=SYSTEMS).playbook.definitions.stages.junk
    assert [(rule.id, rule.reason) for rule in default][-1] == ("knocked_out", "no_need_ever")
    made = load(write(tmp_path, qualifying=own), systems=SYSTEMS).playbook.definitions.stages.junk[-2:]
    assert [(rule.id, rule.reason) for rule in made] == [
        ("knocked_out", "no_need_ever"),
        ("knocked_out_no_fit", "no_fit"),
    ]
    assert made[0].when == Some(
        (Compare("q_need", Operator.IN, ("never",)), Compare("q_budget", Operator.IN, ("none",)))
    )


def test_a_stale_answer_enters_no_stage_and_is_missing_again() -> None:
    stale = {"q_need": 180}
    said = Compare("q_need", Operator.IS, ("specific",))
    assert fresh(said, stale) == All((said, FieldAge("q_need_at", within_days=180)))
    assert fresh(Missing("q_need"), stale) == Some((Missing("q_need"), FieldAge("q_need_at", at_least_days=180)))
    assert fresh(Some((Known("q_product"),)), stale) == Some((Known("q_product"),))


@pytest.mark.parametrize(
    ("question", "days", "until", "stale"),
    [
        (Question("q_need", "?", 180), 179, None, False),
        (Question("q_need", "?", 180), 180, None, True),
        (Question("q_need", "?", 180), None, None, False),
        (Question("q_stop", "?", until="q_stop_until"), 4_000, None, False),
        (Question("q_stop", "?", until="q_stop_until"), 1, date(2026, 6, 15), False),
        (Question("q_stop", "?", until="q_stop_until"), 1, date(2026, 6, 14), True),
    ],
)
def test_when_an_answer_is_asked_again(question: Question, days: int | None, until: date | None, stale: bool) -> None:
    answered_at = None if days is None else NOW - timedelta(days=days)
    assert question.is_stale(answered_at, until, NOW) is stale


def note_lines(row: dict[str, Any]) -> list[str]:
    questions = load(None, systems=SYSTEMS).playbook.questions
    run = SimpleNamespace(now=NOW, zone=ZoneInfo("Europe/Berlin"), playbook=SimpleNamespace(questions=questions))
    outcome: Any = SimpleNamespace(run=run, facts=SimpleNamespace(links=()))
    return list(_answers(outcome, row))


def test_the_note_tells_answers_and_asks_what_is_open_or_stale_in_the_agreed_order() -> None:
    long_ago = to_micros(NOW - timedelta(days=200))
    lines = note_lines(
        {
            "q_need": "specific",
            "q_authority": "decides",
            "q_budget": "",
            "extra": {"q_restrictions": "contract with a rival", "q_restrictions_until": "2026-06-01"},
            "provenance": {"q_need": [1, long_ago], "q_authority": [1, long_ago]},
        }
    )
    assert lines == [
        "Answers:",
        "  What do you want to solve? specific (answered 2025-11-27)",
        "  Your part in the decision? decides",
        "  Anything that would stop a purchase (contract end, policy, region)? contract with a rival"
        " (until 2026-06-01)",
        "Ask next:",
        "  Which product are you looking at?",
        "  What do you want to solve?",
        "  Are you comparing solutions now?",
        "  Is there a budget, and in which range?",
        "  Anything that would stop a purchase (contract end, policy, region)?",
        "  When would you start?",
    ]
