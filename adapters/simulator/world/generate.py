"""Generates the demo company: both systems' seeds, the roster, and the week that follows.

Decides nothing about people (see ``personas`` and ``stories``); it puts the parts together so that one seed
always gives the same world, whatever the machine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from adapters.simulator.world import vocabulary as words
from adapters.simulator.world.calendar import Calendar
from adapters.simulator.world.cast import Cast, Json, cast, roster
from adapters.simulator.world.count import HandedOff
from adapters.simulator.world.hubspot_records import HubSpotRecords
from adapters.simulator.world.identifiers import Identifiers
from adapters.simulator.world.personas import Persona, company_of
from adapters.simulator.world.salesforce_records import SalesforceRecords
from adapters.simulator.world.steps import Placed, Step
from adapters.simulator.world.week import Week

# A Saturday: everything that falls due in business hours then does so within the week, and the day after the
# week is a Sunday, on which nothing is due. No change of daylight saving time is near.
SUGGESTED_NOW = datetime(2026, 5, 16, 18, 0, tzinfo=UTC)


@dataclass(frozen=True)
class World:
    """One generated company; ``team`` is a roster file as a table."""

    people: int
    seed: int
    now: datetime
    salesforce_seed: Json
    hubspot_seed: Json
    team: Json
    facts: Json
    cast: Cast
    placed: tuple[Placed, ...]

    def week(self, handed_off: Sequence[HandedOff] = ()) -> list[Step]:
        """The steps of the simulated week, given what was handed off before it."""
        calendar = Calendar(self.now)
        return Week(self.placed, self.cast, calendar, self.seed, handed_off).steps()


def generate(people: int = 500, seed: int = 0, now: datetime = SUGGESTED_NOW) -> World:
    """A company of ``people`` with two years of history ending at ``now`` (aware).

    Raises ``ValueError`` for fewer than 50 people or a naive ``now``.
    """
    if now.tzinfo is None:
        raise ValueError("the demo world needs an aware datetime")
    calendar = Calendar(now.astimezone(UTC))
    identifiers = Identifiers(seed)
    everyone = cast(identifiers)
    salesforce = SalesforceRecords(calendar, everyone, identifiers, Random(f"salesforce {seed}"))
    hubspot = HubSpotRecords(calendar, everyone, identifiers, Random(f"hubspot {seed}"))
    personas = company_of(people, seed)
    placed = tuple(_place(persona, salesforce, hubspot) for persona in personas)
    return World(
        people=people,
        seed=seed,
        now=calendar.now,
        salesforce_seed=salesforce.seed(),
        hubspot_seed=hubspot.seed(),
        team=roster(everyone.members),
        facts=_facts(personas),
        cast=everyone,
        placed=placed,
    )


def _place(persona: Persona, salesforce: SalesforceRecords, hubspot: HubSpotRecords) -> Placed:
    """Write one person into both systems and remember the ids."""
    deals_before = len(salesforce.records["Opportunity"])
    identifiers = salesforce.add(persona)
    contact_id = hubspot.add(persona)
    deals = salesforce.records["Opportunity"][deals_before:]
    leads = tuple(identifiers[1:] if persona.in_contacts else identifiers)
    owners = {str(lead["Id"]): str(lead["OwnerId"]) for lead in salesforce.records["Lead"][-4:]}
    return Placed(
        persona=persona,
        hubspot_contact=contact_id,
        salesforce_contact=identifiers[0] if persona.in_contacts else None,
        leads=leads,
        opportunity=str(deals[0]["Id"]) if deals else None,
        owner=str(deals[0]["OwnerId"]) if deals else owners.get(leads[0]) if leads else None,
    )


def _facts(personas: Sequence[Persona]) -> Json:
    """What the demo tells about its company, and what a playbook has to be told about it."""
    return {
        "stories": dict(sorted(Counter(persona.story for persona in personas).items())),
        "only_hubspot": sum(1 for one in personas if one.places == "h"),
        "only_lead": sum(1 for one in personas if one.places == "l"),
        "only_contact": sum(1 for one in personas if one.places == "c"),
        "in_both": sum(1 for one in personas if one.in_hubspot and (one.in_leads or one.in_contacts)),
        "several_leads": sum(1 for one in personas if one.lead_records > 1),
        "second_address": sum(1 for one in personas if one.other_email),
        "own_domains": [words.OWN_DOMAIN],
        "competitor_domains": list(words.COMPETITOR_DOMAINS),
        "disposable_domains": list(words.DISPOSABLE_DOMAINS),
    }
