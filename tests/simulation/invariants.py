"""Every invariant that is checked at the end of a schedule (FAULTS 2b), by name."""

from __future__ import annotations

from collections.abc import Callable

from tests.simulation.checks_of_state import (
    check_accountability,
    check_convergence,
    check_no_secret,
    check_nothing_broke,
    check_silence,
    check_store,
)
from tests.simulation.checks_of_tasks import check_one_task_each, check_tied_to_its_person
from tests.simulation.checks_of_writes import (
    check_absent_is_not_null,
    check_audit,
    check_conflicts_are_between_people,
    check_effective_once,
    check_intent_before_send,
    check_no_lost_update,
    check_no_resurrection,
)
from tests.simulation.evidence import Evidence

Check = Callable[[Evidence], list[str]]

CHECKS: tuple[Check, ...] = (
    check_nothing_broke,
    check_no_lost_update,
    check_absent_is_not_null,
    check_conflicts_are_between_people,
    check_effective_once,
    check_intent_before_send,
    check_audit,
    check_convergence,
    check_silence,
    check_accountability,
    check_store,
    check_no_secret,
    check_no_resurrection,
    check_one_task_each,
    check_tied_to_its_person,
)
