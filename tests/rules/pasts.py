"""Histories behind the people of ``worlds``: what is so now was so on the day, and otherwise long before and after."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

from sqlalchemy import insert

from connector.facts import PROFILE, FactType, fact_type, is_own
from connector.store.database import Database
from connector.store.tables import (
    Assignment,
    Cycle,
    DispositionHistory,
    Hold,
    OpportunityHistory,
    PersonFieldHistory,
    StageHistory,
)
from tests.rules.worlds import AS_OF, COMPANY, OWNERS, PersonCase, table


def known_then(case: PersonCase) -> dict[str, Any]:
    """The facts that the histories tell of the day: no stage before the first move, a deal for each amount."""
    since = case.facts["stage_since"]
    facts = {**case.facts, "recycle_until": None}
    facts |= {f"{kind}_opportunities": int(case.facts[f"{kind}_amount"] > 0) for kind in ("open", "won")}
    facts["suspected_bot"] = bool(facts["suspected_bot"])
    return facts if since is not None and since < AS_OF else facts | {"stage": None, "stage_since": None}


def record_past(database: Database, cases: Iterable[PersonCase], *, company: int = COMPANY) -> None:
    """Histories that say: on the day all was as it is now; long before and the day after it was otherwise."""
    numbers = itertools.count(1)
    fields: list[dict[str, Any]] = []
    moves: list[dict[str, Any]] = []
    owners: list[dict[str, Any]] = []
    holds: list[dict[str, Any]] = []
    dispositions: list[dict[str, Any]] = []
    cycles: list[dict[str, Any]] = []
    deals: list[dict[str, Any]] = []
    for case in cases:
        who = {"company": company, "person_id": case.person_id}
        for name, value in case.facts.items():
            if name in PROFILE or is_own(name):
                values = (("bronze", 1), (value, AS_OF - 1), ("gold", AS_OF)) if value is not None else ()
                fields += [{**who, "seq": next(numbers), "field": name, **_recorded(name, *each)} for each in values]
        since = case.facts["stage_since"]
        if since is not None and since < AS_OF:
            rows = ((case.facts["stage"], since), ("customer", AS_OF))
            moves += [{**who, "seq": next(numbers), "stage_to": to, "at": at, "by": "rule"} for to, at in rows]
        owner = OWNERS.get(case.facts["owner_kind"] or "")
        spans = ((2, 1, AS_OF - 5), (owner, AS_OF - 5, AS_OF), (3, AS_OF, None))
        for user, start, end in spans if owner else ():
            number = next(numbers)
            row = {"assignment_id": number, "seq": number, "owner_id": user, "at": start, "until": end}
            owners.append({**who, **row, "kind": "adopt"})
        if case.facts["suspected_bot"] is not None:
            span = {"at": AS_OF - 1, "until": AS_OF} if case.facts["suspected_bot"] else {"at": 1, "until": AS_OF - 1}
            holds.append({**who, "field": "suspected_bot", "why": "", "by": "rule", **span})
        moments = (1, AS_OF - 1, AS_OF)
        for word, at in zip(("merged", case.facts["disposition"], "lost"), moments, strict=True):
            if case.facts["disposition"] is not None:
                move = {"seq": next(numbers), "cycle_id": 1, "disposition_to": word, "at": at, "by": "rule"}
                dispositions.append({**who, **move})
        own = (case.facts["motion"], case.facts["cycle_number"])
        for (motion, number), at in zip((("partner", 8), own, ("partner", 9)), moments, strict=True):
            if case.facts["motion"] is not None:
                opened = {"opened_at": at, "disposition_at": at, "motion": motion, "number": number}
                cycles.append({**who, **opened, "cycle_id": next(numbers), "disposition": "open"})
        for kind in ("open", "won"):
            cents = case.facts[f"{kind}_amount"] * 100
            for amount, at in ((7_000, 1), (cents, AS_OF - 1), (9_900, AS_OF)) if cents else ():
                deal = {"system": "blue", "record_id": f"{kind}-{case.person_id}", "seq": next(numbers), "at": at}
                state = {"amount_cents": amount, "is_closed": kind == "won", "is_won": kind == "won"}
                deals.append({"company": company, **deal, **state})
    with database.begin() as connection:
        for model, rows_of in (
            (PersonFieldHistory, fields),
            (StageHistory, moves),
            (Assignment, owners),
            (OpportunityHistory, deals),
            (Hold, holds),
            (DispositionHistory, dispositions),
            (Cycle, cycles),
        ):
            connection.execute(insert(table(model)), rows_of)


def _recorded(name: str, value: Any, at: int) -> dict[str, Any]:
    if fact_type(name) is FactType.TEXT:
        return {"valid_from": at, "value_text": value, "value_number": None}
    number = 1 if isinstance(value, str) else int(value)
    return {"valid_from": at, "value_text": None, "value_number": number}
