"""Which app we are in HubSpot's histories: from the options, else learned from our own writes.

A token does not tell its app's id. A history entry that holds exactly the value we wrote, with the stamp the
write was answered with, was made by us. Decides nothing else.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from adapters.hubspot.records import moment
from connector.model import FieldWriter

_REMEMBERED_MAX = 500
_SOURCE = "INTEGRATION"
_TOLERANCE = timedelta(seconds=1)  # the answer's stamp and the entry's need not be the same instant


class Ourselves:
    """``app_id`` may be known beforehand (option ``app_id``)."""

    def __init__(self, app_id: str | None) -> None:
        self._app_id = app_id
        self._written: OrderedDict[tuple[str, str], Mapping[str, Any]] = OrderedDict()

    def remember(self, object_name: str, results: Iterable[Mapping[str, Any]]) -> None:
        """Rows that a write of ours was answered with; the latest few are enough."""
        if self._app_id is not None:
            return
        for result in results:
            self._written[object_name, str(result.get("id"))] = result
        while len(self._written) > _REMEMBERED_MAX:
            self._written.popitem(last=False)

    def learn(self, object_name: str, writers: Mapping[str, Iterable[FieldWriter]]) -> None:
        """Look for an entry that can only be ours."""
        if self._app_id is not None:
            return
        for record_id, entries in writers.items():
            written = self._written.get((object_name, record_id))
            if written is not None:
                self._app_id = next((entry.actor for entry in entries if _is_ours(entry, written)), None)
            if self._app_id is not None:
                self._written.clear()
                return

    def is_ours(self, actor: str) -> bool:
        """Whether this actor is our app; false as long as we do not know."""
        return self._app_id is not None and actor == self._app_id


def _is_ours(entry: FieldWriter, written: Mapping[str, Any]) -> bool:
    properties = written.get("properties") or {}
    stamp = written.get("updatedAt")
    same = entry.source == _SOURCE and stamp is not None and abs(moment(str(stamp)) - entry.at) <= _TOLERANCE
    return bool(same and entry.actor and properties.get(entry.field) == entry.value)
