"""What sales gives back and which rules made it: counted by hand, and from the stored histories."""

from __future__ import annotations

from typing import Any

from connector.decide.cycles import Reason
from connector.ports.reporting import HandOffOutcome
from connector.report.recycle import GivenBack, given_back
from connector.report.statistics import wilson
from connector.store.reporting import SqlReporting
from connector.store.tables import DispositionHistory
from tests.report.rows import Rows, ago, healthy, opened

REASONS = {code: Reason(code, kind) for code, kind in (("timing", "recycle"), ("no_fit", "disqualify"))}
LABELS = {"timing": "Not now", "no_fit": "Wrong company"}


def counted(*outcomes: HandOffOutcome) -> GivenBack:
    return given_back("acme", outcomes, REASONS, LABELS)


def made(path: str = "Q1", reason: str | None = None, **more: Any) -> HandOffOutcome:
    return HandOffOutcome("hand_raise", path, more.pop("rules", ("hand_raise",)), "event", reason, **more)


def test_paths_and_rules_are_judged_by_what_came_back() -> None:
    figures = counted(
        *[made("Q1")] * 8,
        made("Q1", "timing", returned=True, won=True),
        *[made("Q3", "no_fit", rules=("email_click", "site_return"))] * 9,
        made("Q3", "timing", rules=("email_click",)),
    )
    assert (figures.total.hand_offs, figures.total.given_back) == (19, 11)
    worst, best = figures.origins["path"]
    assert (worst.name, worst.hand_offs, worst.given_back, worst.main_reason) == ("Q3", 10, 10, "no_fit")
    assert (best.name, best.hand_offs, best.given_back, best.returned, best.won) == ("Q1", 9, 1, 1, 1)
    assert worst.interval == wilson(10, 10)
    assert {row.name: row.hand_offs for row in figures.origins["rule"]} == {
        "email_click": 10,
        "site_return": 9,
        "hand_raise": 9,
    }
    assert [(each.code, each.kind, each.given_back) for each in figures.reasons] == [
        ("no_fit", "disqualify", 9),
        ("timing", "recycle", 2),
    ]
    assert figures.classes == {"disqualify": 9, "recycle": 2}
    assert figures.stands_out == ("path", worst)


def test_few_hand_offs_accuse_no_rule() -> None:
    figures = counted(*[made("Q1")] * 20, *[made("Q2", "no_fit", rules=())] * 2)
    assert figures.stands_out is None
    assert counted().total.share is None


def test_each_hand_off_gets_what_happened_until_the_next_one(database_url: str) -> None:
    with opened(database_url) as database:
        _story(healthy(database))
        found = SqlReporting(database).hand_off_outcomes(1)
        late = SqlReporting(database).hand_off_outcomes(1, since=ago(days=15))
    by_path = {each.path: each for each in found if each.path}
    assert (by_path["Q1"].reason, by_path["Q1"].returned) == ("timing", True)
    assert (by_path["Q2"].reason, by_path["Q2"].returned) == (None, False)
    assert (by_path["Q3"].reason, by_path["Q4"].reason) == ("unresponsive", "unspecified")
    assert by_path["Q5"].reason is None
    assert {each.path for each in late if each.path} == {"Q2", "Q3", "Q4"}


def _story(rows: Rows) -> None:
    """Rejected, recycled and handed off again; recycled by rule; rejected without a reason; lost with a deal."""
    for person, cycle in ((21, 21), (22, 22), (23, 23), (24, 24)):
        rows.person(person)
        rows.cycle(cycle, person)
    given = (
        (101, 21, 21, "hand_off", "Q1", 30),
        (102, 21, 21, "return", "Q2", 10),
        (103, 22, 22, "hand_off", "Q3", 10),
        (104, 23, 23, "hand_off", "Q4", 10),
        (105, 24, 24, "hand_off", "Q5", 30),
    )
    for number, person, cycle, kind, path, days in given:
        reasons = {"path": path, "rules": ["hand_raise"], "source": "event"}
        rows.assignment(number, person, cycle_id=cycle, kind=kind, at=ago(days=days), reasons=reasons)
    moves = (
        (21, 21, "rejected", "timing", "human", 25),
        (21, 21, "recycled", "timing", "human", 25),
        (22, 22, "recycled", "unresponsive", "rule", 5),
        (23, 23, "rejected", None, "human", 5),
        (24, 24, "recycled", "no_decision", "crm", 5),
    )
    for seq, (person, cycle, to, reason, by, days) in enumerate(moves, 500):
        move = {"disposition_from": "assigned", "disposition_to": to, "by": by, "at": ago(days=days)}
        rows.add(DispositionHistory, person_id=person, seq=seq, cycle_id=cycle, reason=reason, **move)
