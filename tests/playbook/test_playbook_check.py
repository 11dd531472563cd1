"""Contradictions are found where they stand; what passes loads; what is possible is never called impossible."""

# ruff: noqa: E501 - a playbook on one line is easier to compare
from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from hypothesis import given, reject
from hypothesis import strategies as st

from connector.errors import BadConfiguration
from connector.playbook import load
from connector.playbook.agreement import agreed_digest
from connector.playbook.checks import Finding
from connector.playbook.checks.check import Surroundings, check, negated_fields
from connector.playbook.checks.possible import why_never
from connector.rules.condition_parser import Vocabulary, parse
from connector.rules.conditions import All, NoneOf
from connector.rules.toml import Table
from tests.oracle import Oracle
from tests.playbook.folder import SYSTEMS, write
from tests.rules.inventor import Inventor
from tests.rules.worlds import AS_OF, OWN, people

TODAY = date(2026, 6, 15)
MAX = '[[members]]\nname = "Max"\nrole = "sdr"\nsalesforce_user_id = "005B"\n'
FALLBACK = '[fallback]\nmember = "Max"\n'


def findings(folder: Path, **around: Any) -> list[Finding]:
    return check(load(folder, systems=SYSTEMS), Surroundings(**({"today": TODAY} | around)))


def told(folder: Path, **around: Any) -> set[tuple[str, str, str]]:
    """Severity, place and message of everything found."""
    return {(each.severity, each.place, each.message) for each in findings(folder, **around)}


def rule(axis: str, text: str) -> str:
    return f'[{axis}]\nmax = 30\n[[{axis}.rules]]\nid = "mine"\n{text}\n'


