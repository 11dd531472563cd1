"""One person's decision with everything needed to carry it out: what the steps behind the fold are handed.

Values only; ``carry_out`` makes the rows, ``standing`` says who answers and what is next, ``telling`` who hears of it.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from connector.decide.cycles import Decision, DispositionMove, Evidence
from connector.decide.routing import Route
from connector.ports.decisions import PersonFacts
from connector.ports.evaluation import Evaluation
from connector.sync.hand_off import Desk
from connector.sync.run import Run
from connector.sync.surroundings import Surroundings


class Outcome(Struct, frozen=True):
    """One person's decision with everything needed to carry it out. ``answers``: the questions that hold."""

    run: Run
    facts: PersonFacts
    evaluation: Evaluation
    evidence: Evidence
    decision: Decision
    around: Surroundings
    desk: Desk
    answers: frozenset[str] = frozenset()


class Handed(Struct, frozen=True):
    """A hand-off wish that was fulfilled. ``move`` is ``None`` where only the rep changes."""

    route: Route
    due_at: datetime
    move: DispositionMove | None
