"""A company's own record of wins, and its models, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from connector.decide.expected_value import Track, ValueRules
from connector.decide.win_model import Encoding, Scale, WinModel
from connector.store.database import Database
from connector.store.sql import table
from connector.store.tables import Cycle, Opportunity, OpportunityPerson, Person
from connector.store.value import SqlValueStore
from tests.store.fuse import COMPANY

NOW = datetime(2026, 3, 1, tzinfo=UTC)
OTHER = COMPANY + 1


def _cycle(number: int, grade: str | None, disposition: str, company: int = COMPANY) -> dict[str, object]:
    moments = {"opened_at": NOW, "disposition_at": NOW}
    return {"company": company, "cycle_id": number, "person_id": number, "number": 1, "motion": "new_business"} | {
        "disposition": disposition,
        "grade_at_handoff": grade,
        "origin": "marketing",
        **moments,
    }


def _deal(number: int, account: str, cents: int | None, *, won: bool = True, days_ago: int = 10) -> dict[str, object]:
    row = {"company": COMPANY, "system": "salesforce", "record_id": f"D{number}", "account_record_id": account}
    closed = NOW - timedelta(days=days_ago)
    return row | {"amount_cents": cents, "is_closed": True, "is_won": won, "created_at": closed, "closed_at": closed}


def _person(number: int, industry: str) -> dict[str, object]:
    return {"company": COMPANY, "person_id": number, "person_key": str(number), "created_at": NOW, "industry": industry}


def _role(number: int, person: int) -> dict[str, object]:
    row = {"company": COMPANY, "system": "salesforce", "role_id": f"R{number}-{person}", "record_id": f"D{number}"}
    return row | {"link_object": "Contact", "link_record_id": "x", "person_id": person}


def test_the_record_counts_decided_cycles_amounts_and_further_purchases(database: Database) -> None:
    with database.begin() as connection:
        cycles = [_cycle(1, "A", "won"), _cycle(2, "A", "lost"), _cycle(3, "A", "assigned"), _cycle(4, None, "won")]
        connection.execute(table(Cycle).insert(), [*cycles, _cycle(1, "A", "won", OTHER)])
        connection.execute(table(Person).insert(), [_person(1, "Software"), _person(2, "Software")])
        deals = [_deal(1, "x", 100), _deal(2, "x", 300), _deal(3, "y", 900), _deal(4, "y", 0)]
        deals += [_deal(5, "z", 700, won=False), _deal(6, "z", None), _deal(7, "w", 500, days_ago=900)]
        connection.execute(table(Opportunity).insert(), deals)
        connection.execute(table(OpportunityPerson).insert(), [_role(1, 1), _role(1, 2), _role(3, 2)])
    store = SqlValueStore(database)
    expected = Track({"A": (1, 2)}, 300, {"software": (100, 2)})
    assert store.record(COMPANY, ValueRules(), NOW) == expected
    assert store.record(COMPANY, ValueRules(recurring=True), NOW).repeat == 0.5  # x bought twice, y once, w long ago
    assert store.record(OTHER + 5, ValueRules(), NOW) == Track()


def test_the_newest_model_counts_and_comes_back_as_it_was(database: Database) -> None:
    store = SqlValueStore(database)
    assert store.model(COMPANY) is None
    encoding = Encoding(words={"industry": ("retail",)}, signals={"reply": Scale(0.5, 1.0)})
    first = WinModel(-1.5, {"did reply": 0.25}, encoding, "imported", NOW.isoformat(), ("a", "b"), {"auc": 0.7})
    second = WinModel(2.0, {}, Encoding(), "the company's own", NOW.isoformat(), ("a", "b"))
    store.save_model(COMPANY, first, NOW)
    assert store.model(COMPANY) == first
    store.save_model(COMPANY, second, NOW)
    assert store.model(COMPANY) == second
    assert store.model(OTHER) is None
