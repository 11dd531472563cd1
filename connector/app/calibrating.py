"""A company that is live by its configuration never saw the calibration of ``go-live``: it is told once what that says.

PLAYBOOK 5.4 wants the figures before the first hand-off; a ``live_since`` in the configuration wins over them (DESIGN
6), so they ask nothing here and stop nothing.
"""

from __future__ import annotations

from datetime import datetime

from connector.ports.evaluation import EvaluationStore
from connector.ports.findings import Finding, FindingStore
from connector.ports.history import PastReader
from connector.report.calibration import calibrate
from connector.report.past_weeks import PastWeeks
from connector.rules.definitions import Definitions
from connector.sync.run import Run

CALIBRATION = "calibration"
PEOPLE_MAX = 100_000
"""Where people have higher numbers the past weeks are not judged in passing; the command does it when somebody asks."""


def note_calibration(
    run: Run,
    configured: datetime | None,
    evaluations: EvaluationStore[Definitions],
    findings: FindingStore,
    people: PastReader,
) -> None:
    """Tell it as a note, once; it goes when the configuration says it no more."""
    known = any(each.name == CALIBRATION for each in findings.open_findings(run.company_id))
    if configured is None:
        if known:
            findings.settle(run.company_id, CALIBRATION, run.now)
        return
    if known or not people.has_people(run.company_id):
        return
    said = "live_since stands in the configuration, so no calibration was asked for"
    if people.people(run.company_id, PEOPLE_MAX, 1):
        said = f"{said}: see leadloop playbook capacity {run.company}"
    else:
        figures = calibrate(evaluations, run.company_id, run.playbook, PastWeeks(run.now, run.zone))
        fits = figures.fitting
        better = f"; {fits.edge} points would fit" if figures.question is not None and fits is not None else ""
        said = f"{said}: {figures.sentence}{better}"
    findings.report(run.company_id, Finding(CALIBRATION, "note", CALIBRATION, said, 1), run.now)
