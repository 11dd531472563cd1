"""What may go wrong in one schedule and how often: a seed picks a random subset of kinds, each with its own rate.

A schedule with everything at once hides what only happens when one kind is absent; so most kinds are off in most
schedules.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from random import Random
from typing import Any

FAULTS = ("busy", "html", "limited", "drop_before", "drop_after", "truncate", "lie", "lock")
CLEARS = False  # a cleared two-way value stays on its own side and is not carried over yet
ON_WRITES_MORE = ("busy", "drop_before", "drop_after", "truncate", "lie", "lock")


@dataclass(frozen=True)
class Swarm:
    """Rates per request or commit (0 to 1), and switches of the two CRMs.

    ``contend_rate``: an edit of a shared field just as it is being written. ``faults``: kind -> rate. ``skew_s``: the
    product's clock minus the CRMs'. ``pause_s``: between two runs, at most. ``touches``: tracks ask colleagues for a
    human touch, so that tasks are made in both CRMs; they tick them off, rename and delete them, and merge contacts.
    """

    edit_rate: float
    edits_max: int
    contend_rate: float
    late_rate: float
    crash_rate: float
    crashes_max: int
    faults: dict[str, float]
    moves: bool
    tampers: bool
    hides: bool
    clears: bool
    normalises: bool
    search_lag_s: float
    skew_s: float
    pause_s: float
    knows_app: bool
    cycles: int
    touches: bool = False

    def as_json(self) -> dict[str, Any]:
        """For the print of a failing seed."""
        return asdict(self)


def swarm(random: Random) -> Swarm:
    """One schedule's mixture."""
    kinds = [kind for kind in FAULTS if random.random() < 0.3]
    return Swarm(
        edit_rate=random.choice((0.0, 0.03, 0.1)),
        edits_max=random.choice((12, 20, 30)),
        contend_rate=random.choice((0.0, 0.5, 0.9)),
        late_rate=random.choice((0.0, 0.0, 0.3)),
        crash_rate=random.choice((0.0, 0.004, 0.012, 0.03)),
        crashes_max=random.choice((1, 3, 5)),
        faults={kind: random.choice((0.02, 0.1, 0.25)) for kind in kinds},
        moves=random.random() < 0.3,
        tampers=random.random() < 0.3,
        hides=random.random() < 0.15,
        clears=random.random() < 0.3 and CLEARS,
        normalises=random.random() < 0.3,
        search_lag_s=random.choice((0, 2, 2, 15)),
        skew_s=random.choice((0, 0, 0, -3_600, 3_600)),
        pause_s=random.choice((60, 400, 1_500)),
        # Which writes in HubSpot's history are ours is learned from an answered write; where answers get lost a company
        # must name its app (option app_id), else the very first lost race cannot be told apart.
        knows_app=random.random() < 0.5 or "drop_after" in kinds or "truncate" in kinds,
        cycles=random.choice((2, 3, 3, 4)),
    )
