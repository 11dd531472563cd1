"""Two people turn out to be one: business goes on once, history stays, and the store still holds together."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from connector.store.sql import table
from connector.store.tables import (
    Assignment,
    Cycle,
    DispositionHistory,
    FollowUp,
    OutboxRow,
    Person,
    PersonDirty,
    StageHistory,
    TrackHistory,
)
from tests.store.fuse import COMPANY, Died, Fuse
from tests.store.people_world import NOW, PeopleWorld, contact

RAISED = {"recent_conversion_event_name": "Demo request", "recent_conversion_date": "2026-03-01T10:00:00Z"}
CLICKED = {"recent_conversion_event_name": "Webinar", "recent_conversion_date": "2026-02-20T10:00:00Z"}


def merge(world: PeopleWorld, winner: str, loser: str) -> None:
    """A person merges two contacts; the surviving one keeps its own values."""
    kept = world.land("hubspot.contacts", winner, contact(f"{winner}@example.com", firstname="Kept"))
    world.land("hubspot.contacts", loser, {}, deleted=True, successor=kept, succession="merged")


def two(world: PeopleWorld, first: dict[str, Any], second: dict[str, Any]) -> tuple[Any, Any]:
    refs = [
        world.land("hubspot.contacts", name, contact(f"{name}@example.com", country="United States", **more))
        for name, more in (("1", first), ("2", second))
    ]
    world.decide()
    return world.person_of(refs[0]), world.person_of(refs[1])


def test_whoever_has_no_business_takes_over_the_others(world: PeopleWorld) -> None:
    quiet, busy = two(world, {}, RAISED)
    assert (quiet.stage, busy.stage) == ("name", "qualified_lead")
    merge(world, winner="1", loser="2")
    world.resolve()
    assert world.living() == [quiet.person_id]
    taken = world.rows(Person, person_id=quiet.person_id)[0]
    assert (taken.stage, taken.qualified_at, taken.track) == (busy.stage, busy.qualified_at, busy.track)
    assert [row.person_id for row in world.rows(Cycle)] == [quiet.person_id]
    assert [row.person_id for row in world.rows(TrackHistory) if row.until is None] == [quiet.person_id]
    moves = [(row.stage_from, row.stage_to, row.reason) for row in world.rows(StageHistory, person_id=quiet.person_id)]
    assert moves[-1] == ("name", "qualified_lead", "merged")
    assert world.rows(StageHistory, person_id=busy.person_id), "the loser's history stays"
    assert world.broken() == []
    world.decide()
    decided = world.rows(Person, person_id=quiet.person_id)[0]
    assert decided.stage == "qualified_lead"
    assert decided.published_score is not None
    assert world.broken() == []


def test_of_two_running_cycles_the_losers_ends_as_merged(world: PeopleWorld) -> None:
    older, younger = two(world, CLICKED, RAISED)
    with world.database.begin(COMPANY) as connection:
        clock = {"company": COMPANY, "assignment_id": 77, "person_id": younger.person_id, "promise": "hand_raise"}
        connection.execute(table(FollowUp).insert().values(**clock, state="running", due_at=NOW + timedelta(hours=1)))
        given = {"company": COMPANY, "assignment_id": 77, "person_id": younger.person_id, "kind": "hand_off"}
        connection.execute(table(Assignment).insert().values(**given, at=NOW, seq=1))
    merge(world, winner="1", loser="2")
    world.resolve()
    cycles = {row.person_id: row for row in world.rows(Cycle)}
    assert cycles[older.person_id].closed_at is None
    assert (cycles[younger.person_id].disposition, cycles[younger.person_id].reason) == ("merged", "duplicate")
    assert cycles[younger.person_id].closed_at is not None
    last = world.rows(DispositionHistory, person_id=younger.person_id)[-1]
    assert (last.disposition_to, last.reason) == ("merged", "duplicate")
    assert [row.state for row in world.rows(FollowUp)] == ["ended"], "nobody is promised anything twice"
    assert [row.until is None for row in world.rows(Assignment, assignment_id=77)] == [False]
    assert world.broken() == []
    world.decide()
    assert world.rows(Person, person_id=older.person_id)[0].stage == "qualified_lead", "the hand-raise came along"
    assert world.broken() == []


def test_what_was_planned_for_the_loser_is_planned_anew(world: PeopleWorld) -> None:
    _, loser = two(world, CLICKED, RAISED)
    with world.database.begin(COMPANY) as connection:
        for number, state in enumerate(("planned", "sending")):
            row = {"company": COMPANY, "action_id": f"a{number}", "person_id": loser.person_id, "system": "hubspot"}
            row |= {
                "object": "contacts",
                "kind": "update",
                "lane": "owned",
                "state": state,
                "changes": {},
                "plan_id": 1,
            }
            connection.execute(
                table(OutboxRow).insert().values(**row, link_id=number, target=str(number), created_at=NOW)
            )
    merge(world, winner="1", loser="2")
    world.resolve()
    states = {row.action_id: (row.state, row.error_code) for row in world.rows(OutboxRow)}
    # What may have been sent is read back first; what was only planned is made anew for the one person there is.
    assert states["a0"] == ("cancelled", "person_merged")
    assert states["a1"][0] == "sending"


def test_a_merge_happens_wholly_or_not_at_all(world: PeopleWorld, fuse: Fuse) -> None:
    quiet, busy = two(world, {}, RAISED)
    merge(world, winner="1", loser="2")
    fuse.light("before commit")
    with pytest.raises(Died):
        world.resolve()
    assert world.living() == [quiet.person_id, busy.person_id]
    world.decide()
    assert world.living() == [quiet.person_id]
    assert world.rows(PersonDirty) == []
    assert world.broken() == []


def test_everybody_due_is_touched_however_many_the_longest_due_first(world: PeopleWorld) -> None:
    refs = [world.land("hubspot.contacts", str(n), contact(f"{n}@example.com")) for n in range(5)]
    world.decide()
    people = [world.link(ref).person_id for ref in refs]
    with world.database.begin(COMPANY) as connection:
        for days, person in enumerate(people):
            at = NOW - timedelta(days=days) if days < 4 else NOW + timedelta(seconds=1)
            mine = table(Person).c.person_id == person
            connection.execute(update(table(Person)).where(mine).values(next_evaluation_at=at))
    found = [world.merging.due_people(COMPANY, NOW, 3) for _ in range(3)]
    assert found == [[people[3], people[2], people[1]], [people[0]], []]
    assert sorted(row.person_id for row in world.rows(PersonDirty)) == people[:4]
    assert [row.why for row in world.rows(PersonDirty)] == ["time"] * 4


def test_decisions_and_clean_marks_are_one_transaction(world: PeopleWorld, fuse: Fuse) -> None:
    ref = world.land("hubspot.contacts", "1", contact("1@example.com", country="United States", **RAISED))
    world.resolve()
    deaths = 0
    while True:  # one commit further each time, until the last one is reached
        fuse.light("before commit", after=deaths)
        try:
            world.decide()
        except Died:
            deaths += 1
        else:
            break
        assert world.person_of(ref).stage_since is None
        assert world.rows(Cycle) == []
        assert [row.person_id for row in world.rows(PersonDirty)] == [world.link(ref).person_id]
    assert deaths > 0
    assert world.person_of(ref).stage == "qualified_lead"
    assert world.rows(PersonDirty) == []
    assert len(world.rows(Cycle)) == 1
    assert world.broken() == []
