"""Leadloop's own promises: kept, broken, or honestly not checked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connector.report.picture import draw_promises, text_of
from connector.report.promises import NOT_CHECKED, Evidence, broken, check_promises
from connector.store.invariant_statements import INVARIANTS

GOOD = Evidence(
    violations={},
    created_twice=0,
    blind_resends=0,
    edits_lost=0,
    quiet_writes=(0, 0),
    unapproved_writes=0,
    deletes=0,
    leaks_new=0,
    unexplained=0,
    not_undone=0,
    foreign_rows=0,
    secrets_shown=0,
    journal={"hubspot": 3, "salesforce": 4},
    served={"hubspot": 3, "salesforce": 4},
)


def test_all_twelve_hold() -> None:
    checks = check_promises(GOOD)
    assert [check.number for check in checks] == list(range(1, 13))
    assert {check.ok for check in checks} == {True}
    assert checks[5].how == "records written by each sync without anything new: 0, 0"


def test_what_nobody_looked_at_is_not_called_kept() -> None:
    checks = check_promises(Evidence())
    assert {(check.ok, check.how) for check in checks} == {(None, NOT_CHECKED)}
    assert broken(checks) == ()


@pytest.mark.parametrize(
    ("number", "worse"),
    [
        (1, replace(GOOD, served={"hubspot": 3, "salesforce": 5})),
        (1, replace(GOOD, violations={"journal_without_outbox": 1})),
        (2, replace(GOOD, violations={"unresolved_behind_cursor": 1})),
        (3, replace(GOOD, created_twice=1)),
        (3, replace(GOOD, blind_resends=2)),
        (4, replace(GOOD, violations={"baseline_without_link": 1})),
        (5, replace(GOOD, edits_lost=1)),
        (6, replace(GOOD, quiet_writes=(0, 1))),
        (7, replace(GOOD, deletes=1)),
        (7, replace(GOOD, unapproved_writes=1)),
        (8, replace(GOOD, leaks_new=1)),
        (8, replace(GOOD, violations={"qualified_without_owner_or_step": 1})),
        (9, replace(GOOD, unexplained=1)),
        (10, replace(GOOD, not_undone=1)),
        (11, replace(GOOD, foreign_rows=1)),
        (12, replace(GOOD, secrets_shown=1)),
    ],
)
def test_each_count_breaks_its_promise_alone(number: int, worse: Evidence) -> None:
    assert [check.number for check in broken(check_promises(worse))] == [number]


def test_the_invariants_that_promises_name_exist() -> None:
    names = {invariant.name for invariant in INVARIANTS}
    every_one_broken = replace(GOOD, violations=dict.fromkeys(names, 1))
    assert [check.number for check in broken(check_promises(every_one_broken))] == [1, 2, 4, 8]
    said = " ".join(check.how for check in check_promises(every_one_broken))
    assert "in_flight_without_run 1" in said
    assert "confirmed_without_journal 1" in said


def test_promises_as_picture_and_data() -> None:
    checks = check_promises(replace(GOOD, edits_lost=2, not_undone=None))
    picture = text_of(lambda console: draw_promises(checks, console))
    assert max(len(line) for line in picture.splitlines()) <= 80
    assert picture.count("BROKEN") == 1
    assert checks[4].as_json() == {
        "number": 5,
        "promise": "a person's edit is never lost silently",
        "checked": "people's edits that are neither in the CRM nor an open conflict: 2",
        "ok": False,
    }
    assert checks[9].as_json()["ok"] is None
