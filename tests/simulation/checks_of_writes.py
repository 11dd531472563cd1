"""Checks of what the product wrote: never over an unseen edit, never twice, never without intent or journal."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import Any

from tests.simulation.company import TWO_WAY
from tests.simulation.evidence import KEY_FIELD, SEEDED, Evidence, alike, change_of, loaded, meaning, same, shared_field
from tests.simulation.witness import OURS, PERSON, TIE, Sent, Touch

OWNED = "leadloop"
AUDITED_OTHERWISE = ("conflict", "cancelled", "rejected", "dead")


def check_no_lost_update(evidence: Evidence) -> list[str]:
    """I1: what stood in a shared field is replaced only if the plan had read it, or the loser is kept."""
    found = []
    kept = [(row["system"], row["object"], row["record_id"], row["field"], row) for row in evidence.conflicts()]
    for index, touch, _, row in evidence.ours():
        change = change_of(row, touch.field)
        before = evidence.before(index)
        if change is None or change["policy"] == OWNED or row.record_id is None:
            continue
        if before is not None and before.author == OURS:
            continue
        losers = [entry for *key, entry in kept if tuple(key) == touch.key]
        if any(same(entry["theirs"], touch.before) for entry in losers):
            continue
        if not same(change["before"], touch.before):
            found.append(f"I1 blind write over an unseen value: {_place(touch)} at step {touch.step}")
        elif _is_stale(evidence, index, touch, before, change):
            found.append(f"I1 a person's value was replaced by an older one: {_place(touch)} at step {touch.step}")
    return found


def _is_stale(evidence: Evidence, index: int, touch: Touch, before: Touch | None, change: dict[str, Any]) -> bool:
    """A two-way value of a person gives way only to a later one of a person."""
    shared = shared_field(touch)
    if shared is None or before is None or before.author != PERSON or change.get("first_contact"):
        return False
    lost_at = evidence.witness.touches.index(before)
    return evidence.origin(index, shared) < lost_at


def check_absent_is_not_null(evidence: Evidence) -> list[str]:
    """I12: a two-way field is cleared only where a person has cleared its other side."""
    found = []
    for index, touch, _, row in evidence.ours():
        shared = shared_field(touch)
        if shared is None or meaning(shared, touch.after) or row.record_id is None:
            continue
        if evidence.origin(index, shared) == SEEDED:
            found.append(f"I12 cleared though nobody cleared it: {_place(touch)} at step {touch.step}")
    return found


def check_intent_before_send(evidence: Evidence) -> list[str]:
    """DESIGN 5.3: no write request without an outbox row that says so, committed before."""
    return [
        f"intent missing for {sent.system} {row.object} {row.record_id or row.external_key} at step {sent.step}"
        for sent in evidence.witness.sent
        for row in sent.rows
        if row.intent is None or not row.intent.durable
    ]


def check_effective_once(evidence: Evidence) -> list[str]:
    """I2: nothing is created twice, and an action is asked again only while its outcome is not known."""
    return [*_twice_created(evidence), *_twice_asked(evidence)]


def _twice_created(evidence: Evidence) -> list[str]:
    targets = {
        row["external_key"]: row["target"]
        for row in evidence.rows("SELECT external_key, target FROM outbox WHERE kind IN ('create', 'task')")
    }
    made: dict[str, set[str]] = defaultdict(set)
    for touch in evidence.witness.touches:
        made_by_us = touch.author == OURS and touch.field == "Id" and touch.system == "salesforce"
        if made_by_us and not touch.object.endswith("History"):  # the CRM writes its history by itself
            key = _key_at_birth(evidence, touch)
            made[targets.get(key, key)].add(touch.record_id)
    return [f"I2 created {len(ids)} times: {target}" for target, ids in sorted(made.items()) if len(ids) > 1]


def _key_at_birth(evidence: Evidence, born: Touch) -> str:
    line = evidence.by_key.get((born.system, born.object, born.record_id, KEY_FIELD))
    return str(evidence.witness.touches[line[0]].after) if line else f"{born.object} without a key"


def _twice_asked(evidence: Evidence) -> list[str]:
    asked: dict[str, list[Sent]] = defaultdict(list)
    for sent in evidence.witness.sent:
        for row in sent.rows:
            if row.intent is not None:
                asked[row.intent.action_id].append(sent)
    found = []
    for action_id, requests in sorted(asked.items()):
        for earlier, later in pairwise(requests):
            known = earlier.heard and 200 <= earlier.status < 300 and action_id not in earlier.refused
            if known:
                found.append(f"I2 asked again after success: steps {earlier.step} and {later.step}, {earlier.system}")
    return found


def check_audit(evidence: Evidence) -> list[str]:
    """I7: every change of ours has its journal row (or a settled outbox row), and no journal row lies."""
    return [*_without_journal(evidence), *_without_write(evidence)]


def _without_journal(evidence: Evidence) -> list[str]:
    journal = {
        (row["action_id"], row["record_id"], row["field"])
        for row in evidence.rows("SELECT action_id, record_id, field FROM journal")
    }
    settled = {
        row["action_id"]
        for row in evidence.rows(
            "SELECT action_id FROM outbox WHERE state IN (?, ?, ?, ?) AND sent_at IS NOT NULL", *AUDITED_OTHERWISE
        )
    }
    found = []
    for _, touch, _, row in evidence.ours():
        if row.record_id is None and touch.field == KEY_FIELD:
            continue  # the key of a create is kept in its outbox row
        action = row.intent.action_id if row.intent is not None else ""
        if (action, touch.record_id, touch.field) not in journal and action not in settled:
            found.append(f"I7 changed without a journal row: {_place(touch)} at step {touch.step}")
    return found


def _without_write(evidence: Evidence) -> list[str]:
    held: dict[tuple[str, str, str, str], list[Touch]] = defaultdict(list)
    for touch in evidence.witness.touches:
        held[touch.key].append(touch)
    asked = {
        (row.intent.action_id, name)
        for sent in evidence.witness.sent
        for row in sent.rows
        if row.intent is not None
        for name in row.fields
    }
    found = []
    for row in evidence.rows("SELECT action_id, system, object, record_id, field, before, after FROM journal"):
        key = (row["system"], row["object"], row["record_id"], row["field"])
        if (row["action_id"], row["field"]) not in asked:
            found.append(f"I7 journal row without a request: {' '.join(key)}")
        elif row["field"] != TIE and not _stood(held.get(key, []), row):
            found.append(f"I7 journal row for a value that never stood: {' '.join(key)}")
    return found


def _stood(touches: list[Touch], row: dict[str, Any]) -> bool:
    after, before = loaded(row["after"]), loaded(row["before"])
    return same(before, after) or any(same(touch.after, after) for touch in touches)


def check_conflicts_are_between_people(evidence: Evidence) -> list[str]:
    """An echo of ours is not a change: no conflict about a value that we have written ourselves.

    A person's value that we had overtaken and put back is theirs again.
    """
    found, touches = [], evidence.witness.touches
    for row in evidence.conflicts():
        shared = TWO_WAY.get((row["system"], row["object"], row["field"]))
        if row["reason"] != "both sides changed" or shared is None:
            continue
        line = evidence.by_key.get((row["system"], row["object"], row["record_id"], row["field"]), [])
        givers = [touch for index in line if alike(shared, (touch := touches[index]).after, row["theirs"])]
        if givers and givers[-1].author == OURS and not evidence.gave_back(givers[-1]):
            place = " ".join((row["system"], row["object"], row["record_id"], row["field"]))
            found.append(f"I1 our own value was taken for a person's: {place}")
    return found


def check_no_resurrection(evidence: Evidence) -> list[str]:
    """I10: what a person deleted stays deleted, and is not made again under the same key."""
    found = []
    for system, object_name, record_id in evidence.witness.deleted:
        if evidence.truth(system, object_name, record_id) is not None:
            found.append(f"I10 came back: {system} {object_name} {record_id}")
    keys: dict[str, list[str]] = defaultdict(list)
    for record_id, row in evidence.salesforce.org.tables["Lead"].rows.items():
        if row.get("Leadloop_Id__c"):
            keys[str(row["Leadloop_Id__c"])].append(record_id)
    return found + [f"I10 one key on {len(ids)} Leads: {key}" for key, ids in sorted(keys.items()) if len(ids) > 1]


def _place(touch: Touch) -> str:
    return f"{touch.system} {touch.object} {touch.record_id} {touch.field}"
