"""One person's decision with everything needed to carry it out: what the steps behind the fold are handed.

Values only; ``carry_out`` makes the rows, ``standing`` says who answers and what is next, ``telling`` who hears of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from connector.decide.cycles import Decision, DispositionMove, Evidence
from connector.decide.routing import Route
from connector.ports.decisions import PersonFacts
from connector.ports.evaluation import Evaluation
from connector.sync.hand_off import Desk
from connector.sync.run import Run
from connector.sync.surroundings import Surroundings


@dataclass(frozen=True)
class Outcome:
    """One person's decision with everything needed to carry it out. ``answers``: the questions that hold."""

    run: Run
    facts: PersonFacts
    evaluation: Evaluation
    evidence: Evidence
    decision: Decision
    around: Surroundings
    desk: Desk
    answers: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Handed:
    """A hand-off wish that was fulfilled. ``move`` is ``None`` where only the rep changes."""

    route: Route
    due_at: datetime
    move: DispositionMove | None
