"""What sales gives back, and which of our own rules had produced it: the feedback for the definitions.

Every hand-off counts once per entry path, source and kind, and once for each scoring rule that gave it points, so the
rows by rule overlap. Pure over the outcomes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from connector.decide.cycles import Reason
from connector.ports.reporting import HandOffOutcome
from connector.report.shares import share
from connector.report.statistics import TELLING_FROM, Interval, wilson

UNKNOWN = "not known"


@dataclass(frozen=True)
class ReasonTally:
    """One reason: how often, and what became of these people."""

    code: str
    label: str
    kind: str
    given_back: int
    share: float | None
    returned: int
    won: int


@dataclass(frozen=True)
class OriginTally:
    """One path, rule, source or kind: how many hand-offs it made and how many came back from sales."""

    name: str
    hand_offs: int
    given_back: int
    returned: int
    won: int
    main_reason: str | None

    @property
    def share(self) -> float | None:
        """Given back, of the hand-offs."""
        return share(self.given_back, self.hand_offs)

    @property
    def interval(self) -> Interval | None:
        """Where the true share lies with 95 %."""
        return wilson(self.given_back, self.hand_offs)


@dataclass(frozen=True)
class GivenBack:
    """The report's figures. ``origins``: path, rule, source and kind -> rows, the largest share first."""

    company: str
    total: OriginTally
    reasons: tuple[ReasonTally, ...]
    classes: Mapping[str, int]
    origins: Mapping[str, tuple[OriginTally, ...]]

    def as_json(self) -> dict[str, object]:
        """The report's own keys of the document that ``--json`` prints."""
        return {
            "total": _plain(self.total),
            "reasons": [asdict(each) for each in self.reasons],
            "classes": dict(self.classes),
            "origins": {name: [_plain(row) for row in rows] for name, rows in self.origins.items()},
        }

    @property
    def stands_out(self) -> tuple[str, OriginTally] | None:
        """The path, rule or source whose share given back is certainly above everybody's: (by what, row).

        Rows of fewer than ``TELLING_FROM`` hand-offs are no headline.
        """
        overall = self.total.share
        rows = [(by, row) for by, several in self.origins.items() for row in several if row.hand_offs >= TELLING_FROM]
        worse = [
            (by, row)
            for by, row in rows
            if overall is not None and row.interval is not None and row.interval.low > overall
        ]
        return max(worse, key=lambda each: (each[1].share or 0.0, each[1].hand_offs), default=None)


def given_back(
    company: str, outcomes: Iterable[HandOffOutcome], reasons: Mapping[str, Reason], labels: Mapping[str, str]
) -> GivenBack:
    """Count the outcomes."""
    known = list(outcomes)
    back = [each for each in known if each.reason is not None]
    classes = Counter(_kind(reasons, str(each.reason)) for each in back)
    return GivenBack(
        company=company,
        total=_origin("all", known),
        reasons=_reasons(back, reasons, labels),
        classes=dict(sorted(classes.items(), key=lambda entry: (-entry[1], entry[0]))),
        origins={
            "path": _origins(known, lambda each: (each.path or UNKNOWN,)),
            "rule": _origins(known, lambda each: each.rules),
            "source": _origins(known, lambda each: (each.source or UNKNOWN,)),
            "promise": _origins(known, lambda each: (each.promise or UNKNOWN,)),
        },
    )


def _reasons(
    back: Sequence[HandOffOutcome], reasons: Mapping[str, Reason], labels: Mapping[str, str]
) -> tuple[ReasonTally, ...]:
    groups: dict[str, list[HandOffOutcome]] = {}
    for each in back:
        groups.setdefault(str(each.reason), []).append(each)
    tallies = [
        ReasonTally(
            code=code,
            label=labels.get(code, code),
            kind=_kind(reasons, code),
            given_back=len(group),
            share=share(len(group), len(back)),
            returned=sum(each.returned for each in group),
            won=sum(each.won for each in group),
        )
        for code, group in groups.items()
    ]
    return tuple(sorted(tallies, key=lambda each: (-each.given_back, each.code)))


def _origins(
    outcomes: Sequence[HandOffOutcome], names: Callable[[HandOffOutcome], Sequence[str]]
) -> tuple[OriginTally, ...]:
    groups: dict[str, list[HandOffOutcome]] = {}
    for each in outcomes:
        for name in names(each):
            groups.setdefault(name, []).append(each)
    tallies = [_origin(name, group) for name, group in groups.items()]
    return tuple(sorted(tallies, key=lambda each: (-(each.share or 0.0), -each.hand_offs, each.name)))


def _origin(name: str, group: Sequence[HandOffOutcome]) -> OriginTally:
    back = [each for each in group if each.reason is not None]
    counted = Counter(str(each.reason) for each in back)
    main = min(counted, key=lambda code: (-counted[code], code), default=None)
    returned, won = sum(each.returned for each in back), sum(each.won for each in back)
    return OriginTally(name, len(group), len(back), returned, won, main)


def _kind(reasons: Mapping[str, Reason], code: str) -> str:
    return reasons[code].kind if code in reasons else UNKNOWN


def _plain(row: OriginTally) -> dict[str, object]:
    interval = row.interval
    return asdict(row) | {
        "share": row.share,
        "low": interval.low if interval else None,
        "high": interval.high if interval else None,
    }
