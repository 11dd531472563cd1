"""``report coverage``: what is settled of open leads, which fields are filled, which follow-up can be seen.

Decides layout and shares only.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from connector.decide.followup import BROKEN, KEPT, UNKNOWN
from connector.ports.figures import Coverage, HandOff
from connector.ports.findings import Finding
from connector.report.document import Chart, Figure, Period, Report, Table
from connector.report.hand_offs import states
from connector.report.shares import share
from connector.report.standing import Standing


def coverage_document(
    company: str,
    found: Coverage,
    hand_offs: Sequence[HandOff],
    findings: Sequence[Finding],
    header: tuple[Standing, tzinfo, Period],
) -> Report:
    """The report."""
    standing, zone, period = header
    filled = sorted(found.filled.items(), key=lambda entry: (-entry[1], entry[0]))
    clocks = states(hand_offs)
    decided = clocks[KEPT] + clocks[BROKEN] + clocks[UNKNOWN]
    settled = (
        ("grade (of qualified leads)", found.graded, share(found.graded, found.qualified_leads)),
        *((name, getattr(found, key), share(getattr(found, key), found.open_leads)) for name, key in OPEN_LEADS),
    )
    return Report(
        name="coverage",
        title="Coverage",
        company=company,
        standing=standing,
        zone=zone,
        period=period,
        figures=(
            Figure("in_scope", found.people),
            Figure("open_scope", found.open_leads),
            Figure(
                "visible_share", share(decided - clocks[UNKNOWN], decided), f"{clocks[UNKNOWN]} of {decided} unseen"
            ),
        ),
        tables=(
            Table("settled", "What is settled of open leads", "what", ("has", "has_share"), settled),
            Table(
                "filled",
                "Fields filled, of the people in scope",
                "field",
                ("has", "has_share"),
                [(name, count, share(count, found.people)) for name, count in filled],
            ),
            Table(
                "findings",
                "Open findings",
                "finding",
                ("finding_count", "remedy"),
                [(one.name, one.count, one.remedy) for one in sorted(findings, key=lambda one: one.name)],
            ),
        ),
        charts=(_chart(filled, found.people),) if found.people else (),
    )


OPEN_LEADS = (("responsible", "owner"), ("track", "track"), ("next step", "next_step"))


def _chart(filled: Sequence[tuple[str, int]], people: int) -> Chart:
    labels = tuple(name.replace("_", " ") for name, _ in filled)
    series = {"filled": tuple(share(count, people) for _, count in filled)}
    return Chart("Fields filled, of the people in scope", "bar", labels, series, "has_share")
