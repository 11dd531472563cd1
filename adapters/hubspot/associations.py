"""Which records hang together, read for many records at once.

Decides the order: a primary association comes first (by its label, never by its place in the answer). Must
not know what an association means.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from adapters.hubspot.client import HubSpotClient
from adapters.hubspot.objects import ASSOCIATION_SIZE_MAX
from connector.errors import RetryLater, SchemaDrift
from connector.model import RawRecord, RowWrite
from connector.ports.associations import tied_object

_BY_HUBSPOT = "HUBSPOT_DEFINED"
_NONE_FOUND = "crm.associations.NO_ASSOCIATIONS_FOUND"
_EMPTY = frozenset({_NONE_FOUND, "OBJECT_NOT_FOUND"})
_PRIMARY_TYPE_IDS = frozenset({1, 5, 578})  # contract sheet 2.11: primary company, of a contact and of a deal


def with_associations(
    client: HubSpotClient, records: Sequence[RawRecord], targets: Sequence[str]
) -> tuple[RawRecord, ...]:
    """The records with the ids of their associated records, per target object."""
    if not records or not targets:
        return tuple(records)
    origin, ids = records[0].ref.object, [record.ref.record_id for record in records]
    found = {target: associated(client, origin, target, ids) for target in targets}
    return tuple(
        replace(
            record,
            associations={target: found[target].get(record.ref.record_id, ()) for target in targets},
        )
        for record in records
    )


def with_listed(
    client: HubSpotClient,
    records: Sequence[RawRecord],
    rows: Sequence[Mapping[str, Any]],
    targets: Sequence[str],
) -> tuple[RawRecord, ...]:
    """The records with what a list answered beside them; only what did not fit there is asked for again."""
    if not targets:
        return tuple(records)
    cut = [record for record, row in zip(records, rows, strict=True) if _is_cut(row)]
    whole = {record.ref: record for record in with_associations(client, cut, targets)}
    return tuple(
        whole.get(record.ref) or replace(record, associations={name: _inline(row, name) for name in targets})
        for record, row in zip(records, rows, strict=True)
    )


def _is_cut(row: Mapping[str, Any]) -> bool:
    """Whether a list's answer is incomplete, or holds several ids: it does not show which one is primary."""
    blocks = (row.get("associations") or {}).values()
    return any(block.get("paging") or len(_ids(block)) > 1 for block in blocks)


def _ids(block: Mapping[str, Any]) -> list[str]:
    return list(dict.fromkeys(str(tie["id"]) for tie in block.get("results", ())))


def _inline(row: Mapping[str, Any], target: str) -> tuple[str, ...]:
    return tuple(_ids((row.get("associations") or {}).get(target) or {}))


def associated(
    client: HubSpotClient, origin: str, target: str, record_ids: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """Record id -> ids of the associated records; a record without any is missing."""
    found: dict[str, list[tuple[bool, str]]] = {}
    for start in range(0, len(record_ids), ASSOCIATION_SIZE_MAX):
        inputs: list[dict[str, str]] = [{"id": item} for item in record_ids[start : start + ASSOCIATION_SIZE_MAX]]
        while inputs:
            inputs = _page(client, (origin, target), inputs, found)
    return {record_id: _ordered(ties) for record_id, ties in found.items()}


def is_tied(row: RowWrite) -> bool:
    """Whether a new record is associated with another one as it is made."""
    return any(tied_object(name) is not None for name in row.fields)


def untied(fields: Sequence[str]) -> tuple[str, ...]:
    """The record's own properties among the fields."""
    return tuple(name for name in fields if tied_object(name) is None)


@dataclass
class Ties:
    """Associations as fields of a record (``connector.ports.associations``), and how a new record gets them.

    ``types``: (from, to) -> the type id of a plain association, as far as it was asked: the ids that are known from
    memory are unconfirmed (contract sheet 2.11), so the portal is asked.
    """

    client: HubSpotClient
    types: dict[tuple[str, str], int] = field(default_factory=dict)

    def of(self, row: RowWrite) -> list[dict[str, Any]]:
        """The associations of a create, from its fields."""
        return [
            {
                "to": {"id": str(value)},
                "types": [
                    {
                        "associationCategory": _BY_HUBSPOT,
                        "associationTypeId": self._type(row.object, target),
                    }
                ],
            }
            for name, value in sorted(row.fields.items())
            if (target := tied_object(name)) is not None and value
        ]

    def told(self, records: Mapping[str, RawRecord], asked: Sequence[str]) -> dict[str, RawRecord]:
        """The records with the ids of what they are associated with, where that was asked for."""
        targets = {name: target for name in asked if (target := tied_object(name)) is not None}
        if not targets or not records:
            return dict(records)
        origin = next(iter(records.values())).ref.object
        found = {name: associated(self.client, origin, target, list(records)) for name, target in targets.items()}
        return {
            key: replace(item, fields={**item.fields, **{name: ";".join(found[name].get(key, ())) for name in targets}})
            for key, item in records.items()
        }

    def _type(self, origin: str, target: str) -> int:
        pair = (origin, target)
        if pair not in self.types:
            answer = self.client.get(self.client.paths.association_labels(*pair))
            kinds = [kind for kind in answer.get("results", ()) if kind.get("category") == _BY_HUBSPOT]
            plain = [kind for kind in kinds if kind.get("label") is None] or kinds
            if not plain:
                raise SchemaDrift(f"{origin} cannot be associated with {target}", where=self.client.where)
            self.types[pair] = int(plain[0]["typeId"])
        return self.types[pair]


def _page(
    client: HubSpotClient,
    pair: tuple[str, str],
    inputs: Sequence[Mapping[str, str]],
    found: dict[str, list[tuple[bool, str]]],
) -> list[dict[str, str]]:
    """Adds one answer; gives the inputs that have more."""
    answer = client.post_read(client.paths.associations(*pair), {"inputs": list(inputs)})
    _check(client, answer)
    more = []
    for row in answer.get("results", ()):
        record_id = str(row["from"]["id"])
        found.setdefault(record_id, []).extend(_ties(row))
        after = ((row.get("paging") or {}).get("next") or {}).get("after")
        if after is not None:
            more.append({"id": record_id, "after": str(after)})
    return more


def _ties(row: Mapping[str, Any]) -> Iterator[tuple[bool, str]]:
    for tie in row.get("to", ()):
        yield _is_primary(tie), str(tie["toObjectId"])  # a number on the wire (contract sheet 2.1)


def _is_primary(tie: Mapping[str, Any]) -> bool:
    types = tie.get("associationTypes") or ()
    return any(kind.get("label") == "Primary" or kind.get("typeId") in _PRIMARY_TYPE_IDS for kind in types)


def _ordered(ties: Sequence[tuple[bool, str]]) -> tuple[str, ...]:
    ordered = sorted(set(ties), key=lambda tie: (not tie[0], len(tie[1]), tie[1]))
    return tuple(dict.fromkeys(record_id for _, record_id in ordered))


def _check(client: HubSpotClient, answer: Mapping[str, Any]) -> None:
    """A 207 for records without associations is an empty answer (contract sheet 2.11); others are errors."""
    for error in answer.get("errors", ()):
        if error.get("subCategory") not in _EMPTY and error.get("category") not in _EMPTY:
            raise RetryLater("HubSpot answered associations only in part", where=client.where)
