"""What the week is made of: one call of a control plane, and a person with the ids of their records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from adapters.simulator.world.cast import Json
from adapters.simulator.world.personas import Persona


@dataclass(frozen=True)
class Step:
    """One call: POST ``/_simulator/<route>`` of ``system`` with ``body``, ``at`` after the start."""

    at: timedelta
    system: str  # salesforce, hubspot
    route: str
    body: Json
    story: str


@dataclass(frozen=True)
class Placed:
    """A person and the ids of their records; empty where there is none."""

    persona: Persona
    hubspot_contact: str | None = None
    salesforce_contact: str | None = None
    leads: tuple[str, ...] = ()
    opportunity: str | None = None
    owner: str | None = None  # of the first lead or of the opportunity
