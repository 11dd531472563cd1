"""The diff of everybody who is unsettled, as one stored plan. It reads, compares and stores; nothing is sent.

What needs no write (adopted, agreed, accepted) is kept chunk by chunk, because it is true whatever becomes of the
plan; the rows to be written are stored as one plan at the end. A crash in between costs nothing: planning is a
function of what is stored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from msgspec import Struct
from msgspec.structs import replace

from connector.decide.diff import Desired
from connector.decide.guards import DEFAULT_LIMIT, MassLimit, guard_sentence, hold_guarded, mass_changes
from connector.decide.plan import CreateWish, Folded, Limits, MembershipWish, fold_person, plan_digest
from connector.model import Value, Wire
from connector.ports.outbox import LinkView, PersonView, PlanDraft, PlannedRow, SettledPair, Settlement, StoredPlan
from connector.sync.writing import Writing

DesiredFields = Callable[[PersonView, LinkView], Mapping[str, Desired]]
"""What the fields of one record should hold: CRM field -> wish."""

Wishes = Callable[[PersonView], Sequence[CreateWish | MembershipWish]]
"""Records that should exist for a person and do not, and where a person's records should be members."""

CHUNK_PEOPLE = 500
CHUNKS_MAX = 100_000


class PlanningRules(Struct, frozen=True):
    """``approval``: first, always or never. ``limit``: when a change is a mass change."""

    approval: str = "first"
    limit: MassLimit = DEFAULT_LIMIT


@dataclass
class Gathered:
    """What the diff of all chunks has come to."""

    rows: list[PlannedRow] = field(default_factory=list)
    first_contact: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    people: int = 0
    conflicts: int = 0


def make_plan(
    writing: Writing, desired: DesiredFields, wishes: Wishes, rules: PlanningRules | None = None
) -> StoredPlan | None:
    """Diff every unsettled person and store the plan; ``None`` when there is nothing to write."""
    gathered = gather(writing, desired, wishes)
    draft = draft_plan(writing, gathered, rules or PlanningRules())
    return writing.outbox.store_plan(writing.company_id, draft, writing.stamp(), writing.ids.key)


def gather(writing: Writing, desired: DesiredFields, wishes: Wishes) -> Gathered:
    """The rows of everybody, chunk by chunk; settled pairs are stored on the way."""
    gathered = Gathered()
    after = 0
    for _ in range(CHUNKS_MAX):
        people = writing.outbox.unsettled(writing.company_id, after, CHUNK_PEOPLE, writing.clock.now())
        if not people:
            break
        after = people[-1].person_id
        _fold_chunk(writing, people, desired, wishes, gathered)
    return gathered


def draft_plan(writing: Writing, gathered: Gathered, rules: PlanningRules) -> PlanDraft:
    """Guards over the whole plan, and whether a person must approve it."""
    linked = writing.outbox.linked_records(writing.company_id)
    tripped = mass_changes(gathered.rows, linked, rules.limit)
    rows = tuple(hold_guarded(gathered.rows, tripped))
    return PlanDraft(
        digest=plan_digest(rows),
        rows=rows,
        needs_approval=_needs_approval(writing, rules, rows),
        guard=guard_sentence(tripped, linked),
        counts=_counts(rows),
        findings=dict(gathered.first_contact),
    )


def _needs_approval(writing: Writing, rules: PlanningRules, rows: Sequence[PlannedRow]) -> bool:
    if rules.approval == "never" or all(row.held_by is not None for row in rows):
        return False
    return rules.approval == "always" or not writing.outbox.first_push_approved(writing.company_id)


def _fold_chunk(
    writing: Writing, people: Sequence[PersonView], desired: DesiredFields, wishes: Wishes, gathered: Gathered
) -> None:
    limits = Limits(writing.levels, writing.clock.now())
    folded = {
        person.person_id: fold_person(
            _connected(writing, person),
            {link.link_id: desired(person, link) for link in person.links},
            [wish for wish in wishes(person) if wish.system in writing.adapters],
            _encoder(writing),
            limits,
        )
        for person in people
    }
    writing.outbox.settle(writing.company_id, _settlement(folded), writing.stamp())
    for one in folded.values():
        gathered.rows.extend(one.rows)
        gathered.first_contact.update(one.first_contact)
        gathered.conflicts += len(one.conflicts)
    gathered.people += len(people)


def _connected(writing: Writing, person: PersonView) -> PersonView:
    """Only records of connected systems can be compared with what would be sent."""
    connected = tuple(link for link in person.links if link.system in writing.adapters)
    return person if len(connected) == len(person.links) else replace(person, links=connected)


def _encoder(writing: Writing) -> Callable[[str, str, str, Value], Wire]:
    def encode(system: str, object_name: str, name: str, value: Value) -> Wire:
        return writing.adapters[system].encode(object_name, name, value)

    return encode


def _settlement(folded: Mapping[int, Folded]) -> Settlement:
    pairs: dict[int, Mapping[str, SettledPair]] = {}
    for one in folded.values():
        pairs |= one.pairs
    return Settlement(
        pairs=pairs,
        settled=[person_id for person_id, one in folded.items() if not one.pending],
        conflicts=[note for one in folded.values() for note in one.conflicts],
        holds=[note for one in folded.values() for note in one.holds],
        assigned=[person_id for person_id, one in folded.items() if one.assigned],
        freed=[key for one in folded.values() for key in one.freed],
        carried_out=[conflict_id for one in folded.values() for conflict_id in one.carried_out],
        outlived=[key for one in folded.values() for key in one.outlived],
    )


def _counts(rows: Sequence[PlannedRow]) -> dict[str, int]:
    counts: Counter[str] = Counter(records=len({row.target for row in rows}))
    counts.update(f"held_by_{row.held_by}" for row in rows if row.held_by is not None)
    counts.update(f"{row.system}:{row.lane.value}" for row in rows)
    return dict(counts)
