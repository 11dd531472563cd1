"""The funnel report: where people stand, how many went on from step to step, and whether promises were kept.

Pure shaping of counts that the store gave; decides order, shares and the forms for programs (JSON, CSV).
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from connector.decide.followup import BROKEN, ENDED, KEPT, RUNNING, UNKNOWN, WAITING
from connector.model import Disposition, Stage
from connector.ports.reporting import Clock, FunnelFacts, PathCount
from connector.report.forms import cell
from connector.report.shares import percentile, share

Minutes = Callable[[int | None, datetime, datetime], int]
"""Minutes of an owner (user id) from one moment to another, by whatever clock the caller counts in."""

MOMENTS = (
    ("mql", "qualified"),
    ("handed_off", "handed_off"),
    ("sal", "accepted"),
    ("sql", "sales_qualified"),
)
"""The report's word for each moment of a cycle (PLAYBOOK 4)."""

CLOCK_STATES = (KEPT, BROKEN, RUNNING, UNKNOWN, WAITING, ENDED)
COLUMNS = ("part", "name", "value", "share")


@dataclass(frozen=True)
class Step:
    """One step of the path. ``conversion``: the share of the step before that also reached this one."""

    name: str
    reached: int
    conversion: float | None


@dataclass(frozen=True)
class PromiseTally:
    """The clocks of one promise by state, with the minutes from the confirmed assignment to the first touch.

    ``touched``: clocks that the minutes come from.
    """

    promise: str
    kept: int = 0
    broken: int = 0
    running: int = 0
    unknown: int = 0
    waiting: int = 0
    ended: int = 0
    touched: int = 0
    median_minutes: int | None = None
    p90_minutes: int | None = None


@dataclass(frozen=True)
class Funnel:
    """The report. ``people``: everybody counted in ``stages`` and ``set_aside``; ``gone`` have no record any more."""

    company: str
    since: datetime | None
    until: datetime | None
    people: int
    stages: Mapping[str, int]
    set_aside: Mapping[str, int]
    gone: int
    path: tuple[Step, ...]
    sales_origin: int
    dispositions: Mapping[str, int]
    grades: Mapping[str, int]
    moments: Mapping[str, int]
    hand_offs: Mapping[str, int]
    recycled: Mapping[str, int]
    promises: tuple[PromiseTally, ...]
    follow_up: PromiseTally

    def share_at(self, count: int) -> float | None:
        """How many of those who stand at some stage; who is set aside stands at none."""
        return share(count, sum(self.stages.values()))

    def as_json(self) -> dict[str, object]:
        """The document that ``--json`` prints. Shares are 0 to 1; ``null`` where there is nothing to divide by."""
        ends = {name: at.isoformat() if at else None for name, at in (("since", self.since), ("until", self.until))}
        plain = asdict(self) | ends
        handed_off = {"total": sum(self.hand_offs.values()), "by_promise": dict(self.hand_offs)}
        return {"schema": 1, "report": "funnel", **plain, "hand_offs": handed_off}

    def as_csv(self) -> str:
        """One line per number: part, name, value, share."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        for part, name, value, part_share in self.lines():
            writer.writerow(
                (part, cell(name), "" if value is None else value, "" if part_share is None else part_share)
            )
        return text.getvalue()

    def lines(self) -> Iterable[tuple[str, str, int | None, float | None]]:
        """Every number of the report with its part, name and share (of all at a stage, or of the step before)."""
        yield "people", "all", self.people, None
        for stage, count in self.stages.items():
            yield "stage", stage, count, self.share_at(count)
        yield "gone", "all", self.gone, None
        for step in self.path:
            yield "path", step.name, step.reached, step.conversion
        yield "path_left_out", "sales_origin", self.sales_origin, None
        for part, counts in self._counts():
            yield from ((part, name, count, None) for name, count in counts.items())
        for tally in self.promises:
            for name, value in asdict(tally).items():
                if name != "promise":
                    yield "follow_up", f"{tally.promise}:{name}", value, None

    def _counts(self) -> Iterable[tuple[str, Mapping[str, int]]]:
        yield "set_aside", self.set_aside
        yield "disposition", self.dispositions
        yield "grade", self.grades
        yield "moment", self.moments
        yield "hand_off", self.hand_offs
        yield "recycled", self.recycled


def funnel(company: str, facts: FunnelFacts, minutes: Minutes | None = None) -> Funnel:
    """The report from the counts. ``minutes`` measures the time to the first touch (default: as it passes)."""
    stages = _ordered(facts.stages, [stage.value for stage in Stage], fill=True)
    tallies = _tallies(facts.clocks, minutes or elapsed_minutes)
    return Funnel(
        company=company,
        since=facts.since,
        until=facts.until,
        people=sum(stages.values()) + sum(facts.set_aside.values()),
        stages=stages,
        set_aside=_largest_first(facts.set_aside),
        gone=facts.gone,
        path=_path(facts.path),
        sales_origin=facts.sales_origin,
        dispositions=_ordered(facts.dispositions, [one.value for one in Disposition]),
        grades=_ordered(facts.grades, sorted({*"ABCD", *facts.grades}), fill=True),
        moments={word: facts.moments.get(moment, 0) for word, moment in MOMENTS},
        hand_offs=_largest_first(facts.hand_offs),
        recycled=_largest_first(facts.recycled),
        promises=tallies,
        follow_up=_tally("all", facts.clocks, minutes or elapsed_minutes),
    )


def elapsed_minutes(owner_id: int | None, start: datetime, end: datetime) -> int:
    """Whole minutes that passed, whoever the owner is; 0 when ``end`` is not later."""
    return max(0, int((end - start).total_seconds()) // 60)


def _path(counts: Iterable[PathCount]) -> tuple[Step, ...]:
    steps: list[Step] = []
    for count in counts:
        conversion = share(count.with_previous, steps[-1].reached) if steps else None
        steps.append(Step(count.step, count.reached, conversion))
    return tuple(steps)


def _tallies(clocks: Iterable[Clock], minutes: Minutes) -> tuple[PromiseTally, ...]:
    by_promise: dict[str, list[Clock]] = {}
    for clock in clocks:
        by_promise.setdefault(clock.promise, []).append(clock)
    return tuple(_tally(promise, by_promise[promise], minutes) for promise in sorted(by_promise))


def _tally(promise: str, clocks: Iterable[Clock], minutes: Minutes) -> PromiseTally:
    clocks = list(clocks)
    states = Counter(clock.state for clock in clocks)
    measured = [
        minutes(clock.owner_id, clock.started_at, clock.touched_at)
        for clock in clocks
        if clock.started_at and clock.touched_at
    ]
    return PromiseTally(
        promise,
        **{state: states[state] for state in CLOCK_STATES},
        touched=len(measured),
        median_minutes=percentile(measured, 50),
        p90_minutes=percentile(measured, 90),
    )


def _ordered(counts: Mapping[str, int], order: Iterable[str], *, fill: bool = False) -> dict[str, int]:
    known = list(order)
    first = {name: counts.get(name, 0) for name in known if fill or name in counts}
    return first | {name: counts[name] for name in sorted(counts) if name not in known}


def _largest_first(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])))
