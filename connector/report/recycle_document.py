"""The recycle report laid out: why sales gives people back, and which paths, rules and sources had produced them."""

from __future__ import annotations

from datetime import tzinfo

from connector.report.document import Chart, Figure, Period, Report, Table, Value
from connector.report.recycle import GivenBack, OriginTally
from connector.report.standing import Standing

REASON_COLUMNS = ("reason_class", "given_back", "share_of_given_back", "returned_later", "won_later")
ORIGIN_COLUMNS = (
    *("hand_offs_decided", "given_back", "given_back_share", "given_back_low", "given_back_high"),
    *("main_reason", "returned_later", "won_later"),
)
TITLES = {
    "path": "By entry into qualified lead",
    "rule": "By scoring rule",
    "source": "By source",
    "promise": "By promise",
}
NOTES = {"rule": "A hand-off counts in the row of every rule that gave it points, so these rows overlap."}


def recycle_document(figures: GivenBack, header: tuple[Standing, tzinfo, Period]) -> Report:
    """The report."""
    standing, zone, period = header
    total = figures.total
    reasons = [
        (each.label, each.kind, each.given_back, each.share, each.returned, each.won) for each in figures.reasons
    ]
    words = {each.code: each.label for each in figures.reasons}
    return Report(
        name="recycle",
        title="Recycle",
        company=figures.company,
        standing=standing,
        zone=zone,
        period=period,
        sentences=_sentences(figures),
        figures=(
            Figure("hand_offs_decided", total.hand_offs),
            Figure("given_back", total.given_back),
            Figure("given_back_share", total.share, _range(total)),
            Figure("returned_later", total.returned),
            Figure("won_later", total.won),
        ),
        tables=(
            Table("reasons", "Why", "reason", REASON_COLUMNS, reasons),
            Table("classes", "By class", "class", ("given_back",), list(figures.classes.items())),
            *(
                Table(by, TITLES[by], by, ORIGIN_COLUMNS, [_row(each) for each in rows], NOTES.get(by, ""), words=words)
                for by, rows in figures.origins.items()
            ),
        ),
        charts=_charts(figures),
        further=figures.as_json(),
    )


def _sentences(figures: GivenBack) -> tuple[str, ...]:
    total = figures.total
    if not total.hand_offs:
        return ("Nothing was handed off in this period.",)
    if not total.given_back:
        return (f"Sales gave none of {total.hand_offs} hand-offs back.",)
    first = figures.reasons[0]
    said = [f"Sales gave {total.given_back} of {total.hand_offs} hand-offs back, most often because: {first.label}."]
    found = figures.stands_out
    if found is None:
        said.append("No path, rule or source stands out from chance.")
    else:
        by, row = found
        said.append(
            f"What the {by} {row.name} made came back more often than the rest: "
            f"{row.given_back} of {row.hand_offs}. Look at its definition first."
        )
    return tuple(said)


def _row(row: OriginTally) -> tuple[Value, ...]:
    interval = row.interval
    low, high = (interval.low, interval.high) if interval is not None else (None, None)
    counts = (row.hand_offs, row.given_back, row.share, low, high)
    return row.name, *counts, row.main_reason, row.returned, row.won


def _range(row: OriginTally) -> str:
    interval = row.interval
    return f"95 % sure: {interval.low * 100:.0f} to {interval.high * 100:.0f} %" if interval is not None else ""


def _charts(figures: GivenBack) -> tuple[Chart, ...]:
    if not figures.reasons:
        return ()
    labels = tuple(each.label for each in figures.reasons)
    counts = tuple(each.given_back for each in figures.reasons)
    return (Chart("Why sales gives people back", "bar", labels, {"given back": counts}, "given_back"),)
