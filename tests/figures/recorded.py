"""What was recorded of one company, as plain rows: the product's event tables and both systems' dumps.

Nothing of the product is imported: what is counted from these rows is counted a second time, independently.
"""

from __future__ import annotations

import json
import sqlite3
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")
LADDER = ("name", "suspect", "lead", "qualified_lead", "prospect", "customer")
MINUTE = 60_000_000
DOCUMENTS = ("reasons", "path", "extra", "returned_at")

Row = dict[str, Any]


@dataclass(frozen=True)
class Recorded:
    """The rows of company 1 in the store of ``folder``, at ``now``. Times are integer microseconds."""

    folder: Path
    dumps: Mapping[str, Any]
    now: datetime

    def rows(self, table: str, order: str = "1") -> list[dict[str, Any]]:
        """A whole table of the company."""
        connection = sqlite3.connect(f"file:{self.folder / 'leadloop.db'}?mode=ro", uri=True)
        connection.row_factory = sqlite3.Row
        try:
            found = connection.execute(f"SELECT * FROM {table} WHERE company = 1 ORDER BY {order}")
            return [_plain(dict(row)) for row in found]
        finally:
            connection.close()

    @property
    def now_micros(self) -> int:
        return micros(self.now)

    @cached_property
    def people(self) -> dict[int, dict[str, Any]]:
        """People who are not part of another one, by id."""
        return {row["person_id"]: row for row in self.rows("person") if row["merged_into"] is None}

    @cached_property
    def links(self) -> list[dict[str, Any]]:
        return self.rows("link")

    @cached_property
    def living(self) -> set[int]:
        """People with a record that is still there, looked up in the systems' dumps."""
        return {link["person_id"] for link in self.links if self.record(link) is not None} & self.people.keys()

    def record(self, link: Row, *, converted: bool = False) -> Mapping[str, Any] | None:
        """The record of a link as its system holds it now; ``None`` when it is deleted, merged or ``converted``."""
        rows = self.dumps[link["system"]]["records"].get(link["object"], {})
        found = rows.get(link["record_id"])
        if found is None or _true(found.get("IsDeleted")) or _true(found.get("archived")):
            return None
        return None if _true(found.get("IsConverted")) and not converted else found

    @cached_property
    def cycles(self) -> list[dict[str, Any]]:
        return self.rows("cycle")

    @cached_property
    def clocks(self) -> dict[int, dict[str, Any]]:
        return {row["assignment_id"]: row for row in self.rows("follow_up")}

    @cached_property
    def promised(self) -> list[dict[str, Any]]:
        """Hand-offs, returns and what a colleague took over, with clock, cycle and person, oldest first."""
        cycles = {row["cycle_id"]: row for row in self.cycles}
        kinds = ("hand_off", "return", "reassign")
        found = [row for row in self.rows("assignment", "at, assignment_id") if row["kind"] in kinds]
        return [
            {
                **row,
                "clock": self.clocks.get(row["assignment_id"], {}),
                "cycle": cycles.get(row["cycle_id"], {}),
                "person": self.people[row["person_id"]],
            }
            for row in found
        ]

    @cached_property
    def given(self) -> list[dict[str, Any]]:
        """What gave a person to sales: hand-offs and returns."""
        return [row for row in self.promised if row["kind"] != "reassign"]

    @cached_property
    def names(self) -> dict[int, str]:
        """How the roster calls a colleague, by the product's user id; found by their id in Salesforce."""
        members = {member.get("salesforce_user_id"): member["name"] for member in self.team}
        return {
            row["user_id"]: members.get(row["owner_id"], row["name"])
            for row in self.rows("crm_user")
            if row["system"] == "salesforce"
        }

    @cached_property
    def team(self) -> list[dict[str, Any]]:
        return self._file("team.toml")["members"]

    @cached_property
    def sources(self) -> dict[str, Any]:
        return self._file("sources.toml")

    def _file(self, name: str) -> dict[str, Any]:
        return tomllib.loads((self.folder / "mappings" / "demo" / name).read_text(encoding="utf-8"))


def micros(moment: datetime) -> int:
    return round((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) * 1_000_000


def moment_of(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1_000_000, UTC)


def working_minutes(start: int, end: int) -> int:
    """Minutes from nine to five, Monday to Friday, in New York: the clock is watched minute by minute."""
    at, counted = moment_of(start), 0
    while at + timedelta(minutes=1) <= moment_of(end):
        local = at.astimezone(NEW_YORK)
        counted += local.weekday() < 5 and 9 <= local.hour < 17
        at += timedelta(minutes=1)
    return counted


def middle(values: list[int], hundredths: int = 50) -> int | None:
    """The smallest value that so many hundredths do not exceed."""
    return min((v for v in values if sum(w <= v for w in values) * 100 >= hundredths * len(values)), default=None)


def part(some: int, of: int) -> float | None:
    return round(some / of, 4) if of else None


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    read = {name: json.loads(row[name]) for name in DOCUMENTS if isinstance(row.get(name), str)}
    return row | read


def _true(value: object) -> bool:
    return value is True or (isinstance(value, str) and value.lower() == "true")
