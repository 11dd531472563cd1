"""The grade of an open qualified lead, slow to fall and quick to rise (PLAYBOOK 5.4)."""

from __future__ import annotations

from datetime import datetime, timedelta

from connector.decide.cycles import Evidence, Rules


def steady_grade(
    before: str | None, low_since: datetime | None, evidence: Evidence, rules: Rules, now: datetime
) -> tuple[str | None, datetime | None]:
    """The grade now, and since when the total has been clearly below its edge (``None``: it is not).

    Up at once. Down only when the total was ``grade_margin_milli`` below the edge for ``grade_margin_days``, or at once
    where a ceiling (a fact such as a bounce) forbids the old grade.
    """
    grade, order = evidence.grade, list(rules.grade_edges_milli)
    if before not in order or grade not in order or order.index(grade) <= order.index(before):
        return grade, None
    ceiling = evidence.grade_ceiling
    if ceiling in order and order.index(ceiling) > order.index(before):
        return grade, None
    if evidence.total_milli > rules.grade_edges_milli[before] - rules.grade_margin_milli:
        return before, None
    since = low_since or now
    return (grade, None) if now - since >= timedelta(days=rules.grade_margin_days) else (before, since)