SEEDED: dict[str, tuple[dict[str, str], str, str, str]] = {
    "a_field_is_two_things": (
        {
            "scoring": rule(
                "fit",
                'when = { all = [{ field = "country", is = "de" }, { field = "country", is = "fr" }] }\npoints = 3',
            )
        },
        "error",
        "acme/scoring.toml: [fit.rules[1]] when",
        'rule "mine" can never fire: no value of country fits: country is de and country is fr',
    ),
    "a_case_behind_one_that_covers_it": (
        {
            "scoring": rule(
                "fit",
                'field = "employees"\ncases = [{ at_least = 10, points = 5 }, { between = [50, 90], points = 9 }]',
            )
        },
        "error",
        "acme/scoring.toml: [fit.rules[1].cases[2]]",
        'rule "mine": an earlier case takes all of employees is between 50 and 90',
    ),
    "ranges_that_cross": (
        {
            "scoring": rule(
                "fit",
                'field = "employees"\ncases = [{ between = [10, 60], points = 5 }, { between = [50, 90], points = 9 }]',
            )
        },
        "warning",
        "acme/scoring.toml: [fit.rules[1].cases[2]] between",
        'rule "mine": 50 to 60 is in an earlier case too, which wins',
    ),
    "a_value_that_stands_in_an_earlier_case": (
        {
            "scoring": rule(
                "fit",
                'field = "industry"\ncases = [{ in = ["software"], points = 5 }, { in = ["Software", "steel"], points = 9 }]',
            )
        },
        "warning",
        "acme/scoring.toml: [fit.rules[1].cases[2]] in",
        'rule "mine": an earlier case has "software", so it never counts here',
    ),
    "an_empty_list": (
        {"scoring": rule("fit", 'field = "industry"\ncases = [{ in = [], points = 5 }]')},
        "error",
        "acme/scoring.toml: [fit.rules[1].cases[1]]",
        'rule "mine" can never fire: the list for industry is still empty',
    ),
    "a_cap_above_the_axis": (
        {
            "scoring": rule(
                "engagement", 'signal = "reply"\npoints = 5\ncap = 40\ndecay = { kind = "linear", days = 60 }'
            )
        },
        "warning",
        "acme/scoring.toml: [engagement.rules[1]] cap",
        'rule "mine": 40 is above the 30 points of engagement',
    ),
    "a_cap_below_one_activity": (
        {
            "scoring": rule(
                "engagement", 'signal = "reply"\npoints = 5\ncap = 3\ndecay = { kind = "linear", days = 60 }'
            )
        },
        "warning",
        "acme/scoring.toml: [engagement.rules[1]] cap",
        'rule "mine": the cap 3 cuts a single activity, which gives 5',
    ),
    "a_window_longer_than_the_decay": (
        {
            "scoring": rule(
                "engagement",
                'signal = "reply"\npoints = 5\ncap = 5\ndecay = { kind = "linear", days = 60 }\nwhen = { happened = "reply", within_days = 90 }',
            )
        },
        "warning",
        "acme/scoring.toml: [engagement.rules[1]] when",
        'rule "mine": it looks back 90 days, but its points are gone after 60 days',
    ),
    "only_while_it_did_not_happen": (
        {
            "scoring": rule(
                "engagement",
                'signal = "reply"\npoints = 5\ndecay = { kind = "linear", days = 60 }\nwhen = { none = [{ happened = ["reply", "hand_raise"], within_days = 60 }] }',
            )
        },
        "error",
        "acme/scoring.toml: [engagement.rules[1]] when",
        'rule "mine" can never fire: reply in the last 60 days and, at once, not reply or hand raise, in the last 60 days',
    ),
    "a_signal_that_no_mapping_gives": (
        {"scoring": rule("engagement", 'signal = "spam_report"\npoints = 5\ndecay = { kind = "linear", days = 60 }')},
        "warning",
        "acme/scoring.toml: [engagement.rules[1]] signal",
        'rule "mine" is off: no mapping in fields.toml gives spam_report',
    ),
    "an_answer_nobody_can_give": (
        {
            "scoring": rule(
                "readiness", 'answer = "q_need"\npoints = { specific = 8, unclear = 2 }\nfull_days = 10\nhalf_days = 20'
            )
        },
        "error",
        "acme/scoring.toml: [readiness.rules[1]] unclear",
        'rule "mine": "unclear" is no answer of q_need in qualifying.toml, it never counts',
    ),
    "a_grade_out_of_reach": (
        {
            "scoring": '[[grades]]\nname = "A"\nat_least = 101\n[[grades]]\nname = "B"\nat_least = 50\n[[grades]]\nname = "C"\nat_least = 25\n[[grades]]\nname = "D"\nat_least = 0\n'
        },
        "error",
        "acme/scoring.toml: [grades[1]] at_least",
        "grade A begins at 101, and 100 points are the most that can be reached",
    ),
    "a_path_above_the_axis_maximum": (
        {"stages": '[[stages.lead.paths]]\nid = "hot"\nwhen = { score = "engagement", at_least = 31 }\n'},
        "error",
        "acme/stages.toml: [stages.lead.paths[1]] when",
        'path "hot" into lead can never hold: engagement of at least 31 is wanted, and 30 is the most that can be '
        "reached",
    ),
    "an_unreachable_stage": (
        {
            "stages": '[[stages.prospect.paths]]\nid = "two"\nwhen = { all = [{ field = "open_opportunities", at_least = 2 }, { field = "open_opportunities", at_most = 1 }] }\n'
        },
        "error",
        "acme/stages.toml: [stages] prospect",
        "nobody can ever enter prospect: none of its paths can hold",
    ),
    "a_path_that_junk_takes": (
        {
            "stages": '[[stages.suspect.paths]]\nid = "rivals"\nwhen = { all = [{ field = "account_status", is = "competitor" }, { happened = "reply" }] }\n'
        },
        "error",
        "acme/stages.toml: [stages.suspect.paths[1]] when",
        'path "rivals" into suspect can never hold: "competitor" takes everybody of it',
    ),
    "a_path_that_an_earlier_covers": (
        {
            "stages": '[[stages.suspect.paths]]\nid = "any"\nwhen = { happened = ["reply", "hand_raise"], within_days = 90 }\n[[stages.suspect.paths]]\nid = "less"\nwhen = { happened = "reply", within_days = 30, at_least = 2 }\n'
        },
        "warning",
        "acme/stages.toml: [stages.suspect.paths[2]] when",
        'path "less" into suspect adds nothing: an earlier covers it',
    ),
    "a_path_that_outlives_the_stage": (
        {"stages": "[stages.lead]\ncold_days = 100\n"},
        "warning",
        "acme/stages.toml: [stages.lead.paths[1]] when",
        'path "hand_raise" looks back 180 days, but lead goes cold after 100',
    ),
    "a_grade_without_a_promise": (
        {"followup": '[hand_off]\ngrade = "B"\n'},
        "error",
        "acme/followup.toml: [hand_off] grade",
        "grade A is better than B and has no promise: nobody of it is handed off",
    ),
    "a_grade_without_a_track": (
        {"nurture": '[tracks.qualified_c]\nentry = { grades = ["D"] }\n'},
        "error",
        "acme/nurture.toml: [tracks]",
        "a qualified_lead with grade C would be on no track",
    ),
    "a_track_nobody_enters": (
        {"nurture": '[tracks.extra]\npriority = 20\nentry = { stages = ["lead"] }\n'},
        "warning",
        "acme/nurture.toml: [tracks.extra] entry",
        'nobody ever enters "extra": its entry never holds, or an earlier track takes everybody',
    ),
    "a_reason_without_a_cool_down": (
        {"followup": '[reasons.moved]\nlabel = "Moved"\nclass = "recycle"\ntrack = "educate"\n'},
        "warning",
        "acme/followup.toml: [reasons.moved] cooldown_days",
        "missing: no date ever brings these people back",
    ),
    "a_reminder_after_the_promise": (
        {"followup": "[promises.hand_raise]\nremind_minutes = 60\n"},
        "warning",
        "acme/followup.toml: [promises.hand_raise] remind_minutes",
        "the reminder comes after 60 minutes, when the 60 of the promise are over",
    ),
    "no_form_is_a_hand_raise": (
        {
            "fields": "".join(
                f'[[{place}.signals]]\nat = "{at}"\nsignal = "campaign_responded"\n'
                for place, at in (
                    ("salesforce.Lead", "CreatedDate"),
                    ("salesforce.CampaignMember", "FirstRespondedDate"),
                    ("hubspot.contacts", "recent_conversion_date"),
                    ("hubspot.form_submissions", "submitted_at"),
                )
            )
        },
        "error",
        "acme/fields.toml: meanings",
        "no form is listed as a hand-raise: list your demo and contact forms",
    ),
}


