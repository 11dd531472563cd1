"""Hand-offs at each cut against what the team can take, and what a second playbook would change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from connector.clock import from_micros
from connector.playbook import Playbook, load
from connector.report.calibration import Calibration, Cut, calibrate
from connector.report.capacity import Capacity, capacity_of
from connector.report.past_weeks import PastWeeks
from connector.report.shadow import Pair, Place, compare
from connector.store.database import Database
from connector.store.evaluate import Evaluations
from tests.oracle import DAY, Event
from tests.playbook.folder import SYSTEMS, write
from tests.rules.worlds import AS_OF, COMPANY, PersonCase, blank, store

BERLIN = ZoneInfo("Europe/Berlin")
NOW = from_micros(AS_OF) - timedelta(hours=6)
VP = {
    "has_email": True,
    "email_domain": "shop.example",
    "free_mail": False,
    "seniority": "vp",
    "job_function": "marketing",
    "employees": 200,
    "industry": "software",
    "country": "de",
}
MONDAY = datetime(2026, 6, 1, 12, tzinfo=UTC)


def team(*members: str, routing: str = "") -> dict[str, str]:
    rows = [
        f'[[members]]\nname = "M{number}"\nrole = "sdr"\nsalesforce_user_id = "{number}"\n{text}\n'
        for number, text in enumerate(members)
    ]
    return {"team": "".join(rows), "routing": f'[fallback]\nmember = "M0"\n{routing}'}


def playbook(folder: Path, **documents: str) -> Playbook:
    folder.mkdir(exist_ok=True)
    return load(write(folder, **documents), systems=SYSTEMS).playbook


@pytest.mark.parametrize(
    ("members", "routing", "capacity"),
    [
        (("",), "", Capacity(50, 1)),
        (("daily_max = 2",), "", Capacity(10, 1)),
        (("daily_max = 2", "weight = 0"), "", Capacity(10, 1)),
        (("", ""), "[pool]\ndaily_max = 4\n", Capacity(40, 2)),
        (('pools = ["dach"]',), "[pools.dach]\ndaily_max = 3\n", Capacity(15, 1)),
        (('weekdays = ["mon"]',), "", Capacity(10, 1)),
        (("holidays = [2026-06-02, 2026-06-03]",), "", Capacity(45, 1)),
        (("away = [{ first_day = 2026-06-01, last_day = 2026-06-14 }]",), "", Capacity(27, 1)),
        (("away = [{ first_day = 2026-01-01, last_day = 2026-12-31 }]", "daily_max = 1"), "", Capacity(5, 1)),
    ],
)
def test_what_a_team_can_take(tmp_path: Path, members: tuple[str, ...], routing: str, capacity: Capacity) -> None:
    assert capacity_of(playbook(tmp_path, **team(*members, routing=routing)), MONDAY, BERLIN) == capacity


def figures(edge: int, weekly: dict[int, float], *, capacity: int = 38) -> Calibration:
    cuts = tuple(Cut(each, weekly.get(each, 0.0)) for each in range(101))
    return Calibration("A", edge, (round(weekly.get(edge, 0)),) * 2, cuts, capacity, 6)


@pytest.mark.parametrize(
    ("found", "question"),
    [
        (
            figures(62, {62: 40, 63: 38, 64: 10}),
            "at 62 you would hand over 40 a week, your 6 reps can work 38; at 63 it would be 38: go live all the same?",
        ),
        (figures(62, {61: 50, 62: 38}), None),
        (
            figures(75, {50: 60, 60: 30, 61: 12}),
            "at 75 you would hand over 0 a week, your 6 reps can work 38; at 60 it would be 30: go live all the same?",
        ),
        (
            figures(75, {75: 3}, capacity=0),
            "at 75 you would hand over 3 a week, your 6 reps can work 0; no other cut fits either: "
            "go live all the same?",
        ),
    ],
)
def test_what_is_asked_before_going_live(found: Calibration, question: str | None) -> None:
    assert found.question == question


def asked(person: int, weeks_ago: int, **facts: object) -> PersonCase:
    """Somebody who asked for a demo in the middle of a week."""
    at = AS_OF - weeks_ago * 7 * DAY - 3 * DAY
    return PersonCase(person, blank(**{**VP, **facts}), (Event(person, "hand_raise", at, "demo"),))


@pytest.fixture(scope="module")
def evaluations(tmp_path_factory: pytest.TempPathFactory) -> Evaluations:
    from connector.store.migrate import upgrade

    database = Database(f"sqlite:///{tmp_path_factory.mktemp('shadow') / 'store.db'}")
    upgrade(database)
    unknown = {**dict.fromkeys(VP), "has_email": True}
    cases = [asked(1, 1), asked(2, 1), asked(3, 3), asked(4, 2, **unknown), asked(5, 2, email_opt_out=True)]
    cases.append(PersonCase(6, blank(**VP), ()))
    store(database, cases)
    return Evaluations(database)


def test_hand_offs_at_each_cut_count_floors_and_ceilings(tmp_path: Path, evaluations: Evaluations) -> None:
    """1, 2, 3 have 76 points and the floor; 4 has 48 and only B's; 5 may not be contacted."""
    found = calibrate(evaluations, COMPANY, playbook(tmp_path, **team("daily_max = 1")), PastWeeks(NOW, BERLIN))
    assert (found.edge, found.weekly) == (75, (0,) * 9 + (1, 0, 2, 0))
    by_edge = {cut.edge: round(cut.weekly * 13) for cut in found.cuts}
    assert (by_edge[100], by_edge[77], by_edge[76]) == (3, 3, 3), "the floor holds at any cut"
    assert (by_edge[49], by_edge[48]) == (3, 4)
    assert (found.capacity, found.reps, found.question) == (5, 1, None)
    assert found.as_json()["cuts"][48] == {"edge": 48, "weekly": round(4 / 13, 2)}


