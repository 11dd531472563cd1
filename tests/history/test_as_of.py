"""The past as it was known: the as-of answers against a naive replay of the rows in Python, on both databases."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from connector.clock import MovedClock, from_micros, to_micros
from connector.facts import PERSON
from connector.ids import SeededIds
from connector.model import Value
from connector.playbook import load
from connector.ports.history import Known, PastActivity, PastLead
from connector.store.database import Database
from connector.store.evaluate import Evaluations
from connector.store.history_import import SqlHistoryStore
from connector.store.migrate import upgrade
from connector.store.past import SqlPastReader
from connector.store.sql import table
from connector.store.tables import Link
from tests.oracle import Event, Oracle

COMPANY = 7
SINCE = datetime(2025, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
SIGNALS = ("hand_raise", "content_download", "email_click", "meeting_held", "site_return")
CHOICES: dict[str, tuple[Value, ...]] = {
    "seniority": ("vp", "manager", "other"),
    "job_function": ("sales", "finance"),
    "employees": (10, 80, 4_000),
    "industry": ("software", "retail"),
    "q_need": ("specific", "general"),
    "has_email": (True,),
}


def moment(chance: random.Random) -> datetime:
    return SINCE + timedelta(minutes=chance.randrange(300 * 1_440))


def past_lead(number: int, chance: random.Random) -> PastLead:
    came = moment(chance)
    values: dict[str, tuple[Value, int]] = {}
    for name, choices in CHOICES.items():
        if chance.random() < 0.8:
            late = timedelta(days=chance.randrange(90) if chance.random() < 0.4 else 0)
            values[name] = chance.choice(choices), to_micros(came + late)
    if "q_need" in values:
        values["q_need_at"] = values["q_need"][1], values["q_need"][1]
    return PastLead(f"L{number}", came, values, f"p{number % 25}@buyer.example")


def past_activity(number: int, chance: random.Random) -> PastActivity:
    occurred = moment(chance)
    logged = occurred + timedelta(days=chance.choice((0, 0, 0, 20, 80)))
    signal = chance.choice(SIGNALS)
    return PastActivity(f"a{number}", f"L{chance.randrange(30)}", signal, occurred, logged, phase="decision")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    opened = Database(request.getfixturevalue(name))
    upgrade(opened)
    yield opened
    opened.close()


class Replay:
    """Thirty leads of twenty-five people, stored and kept."""

    def __init__(self, database: Database, seed: int) -> None:
        chance = random.Random(seed)
        self.leads = [past_lead(number, chance) for number in range(30)]
        self.activities = [past_activity(number, chance) for number in range(120)]
        store, ids = SqlHistoryStore(database), SeededIds("replay")
        for start in (0, 17):  # two chunks: the second one meets people of the first
            chunk = self.leads[start : start + 17]
            store.save_leads(COMPANY, chunk, MovedClock(NOW).now(), ids.key)
        store.save_activities(COMPANY, self.activities, NOW)
        link = table(Link)
        with database.read() as connection:
            rows = connection.execute(select(link.c.record_id, link.c.person_id).where(link.c.company == COMPANY))
            self.people = {row.record_id: row.person_id for row in rows}

    def values(self, person: int, until: int) -> dict[str, Value]:
        """By brute force: the newest value of each field from before ``until``; of equals the later lead's."""
        best: dict[str, tuple[int, int, Value]] = {}
        for place, lead in enumerate(self.leads):
            for name, (value, at) in lead.values.items():
                if self.people[lead.key] == person and at < until and (at, place) >= best.get(name, (0, 0, None))[:2]:
                    best[name] = at, place, value
        return {name: value for name, (_at, _place, value) in best.items()}

    def events(self, person: int, until: int) -> list[Event]:
        return [
            Event(number, each.signal, to_micros(each.occurred_at), phase=each.phase)
            for number, each in enumerate(self.activities)
            if self.people[each.person] == person
            and to_micros(each.occurred_at) < until
            and to_micros(each.known_at) < until
        ]