@pytest.mark.parametrize("name", SEEDED)
def test_a_contradiction_is_found_where_it_stands(tmp_path: Path, name: str) -> None:
    documents, severity, place, message = SEEDED[name]
    found = told(write(tmp_path, **documents))
    assert (severity, place, message) in found, "\n".join(map(str, sorted(found)))


def test_the_default_playbook_has_no_error_and_says_what_is_off() -> None:
    found = check(load(None, systems=SYSTEMS), Surroundings(TODAY))
    assert [each for each in found if each.severity == "error"] == []
    off = {each.message.partition('"')[2].partition('"')[0] for each in found if " is off: no mapping" in each.message}
    assert off <= {"key_page", "site_return", "careers_page"}


@pytest.mark.parametrize(
    ("agreement", "today", "message"),
    [
        ("", TODAY, "not agreed: marketing, sales, agreed_on are missing"),
        ('marketing = "Mia"\nsales = "Sam"\n', TODAY, "not agreed: agreed_on is missing"),
        ('marketing = "Mia"\nsales = "Sam"\nagreed_on = 2026-06-01\ndigest = "{now}"\n', TODAY, None),
        (
            'marketing = "Mia"\nsales = "Sam"\nagreed_on = 2026-06-01\ndigest = "{now}"\n',
            date(2026, 8, 31),
            "agreed on 2026-06-01, and was to be reviewed by 2026-08-30",
        ),
        (
            'marketing = "Mia"\nsales = "Sam"\nagreed_on = 2026-06-01\nreview_by = 2026-06-10\ndigest = "{now}"\n',
            TODAY,
            "agreed on 2026-06-01, and was to be reviewed by 2026-06-10",
        ),
        (
            'marketing = "Mia"\nsales = "Sam"\nagreed_on = 2026-06-01\ndigest = "0123456789abcdef"\n',
            TODAY,
            "changed since agreed on 2026-06-01",
        ),
    ],
)
def test_how_the_agreement_stands(tmp_path: Path, agreement: str, today: date, message: str | None) -> None:
    now = agreed_digest(load(None, systems=SYSTEMS).playbook.body)
    folder = write(tmp_path, stages=f"[agreement]\n{agreement.replace('{now}', now)}")
    messages = [each.message.partition(";")[0] for each in findings(folder, today=today) if each.table == "agreement"]
    assert messages == ([] if message is None else [message])


