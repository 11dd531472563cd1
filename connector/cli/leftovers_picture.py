"""Conflicts and refused records for people. Decides layout only; nothing is read as markup."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from connector.report.conflict_list import WHAT, cause_of
from connector.report.error_list import next_try
from connector.report.sentences import shown

if TYPE_CHECKING:
    from connector.decide.disputes import Dispute, Side
    from connector.ports.conflicts import UnclearPerson
    from connector.ports.rejects import KeptReject
    from connector.report.conflict_list import Cause, ConflictList
    from connector.report.error_list import ErrorList

SHOWN_MAX = 50
RECORDS_SHOWN_MAX = 10
WIDTH_MAX = 120


def draw_conflicts(found: ConflictList, console: Console, zone: tzinfo) -> None:
    """Cause by cause, each with its remedy, then the conflicts of it."""
    console.width = min(console.width, WIDTH_MAX)
    left = SHOWN_MAX
    for cause in found.causes:
        _draw_cause(cause, console, zone)
        lines = [*_disputes(found, cause.cause, zone), *_unclear(found, cause.cause, zone)]
        for line in lines[:left]:
            console.print(Padding(line, (0, 0, 0, 2), expand=False))
        if len(lines) > left:
            console.print(Padding(Text(f"... and {len(lines) - left} more (--json shows all)", "dim"), (0, 0, 0, 2)))
        left = max(left - len(lines), 0)
    for dispute in found.disputes:
        if dispute.conflict.state != "open":
            console.print(Padding(_dispute(dispute, zone), (0, 0, 0, 2), expand=False))
    waits = f"{found.open} conflicts wait for a person" if found.open else "no conflict waits for a person"
    console.print(Text(f"{found.company}: {waits}", "bold"), soft_wrap=True)


def _draw_cause(cause: Cause, console: Console, zone: tzinfo) -> None:
    since = f", the oldest since {_moment(cause.oldest, zone)}" if cause.oldest is not None else ""
    where = f" {cause.field}:" if cause.field else ""
    console.print(Text.assemble((cause.cause, "bold"), f"{where} {cause.count}: {WHAT[cause.cause]}{since}"))
    console.print(Padding(Text(f"what to do: {cause.remedy}", "italic"), (0, 0, 0, 2), expand=False))


def _disputes(found: ConflictList, cause: str, zone: tzinfo) -> list[Text]:
    mine = (each for each in found.disputes if cause_of(each) == cause and each.conflict.state == "open")
    return [_dispute(each, zone) for each in mine]


def _dispute(dispute: Dispute, zone: tzinfo) -> Text:
    conflict = dispute.conflict
    who = dispute.person.row["email"] or dispute.person.row["person_key"]
    sides = "; ".join(_side(each, dispute) for each in dispute.sides)
    return Text.assemble(
        (f"{conflict.conflict_id}", "cyan"), f"  {who}  {dispute.name}: {sides}; since {_moment(conflict.at, zone)}",
        _standing(dispute, zone),
    )  # fmt: skip


def _side(side: Side, dispute: Dispute) -> str:
    counts = " (counts)" if side == (dispute.taken or dispute.counts) else ""
    return f"{side.system} {side.object} {side.record_id} {shown(side.value)}{counts}"


def _standing(dispute: Dispute, zone: tzinfo) -> str:
    conflict = dispute.conflict
    taken = ""
    if conflict.taken_at is not None:
        whose = dispute.taken.system if dispute.taken is not None else "a side"
        taken = f"; {conflict.taken_by} took {whose} {_moment(conflict.taken_at, zone)}"
    ended = {"taken": ", to be written", "settled": f"; settled: {conflict.settled_by}"}.get(conflict.state, "")
    return taken + ended


def _unclear(found: ConflictList, cause: str, zone: tzinfo) -> list[Text]:
    return [_person(each, zone) for each in found.unclear] if cause == "identity" else []


def _person(person: UnclearPerson, zone: tzinfo) -> Text:
    records = ", ".join(" ".join(record) for record in person.records)
    others = f"; perhaps {', '.join(person.others)}" if person.others else ""
    who = person.email or person.person_key
    return Text(f"{who}  {person.why}: {records}{others}; since {_moment(person.since, zone)}")


def draw_errors(found: ErrorList, console: Console, zone: tzinfo) -> None:
    """Cause by cause, each with its remedy and some of its records."""
    console.width = min(console.width, WIDTH_MAX)
    for cause in found.causes:
        where = f"{cause.system} {cause.object}" + (f" {cause.field}" if cause.field != "*" else "")
        what = "refused" if cause.direction == "out" else "not readable"
        when = f"{_moment(cause.oldest, zone)} to {_moment(cause.newest, zone)}"
        console.print(Text.assemble((cause.code, "bold"), f" {where} {what}: {len(cause.rejects)} times, {when}"))
        console.print(Padding(Text(f"what to do: {cause.remedy}", "italic"), (0, 0, 0, 2), expand=False))
        for reject in cause.rejects[:RECORDS_SHOWN_MAX]:
            console.print(Padding(Text(_reject(reject, zone)), (0, 0, 0, 2), expand=False))
        if len(cause.rejects) > RECORDS_SHOWN_MAX:
            more = f"... and {len(cause.rejects) - RECORDS_SHOWN_MAX} more (--json shows all)"
            console.print(Padding(Text(more, "dim"), (0, 0, 0, 2)))
    told = f"{found.count('open', 'retry')} errors are open, {found.count('ignored')} are ignored"
    console.print(Text(f"{found.company}: {told}", "bold"), soft_wrap=True)


def _reject(reject: KeptReject, zone: tzinfo) -> str:
    tried = next_try(reject)
    states = {
        "ignored": f"ignored by {reject.decided_by}, until the value changes",
        "retry": "once more with the next plan",
        "open": f"tried again {_moment(tried, zone)}" if tried is not None else "read again when the record changes",
    }
    times = f", {reject.attempts} times" if reject.attempts > 1 else ""
    return f"{reject.record_id}{times}: {states[reject.state]}"


def _moment(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
