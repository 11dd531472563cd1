"""The leak report laid out: how many, by cause, and the first people of each list. The CSV lists everybody."""

from __future__ import annotations

from datetime import tzinfo

from connector.report.document import Figure, Report, Table, Value
from connector.report.leaks import SENTENCES, LeakReport, Leaky
from connector.report.standing import Standing

SHOWN_MAX = 20
COLUMNS = ("stage", "leak_codes", "responsible", "next_step_due")


def leaks_document(found: LeakReport, standing: Standing, zone: tzinfo) -> Report:
    """The report."""
    document = found.as_json()
    codes = {inherited: found.by_code(inherited=inherited) for inherited in (False, True)}
    causes = [
        (f"{sentence} ({code})", codes[False].get(code, 0), codes[True].get(code, 0))
        for code, sentence in SENTENCES.items()
        if code in codes[False] or code in codes[True]
    ]
    return Report(
        name="leaks",
        title="Leaks",
        company=found.company,
        standing=standing,
        zone=zone,
        sentences=(_verdict(found),),
        figures=(Figure("leaks_new", found.new), Figure("leaks_inherited", found.inherited)),
        tables=(
            Table("causes", "By cause", "cause", ("leaks_new", "leaks_inherited"), causes),
            *(_list(found, zone, inherited=inherited) for inherited in (False, True)),
        ),
        further={key: document[key] for key in document if key not in ("schema", "report", "company")},
        own_csv=found.as_csv(),
    )


def _verdict(found: LeakReport) -> str:
    if found.new:
        return f"{found.new} open leads are without somebody who answers, or without a next step: settle these first."
    rest = f"{found.inherited} from before go-live are left to work off." if found.inherited else "None is inherited."
    return f"No open lead was lost since go-live. {rest}"


def _list(found: LeakReport, zone: tzinfo, *, inherited: bool) -> Table:
    people = [one for one in found.people if one.inherited is inherited]
    more = len(people) - SHOWN_MAX
    return Table(
        "inherited" if inherited else "new",
        "Inherited from before go-live" if inherited else "New",
        "record",
        COLUMNS,
        [_row(one, zone) for one in people[:SHOWN_MAX]],
        f"and {more} more (--csv lists all)" if more > 0 else "",
        words={one.stage: one.stage.replace("_", " ") for one in people},
    )


def _row(one: Leaky, zone: tzinfo) -> tuple[Value, ...]:
    due = f"{one.next_step_due.astimezone(zone):%Y-%m-%d}" if one.next_step_due else None
    return "; ".join(one.records) or one.person, one.stage, ", ".join(one.codes), one.responsible, due
