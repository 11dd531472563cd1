"""What is the same for every person of a run, and what is read of one person's records: owners, touches, deals."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from connector.decide.business_hours import Hours
from connector.decide.cycles import Owner
from connector.decide.human_touches import TICKED
from connector.playbook import Playbook
from connector.ports.decisions import SALES_STATUS, LinkState, PersonFacts, Row, TouchFacts, UserFacts
from connector.rules.mapping import Mapping as FieldsMapping

FORMER_CUSTOMER, PARTNER = "former_customer", "partner"
NO_TOUCH = ("reply", SALES_STATUS, TICKED)
"""What is read with the touches and is none: what the person did, what a status says, and a task of ours."""


class Surroundings(Struct, frozen=True):
    """What is the same for every person of a run. ``hours``: the company's."""

    playbook: Playbook
    mapping: FieldsMapping
    users: Mapping[int, UserFacts]
    sales: frozenset[int]
    now: datetime
    live_since: datetime | None
    hours: Hours


def new_business(facts: PersonFacts, playbook: Playbook) -> list[Row]:
    """The person's opportunities that move them: a renewal makes nobody a prospect again, only a customer (won)."""
    renewals = playbook.accounts.renewal_kinds
    return [row for row in facts.opportunities if row["is_won"] or (row["kind"] or "").casefold() not in renewals]


def sales_touches(facts: PersonFacts, around: Surroundings) -> list[TouchFacts]:
    """Touches by colleagues with a sales role, oldest first; a reply of the person is none."""
    return [
        touch
        for touch in facts.touches
        if touch.owner_id in around.sales and touch.signal not in NO_TOUCH and touch.at <= around.now
    ]


def sales_link(facts: PersonFacts, around: Surroundings) -> LinkState | None:
    """The primary record in the system where sales works: the one we would create records in."""
    systems = {entry.system for entry in around.mapping.of_kind("person") if entry.create != "never"}
    primary = [link for link in facts.links if link.is_primary]
    return next((link for link in primary if link.ref.system in systems), next(iter(primary), None))


def owner_of(facts: PersonFacts, around: Surroundings) -> Owner | None:
    """Who owns the record that sales works with."""
    link = sales_link(facts, around)
    if link is None or link.owner_id is None:
        return None
    user = around.users.get(link.owner_id)
    assignment = facts.assignment
    by_us = assignment is not None and assignment["kind"] != "adopt" and assignment["owner_id"] == link.owner_id
    active = user is not None and user.active and user.kind == "user" and link.owner_id in around.sales
    return Owner(link.owner_id, active, by_us)
