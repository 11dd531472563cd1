"""A store full of people and activities to evaluate, made from a seed: ``make(file, people, per_person, seed)``."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from connector.clock import DAY_MICROS, to_micros
from connector.store.database import Database
from connector.store.migrate import upgrade

COMPANY = 1
AS_OF = to_micros(datetime(2026, 11, 1, tzinfo=UTC))
OLDEST_DAYS = 400
CHUNK = 20_000
NOTHING = (None,)
FACTS: dict[str, tuple[object, ...]] = {
    "email_domain": ("example.com", "gmail.com"),
    "has_email": (True,) * 9 + (False,),
    "has_phone": (True, False, None),
    "free_mail": (False, False, False, True),
    "disposable": (False,) * 50 + (True,),
    "gibberish": (False,) * 60 + (True,),
    "seniority": ("vp", "VP", "director", "manager", "entry", None),
    "job_function": ("marketing", "Sales", "it", "legal", None),
    "persona_excluded": NOTHING * 40 + ("student",),
    "account_domain": ("example.com", None),
    "account_status": NOTHING * 12 + ("customer", "partner", "competitor", "open_opportunity"),
    "employees": (None, 5, 30, 200, 800, 3_000, 40_000),
    "industry": ("software", "SOFTWARE", "manufacturing", "tobacco", "retail", None),
    "country": ("germany", "Germany", "france", "us", None),
    "email_opt_out": (False,) * 8 + (True, None),
    "phone_opt_out": (False,) * 8 + (True, None),
    "email_quality": NOTHING * 15 + ("hard", "soft"),
    "processing_restricted": NOTHING * 80 + (True,),
    "q_need": NOTHING * 8 + ("specific", "general", "never"),
    "q_budget": NOTHING * 8 + ("approved", "planned", "none"),
    "q_authority": NOTHING * 8 + ("decides", "Influences", "uses"),
    "q_timing": NOTHING * 8 + ("0-3", "3-6", "6-12"),
    "stage": ("name", "suspect", "lead", "qualified_lead"),
}
ANSWERED = ("q_need_at", "q_budget_at", "q_authority_at", "q_timing_at")
ALWAYS = ("company", "person_id", "person_key", "created_at", "provisional", "seq", "unsettled", "open_opportunities")
ZEROS = ("won_opportunities", "score_milli", "fit_milli", "engagement_milli", "readiness_milli")
SIGNALS = {
    "email_open": 25,
    "email_click": 18,
    "site_return": 18,
    "key_page": 9,
    "content_download": 8,
    "campaign_responded": 5,
    "rep_touch_attempt": 5,
    "event_registered": 3,
    "event_attended": 2,
    "subscribed": 2,
    "reply": 2,
    "connected_call": 1,
    "meeting_booked": 1,
    "meeting_no_show": 0.5,
    "careers_page": 0.5,
    "hand_raise": 0.7,
}
KINDS = {"key_page": ("pricing", "product"), "hand_raise": ("demo", "contact")}
PHASES = ("awareness", "consideration", "decision", None)
DIRECTIONS = ("human",) * 8 + ("us", "bot")


def make(file: Path, people: int, per_person: int, seed: int) -> None:
    database = Database(f"sqlite:///{file}")
    upgrade(database)
    database.close()
    chance = random.Random(seed)
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("INSERT INTO company (id, name) VALUES (1, 'bench')")
    indexes = connection.execute(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"
    ).fetchall()
    own = [(name, sql) for name, sql in indexes if " ON person " in sql or " ON activity " in sql]
    for name, _sql in own:
        connection.execute(f"DROP INDEX {name}")  # made anew at the end: sorting once is cheaper
    _insert(connection, "person", (*ALWAYS, *ZEROS, *FACTS, *ANSWERED), _people(chance, people))
    _insert(connection, "activity", ACTIVITY_COLUMNS, _activities(chance, people, per_person))
    for _name, sql in own:
        connection.execute(sql)
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _insert(
    connection: sqlite3.Connection, table: str, columns: tuple[str, ...], rows: Iterator[tuple[object, ...]]
) -> None:
    marks = ", ".join("?" * len(columns))
    connection.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)


def _people(chance: random.Random, count: int) -> Iterator[tuple[object, ...]]:
    for person_id in range(1, count + 1):
        facts = [chance.choice(values) for values in FACTS.values()]
        answered = [AS_OF - chance.randrange(OLDEST_DAYS * DAY_MICROS) for _ in ANSWERED]
        always = (COMPANY, person_id, f"bench-{person_id}", AS_OF - OLDEST_DAYS * DAY_MICROS, False, 0, False, 0)
        yield (*always, *(0 for _ in ZEROS), *facts, *answered)


ACTIVITY_COLUMNS = (
    *("company", "activity_id", "person_id", "signal", "occurred_at", "known_at", "known_seq", "source_key", "source"),
    *("kind", "phase", "direction"),
)


def _activities(chance: random.Random, people: int, per_person: int) -> Iterator[tuple[object, ...]]:
    total = people * per_person
    for start in range(0, total, CHUNK):
        count = min(CHUNK, total - start)
        signals = chance.choices(list(SIGNALS), list(SIGNALS.values()), k=count)
        phases, directions = chance.choices(PHASES, k=count), chance.choices(DIRECTIONS, k=count)
        for offset, signal in enumerate(signals):
            activity_id = start + offset + 1
            at = AS_OF - int(chance.random() * OLDEST_DAYS * DAY_MICROS) - 1
            kind = chance.choice(KINDS[signal]) if signal in KINDS else None
            phase = phases[offset] if signal == "content_download" else None
            person_id = 1 + (start + offset) // per_person
            who = (COMPANY, activity_id, person_id, signal, at, at, activity_id, str(activity_id), "bench")
            yield (*who, kind, phase, directions[offset])