@pytest.mark.parametrize("seed", [1, 2])
def test_every_past_day_is_judged_by_what_was_known_by_then(database: Database, seed: int) -> None:
    replay, evaluations = Replay(database, seed), Evaluations(database)
    definitions = load(None, systems=("hubspot", "salesforce")).playbook.definitions
    blank = dict.fromkeys(PERSON.columns)
    people = sorted(set(replay.people.values()))
    assert len(people) == 25
    for days in (3, 40, 95, 170, 250, 340):
        as_of = to_micros((SINCE + timedelta(days=days)).astimezone(ZoneInfo("UTC")))
        found = evaluations.evaluate_then(COMPANY, definitions, as_of)
        assert [each.person_id for each in found] == people
        for each in found:
            facts, events = {**blank, **replay.values(each.person_id, as_of)}, replay.events(each.person_id, as_of)
            wanted = Oracle(definitions, facts, events, as_of).run()
            got = (each.fit_milli, each.engagement_milli, each.readiness_milli, each.grade_open, each.rungs)
            axes = wanted.axes
            assert got == (axes["fit"], axes["engagement"], axes["readiness"], wanted.grade_open, wanted.rungs)


def test_what_a_model_may_know_is_what_was_known_at_the_moment(database: Database) -> None:
    replay, reader, chance = Replay(database, 3), SqlPastReader(database), random.Random(4)
    moments = {person: to_micros(moment(chance)) for person in set(replay.people.values())}
    found = reader.known(COMPANY, moments)
    for person, at in moments.items():
        counts: dict[str, int] = {}
        for event in replay.events(person, at + 1):  # inclusive: what happened at the moment itself was known
            counts[event.signal] = counts.get(event.signal, 0) + 1
        assert found[person] == Known(replay.values(person, at + 1), counts)


def test_a_hidden_field_is_unknown_of_everybody(database: Database) -> None:
    Replay(database, 5)
    definitions = load(None, systems=("hubspot", "salesforce")).playbook.definitions
    as_of, evaluations = to_micros(NOW), Evaluations(database)
    shown = evaluations.evaluate_then(COMPANY, definitions, as_of)
    hidden = evaluations.evaluate_then(COMPANY, definitions, as_of, hidden=frozenset({"employees", "q_need"}))
    assert any(each.readiness_milli for each in shown)
    changed = [a.fit_milli != b.fit_milli for a, b in zip(shown, hidden, strict=True)]
    assert any(changed)
    assert sum(b.readiness_milli for b in hidden) < sum(a.readiness_milli for a in shown)


def test_people_have_their_course(database: Database) -> None:
    from connector.ports.history import PastDeal

    replay = Replay(database, 6)
    opened, closed = from_micros(0) + timedelta(days=20_000), from_micros(0) + timedelta(days=20_030)
    deals = [
        PastDeal("d1", "L1", opened, closed, True, 50_000),
        PastDeal("d2", "L1", opened + timedelta(days=1), closed + timedelta(days=9), True, 70_000),
        PastDeal("d3", "p2@buyer.example", opened, closed, False),
        PastDeal("d4", "L3", opened, closed, True, 0),
        PastDeal("d5", "nobody", opened, closed, True),
    ]
    saved = SqlHistoryStore(database).save_deals(COMPANY, deals, NOW)
    assert (saved.new, saved.unknown) == (4, (4,))
    people = {each.person_id: each for each in SqlPastReader(database).people(COMPANY, 0, 100)}
    first, second, third = (people[replay.people[key]] for key in ("L1", "L2", "L3"))
    assert (first.won_at, first.won_cents, first.wins, first.opened_at) == (closed, 50_000, 2, opened)
    assert (second.won_at, second.lost_at) == (None, closed)
    assert (third.won_at, third.wins) == (None, 0)  # won without money is no purchase
    assert SqlPastReader(database).last_fact(COMPANY) is not None
