"""What waits for a person's decision, and the decision itself. Reads and writes the store only: no CRM is asked.

The decision is carried out by the next plan, under the same levels, guards and approval as every other write.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from connector.app import App
from connector.decide.disputes import Dispute, Refused, dispute_of
from connector.decide.disputes import take as take_side
from connector.errors import BadConfiguration
from connector.ports.conflicts import Asked, Taking
from connector.report.conflict_list import FIRST_CONTACT, IDENTITY, ConflictList, cause_of, conflict_list
from connector.report.story import find
from connector.rules.toml import nearest


class Chosen(Struct, frozen=True):
    """Which conflicts a person means; ``None``: whatever. ``settled``: those that are over as well."""

    person: str | None = None
    ids: tuple[int, ...] = ()
    field: str | None = None
    cause: str | None = None
    settled: bool = False


class Taken(Struct, frozen=True):
    """What became of a decision: ids by what happened, and a sentence for each that was refused."""

    company: str
    side: str
    taken: tuple[int, ...]
    already: tuple[int, ...]
    refused: tuple[tuple[int, str], ...]


def conflicts(app: App, company: str, chosen: Chosen) -> ConflictList:
    """The conflicts of a company that are meant."""
    app.prepare()
    company_id, person_id = _whose(app, company, chosen)
    disputes = _disputes(app, company, person_id, chosen)
    by_record = not chosen.ids and chosen.field is None
    unclear = app.conflicts.unclear(company_id, person_id) if by_record and chosen.cause in (None, IDENTITY) else []
    counted = by_record and chosen.person is None and chosen.cause in (None, FIRST_CONTACT)
    findings = app.stores.findings.open_findings(company_id) if counted else []
    return conflict_list(company, disputes, unclear, [each for each in findings if each.code == FIRST_CONTACT])


def take(app: App, company: str, chosen: Chosen, side: str, by: str) -> Taken:
    """A person decides: the values of ``side`` (a system or a record id) count in the conflicts that are meant."""
    app.prepare()
    with app.companies.lease(app.state(company)):
        _, person_id = _whose(app, company, chosen)
        disputes = _disputes(app, company, person_id, chosen, settled=bool(chosen.ids))
        now = app.world.clock.now()
        found = {each.conflict.conflict_id: take_side(each, side, by, now) for each in disputes}
        takings, refused = _without_rivals(company, found)
        app.conflicts.take(app.state(company).company_id, takings)
    already = tuple(conflict_id for conflict_id, verdict in found.items() if verdict is None)
    return Taken(company, side, tuple(each.conflict_id for each in takings), already, tuple(refused))


def keep_apart(app: App, company: str, person: str, by: str) -> bool:
    """A person says that this is somebody of their own; ``False``: that was clear."""
    app.prepare()
    state = app.state(company)
    with app.companies.lease(state):
        person_id = find(app.reporting, state.company_id, company, person)
        return app.conflicts.keep_apart(state.company_id, person_id, by, app.world.clock.now())


def _whose(app: App, company: str, chosen: Chosen) -> tuple[int, int | None]:
    company_id = app.state(company).company_id
    return company_id, None if chosen.person is None else find(app.reporting, company_id, company, chosen.person)


def _disputes(
    app: App, company: str, person_id: int | None, chosen: Chosen, *, settled: bool = False
) -> list[Dispute]:  # fmt: skip
    company_id, mapping = app.state(company).company_id, app.loaded(company).mapping
    ids = frozenset(chosen.ids) if chosen.ids else None
    kept = app.conflicts.conflicts(company_id, Asked(person_id, ids, settled or chosen.settled or ids is not None))
    _require(company, chosen.ids, {each.conflict_id for each in kept})
    people = app.conflicts.people(company_id, [each.person_id for each in kept])
    found = [dispute_of(each, people[each.person_id], mapping) for each in kept]
    known = {*mapping.canonical, *(each.field for one in mapping.of_kind("person") for each in one.fields)}
    if chosen.field is not None and chosen.field not in known:
        raise BadConfiguration(
            "is not a field of fields.toml", where=f"--field {chosen.field}", remedy=nearest(chosen.field, known)
        )
    return [each for each in found if _is_meant(each, chosen)]


def _is_meant(dispute: Dispute, chosen: Chosen) -> bool:
    return chosen.field in (None, dispute.name, dispute.conflict.field) and chosen.cause in (None, cause_of(dispute))


def _require(company: str, ids: Iterable[int], known: set[int]) -> None:
    missing = sorted(set(ids) - known)
    if missing:
        numbers = ", ".join(map(str, missing))
        raise BadConfiguration(
            f"there is no conflict {numbers}", where=company, remedy=f"leadloop conflicts {company} lists them"
        )


def _without_rivals(
    company: str, found: dict[int, Taking | Refused | None]
) -> tuple[list[Taking], list[tuple[int, str]]]:  # fmt: skip
    """Two records of one system can hold different values of one field: neither is taken by naming the system."""
    takings = [each for each in found.values() if isinstance(each, Taking)]
    values: dict[tuple[int, str], list[object]] = {}
    for each in takings:
        values.setdefault((each.person_id, each.name), []).append(each.value)
    rivals = {key for key, held in values.items() if any(value != held[0] for value in held)}
    refused = [(number, _sentence(company, each)) for number, each in found.items() if isinstance(each, Refused)]
    for each in takings:
        if (each.person_id, each.name) in rivals:
            why = Refused(
                f"conflict {each.conflict_id} is about one of several values there", "decide these one by one with --id"
            )
            refused.append((each.conflict_id, _sentence(company, why)))
    return _kept(takings, rivals), sorted(refused)


def _kept(takings: Sequence[Taking], rivals: set[tuple[int, str]]) -> list[Taking]:
    return [each for each in takings if (each.person_id, each.name) not in rivals]


def _sentence(company: str, why: Refused) -> str:
    return BadConfiguration(why.what, where=company, remedy=why.remedy).sentence()
