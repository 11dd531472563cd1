"""A push: our own fields (plain lane) or a shared one (guarded lane) of many people, and the requests that it took.

``python -m bench.pushing <url> <file> <owned|contested> [profile]`` pulls everybody from the stub, links them, and
pushes; prints one JSON line. The profile of planning and pushing goes to the file ``profile``.
"""

from __future__ import annotations

import cProfile
import sys
import time
from collections.abc import Mapping
from typing import Any
from urllib.request import urlopen

import orjson
from msgspec.structs import replace
from sqlalchemy import insert, select

from bench.pulling import COMPANY, OBJECTS, connected
from bench.runs import run_of
from bench.stub import OUR_FIELDS, OUR_PROPERTIES
from connector.cli.collecting import keep_imported
from connector.decide.diff import Desired
from connector.model import Level
from connector.ports.outbox import LinkView, PersonView
from connector.store.companies import SqlFindingStore
from connector.store.database import Database
from connector.store.landing import SqlLandingStore
from connector.store.migrate import upgrade
from connector.store.outbox import SqlOutbox
from connector.store.sql import table
from connector.store.tables import Company, Landing, Link, Person
from connector.sync.plan import PlanningRules, make_plan
from connector.sync.pull import backfill
from connector.sync.push import push_plan, release_plan
from connector.sync.run import Run
from connector.sync.writing import Writing

KEYS = {"hubspot": {"contacts": "leadloop_id"}, "salesforce": {"Lead": "Leadloop_Id__c"}}
OURS = {"hubspot": OUR_PROPERTIES[1:], "salesforce": OUR_FIELDS[1:]}
SHARED = {"hubspot": ("state", "salesforce"), "salesforce": ("State", "hubspot")}
ROWS_PER_WRITE = {"hubspot": 100, "salesforce": 200}
ROWS_PER_READ = {"hubspot": 100, "salesforce": 2_000}


def least_owned(people: int) -> int:
    """A write per 200 and per 100, a read-back per 2,000 and per 100."""
    return sum(-(-people // size[system]) for size in (ROWS_PER_WRITE, ROWS_PER_READ) for system in OBJECTS)


def least_contested(people: int) -> int:
    """Salesforce: re-read and conditional writes per 25, read-back with them. HubSpot: re-read, write and read-back
    per 100, and the history of what was contested per 50."""
    return 3 * -(-people // 25) + 3 * -(-people // 100) + -(-people // 50)


def push(url: str, file: str, lane: str, profiled: str = "") -> dict[str, Any]:
    database = Database(f"sqlite:///{file}")
    upgrade(database)
    adapters = {system: connected(system, url, {"bulk": False}, KEYS[system]) for system in OBJECTS}
    run = run_of(adapters)
    objects = {address: run.mapping.objects[address] for address in OBJECTS.items()}  # all that the stub knows
    run = replace(run, mapping=replace(run.mapping, objects=objects))
    people = _people(database, run)
    writing = Writing(COMPANY, 1, SqlOutbox(database), adapters, run.levels, run.clock, run.ids)
    _ask(url, "reset")
    keep_imported()
    profile = cProfile.Profile(time.process_time)
    if profiled:
        profile.enable()
    began = time.process_time()
    wanted, least = (_owned, least_owned) if lane == "owned" else (_contested, least_contested)
    plan = make_plan(writing, wanted, lambda person: (), PlanningRules(approval="never"))
    assert plan is not None
    planned = time.process_time()
    release_plan(writing, plan, by="bench", over_guard=True)
    report = push_plan(writing, plan)
    done = time.process_time()
    profile.disable()
    if profiled:
        profile.dump_stats(profiled)
    requests = _ask(url, "requests")
    return {
        "people": people,
        "written": dict(report.written),
        "stopped": {system: str(error) for system, error in report.stopped.items()},
        "calls": sum(requests.values()),
        "least": least(people),
        "requests": requests,
        "plan_cpu_s": round(planned - began, 2),
        "push_cpu_s": round(done - planned, 2),
    }


def _people(database: Database, run: Run) -> int:
    """Everybody of the stub, pulled, with both records linked to one person."""
    landing = SqlLandingStore(database)
    wanted = list(OBJECTS.items())
    backfill(run, landing, SqlFindingStore(database), wanted=wanted)
    with database.begin() as connection:
        connection.execute(insert(table(Company)), [{"id": COMPANY, "name": "bench"}])
        target = table(Landing)
        query = select(target.c.system, target.c.object, target.c.record_id).order_by(target.c.record_id)
        rows = connection.execute(query).all()
        numbers = dict.fromkeys(OBJECTS, 0)
        links = []
        for system, object_name, record_id in rows:
            numbers[system] += 1
            links.append(_link(system, object_name, record_id, numbers[system]))
        connection.execute(insert(table(Person)), [_person(number, run) for number in range(1, numbers["hubspot"] + 1)])
        connection.execute(insert(table(Link)), [{**link, "first_seen_at": run.now} for link in links])
    return numbers["hubspot"]


def _person(number: int, run: Run) -> dict[str, Any]:
    return {"company": COMPANY, "person_id": number, "person_key": f"p{number}", "created_at": run.now}


def _link(system: str, object_name: str, record_id: str, number: int) -> dict[str, Any]:
    link_id = 2 * number + (system == "hubspot")
    place = {"system": system, "object": object_name, "family": "person", "record_id": record_id}
    own = {"company": COMPANY, "link_id": link_id, "person_id": number, "external_key": f"k{link_id}"}
    return {**place, **own, "is_primary": True, "mapped": {}, "stamped": True}


def _contested(_person: PersonView, link: LinkView) -> Mapping[str, Desired]:
    name, master = SHARED[link.system]
    return {name: Desired("Bavaria", "text", f"always_{master}", Level.FULL, rule="mapping")}


def _owned(_person: PersonView, link: LinkView) -> Mapping[str, Desired]:
    return {name: Desired("42", "text", "leadloop", Level.ANNOTATE, rule="score") for name in OURS[link.system]}


def _ask(url: str, what: str) -> dict[str, int]:
    with urlopen(f"{url}/_stub/{what}") as answer:
        return dict(orjson.loads(answer.read()))


if __name__ == "__main__":
    print(orjson.dumps(push(*sys.argv[1:])).decode())