def test_the_cuts_agree_with_the_playbook_that_has_that_edge(tmp_path: Path, evaluations: Evaluations) -> None:
    live = playbook(tmp_path, **team(""))
    cuts = {cut.edge: cut.weekly for cut in calibrate(evaluations, COMPANY, live, PastWeeks(NOW, BERLIN)).cuts}
    for edge in (51, 60, 76, 77, 90):
        rules = replace(live.rules, grade_edges_milli={**live.rules.grade_edges_milli, "A": edge * 1000})
        grades = (replace(live.definitions.scoring.grades[0], at_least=edge), *live.definitions.scoring.grades[1:])
        scoring = replace(live.definitions.scoring, grades=grades)
        moved = replace(live, rules=rules, definitions=replace(live.definitions, scoring=scoring))
        found = calibrate(evaluations, COMPANY, moved, PastWeeks(NOW, BERLIN))
        assert found.mean == pytest.approx(cuts[edge])
        assert {cut.edge: cut.weekly for cut in found.cuts} == cuts


def test_a_second_playbook_shows_who_would_stand_elsewhere_and_why(tmp_path: Path, evaluations: Evaluations) -> None:
    live = playbook(tmp_path / "live")
    rules = live.body["scoring.toml"]["readiness"]["rules"]
    assert any(rule["id"] == "asked_for_contact" for rule in rules)
    text = (Path(__file__).parents[2] / "mappings" / "default" / "scoring.toml").read_text(encoding="utf-8")
    text = text.replace("points = 16", "points = 2").replace("at_least = 20 }] }", "at_least = 50 }] }")
    shadow = playbook(tmp_path / "next", scoring=text)
    found = compare(evaluations, COMPANY, Pair(live, shadow, PastWeeks(NOW, BERLIN)))
    assert (found.people, found.rungs) == (6, {})
    assert found.grades == {("A", "B"): 2, ("C", "D"): 1}
    assert (found.hand_offs_live, found.hand_offs_shadow) == ((1, 0, 2, 0), (0, 0, 0, 0))
    mover = next(each for each in found.movers if each.person_id == 1)
    assert (mover.live, mover.shadow) == (Place("qualified_lead", "A", 76), Place("qualified_lead", "B", 62))
    assert [(one.rule, one.live_milli, one.shadow_milli) for one in mover.rules] == [
        ("readiness.asked_for_contact", 16_000, 2_000)
    ]
    same = compare(evaluations, COMPANY, Pair(live, live, PastWeeks(NOW, BERLIN)))
    assert (same.moved, same.regraded, same.movers) == (0, 0, ())
