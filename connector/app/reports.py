"""The reports by name: what each reads from a company's store, put together to one ``Report``.

The only place that knows both the application and the figures; the command line, the console and the weekly mail ask
here. A new report is a function in ``READERS``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from connector.app import App
from connector.app.imported import only_imported
from connector.app.trials import SHADOW_DIFFERS, watches_shadow
from connector.errors import BadConfiguration
from connector.playbook import Loaded, Playbook
from connector.ports.companies import CompanyState
from connector.ports.decisions import UserFacts
from connector.report.cohorts import cohort_edges, cohort_tables, time_table
from connector.report.coverage import coverage_document
from connector.report.document import Period, Report
from connector.report.funnel_document import funnel_document
from connector.report.hand_off_document import hand_off_document
from connector.report.leaks_document import leaks_document
from connector.report.people_names import Names
from connector.report.recycle import given_back
from connector.report.recycle_document import recycle_document
from connector.report.side_by_side import Called, outcomes
from connector.report.side_by_side_document import side_by_side_document
from connector.report.sources import source_lines, unlisted
from connector.report.sources_document import sources_document
from connector.report.standing import Standing, standing_of
from connector.report.week import Counted, NowOpen, before, last_week, week_document
from connector.rules.toml import nearest
from connector.store.figures import SqlFigures
from connector.store.source_counts import FIRST, LATEST
from connector.sync.hand_off import roster_of
from connector.sync.working_time import Minutes, working_minutes

EVERYTHING = Period()


@dataclass
class Question:
    """What is asked: a company, a period, and the moment of asking."""

    app: App
    company: str
    period: Period
    now: datetime

    @property
    def zone(self) -> ZoneInfo:
        """The company's calendar."""
        return self.app.settings.company(self.company).zone

    @cached_property
    def loaded(self) -> Loaded:
        """The files of now."""
        return self.app.loaded(self.company)

    @property
    def playbook(self) -> Playbook:
        """The playbook of now."""
        return self.loaded.playbook

    @cached_property
    def state(self) -> CompanyState:
        """What is stored of the company."""
        return self.app.state(self.company)

    @cached_property
    def users(self) -> Mapping[int, UserFacts]:
        """The CRMs' users by user id."""
        return {user.user_id: user for user in self.app.stores.decisions.users(self.state.company_id)}

    @property
    def figures(self) -> SqlFigures:
        """The counts."""
        return SqlFigures(self.app.database)

    @property
    def names(self) -> Names:
        """How colleagues are called: as the roster says, else the CRM."""
        roster = roster_of(self.playbook, self.users)
        people = {user_id: user.name for user_id, user in self.users.items()}
        people |= {user_id: member.name for user_id, member in roster.items()}
        return Names(people, {user_id: member.pools[0] for user_id, member in roster.items()})

    @property
    def called(self) -> Called:
        """How reps and sources are called in every report."""
        return Called(self.names.of, self.loaded.sources.listed)

    @property
    def minutes(self) -> Minutes:
        """Working minutes of an owner."""
        return working_minutes(self.playbook, self.users, self.zone)

    @property
    def header(self) -> tuple[Standing, ZoneInfo, Period]:
        """What stands above every report."""
        return self.standing, self.zone, self.period

    @property
    def standing(self) -> Standing:
        """For the header."""
        return standing_of(self.playbook, self.now.astimezone(self.zone).date())


def report(app: App, company: str, name: str, period: Period = EVERYTHING) -> Report:
    """One report of a company; ``BadConfiguration`` for a name or a period that makes no sense."""
    if name not in READERS:
        raise BadConfiguration(f'no report "{name}"', where="report", remedy=nearest(name, READERS))
    if period.since is not None and period.until is not None and period.until <= period.since:
        raise BadConfiguration("the period ends before it begins", where="--until", remedy="give a later time")
    app.prepare()
    made = READERS[name](Question(app, company, period, app.world.clock.now()))
    hint = only_imported(app, company)
    return made if hint is None else replace(made, sentences=(hint, *made.sentences))


