"""A company's own question and allowed moves, through the whole loop: points, history, what keeps a stage."""

from __future__ import annotations

import pytest

from connector.clock import to_micros
from tests.loop.two_systems import COMPANY, GUID, Loop, OpenLoop

EMAIL = "mara@northwind.example"
RULES = {
    "fields.toml": '[canonical]\nq_color = { type = "choice", policy = "latest" }\n'
    '[hubspot.contacts.fields]\ncolor = "q_color"\n',
    "qualifying.toml": '[questions.q_color]\ntext = "Which colour?"\nanswers = ["red", "grey"]\nstale_days = 90\n',
    "scoring.toml": '[[readiness.rules]]\nid = "color"\nanswer = "q_color"\npoints = { red = 5 }\n'
    "full_days = 30\nhalf_days = 60\n",
    "stages.toml": '[moves]\nname = ["suspect"]\nsuspect = ["name", "lead"]\nlead = ["suspect"]\n',
}


@pytest.fixture
def loop(open_loop: OpenLoop) -> Loop:
    made = open_loop(RULES)
    properties = {"contacts": [{"name": "color", "type": "string"}]}
    forms = [{"id": GUID, "name": "Demo request"}]
    made.control("hubspot", "seed", {"properties": properties, "forms": forms})
    return made


def test_an_answer_to_a_question_of_its_own_scores_from_the_day_it_was_given(loop: Loop) -> None:
    contact = loop.contact(EMAIL)
    loop.sync()
    assert loop.app.explain(COMPANY, EMAIL).points is not None
    loop.edit(contact, color="red")
    loop.sync()
    points = loop.app.explain(COMPANY, EMAIL).points
    assert points is not None
    assert (points.readiness_milli, points.agrees) == (5_000, True)
    answered = to_micros(loop.clock.now())
    loop.edit(contact, color="grey")
    loop.sync()
    state = loop.app.state(COMPANY)
    definitions = loop.app.loaded(COMPANY).playbook.definitions
    (then,) = loop.app.evaluations.evaluate_then(state.company_id, definitions, answered)
    (now,) = loop.app.evaluations.evaluate(state.company_id, definitions, to_micros(loop.clock.now()))
    assert (then.readiness_milli, now.readiness_milli) == (5_000, 0)


def test_a_move_that_is_not_allowed_does_not_happen_and_explain_says_so(loop: Loop) -> None:
    loop.contact(EMAIL)
    loop.control("hubspot", "submit_form", {"form": GUID, "email": EMAIL})
    summary = loop.sync()
    assert summary.handed_off == 0
    moves = loop.rows("select stage_from, stage_to from stage_history order by seq")
    assert moves == [("name", "suspect"), ("suspect", "lead")]
    told = loop.app.explain(COMPANY, EMAIL)
    assert told.next_stage == "qualified_lead"
    assert any("[moves] in stages.toml" in line for line in told.missing_for_stage)
