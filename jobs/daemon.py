"""Scheduler and work in one process. Decides who is due and what a failure means: a line in the log, no more.

A company that fails never stops another one. A signal lets every company finish its batch: the loop is left between
two batches, where everything that happened is in the store.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from connector.app import App, World
from connector.app.reconcile import reconcile
from connector.app.trials import watch_shadow, watches_shadow
from connector.app.weekly import send_weekly, tells_weekly
from connector.cli.connectors import Channels, Connectors
from connector.clock import Clock, SystemClock
from connector.config import Settings
from connector.errors import BadConfiguration
from connector.executor import ThreadExecutor
from connector.logs import Log, silence_libraries
from connector.store.database import Database
from connector.summary import Summary
from jobs.leader import leading
from jobs.queue import Job, Queue, ThreadQueue
from jobs.scheduler import Schedule, make_scheduler, read_schedules
from jobs.stopping import Stop, Stopped, stopping_on_signals

LEADER_CHECK_S = 10.0
DONE = ("ok", "partial")
"""A run that was stopped, or died, does not count: its company is tried again at the next tick or start."""


@dataclass(frozen=True)
class Daemon:
    """What the threads of the daemon share; nothing in it changes but the queue."""

    settings: Settings
    clock: Clock
    log: Log
    stop: Stop
    queue: Queue

    def enqueue_due(self, schedule: Schedule) -> None:
        """Look in our own table who is due, and enqueue them. Called by ticks: it never raises."""
        try:
            with closing(self.open_app(_silent)) as app:
                for company in companies_due(app, schedule, self.clock.now()):
                    self.queue.enqueue(Job(company, schedule.kind))
        except Exception as error:
            self.log.failure(error, schedule=schedule.kind)

    def work(self, job: Job) -> None:
        """One job; whatever goes wrong is one line in the log."""
        try:
            with closing(self.open_app(self._between_batches(job))) as app:
                self._do(app, job)
        except Stopped:
            self.log.event("left between two batches", company=job.company, kind=job.kind)
        except Exception as error:
            self.log.failure(error, company=job.company, kind=job.kind)

    def _do(self, app: App, job: Job) -> None:
        match job.kind:
            case "weekly":
                told = send_weekly(app, job.company)
                self.log.event("weekly figures told", company=job.company, count=told.sent, failed=told.failed)
            case "shadow":
                found = watch_shadow(app, job.company, tuple(Connectors()))
                self.log.event("second playbook compared", company=job.company, sentence=found.sentence)
            case "reconcile":
                for line in reconcile(app, job.company).lines():
                    self.log.event("reconciled", company=job.company, **line)
            case "hot":
                self._tell(app.hot(job.company))
            case _:
                self._tell(app.sync(job.company))

    def open_app(self, note: Callable[[str], None]) -> App:
        """An application of its own for each job: it has its own connections and its own lease."""
        world = World(clock=self.clock, executor=ThreadExecutor(), note=note, channels=Channels())
        return App(self.settings, Connectors(), world)

    def _between_batches(self, job: Job) -> Callable[[str], None]:
        # The loop notes its progress between batches, after what it did is stored: the place to leave it.
        return lambda line: self.stop.raise_if_asked(job.company)

    def _tell(self, summary: Summary) -> None:
        self.log.event(
            "run ended",
            company=summary.company,
            run_id=summary.run_id,
            status=summary.status,
            written=sum(summary.pushed.values()),
            handed_off=summary.handed_off,
            failed=summary.failed,
            held=summary.held,
            conflicts=summary.conflicts,
            leaks=summary.leaks,
        )
        if summary.problem is not None:
            self.log.failure(summary.problem, company=summary.company, run_id=summary.run_id)


def run(settings: Settings, *, workers_max: int = 4, stop: Stop | None = None) -> int:
    """Work until a signal; the exit code. Raises ``Busy`` when another daemon has this store."""
    clock = SystemClock()
    log = Log(clock)
    silence_libraries(log)
    schedules = _chosen(settings)
    daemon = Daemon(settings, clock, log, stop or Stop(), ThreadQueue())
    with (
        stopping_on_signals(daemon.stop),
        closing(Database(settings.store_url)) as database,
        leading(database) as still_leading,
    ):
        _prepare(daemon)
        log.event("started", count=len(settings.companies))
        _serve(daemon, schedules, still_leading, workers_max)
    log.event("stopped")
    return 0


def companies_due(app: App, schedule: Schedule, now: datetime) -> list[str]:
    """The configured companies whose last finished run of this kind is long enough ago."""
    names = [name for name in sorted(app.settings.companies) if _concerns(app, name, schedule.kind)]
    return [name for name in names if schedule.is_due(_last(app, name, schedule.kind), now)]


def _concerns(app: App, company: str, kind: str) -> bool:
    """Whether there is anything to do for the company: somebody to tell, a second playbook, something that was read."""
    match kind:
        case "weekly":
            return tells_weekly(app, company)
        case "shadow":
            return watches_shadow(app, company)
        case "reconcile":
            return app.companies.first_start(app.state(company).company_id, "sync") is not None
        case _:
            return True


def _last(app: App, company: str, kind: str) -> datetime | None:
    """When it was done last. The first load was a complete reading: a night later is soon enough for another."""
    company_id = app.state(company).company_id
    last = app.companies.last_start(company_id, kind, DONE)
    return app.companies.first_start(company_id, "sync") if last is None and kind == "reconcile" else last


def _chosen(settings: Settings) -> tuple[Schedule, ...]:
    """The schedules; ``BadConfiguration`` when there is nobody to work for."""
    if not settings.companies:
        raise BadConfiguration("there is no company", where=settings.file.name, remedy="add [companies.<name>]")
    return read_schedules(settings)


def _prepare(daemon: Daemon) -> None:
    with closing(daemon.open_app(_silent)) as app:
        app.prepare()


def _serve(
    daemon: Daemon, schedules: tuple[Schedule, ...], still_leading: Callable[[], None], workers_max: int
) -> None:
    scheduler = make_scheduler(schedules, daemon.enqueue_due)
    with daemon.queue.run(daemon.work, workers_max=workers_max):
        for schedule in schedules:
            daemon.enqueue_due(schedule)  # what was missed while nothing ran happens now, once
        scheduler.start()
        try:
            while not daemon.stop.wait(LEADER_CHECK_S):
                still_leading()
        finally:
            daemon.stop.ask()  # also when the lock was lost: the workers must leave
            scheduler.shutdown(wait=True)


def _silent(line: str) -> None:
    """Nothing is shown."""
