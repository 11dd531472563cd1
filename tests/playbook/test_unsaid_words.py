"""A rule that waits for a word which nobody ever says is told of, with the nearest word that is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.errors import BadConfiguration
from connector.playbook import load
from tests.playbook.folder import SYSTEMS, write
from tests.playbook.test_playbook_check import FALLBACK, MAX, told

ANSWER = '"specifc" is no answer of q_need in qualifying.toml, so it never counts; did you mean "specific"'
NEED = '{ field = "q_need", is = "specifc" }'


def fit(rule: str) -> dict[str, str]:
    """A rule behind one that gives all points, so that nothing else is out of reach."""
    full = 'id = "full"\nwhen = { field = "title", known = true }\npoints = 40\n'
    return {"scoring": f'[fit]\nmax = 40\n[[fit.rules]]\n{full}[[fit.rules]]\nid = "mine"\n{rule}\n'}


def when(condition: str) -> dict[str, str]:
    return fit(f"when = {condition}\npoints = 3")


def phase(condition: str) -> dict[str, str]:
    return {"scoring": f'[[phases]]\nname = "decision"\nwhen = {condition}\n'}


def signal(filters: str) -> dict[str, str]:
    rule = f'id = "mine"\nsignal = "hand_raise"\npoints = 30\ncap = 30\n{filters}\n'
    return {"scoring": f"[engagement]\nmax = 30\n[[engagement.rules]]\n{rule}"}


def grade(key: str) -> str:
    lower = "".join(
        f'[[grades]]\nname = "{name}"\nat_least = {least}\n' for name, least in (("B", 50), ("C", 25), ("D", 0))
    )
    return f'[[grades]]\nname = "A"\nat_least = 75\n[[grades]]\nname = "A1"\nat_least = 60\n{key} = {NEED}\n{lower}'


def linear(days: int) -> str:
    return f'decay = {{ kind = "linear", days = {days} }}'


FOUND: dict[str, tuple[dict[str, str], str, str, str]] = {
    "an_answer_in_scoring": (when(NEED), "error", "scoring.toml: [fit.rules[2]] when", ANSWER),
    "an_answer_in_a_case": (
        fit('field = "q_need"\ncases = [{ is = "general", points = 1 }, { in = ["specifc"], points = 3 }]'),
        "error",
        "scoring.toml: [fit.rules[2].cases[2]]",
        ANSWER,
    ),
    "an_answer_behind_a_signal": (
        signal(f"when = {{ none = [{NEED}] }}"),
        "error",
        "scoring.toml: [engagement.rules[1]] when",
        ANSWER,
    ),
    "an_answer_in_a_floor": ({"scoring": grade("floor")}, "error", "scoring.toml: [grades[2]] floor", ANSWER),
    "an_answer_in_a_ceiling": ({"scoring": grade("ceiling")}, "error", "scoring.toml: [grades[2]] ceiling", ANSWER),
    "an_answer_in_a_phase": (phase(NEED), "error", "scoring.toml: [phases[1]] when", ANSWER),
    "an_answer_of_a_persona": (
        {"scoring": f'[[weights.personas]]\nid = "buyer"\nweight = 1.2\nwhen = {NEED}\n'},
        "error",
        "scoring.toml: [weights.personas[1]] when",
        ANSWER,
    ),
    "an_answer_in_junk": (
        {"stages": f'[[junk]]\nid = "mine"\nreason = "no_need_ever"\nwhen = {NEED}\n'},
        "error",
        "stages.toml: [junk[1]] when",
        ANSWER,
    ),
    "an_answer_that_a_stage_requires": (
        {"stages": f"[stages.qualified_lead]\nrequires = {NEED}\n"},
        "error",
        "stages.toml: [stages.qualified_lead] requires",
        ANSWER,
    ),
    "an_answer_of_a_track": (
        {"nurture": f'[tracks.educate]\nentry = {{ stages = ["lead"], when = {NEED} }}\n'},
        "error",
        "nurture.toml: [tracks.educate.entry] when",
        ANSWER,
    ),
    "an_answer_of_a_territory": (
        {
            "team": MAX,
            "routing": FALLBACK + '[[territories]]\nname = "mine"\npool = "default"\n' + f"when = {NEED}\n",
        },
        "error",
        "routing.toml: [territories[1]] when",
        ANSWER,
    ),
    "an_answer_that_keeps_nobody_out": (
        when('{ field = "q_need", not_in = ["nevr"] }'),
        "warning",
        "scoring.toml: [fit.rules[2]] when",
        '"nevr" is no answer of q_need in qualifying.toml, so it keeps nobody out; did you mean "never"',
    ),
    "a_source_that_is_not_read": (
        when('{ any = [{ happened = "reply", sources = ["hubspot", "Salesforce.Taks"] }] }'),
        "error",
        "scoring.toml: [fit.rules[2]] when",
        'no activity comes from "salesforce.taks", which is no object of fields.toml; did you mean "salesforce.task"',
    ),
    "a_source_of_points": (
        signal('sources = ["hubspto"]'),
        "error",
        "scoring.toml: [engagement.rules[1]] signal",
        'no activity comes from "hubspto", which is no object of fields.toml; did you mean "hubspot"',
    ),
    "a_kind_that_no_form_has": (
        signal('kinds = ["demo", "Dmeo"]'),
        "warning",
        "scoring.toml: [engagement.rules[1]] signal",
        'no mapping in fields.toml gives hand_raise of the kind "dmeo"; did you mean "demo"',
    ),
    "points_that_go_after_a_day": (
        signal(linear(1)),
        "warning",
        "scoring.toml: [engagement.rules[1]] decay",
        'rule "mine": all its points are gone after the day itself: nothing fades',
    ),
    "points_that_go_before_they_are_halved": (
        signal('decay = { kind = "half_life", half_life_days = 30, until_days = 30 }'),
        "warning",
        "scoring.toml: [engagement.rules[1]] decay",
        'rule "mine": its points end on day 30, before they are halved on day 30: most of them go at once',
    ),
    "a_persona_behind_a_wider_one": (
        {
            "scoring": '[[weights.personas]]\nid = "all"\nweight = 1.1\nwhen = { field = "has_email", known = true }\n'
            '[[weights.personas]]\nid = "some"\nweight = 2\nwhen = { field = "has_email", is = true }\n'
        },
        "error",
        "scoring.toml: [weights.personas[2]] when",
        'nobody is ever the persona "some": an earlier one covers it',
    ),
    "weights_of_no_axis": (
        {"scoring": "[weights]\naxes = []\n[weights.phases]\ndecision = 2\n"},
        "warning",
        "scoring.toml: [weights] axes",
        "no axis is multiplied, so no weight makes a difference: name the axes",
    ),
    "a_grade_that_nobody_leaves": (
        {"scoring": "[hysteresis]\npoints_below = 26\n"},
        "warning",
        "scoring.toml: [hysteresis] points_below",
        "nobody ever falls below grade C: it begins at 25, 26 below is nothing",
    ),
    "parts_that_exceed_the_total": (
        {
            "stages": '[[stages.lead.paths]]\nid = "P"\nwhen = { all = [{ score = "fit", at_least = 20 }, '
            '{ score = "engagement", at_least = 5 }, { score = "total", at_most = 24 }] }\n'
        },
        "error",
        "stages.toml: [stages.lead.paths[1]] when",
        'path "P" into lead can never hold: the total is to be below 25, and its parts alone at least 25',
    ),
    "a_total_that_the_parts_cannot_reach": (
        {
            "stages": '[[stages.lead.paths]]\nid = "P"\nwhen = { all = [{ score = "fit", at_most = 10 }, '
            '{ score = "total", at_least = 75 }] }\n'
        },
        "error",
        "stages.toml: [stages.lead.paths[1]] when",
        'path "P" into lead can never hold: the total is to be at least 75, which its parts cannot reach together',
    ),
    "an_agreement_of_tomorrow": (
        {"stages": '[agreement]\nmarketing = "Mia"\nsales = "Sam"\nagreed_on = 2026-06-16\n'},
        "warning",
        "stages.toml: [agreement] agreed_on",
        "not agreed yet: agreed_on, 2026-06-16, is still to come; sign it with leadloop playbook agree",
    ),
    "an_agreement_of_nobody": (
        {"stages": '[agreement]\nmarketing = " "\nsales = "Sam"\nagreed_on = 2026-06-01\n'},
        "warning",
        "stages.toml: [agreement] agreed_on",
        "not agreed: marketing is missing; sign it with leadloop playbook agree",
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_it_is_found_where_it_stands(tmp_path: Path, name: str) -> None:
    documents, severity, place, message = FOUND[name]
    assert (severity, f"acme/{place}", message) in told(write(tmp_path, **documents))


SAID = [
    when('{ field = "q_need", in = ["specific", "GENERAL"] }'),
    when('{ happened = "reply", sources = ["import", "salesforce", "HubSpot.contacts"] }'),
    signal('kinds = ["demo", "Pricing"]\n' + linear(2)),
    signal('decay = { kind = "half_life", half_life_days = 30, until_days = 31 }'),
    {"scoring": "[hysteresis]\npoints_below = 24\n"},
    {
        "stages": '[[stages.lead.paths]]\nid = "P"\nwhen = { all = [{ score = "fit", at_most = 14 }, '
        '{ score = "total", at_least = 75 }] }\n'
    },
]


@pytest.mark.parametrize("documents", SAID)
def test_what_can_be_is_left_alone(tmp_path: Path, documents: dict[str, str]) -> None:
    words = (
        "is no answer",
        "comes from",
        "of the kind",
        "all at once",
        "at once",
        "gone after",
        "ever falls",
        "never hold",
    )
    assert not [
        message for _, _, message in told(write(tmp_path, **documents)) if any(word in message for word in words)
    ]


def nested(depth: int) -> str:
    return "{ all = [" * depth + NEED.replace("specifc", "general") + "] }" * depth


REFUSED = [
    (
        when("{ any = [" + '{ field = "country", is = "de" }, ' * 201 + "] }"),
        "[fit.rules[2].when] any",
        "more than 200",
    ),
    (when('{ field = "country", in = ["d\\u0000e"] }'), "[fit.rules[2].when] in", "a text with a NUL"),
    (when('{ field = "account_status", is = "Costumer" }'), "[fit.rules[2].when] is", 'did you mean "customer"'),
    (when('{ field = "email_quality", in = ["ok", "hrad"] }'), "[fit.rules[2].when] in", 'did you mean "hard"'),
    (when('{ field = "disposition", not_in = ["recyceld"] }'), "[fit.rules[2].when] not_in", 'did you mean "recycled"'),
    (when('{ field = "motion", is = "groth" }'), "[fit.rules[2].when] is", 'did you mean "growth"'),
    (when('{ field = "stage", is = "leed" }'), "[fit.rules[2].when] is", 'did you mean "lead"'),
    (when('{ field = "owner_kind", is = "queu" }'), "[fit.rules[2].when] is", 'did you mean "queue"'),
    (when('{ field = "country", is = " " }'), "[fit.rules[2].when] is", "write missing = true"),
    ({"scoring": "[hysteresis]\npoints_below = -1\n"}, "[hysteresis] points_below", "expected 0 or more"),
    ({"scoring": "[hysteresis]\ndays = -1\n"}, "[hysteresis] days", "expected 0 or more"),
    ({"scoring": "[publishing]\npoints_moved = -1\n"}, "[publishing] points_moved", "expected 0 or more"),
    ({"scoring": "[fit]\nmax = 0\n"}, "[fit] max", "expected more than 0 points"),
    ({"scoring": grade("floor").replace('"A1"', '"A"')}, "grades", 'two grades are called "A"'),
    (
        {"scoring": f'[[weights.personas]]\nid = "p"\nweight = 1\nwhen = {NEED}\n' * 2},
        "[weights] personas",
        'two personas are called "p"',
    ),
    ({"scoring": "[hysteresis]\npoint_below = 3\n"}, "[hysteresis] point_below", 'did you mean "points_below"'),
]


@pytest.mark.parametrize(("documents", "place", "said"), REFUSED)
def test_what_can_mean_nothing_is_refused(tmp_path: Path, documents: dict[str, str], place: str, said: str) -> None:
    with pytest.raises(BadConfiguration) as refused:
        load(write(tmp_path, **documents), systems=SYSTEMS)
    assert refused.value.where == f"acme/scoring.toml: {place}"
    assert said in refused.value.sentence()


NUMBERS = [
    ("value", "[amount]", "configured = nan", "expected a number of at most 1000000000000"),
    ("value", "[amount]", "configured = inf", "expected a number of at most 1000000000000"),
    ("value", "[loyalty]", "max = nan", "expected a number of at most 1000000000000"),
    ("value", "[win]", "horizon_days = 1000000000000", "expected at most 36500"),
    ("value", "[loyalty]", "months = 1201", "expected at most 1200"),
    ("stages", "[stages.lead]", "cold_days = 36501", "expected at most 36500"),
    ("stages", "[exits]", "stay_hours = 1000000000000000", "expected at most 876000"),
    ("stages", "[suspected_bot]", "within_minutes = 1000000000000", "expected at most 52560000"),
    ("scoring", "[hysteresis]", "days = 1000000000000", "expected at most 36500"),
    ("scoring", "[publishing]", "points_moved = 99999999999999999999999", "expected at most 1000000000000"),
]


@pytest.mark.parametrize(("file", "table", "line", "said"), NUMBERS)
def test_a_number_that_no_date_takes_is_refused(tmp_path: Path, file: str, table: str, line: str, said: str) -> None:
    with pytest.raises(BadConfiguration) as refused:
        load(write(tmp_path, **{file: f"{table}\n{line}\n"}), systems=SYSTEMS)
    assert refused.value.where == f"acme/{file}.toml: {table} {line.split()[0]}"
    assert said in refused.value.sentence()


def test_conditions_stand_in_one_another_as_deep_as_people_read(tmp_path: Path) -> None:
    load(write(tmp_path, **when(nested(20))), systems=SYSTEMS)
    place = "acme/scoring.toml: [fit.rules[2].when" + ".all[1]" * 20 + "] all: stands in more than 20 other groups"
    with pytest.raises(BadConfiguration) as refused:
        load(write(tmp_path, **when(nested(21))), systems=SYSTEMS)
    assert refused.value.sentence().startswith(place)
    with pytest.raises(BadConfiguration, match="too deep in one another"):
        load(write(tmp_path, **when(nested(900))), systems=SYSTEMS)


FORM = """[[hubspot.form_submissions.signals]]
at = "submittedAt"
subject = "form"
[hubspot.form_submissions.signals.meanings]
Demo = { signal = "hand_raise", kind = "Demo", phase = "PHASE" }
"""


def test_a_form_in_capitals_is_the_kind_that_a_rule_asks_for(tmp_path: Path) -> None:
    folder = write(tmp_path, fields=FORM.replace("PHASE", "decision"), **signal('kinds = ["Demo"]'))
    loaded = load(folder, systems=SYSTEMS)
    [rule] = loaded.playbook.definitions.scoring.signal_rules()
    [entry] = loaded.mapping.objects["hubspot", "form_submissions"].signals
    assert rule.events.kinds == (entry.meanings["Demo"].kind,) == ("demo",)


def test_a_form_is_of_a_phase_that_there_is(tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration) as refused:
        load(write(tmp_path, fields=FORM.replace("PHASE", "Decison")), systems=SYSTEMS)
    assert refused.value.where == "acme/fields.toml: [hubspot.form_submissions.signals[1].meanings.Demo] phase"
    assert 'did you mean "decision"' in refused.value.sentence()
