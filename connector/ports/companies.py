"""Companies and their runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

from msgspec import Struct


class CompanyState(Struct, frozen=True):
    """What is stored of a company beside its configuration."""

    company_id: int
    name: str
    live_since: datetime | None
    paused_at: datetime | None
    first_push_approved_at: datetime | None


class RunRecord(Struct, frozen=True):
    """One run as it is stored."""

    run_id: int
    kind: str
    status: str
    started_at: datetime
    ended_at: datetime | None
    counts: Mapping[str, Any]


class CompanyStore(Protocol):
    """Companies, their runs and the rules they were decided by."""

    def company(self, name: str) -> CompanyState:
        """The company, created at its first mention."""

    def lease(self, state: CompanyState) -> AbstractContextManager[None]:
        """Hold the company for writing; ``Busy`` when another process does."""

    def set_live(self, company: int, since: datetime | None) -> None:
        """Store ``live_since``."""

    def set_paused(self, company: int, at: datetime | None) -> None:
        """Stop or go on pushing."""

    def approve_first_push(self, company: int, at: datetime) -> None:
        """A person has approved a plan once."""

    def start_run(self, company: int, kind: str, at: datetime, digests: Mapping[str, Mapping[str, Any]]) -> int:
        """A new run; ``digests`` are kind -> {digest, body} of the rules it is decided by, kept for ever."""

    def end_run(self, company: int, run_id: int, at: datetime, status: str, counts: Mapping[str, Any]) -> None:
        """The run is over."""

    def last_start(self, company: int, kind: str, statuses: Sequence[str]) -> datetime | None:
        """When the latest run of this kind that came to one of these ends began."""

    def first_start(self, company: int, kind: str) -> datetime | None:
        """When the first run of this kind began."""

    def runs(self, company: int, limit: int = 20) -> list[RunRecord]:
        """The latest runs, newest first."""