def _funnel(asked: Question) -> Report:
    counted = asked.app.funnel(asked.company, asked.period.since, asked.period.until)
    company, figures, period = asked.state.company_id, asked.figures, asked.period
    edges = cohort_edges(period, asked.zone, asked.now)
    followed = (
        *cohort_tables(edges, figures.cohorts(company, edges), asked.zone),
        time_table(figures.stage_times(company, period.since, period.until), counted.stages),
    )
    return funnel_document(counted, followed, asked.header)


def _hand_offs(asked: Question) -> Report:
    rows = asked.figures.hand_offs(asked.state.company_id, asked.period.since, asked.period.until)
    touches = asked.figures.touches(asked.state.company_id, asked.period.since, asked.period.until or asked.now)
    return hand_off_document(asked.company, (rows, touches), asked.names, asked.minutes, asked.header)


def _reps(asked: Question) -> Report:
    rows = asked.figures.hand_offs(asked.state.company_id, asked.period.since, asked.period.until)
    return side_by_side_document(asked.company, outcomes(rows, asked.now, asked.called), asked.header)


def _sources(asked: Question) -> Report:
    sources, period = asked.loaded.sources, asked.period
    counts = asked.figures.sources(asked.state.company_id, period.since, period.until)
    first = source_lines(counts[FIRST], sources, period.days(asked.zone, asked.now))
    latest = source_lines(counts[LATEST], replace(sources, costs={}))
    words = unlisted(counts[FIRST], sources)
    return sources_document(asked.company, first, latest, words, asked.header)


def _recycle(asked: Question) -> Report:
    listed, rules = asked.loaded.sources.listed, asked.playbook.rules
    found = asked.app.reporting.hand_off_outcomes(asked.state.company_id, asked.period.since, asked.period.until)
    rows = [replace(row, source=listed(row.source)) for row in found]
    return recycle_document(given_back(asked.company, rows, rules.reasons, asked.playbook.reason_labels), asked.header)


def _week(asked: Question) -> Report:
    period = asked.period
    if period.since is None:
        period = last_week(period.until or asked.now, asked.zone)
    period = replace(period, until=period.until or asked.now)
    counted = _counted(asked, period), _counted(asked, before(period))
    now_open = NowOpen(asked.app.leaks(asked.company).new, _shadow(asked))
    return week_document(asked.company, counted, now_open, asked.minutes, (asked.standing, asked.zone, period))


def _shadow(asked: Question) -> str:
    """What the last comparison with the second playbook said, where one is configured."""
    if not watches_shadow(asked.app, asked.company):
        return ""
    findings = asked.app.stores.findings.open_findings(asked.state.company_id)
    return next((each.remedy for each in findings if each.code == SHADOW_DIFFERS), "")


def _counted(asked: Question, period: Period) -> Counted:
    company, figures, span = asked.state.company_id, asked.figures, (period.since, period.until)
    return Counted(
        came=sum(count.people for count in figures.sources(company, *span)[FIRST]),
        funnel=asked.app.funnel(asked.company, *span),
        hand_offs=figures.hand_offs(company, *span),
        won=figures.won(company, *span),
    )


def _coverage(asked: Question) -> Report:
    company, period = asked.state.company_id, asked.period
    hand_offs = asked.figures.hand_offs(company, period.since, period.until)
    findings = asked.app.stores.findings.open_findings(company)
    return coverage_document(asked.company, asked.figures.coverage(company), hand_offs, findings, asked.header)


def _leaks(asked: Question) -> Report:
    if asked.period != EVERYTHING:
        raise BadConfiguration("the leaks are those of now", where="--since", remedy="leave it out")
    return leaks_document(asked.app.leaks(asked.company), asked.standing, asked.zone)


READERS: Mapping[str, Callable[[Question], Report]] = {
    "funnel": _funnel,
    "handoff": _hand_offs,
    "sources": _sources,
    "reps": _reps,
    "recycle": _recycle,
    "coverage": _coverage,
    "leaks": _leaks,
    "week": _week,
}
"""Every report there is, in the order in which it is offered."""
