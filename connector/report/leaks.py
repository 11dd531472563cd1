"""The leak report: every open cycle for which nobody answers or nothing is going to happen.

What a leak is stands in ``connector.decide.leaks``; here the stored state is put into its words and the result is
split in new ones (the promise is 0) and inherited ones (to be worked off).
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from connector.decide import leaks as decided
from connector.decide.business_hours import Hours
from connector.decide.cycles import WITH_SALES
from connector.decide.nurture import NOBODY
from connector.model import Disposition, Stage
from connector.ports.reporting import OpenCycle
from connector.report.forms import cell

COLUMNS = ("person", "stage", "disposition", "inherited", "codes", "responsible", "next_step_due", "records")

SENTENCES = {
    decided.NO_OWNER: "nobody who is active answers for this person",
    decided.NO_TRACK: "on no track and not with sales",
    decided.NO_NEXT_STEP: "no next step",
    decided.OVERDUE: "the next step is more than two business days overdue",
    decided.NO_CLOCK: "handed off without a follow-up clock",
    decided.UNDECIDED: "rejected, and undecided for more than a business day",
    decided.NOT_EVALUATED: "the cool-down is over and the person was not evaluated again",
}
"""Each code for people."""


@dataclass(frozen=True)
class Leaky:
    """One person with leaks. ``person``: the person key; ``records``: where to find them in the CRMs."""

    person: str
    stage: str
    disposition: str
    codes: tuple[str, ...]
    inherited: bool
    responsible: str
    next_step_due: datetime | None
    records: tuple[str, ...]


@dataclass(frozen=True)
class LeakReport:
    """Leaks of one company. ``new`` and ``inherited`` count people."""

    company: str
    now: datetime
    live_since: datetime | None
    people: tuple[Leaky, ...]

    @property
    def new(self) -> int:
        """People who leaked since the company went live: must be 0."""
        return sum(not one.inherited for one in self.people)

    @property
    def inherited(self) -> int:
        """People who were lost before."""
        return sum(one.inherited for one in self.people)

    def by_code(self, *, inherited: bool) -> dict[str, int]:
        """How many people have each code."""
        counts = Counter(code for one in self.people if one.inherited is inherited for code in one.codes)
        return {code: counts[code] for code in SENTENCES if code in counts}

    def as_json(self) -> dict[str, object]:
        """The document that ``--json`` prints."""
        return {
            "schema": 1,
            "report": "leaks",
            "company": self.company,
            "live_since": self.live_since.isoformat() if self.live_since else None,
            "new": self.new,
            "inherited": self.inherited,
            "new_by_code": self.by_code(inherited=False),
            "inherited_by_code": self.by_code(inherited=True),
            "people": [_plain(one) for one in self.people],
        }

    def as_csv(self) -> str:
        """One line per person; several codes or records are separated by a semicolon."""
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for one in self.people:
            row = _plain(one)
            row |= {name: ";".join(getattr(one, name)) for name in ("codes", "records")}
            writer.writerow({name: cell(value) for name, value in row.items()})
        return text.getvalue()


def leak_report(
    company: str, cycles: Iterable[OpenCycle], hours: Hours, *, now: datetime, live_since: datetime | None
) -> LeakReport:
    """The report; new leaks first. ``live_since``: ``None`` while the company is not live (all is inherited)."""
    people = [one for cycle in cycles if (one := _leaky(cycle, hours, now, live_since)) is not None]
    people.sort(key=lambda one: (one.inherited, -Stage(one.stage).rank, one.person))
    return LeakReport(company, now, live_since, tuple(people))


def is_inherited(cycle: OpenCycle, live_since: datetime | None) -> bool:
    """Whether the cycle is history from before go-live that nothing of ours has moved since."""
    if live_since is None:
        return True
    ours = cycle.handed_off_at is not None and cycle.handed_off_at >= live_since
    return cycle.reconstructed and cycle.disposition_at < live_since and not ours


def responsible(cycle: OpenCycle) -> str:
    """Who answers: ``person``, ``queue``, ``inactive``, ``team`` or ``nobody``. What sales holds is its owner's."""
    owner = "person" if cycle.owner == "active" else cycle.owner
    if Disposition(cycle.disposition) in WITH_SALES or owner == "person":
        return owner or "nobody"
    team = "team" if cycle.accountable and cycle.accountable != NOBODY else ""
    return team or owner or "nobody"


def _leaky(cycle: OpenCycle, hours: Hours, now: datetime, live_since: datetime | None) -> Leaky | None:
    found = decided.leaks(_facts(cycle, live_since), hours, now)
    if not found:
        return None
    return Leaky(
        person=cycle.person_key,
        stage=cycle.stage,
        disposition=cycle.disposition,
        codes=tuple(leak.code for leak in found),
        inherited=found[0].inherited,
        responsible=responsible(cycle),
        next_step_due=cycle.next_step_due,
        records=cycle.records,
    )


def _facts(cycle: OpenCycle, live_since: datetime | None) -> decided.LeakFacts:
    disposition = Disposition(cycle.disposition)
    return decided.LeakFacts(
        stage=Stage(cycle.stage),
        disposition=disposition,
        cycle_open=True,
        responsible=responsible(cycle),
        queue_since=cycle.owner_since,
        track=cycle.track,
        next_step=cycle.next_step,
        next_step_due=cycle.next_step_due,
        handed_off=cycle.handed_off_at is not None and disposition in WITH_SALES,
        has_clock=cycle.has_clock,
        disposition_at=cycle.disposition_at,
        recycle_until=cycle.recycle_until,
        in_scope=cycle.in_scope,
        inherited=is_inherited(cycle, live_since),
    )


def _plain(one: Leaky) -> dict[str, Any]:
    return asdict(one) | {"next_step_due": one.next_step_due.isoformat() if one.next_step_due else None}
