"""What reading the CRMs is handed: the part of a run that pulls need. It must not know the rules of a decision."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from msgspec import Struct

from connector.ports.adapter import Adapter
from connector.rules.mapping import Mapping as FieldsMapping


class Reading(Struct, frozen=True, kw_only=True):
    """Company, moment, CRMs and the mapping. ``note`` takes one line of progress (stderr).

    ``environment``: production or sandbox.
    """

    company_id: int
    company: str
    now: datetime
    adapters: Mapping[str, Adapter]
    mapping: FieldsMapping
    note: Callable[[str], None]
    environment: str = "production"
