"""The default playbook loads, and says what both teams agreed on."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from adapters.simulator.world import generate
from adapters.simulator.world import vocabulary as words
from connector.decide.derive import by_title
from connector.decide.nurture import TrackFacts, track_for
from connector.decide.pools import SALES_ROLES
from connector.model import Disposition, Motion, Stage
from connector.playbook import Loaded, load, team_file
from connector.playbook.playbook import SIGNS
from connector.rules.conditions import Compare
from connector.rules.score_model import CaseRule
from connector.rules.toml import Table
from tests.playbook.folder import SYSTEMS, write

BY_CLASS = {
    "reroute": {"wrong_owner"},
    "merge": {"existing_work", "duplicate"},
    "recycle": {
        *("timing", "no_budget", "no_authority", "no_decision", "lost_competitor", "lost_price", "unresponsive"),
        *("not_ready", "no_need_now"),
    },
    "disqualify": {
        *("not_served", "no_fit", "no_need_ever", "not_a_buyer", "competitor", "bad_data", "opted_out", "junk"),
    },
    "pending": {"unspecified"},
}


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    return load(None, systems=SYSTEMS)


def test_every_reason_has_its_class_and_a_label(loaded) -> None:
    reasons = loaded.playbook.rules.reasons
    assert {code: reason.kind for code, reason in reasons.items()} == {
        code: kind for kind, codes in BY_CLASS.items() for code in codes
    }
    assert len(reasons) == 21
    assert set(loaded.playbook.reason_labels) == set(reasons)
    assert all(loaded.playbook.reason_labels.values())


@pytest.mark.parametrize(
    ("code", "cooldown_days", "track"),
    [
        ("timing", 90, "recycled_timing"),
        ("no_budget", 180, "recycled_timing"),
        ("no_authority", 0, "qualified_c"),
        ("no_decision", 120, "recycled_timing"),
        ("lost_competitor", 270, "recycled_timing"),
        ("lost_price", 180, "recycled_timing"),
        ("unresponsive", 60, "recycled_unreached"),
        ("not_ready", 30, "educate"),
        ("no_need_now", 180, "recycled_timing"),
        ("opted_out", 0, "no_contact"),
        ("wrong_owner", 0, None),
    ],
)
def test_cool_downs_and_tracks_of_the_reasons(loaded, code, cooldown_days, track) -> None:
    reason = loaded.playbook.rules.reasons[code]
    assert (reason.cooldown_days, reason.track) == (cooldown_days, track)


def test_what_ends_a_cool_down_early(loaded) -> None:
    timing, unreached = (loaded.playbook.rules.reasons[code] for code in ("timing", "unresponsive"))
    assert (timing.rise_milli, timing.rise_after_days, timing.signal_breaks) == (15_000, 30, False)
    assert (unreached.rise_milli, unreached.rise_after_days, unreached.signal_breaks) == (15_000, 0, True)
    assert unreached.needs_attempts


@pytest.mark.parametrize(
    ("name", "touch", "accept", "assign", "attempts", "within"),
    [
        ("hand_raise", 60, 60, 5, 6, 10 * 480),
        ("by_score", 480, 480, 15, 6, 15 * 480),
        ("returned", 480, 480, 15, 4, 15 * 480),
        ("growth", 480, 480, 15, 4, 15 * 480),
    ],
)
def test_promises(loaded, name, touch, accept, assign, attempts, within) -> None:
    promise = loaded.playbook.promises[name]
    assert promise.name == name
    assert (promise.first_touch_minutes, promise.accept_minutes, promise.assign_minutes) == (touch, accept, assign)
    assert (promise.attempts, promise.attempts_within_minutes) == (attempts, within)


def test_tracks_stand_in_the_agreed_order(loaded) -> None:
    assert [track.name for track in loaded.playbook.tracks] == [
        *("no_contact", "partner", "qualified_b", "qualified_c", "qualified_d", "recycled_timing"),
        *("recycled_unreached", "customer_growth", "winback", "educate", "welcome"),
    ]
    assert [track.priority for track in loaded.playbook.tracks] == list(range(1, 12))


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        (TrackFacts(Stage.QUALIFIED_LEAD, grade="B"), "qualified_b"),
        (TrackFacts(Stage.QUALIFIED_LEAD, grade="B", channel_allowed=False), "no_contact"),
        (TrackFacts(Stage.QUALIFIED_LEAD, grade="C"), "qualified_c"),
        (TrackFacts(Stage.QUALIFIED_LEAD, grade="D"), "qualified_d"),
        (TrackFacts(Stage.LEAD, motion=Motion.PARTNER), "partner"),
        (
            TrackFacts(Stage.QUALIFIED_LEAD, grade="A", disposition=Disposition.RECYCLED, recycle_track="educate"),
            "educate",
        ),
        (
            TrackFacts(
                Stage.QUALIFIED_LEAD,
                grade="B",
                disposition=Disposition.RECYCLED,
                reason="unresponsive",
                recycle_track="recycled_unreached",
            ),
            "recycled_unreached",
        ),
        (TrackFacts(Stage.CUSTOMER), "customer_growth"),
        (TrackFacts(Stage.CUSTOMER, former_customer=True), "winback"),
        (TrackFacts(Stage.LEAD), "educate"),
        (TrackFacts(Stage.SUSPECT), "welcome"),
        (TrackFacts(Stage.NAME), None),
    ],
)
def test_who_is_on_which_track(loaded, facts, name) -> None:
    track = track_for(facts, loaded.playbook.tracks)
    assert (track.name if track else None) == name


def test_numbers_of_the_lifecycle_come_from_their_files(loaded) -> None:
    rules = loaded.playbook.rules
    assert rules.grade_edges_milli == {"A": 75_000, "B": 50_000, "C": 25_000, "D": 0}
    assert (rules.hand_off_grade, rules.grade_margin_milli, rules.grade_margin_days) == ("A", 5_000, 3)
    assert (rules.suspect_cold_days, rules.lead_cold_days, rules.let_go_days) == (365, 180, 180)
    assert (rules.returns_max, rules.returns_window_days, rules.returns_apart_days) == (3, 730, 14)
    assert loaded.playbook.publish.dead_band_milli == 5_000


def test_the_ladder_is_what_the_mapping_writes(loaded) -> None:
    assert loaded.playbook.ladder == {
        "suspect": "subscriber",
        "lead": "lead",
        "qualified_lead": "marketingqualifiedlead",
        "sales_qualified": "salesqualifiedlead",
        "prospect": "opportunity",
        "customer": "customer",
    }


@pytest.mark.parametrize(
    ("field", "value", "sign"),
    [
        ("sf_status", "Working - Contacted", "accepted"),
        ("sf_status", " working - contacted", "accepted"),
        ("sf_status", "Closed - Not Converted", "rejected"),
        ("sf_status", "Open - Not Contacted", None),
        ("hs_lead_status", "IN_PROGRESS", "working"),
        ("hs_lead_status", "UNQUALIFIED", "rejected"),
        ("hs_lead_status", "Working - Contacted", None),
        ("hs_lead_status", None, None),
    ],
)
def test_what_a_status_shows(loaded, field, value, sign) -> None:
    assert loaded.playbook.signs.shown_by(field, value) == sign
    assert sign is None or sign in SIGNS


def test_the_note_has_a_subject_for_every_kind(loaded) -> None:
    note = loaded.playbook.note
    assert note.subject_for(kind="hand_raise", grade="A", name="Ada Example") == "A lead: Ada Example asked for contact"


def test_without_a_team_nobody_can_be_handed_to(loaded) -> None:
    playbook = loaded.playbook
    assert playbook.team == ()
    assert not playbook.can_route
    assert playbook.routing.fallback is None
    assert playbook.sales_roles >= SALES_ROLES
    assert playbook.marketing_roles.isdisjoint(playbook.sales_roles)


def test_fields_used_are_those_of_the_rules(loaded) -> None:
    assert {"seniority", "employees", "q_need", "q_need_at", "email_domain"} <= loaded.playbook.fields_used
    assert "first_name" not in loaded.playbook.fields_used


@pytest.mark.parametrize(
    ("title", "seniority", "job_function"),
    [
        ("VP Sales", "vp", "sales"),
        ("Senior Vice President, Marketing", "vp", "marketing"),
        ("Chief Revenue Officer", "c_level", "sales"),
        ("Head of Revenue Operations", "head", "revenue_operations"),
        ("Director of Marketing", "director", "marketing"),
        ("Operations Manager", "manager", "operations"),
        ("Assistant to the CEO", "assistant", "administration"),
        ("Product Owner", "assistant", "product"),
        ("Founder & CEO", "c_level", "general_management"),
        ("Accountant", "staff", "finance"),
        ("Beekeeper", None, None),
    ],
)
def test_what_a_title_tells(loaded, title, seniority, job_function) -> None:
    lists = loaded.playbook.lists
    assert by_title(title, lists.seniority) == seniority
    assert by_title(title, lists.job_function) == job_function
    assert by_title(title, lists.persona_excluded) is None


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("PhD student", "student"),
        ("Marketing Intern", "intern"),
        ("Job seeker", "job_seeker"),
        ("Internal Auditor", None),
    ],
)
def test_who_never_buys(loaded, title, code) -> None:
    assert by_title(title, loaded.playbook.lists.persona_excluded) == code


def test_the_score_gives_points_for_codes_that_titles_can_have(loaded) -> None:
    lists = loaded.playbook.lists
    codes = {
        "seniority": {code for code, _ in lists.seniority},
        "job_function": {code for code, _ in lists.job_function},
    }
    scored: dict[str, set[object]] = {name: set() for name in codes}
    for _, rule in loaded.playbook.definitions.scoring.rules():
        if isinstance(rule, CaseRule) and rule.field in codes:
            for case in rule.cases:
                assert isinstance(case.when, Compare)
                scored[rule.field] |= set(case.when.values)
    assert {"vp", "c_level", "head", "director", "manager"} <= scored["seniority"] & codes["seniority"]
    assert {"marketing", "sales", "operations"} <= scored["job_function"] & codes["job_function"]
    # Words that only a CRM's own field can hold may be scored too; a title must not give one that means another thing.
    assert "staff" not in scored["seniority"]
    assert "assistant" not in scored["seniority"]


def test_the_roster_is_typed(tmp_path) -> None:
    playbook = load(write(tmp_path, team=ROSTER, routing='[fallback]\nmember = "Max"\n'), systems=SYSTEMS).playbook
    ada = playbook.member("Ada")
    assert ada is not None
    assert playbook.can_route
    assert ada.ids == {"salesforce": "005A", "hubspot": "11"}
    assert playbook.member_of("hubspot", "11") is ada
    assert playbook.member_of("hubspot", "99") is None
    assert (ada.manager, ada.backup, ada.weight, ada.daily_max) == ("Max", "Max", 3, 4)
    assert [ada.is_away(date(2026, 12, day)) for day in (20, 21, 31)] == [False, True, True]
    hours = ada.working_hours(ZoneInfo("Europe/Berlin"))
    assert (str(hours.zone), hours.opens.hour, hours.weekdays) == ("Europe/Berlin", 8, frozenset({0, 1}))
    assert date(2026, 12, 25) in hours.holidays
    assert playbook.body["team.toml"]["members"][0]["holidays"] == ["2026-12-25"]


def test_the_demo_company_speaks_the_words_of_the_default_playbook(loaded) -> None:
    lists = loaded.playbook.lists
    for title in (title for titles in words.TITLES.values() for title in titles):
        assert by_title(title, lists.seniority), title
        assert by_title(title, lists.job_function), title
    assert all(by_title(title, lists.persona_excluded) for title in words.STUDENT_TITLES)
    assert lists.disposable >= set(words.DISPOSABLE_DOMAINS)
    assert lists.free_mail >= set(words.FREE_MAIL_DOMAINS)


def test_the_roster_of_the_demo_company_is_a_team_file(loaded) -> None:
    world = generate(people=50, seed=0, now=datetime(2026, 3, 7, 12, tzinfo=UTC))
    roles = loaded.playbook.body["team.toml"]["roles"]
    team = team_file.parse(Table({**world.team, "roles": roles}, "team.toml"), SYSTEMS)
    assert {member.role for member in team.members} >= {"sdr", "ae", "manager", "marketing"}
    assert all(set(member.ids) == {"salesforce", "hubspot"} for member in team.members)


ROSTER = """
[[members]]
name = "Ada"
role = "sdr"
salesforce_user_id = "005A"
hubspot_owner_id = "11"
manager = "Max"
backup = "Max"
weight = 3
daily_max = 4
hours = "08:00-16:00"
weekdays = ["mon", "tue"]
holidays = [2026-12-25]
away = [{ first_day = 2026-12-21, last_day = 2026-12-31 }]

[[members]]
name = "Max"
role = "manager"
salesforce_user_id = "005B"
timezone = "Europe/Berlin"
weight = 0
"""
