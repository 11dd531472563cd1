"""A company's own qualifying questions: they score, open stages and knock out, and a wrong name is one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.errors import BadConfiguration
from connector.facts import FactType, fact_type
from connector.playbook import load
from connector.rules.conditions import All, Compare, FieldAge, Operator
from tests.playbook.folder import write

SYSTEMS = ("hubspot", "salesforce")
FIELDS = """
[canonical]
q_color = { type = "choice", policy = "latest" }
q_seats = { type = "integer", policy = "latest" }

[hubspot.contacts.fields]
color = "q_color"
"""
QUESTION = """
[questions.q_color]
text = "Which colour?"
answers = ["red", "grey"]
stale_days = 90

[questions.q_color.knock_outs]
grey = "no_fit"
"""
EXTRA_RULE = """
[[readiness.rules]]
id = "color"
answer = "q_color"
points = { red = 5 }
full_days = 30
half_days = 60
"""
STAGE = """
[[stages.lead.paths]]
id = "color"
when = { field = "q_color", is = "red" }
"""


def loaded(folder: Path, **files: str):
    return load(write(folder, fields=FIELDS, qualifying=QUESTION, **files), systems=SYSTEMS)


def test_it_opens_a_stage_while_the_answer_is_fresh_and_knocks_out(tmp_path: Path) -> None:
    playbook = loaded(tmp_path, stages=STAGE).playbook
    (lead,) = (stage for stage in playbook.definitions.stages.stages if stage.stage == "lead")
    (path,) = lead.paths
    assert isinstance(path.when, All)
    asked, fresh = path.when.parts
    assert asked == Compare("q_color", Operator.IS, ("red",))
    assert fresh == FieldAge("q_color_at", within_days=90)
    assert {"q_color", "q_color_at"} <= playbook.fields_used
    knocked = [rule for rule in playbook.definitions.stages.junk if rule.id.startswith("knocked_out")]
    assert {rule.reason for rule in knocked} == {"no_need_ever", "no_fit"}


def test_it_gives_points(tmp_path: Path) -> None:
    model = loaded(tmp_path, scoring=EXTRA_RULE).playbook.definitions.scoring
    assert [rule.id for _axis, rule in model.rules() if getattr(rule, "field", None) == "q_color"] == ["color"]
    assert (fact_type("q_color"), fact_type("q_color_at")) == (FactType.TEXT, FactType.INSTANT)


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        (
            {"scoring": EXTRA_RULE.replace("q_color", "q_colour")},
            '/scoring.toml: [readiness.rules[1]] answer: "q_colour" is not an answer; did you mean "q_color".',
        ),
        (
            {"stages": STAGE.replace("q_color", "q_colour")},
            '/stages.toml: [stages.lead.paths[1].when] field: "q_colour" is not a fact of a person; '
            'did you mean "q_color".',
        ),
        (
            {"stages": STAGE.replace("q_color", "q_seats").replace('is = "red"', "known = true")},
            '/stages.toml: [stages.lead.paths[1].when] field: "q_seats" is not a fact of a person; ',
        ),
    ],
)
def test_a_wrong_name_says_where_and_the_nearest(tmp_path: Path, files: dict[str, str], sentence: str) -> None:
    with pytest.raises(BadConfiguration) as told:
        loaded(tmp_path, **files)
    assert sentence in str(told.value)