@pytest.mark.parametrize(
    ("documents", "same"),
    [
        ({"team": MAX, "routing": FALLBACK}, True),
        ({"nurture": "[tracks.welcome]\ncadence_days = 31\n"}, True),
        ({"followup": '[note]\nsubject = "{name}"\n'}, True),
        ({"followup": "[promises.growth]\nfirst_touch_minutes = 481\n"}, False),
        ({"followup": "[reasons.timing]\ncooldown_days = 91\n"}, False),
        ({"stages": "[exits]\nlock_days = 31\n"}, False),
        ({"scoring": "[hysteresis]\ndays = 4\n"}, False),
        ({"qualifying": "[questions.q_need]\nstale_days = 181\n"}, False),
    ],
)
def test_what_was_agreed_on(tmp_path: Path, documents: dict[str, str], same: bool) -> None:
    default = agreed_digest(load(None, systems=SYSTEMS).playbook.body)
    assert (agreed_digest(load(write(tmp_path, **documents), systems=SYSTEMS).playbook.body) == default) is same


def test_a_company_needs_a_fallback_and_its_own_forms(tmp_path: Path) -> None:
    folder = write(tmp_path)
    found = {each.place: each.severity for each in findings(folder, company=True)}
    assert found["default/routing.toml: [fallback] member"] == "error"
    assert found["default/fields.toml: meanings"] == "warning"
    placed = write(tmp_path, team=MAX, routing=FALLBACK)
    assert "acme/routing.toml: [fallback] member" not in {each.place for each in findings(placed, company=True)}


def test_a_none_on_a_fact_that_few_people_have_is_told(tmp_path: Path) -> None:
    asked = negated_fields(load(None, systems=SYSTEMS).playbook.definitions.stages)
    assert {"email_opt_out", "email_quality", "phone_opt_out"} <= asked
    fill = dict.fromkeys(asked, 1.0) | {"email_quality": 0.04}
    found = [each.message for each in findings(write(tmp_path), fill=fill) if each.key == "none"]
    assert set(found) == {'"none" on email_quality, which only 4% of people have: it holds for whoever lacks it too'}


# ------------------------------------------------------------------------------------------ properties


@given(seed=st.integers(0, 10**6))
def test_what_holds_for_somebody_is_never_called_impossible(seed: int) -> None:
    condition = parse(Table(Inventor(seed).condition(3), "f.toml", questions=OWN), Vocabulary())
    reason, opposite = why_never(condition), why_never(NoneOf((condition,)))
    asked = Inventor(7).playbook()
    for case in people(seed, 12):
        holds = Oracle(asked, case.facts, case.events, AS_OF).holds(condition)
        assert not (holds and reason is not None), reason
        assert holds or opposite is None, opposite


@given(seed=st.integers(0, 10**6))
def test_a_condition_and_its_opposite_never_hold_at_once(seed: int) -> None:
    """Of every plain question; groups may be too wide to look at, which is no finding."""
    inventor = Inventor(seed)
    condition = parse(Table(inventor.fact(), "f.toml", questions=OWN), Vocabulary())
    assert why_never(All((condition, NoneOf((condition,))))) is not None


@given(seed=st.integers(0, 10**6))
def test_a_random_playbook_that_loads_can_be_checked(seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    inventor = Inventor(seed)
    folder = write(
        tmp_path_factory.mktemp("random"),
        fields='[canonical]\nq_color = { type = "choice", policy = "latest" }\n',
        scoring=tomlkit.dumps(inventor.scoring()),
        stages=tomlkit.dumps(inventor.stages()),
    )
    try:
        loaded = load(folder, systems=SYSTEMS)
    except BadConfiguration as problem:
        if "the cap has another sign" not in problem.sentence():  # the one mistake that the inventor makes
            raise
        reject()
    for each in check(loaded, Surroundings(TODAY)):
        assert each.file.split("/")[0] in ("acme", "default")
        assert each.message
        assert each.severity in ("error", "warning", "note")
