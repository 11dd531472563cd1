"""Hand-offs on both databases, what is counted of them, and the report that shows it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from connector.decide.business_hours import Hours, between
from connector.ports.figures import HandOff
from connector.report.document import Period, Report
from connector.report.hand_off_document import hand_off_document
from connector.report.hand_offs import accepting, speed_to_lead, time_to_assign, time_to_confirm
from connector.report.people_names import Names
from connector.report.side_by_side import Called, outcomes
from connector.report.standing import Standing
from connector.store.figures import SqlFigures
from connector.store.tables import Activity, Assignment, Cycle, DispositionHistory
from tests.report.rows import ANN, NOW, REP, Rows, ago, healthy, opened

START = datetime(2026, 3, 2, 9, tzinfo=UTC)  # a Monday
HOURS = Hours(ZoneInfo("UTC"))
ROW = HandOff(START, "hand_off", "hand_raise", "A", "organic_search", REP)
STANDING = Standing("d" * 32, "signed", "agreed")


def minutes(owner_id: int | None, start: datetime, end: datetime) -> int:
    return between(start, end, HOURS)


def clock(state: str, touched_after: float | None = None, **values: Any) -> HandOff:
    touched_at = START + timedelta(hours=touched_after) if touched_after is not None else None
    return replace(ROW, state=state, started_at=START, touched_at=touched_at, **values)


def activity(rows: Rows, activity_id: int, signal: str, at: datetime, **values: Any) -> None:
    row = {"activity_id": activity_id, "link_id": 10, "person_id": ANN, "known_at": at, "known_seq": 3}
    row |= {"source_key": f"s{activity_id}-{rows.company}", "source": "hubspot", "direction": "human"}
    rows.add(Activity, signal=signal, occurred_at=at, **(row | values))


def test_a_hand_off_comes_with_its_clock_its_signal_and_its_outcome(database_url: str) -> None:
    with opened(database_url) as database:
        rows = healthy(database)
        healthy(database, 2)
        rows.change(Assignment, promise="hand_raise")
        rows.change(Cycle, sales_qualified_at=ago(days=1))
        activity(rows, 5, "email_click", ago(days=3, minutes=1))  # later than the hand-raise, before the hand-off
        activity(rows, 6, "meeting_booked", ago(days=2))  # after it
        activity(rows, 7, "rep_touch_attempt", ago(days=3, minutes=2), direction="us")
        [found] = SqlFigures(database).hand_offs(1)
    assert found.at == ago(days=3)
    assert found.signal_at == ago(days=3, minutes=5)
    assert found.confirmed_at == ago(days=3)
    assert (found.state, found.grade, found.owner_id) == ("kept", "A", REP)
    assert found.touched_at == ago(days=3) + timedelta(minutes=42)
    assert found.accepted_at == ago(days=2)
    assert found.qualified_at == ago(days=1)
    assert found.over_at is None


def test_without_a_hand_raise_the_last_signal_counts(database_url: str) -> None:
    with opened(database_url) as database:
        rows = healthy(database)
        rows.change(Assignment, promise="by_score")
        activity(rows, 5, "email_click", ago(days=3, minutes=1))
        [found] = SqlFigures(database).hand_offs(1)
    assert found.signal_at == ago(days=3, minutes=1)


def test_what_came_after_an_assignment_ended_is_not_its_own(database_url: str) -> None:
    with opened(database_url) as database:
        rows = healthy(database)
        rows.change(Assignment, until=ago(days=2, hours=12))
        rows.change(Cycle, sales_qualified_at=ago(days=1))
        rows.assignment(2, ANN, cycle_id=1, kind="return", at=ago(days=2, hours=12), promise="returned")
        rows.assignment(3, ANN, cycle_id=1, kind="marketing", at=ago(days=2), promise=None)
        first, second = SqlFigures(database).hand_offs(1)
    assert (first.accepted_at, first.qualified_at, first.over_at) == (None, None, ago(days=2, hours=12))
    assert (second.accepted_at, second.qualified_at, second.over_at) == (ago(days=2), ago(days=1), None)
    assert second.state == ""


def _moved(rows: Rows, seq: int, to: str, at: datetime) -> None:
    rows.add(DispositionHistory, person_id=ANN, cycle_id=1, seq=seq, disposition_to=to, by="crm", at=at)


def test_a_return_is_accepted_and_qualified_for_itself(database_url: str) -> None:
    """The cycle keeps the moments of its first hand-off; those of the return stand in its history."""
    back, due = ago(days=1), ago(hours=20)
    with opened(database_url) as database:
        rows = healthy(database)
        rows.change(Assignment, until=ago(days=2))
        rows.change(Cycle, accepted_at=ago(days=2, hours=12), sales_qualified_at=ago(days=2, hours=6))
        rows.assignment(2, ANN, cycle_id=1, kind="return", at=back, promise="returned")
        rows.clock(
            2, ANN, "running", promise="returned", accept_due_at=due, accept_state="kept", accepted_at=ago(hours=22)
        )
        _moved(rows, 50, "accepted", ago(hours=22))
        first, second = SqlFigures(database).hand_offs(1)
        assert (first.accepted_at, first.qualified_at) == (ago(days=2, hours=12), ago(days=2, hours=6))
        assert (second.accepted_at, second.qualified_at) == (ago(hours=22), None)
        assert accepting([second]).kept == 1
        _moved(rows, 51, "sales_qualified", ago(hours=3))
        _, again = SqlFigures(database).hand_offs(1)
    assert again.qualified_at == ago(hours=3)


def test_a_lead_that_a_colleague_took_over_is_won_or_lost_as_a_lead(database_url: str) -> None:
    """Rita answered late and lost it to Tom, with whom it went on: her row is not his, and the lead is not lost."""
    with opened(database_url) as database:
        rows = healthy(database)
        rows.change(Assignment, until=ago(days=2))
        rows.assignment(2, ANN, cycle_id=1, kind="reassign", at=ago(days=2), promise="hand_raise", until=ago(hours=30))
        rows.assignment(3, ANN, cycle_id=1, kind="reassign", at=ago(hours=30), promise="hand_raise")
        since = ago(days=3), ago(days=2, hours=12)
        [open_still] = SqlFigures(database).hand_offs(1, *since)
        rows.change(Cycle, sales_qualified_at=ago(hours=5))
        [gained] = SqlFigures(database).hand_offs(1, *since)
    called = Called(lambda user_id: "Rita", lambda source: "event")
    for row, known in ((open_still, None), (gained, True)):
        assert (row.taken_over, row.qualified_at, row.over_at) == (True, None, ago(days=2))
        [outcome] = outcomes([row], NOW, called)
        assert (outcome.qualified, outcome.gained) == (False, known)
    assert gained.lead_qualified_at == ago(hours=5)


def test_who_takes_over_has_a_promise_of_their_own_and_no_hand_off() -> None:
    late = clock("broken")
    taken = clock("kept", 1, kind="reassign", owner_id=REP + 1, accept_due_at=START + timedelta(hours=2))
    names = Names({REP: "Rita", REP + 1: "Tom"}, {})
    header = (STANDING, ZoneInfo("UTC"), Period())
    made = hand_off_document("acme", ([late, taken], []), names, minutes, header)
    tables = {table.key: table for table in made.tables}
    assert {row[0]: row[1:4] for row in tables["reps"].rows} == {"Rita": (1, 0, 1), "Tom": (0, 1, 0)}
    assert "took over" in tables["reps"].note
    figures = {figure.key: figure.value for figure in made.figures}
    assert (figures["handed_off"], figures["kept_share"], figures["speed_median"]) == (1, 0.5, 60)
    assert [row[:2] for row in tables["accepting"].rows] == [("hand_raise", 1)]


@pytest.mark.parametrize("disposition", ["recycled", "rejected", "disqualified"])
def test_an_assignment_is_over_when_sales_gives_it_back(database_url: str, disposition: str) -> None:
    with opened(database_url) as database:
        healthy(database).change(Cycle, disposition=disposition, disposition_at=ago(days=1))
        [found] = SqlFigures(database).hand_offs(1)
    assert found.over_at == ago(days=1)


def test_a_period_holds_what_was_handed_off_in_it(database_url: str) -> None:
    with opened(database_url) as database:
        healthy(database)
        figures = SqlFigures(database)
        assert len(figures.hand_offs(1, ago(days=3), NOW)) == 1
        assert figures.hand_offs(1, ago(days=3) + timedelta(microseconds=1)) == []
        assert figures.hand_offs(1, None, ago(days=3)) == []


def test_the_night_is_no_reps_time_but_the_systems() -> None:
    night = replace(
        clock("kept", 24), signal_at=START - timedelta(minutes=90), confirmed_at=START + timedelta(hours=24)
    )
    assert speed_to_lead([night], minutes).median == 8 * 60
    assert time_to_assign([night]).median == 90
    assert time_to_confirm([night]).median == 24 * 60


def test_accepting_counts_what_its_own_clock_has_decided() -> None:
    due = START + timedelta(hours=1)
    rows = [
        clock("kept", 0.5, accept_due_at=due, accepted_at=due, accept_state="kept"),
        clock("kept", 0.5, accept_due_at=due, accepted_at=due + timedelta(minutes=1), accept_state="broken"),
        clock("running", accept_due_at=due, accept_state="broken"),  # the first touch is promised for later
        clock("running", accept_due_at=due, accepted_at=due, accept_state="kept"),
        clock("ended", accept_due_at=due, accept_state="kept"),  # given back in time: answered, not accepted
        clock("ended", accept_due_at=due, accept_state="ended"),
        clock("running", accept_due_at=due, accept_state="running"),
        clock("waiting"),
        clock("kept", 0.5),
    ]
    assert (accepting(rows).kept, accepting(rows).broken) == (2, 2)
    assert accepting(rows).share == 0.5


def _report() -> Report:
    rows = [clock("kept", hours / 10) for hours in range(1, 11)]
    rows += [clock("broken", 5, owner_id=8), clock("broken", None, owner_id=8), clock("unknown", None, owner_id=None)]
    names = Names({REP: "Rita Rep", 8: "Sam Sell"}, {REP: "north"})
    period = Period(START, START + timedelta(days=7))
    return hand_off_document("acme", (rows, []), names, minutes, (STANDING, ZoneInfo("UTC"), period))


def test_the_report_answers_by_rep_team_grade_and_promise() -> None:
    tables = {table.key: {row[0]: row[1:] for row in table.rows} for table in _report().tables}
    assert tables["reps"]["Rita Rep"] == (10, 10, 0, 0, 0, 1.0, 30, 54)
    assert tables["reps"]["Sam Sell"] == (2, 0, 2, 0, 0, 0.0, 300, 300)
    assert tables["reps"]["(nobody)"] == (1, 0, 0, 0, 1, None, None, None)
    assert tables["teams"]["north"][0] == 10
    assert tables["grades"]["A"][0] == tables["promises"]["hand_raise"][0] == 13


def test_the_figures_say_how_sure_they_are() -> None:
    figures = {figure.key: figure for figure in _report().figures}
    assert figures["kept_share"].value == 0.8333
    assert figures["kept_share"].note == "10 of 12; 95 % sure: 55 to 95 %"
    assert figures["speed_median"].value == 36
    assert _report().sentences == (
        "10 of 12 decided follow-up promises were kept (83 %). Of 1 nobody can say: their e-mails are not visible.",
    )


def test_nothing_handed_off_is_no_division_by_zero() -> None:
    empty = hand_off_document("acme", ([], []), Names(), minutes, (STANDING, ZoneInfo("UTC"), Period()))
    assert {figure.key: figure.value for figure in empty.figures}["kept_share"] is None
    assert empty.sentences == ("0 hand-offs; no follow-up promise is decided yet.",)
