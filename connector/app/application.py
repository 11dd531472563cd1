"""The application: a company's settings, store, adapters and rules wired together, and what can be asked of it.

Each public method is one command's work. It holds the company's lease, records a run, and returns plain values; the
command line and the jobs only show them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from connector.app.calibrating import note_calibration
from connector.app.running import Runs
from connector.app.world import World
from connector.clock import end_of_day, to_micros
from connector.config import Settings
from connector.decide.business_hours import parse_hours
from connector.decide.leaks import bounds
from connector.errors import BadConfiguration, WaitingForApproval
from connector.playbook import Loaded
from connector.ports.companies import CompanyState
from connector.ports.conflicts import ConflictStore
from connector.ports.connection import Connect
from connector.ports.evaluation import Explanation
from connector.ports.messages import PlannedMessage
from connector.ports.rejects import RejectStore
from connector.report.calibration import Calibration, calibrate
from connector.report.funnel import Funnel, funnel
from connector.report.leaks import LeakReport, leak_report
from connector.report.past_weeks import PastWeeks
from connector.report.story import Story, find, story
from connector.rules.toml import nearest
from connector.store.accounts import SqlAccountStore
from connector.store.companies import SqlCompanyStore, SqlFindingStore
from connector.store.conflict_list import SqlConflictStore
from connector.store.database import Database
from connector.store.decisions import SqlDecisionStore
from connector.store.evaluate import Evaluations
from connector.store.invariants import Violation, check
from connector.store.landing import SqlLandingStore
from connector.store.merging import SqlMergeStore
from connector.store.messages import SqlMessageStore
from connector.store.migrate import upgrade
from connector.store.native_sync import SqlNativeSyncStore
from connector.store.outbox import SqlOutbox
from connector.store.past import SqlPastReader
from connector.store.reject_list import SqlRejectStore
from connector.store.reporting import SqlReporting
from connector.store.resolve import SqlResolveStore
from connector.store.roster import SqlRosterStore
from connector.store.suspects import SqlSuspectStore
from connector.store.value import SqlValueStore
from connector.summary import PlanView, Summary, summarize
from connector.sync.accounts import AccountStores, settle_accounts
from connector.sync.cycle import CycleResult, Pushing, cycle, decide_dirty, digest, identify, make_writing, plan, push
from connector.sync.messages import Told
from connector.sync.post_office import post
from connector.sync.pull import Period, Pulled, backfill
from connector.sync.run import Run
from connector.sync.settle import settle_unknown
from connector.sync.stores import Stores
from connector.sync.value import Graded, Valuation, ValueSources, in_words
from connector.sync.working_time import working_minutes


class App:
    """Everything a command can ask. Close it at the end."""

    def __init__(self, settings: Settings, connectors: Mapping[str, Connect], world: World | None = None) -> None:
        self.settings = settings
        self.world = world or World()
        self.database = Database(settings.store_url, checkpoint=self.world.checkpoint)
        self.outbox = SqlOutbox(self.database)
        self.companies = SqlCompanyStore(self.database)
        findings = SqlFindingStore(self.database)
        self._runs = Runs(settings, connectors, self.world, self.database, self.companies, findings)
        self.reporting = SqlReporting(self.database)
        self.conflicts: ConflictStore = SqlConflictStore(self.database)
        self.rejects: RejectStore = SqlRejectStore(self.database)
        self.evaluations = Evaluations(self.database)
        self.stores = Stores(
            companies=self.companies,
            findings=findings,
            landing=SqlLandingStore(self.database),
            resolve=SqlResolveStore(self.database),
            accounts=SqlAccountStore(self.database),
            merge=SqlMergeStore(self.database),
            decisions=SqlDecisionStore(self.database),
            evaluations=self.evaluations,
            outbox=self.outbox,
            messages=SqlMessageStore(self.database),
            roster=SqlRosterStore(self.database),
            native_sync=SqlNativeSyncStore(self.database),
            values=ValueSources(SqlValueStore(self.database), SqlPastReader(self.database)),
            suspects=SqlSuspectStore(self.database),
        )

    def close(self) -> None:
        """Release the database."""
        self.database.close()

    def prepare(self) -> None:
        """An empty database gets its tables; one with another schema is refused with the remedy."""
        self._runs.prepare()

    def upgrade(self) -> None:
        """Run the missing migrations."""
        upgrade(self.database)

    def violations(self, company: str | None = None) -> dict[str, list[Violation]]:
        """Broken invariants per company; empty lists are good."""
        self.prepare()
        names = [company] if company else sorted(self.settings.companies)
        return {name: check(self.database, self.state(name).company_id) for name in names}

    def state(self, company: str) -> CompanyState:
        """What is stored of a configured company; a ``live_since`` of the configuration wins."""
        return self._runs.state(company)

    def loaded(self, company: str) -> Loaded:
        """The company's mapping and playbook, read anew."""
        return self._runs.load(self.settings.company(company))

    def running(
        self, company: str, kind: str, *, connected: bool = True
    ) -> AbstractContextManager[tuple[Run, dict[str, Any]]]:
        """One run of a topic that has a module of its own; ``connected``: with the CRMs' adapters."""
        return self._runs.running(company, kind, connected=connected)

    def sync(self, company: str) -> Summary:
        """One whole cycle, writing what level and approval allow."""
        return self._cycle(company, "sync")

    def hot(self, company: str) -> Summary:
        """The fast lane: look for hand-raises only, and hand them off at once. The whole cycle stays lossless."""
        return self._cycle(company, "hot")

    def _cycle(self, company: str, kind: str) -> Summary:
        with self._runs.running(company, kind) as (run, outcome):
            state = self.state(company)
            pushing = self._pushing(company, paused=state.paused_at is not None)
            result = cycle(run, self.stores, pushing, hot=kind == "hot")
            if kind == "sync":
                configured = self.settings.company(company).live_since
                note_calibration(run, configured, self.evaluations, self.stores.findings, SqlPastReader(self.database))
            if state.paused_at is None:
                result.told = self._post(run)
            return self._summary(run, result, outcome)

    def plan(self, company: str) -> PlanView:
        """Pull nothing; diff what is stored and show every change that level ``full`` would make."""
        with self._runs.running(company, "plan") as (run, outcome):
            result = CycleResult()
            settle_unknown(make_writing(run, self.stores))
            digest(run, self.stores, result)
            plan(run, self.stores, self.settings.company(company).approval)
            outcome["status"] = "ok"
        return self.open_plan(company)

    def open_plan(self, company: str, plan_id: int | None = None) -> PlanView:
        """The open plan (or one by id) as it is stored."""
        state = self.state(company)
        stored = self.outbox.open_plan(state.company_id)
        chosen = plan_id if plan_id is not None else (stored.plan_id if stored else None)
        if chosen is None:
            return PlanView(company, None, "", (), {})
        entries = tuple(self.outbox.plan_rows(state.company_id, chosen))
        known = stored if stored is not None and stored.plan_id == chosen else None
        keys = self.reporting.person_keys(state.company_id, sorted({entry.row.person_id for entry in entries}))
        return PlanView(company, chosen, known.digest if known else "", entries, keys, known.guard if known else None)

    def push(self, company: str, plan_id: int | None = None, *, over_guard: bool = False) -> Summary:
        """Apply exactly the stored open plan; run by a person, it is the approval."""
        with self._runs.running(company, "push") as (run, outcome):
            state = self.state(company)
            if state.paused_at is not None:
                raise WaitingForApproval("pushing is paused", where=company, remedy=f"run leadloop resume {company}")
            result = CycleResult()
            result.settled = settle_unknown(make_writing(run, self.stores))
            stored = self.outbox.open_plan(state.company_id)
            if plan_id is not None and (stored is None or stored.plan_id != plan_id):
                raise WaitingForApproval(
                    f"plan {plan_id} is not open", where=company, remedy=f"see leadloop plan {company}"
                )
            result.plans = [stored] if stored is not None else []
            push(run, self.stores, result, replace(self._pushing(company), by="person", over_guard=over_guard))
            result.told = self._post(run)
            return self._summary(run, result, outcome)

    def backfill(
        self,
        company: str,
        *,
        system: str | None = None,
        object_name: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Pulled:
        """A resumable load, full or of a period; writes to no CRM."""
        with self._runs.running(company, "backfill") as (run, outcome):
            wanted = self.loadable(company, system, object_name)
            pulled = backfill(
                run, self.stores.landing, self.stores.findings, wanted=wanted, period=Period(since, until)
            )
            identify(run, self.stores)
            outcome["status"] = "ok"
            return pulled

    def was_read(self, company: str) -> bool:
        """Whether the people of any system were ever read."""
        company_id, people = self.state(company).company_id, self.loaded(company).mapping.of_kind("person")
        return any(self.stores.landing.watermark(company_id, each.system, each.object) for each in people)

    def loadable(self, company: str, system: str | None, object_name: str | None) -> list[tuple[str, str]]:
        """What a backfill of these names reads (``None``: of all); an unknown name is told with the nearest one."""
        systems = self.settings.company(company).systems
        mapped = [key for key in self.loaded(company).mapping.objects if key[0] in systems]
        for name, word, known in (
            ("--system", system, {key[0] for key in mapped}),
            ("--object", object_name, {key[1] for key in mapped if system in (None, key[0])}),
        ):
            if mapped and word is not None and word not in known:
                raise BadConfiguration(
                    f'"{word}" is not mapped in fields.toml', where=name, remedy=nearest(word, known)
                )
        return [key for key in mapped if system in (None, key[0]) and object_name in (None, key[1])]

    def read_until(self, company: str, streams: Iterable[tuple[str, str]]) -> datetime | None:
        """Up to when all of these (system, object) were read; ``None`` while one of them never was."""
        company_id = self.state(company).company_id
        marks = [self.stores.landing.watermark(company_id, *stream) for stream in streams]
        covered = [mark.covered_until for mark in marks if mark is not None and mark.covered_until is not None]
        return min(covered) if covered and all(marks) else None

    def evaluate(self, company: str) -> CycleResult:
        """Decide everybody again by the current rules; pushes nothing.

        Connected where there are systems: a decision may have to ask a CRM who set a value.
        """
        connected = bool(self.settings.company(company).systems)
        with self._runs.running(company, "evaluate", connected=connected) as (run, outcome):
            self.stores.merge.mark_everybody(run.company_id)
            settle_accounts(run, AccountStores(self.stores.accounts, self.stores.merge))
            result = CycleResult()
            decide_dirty(run, self.stores, result)
            outcome["status"] = "ok"
            return result

    def announce(self, company: str, event: str, identity: str, facts: Mapping[str, str]) -> Told:
        """Tell colleagues something about the company: once per ``identity``, whatever happens in between."""
        with self._runs.running(company, event, connected=False) as (run, outcome):
            to = run.addressing.of(event)
            messages = [PlannedMessage(event, *pair, identity=identity, facts=dict(facts)) for pair in to]
            self.stores.messages.announce(run.company_id, messages, run.now, run.run_id)
            paused = self.state(company).paused_at is not None
            told = Told() if paused else self._post(run)
            outcome["status"] = "ok"
            return told

    def explain(self, company: str, named: str) -> Story:
        """The whole story of one person."""
        self.prepare()
        state = self.state(company)
        loaded = self.loaded(company)
        person_id = find(self.reporting, state.company_id, company, named)
        facts = self.reporting.person(state.company_id, person_id)
        assert facts is not None
        told = story(company, facts, self._explanation(company, state, loaded, person_id))
        return replace(told, worth=self._worth(company, state, loaded, facts.person))

    def _worth(self, company: str, state: CompanyState, loaded: Loaded, row: Mapping[str, Any]) -> tuple[str, ...]:
        """The factors of the expected value, worked out again; empty for whom none is given."""
        if row["grade"] is None:
            return ()
        zone, rules = self.settings.company(company).zone, loaded.playbook.value
        valuation = Valuation(state.company_id, rules, self.world.clock.now(), zone, self.stores.values)
        person = int(row["person_id"])
        value = valuation.of({person: Graded(row, row["grade"], row["qualified_at"])}).get(person)
        return () if value is None else tuple(in_words(value))

    def funnel(self, company: str, since: datetime | None = None, until: datetime | None = None) -> Funnel:
        """The funnel's figures."""
        self.prepare()
        company_id, zone = self.state(company).company_id, self.settings.company(company).zone
        users = {user.user_id: user for user in self.stores.decisions.users(company_id)}
        minutes = working_minutes(self.loaded(company).playbook, users, zone)
        return funnel(company, self.reporting.funnel(company_id, since, until), minutes)

    def leaks(self, company: str) -> LeakReport:
        """Open cycles that nobody answers for, new and inherited."""
        self.prepare()
        state, settings = self.state(company), self.settings.company(company)
        hours, now = parse_hours("09:00-17:00", settings.zone), self.world.clock.now()
        cycles = self.reporting.leak_candidates(state.company_id, bounds(now))
        return leak_report(company, cycles, hours, now=now, live_since=state.live_since)

    def calibration(self, company: str) -> Calibration:
        """How many A a week the last weeks would have made, against what the team can take."""
        self.prepare()
        settings = self.settings.company(company)
        if settings.live_since is not None:
            raise BadConfiguration(
                "live_since is set in the configuration and wins", where=f"config.toml: [companies.{company}]"
            )
        state, loaded = self.state(company), self._runs.load(settings)
        weeks = PastWeeks(self.world.clock.now(), settings.zone, self.world.note)
        return calibrate(self.evaluations, state.company_id, loaded.playbook, weeks)

    def go_live(self, company: str, since: datetime | None = None) -> datetime:
        """Store the instant from which evidence starts hand-offs; call ``calibration`` first."""
        self.prepare()
        state = self.state(company)
        chosen = since or self.world.clock.now()
        with self.companies.lease(state):
            self.companies.set_live(state.company_id, chosen)
        return chosen

    def release(self, company: str, named: str) -> bool:
        """A person says that somebody is no bot: the next sync decides about them; ``False``: they were not held."""
        self.prepare()
        state = self.state(company)
        with self.companies.lease(state):
            person_id = find(self.reporting, state.company_id, company, named)
            return self.stores.suspects.release(state.company_id, person_id, "person", self.world.clock.now())

    def pause(self, company: str, *, paused: bool) -> None:
        """Stop pushing (pulling goes on), or go on."""
        self.prepare()
        state = self.state(company)
        self.companies.set_paused(state.company_id, self.world.clock.now() if paused else None)

    def _explanation(
        self, company: str, state: CompanyState, loaded: Loaded, person_id: int
    ) -> Explanation | None:  # fmt: skip
        run_as_of = end_of_day(self.world.clock.now(), self.settings.company(company).zone)
        return self.evaluations.explain(state.company_id, loaded.playbook.definitions, to_micros(run_as_of), person_id)

    def _pushing(self, company: str, *, paused: bool = False) -> Pushing:
        settings = self.settings.company(company)
        return Pushing(settings.approval, paused, plan_age_max=timedelta(hours=settings.plan_limit_hours))

    def _post(self, run: Run) -> Told:
        return post(run, self.stores, self.settings.company(run.company).messages, self.world.channels)

    def _summary(self, run: Run, result: CycleResult, outcome: dict[str, Any]) -> Summary:
        leaks = self.leaks(run.company)
        grades = self.reporting.grades(run.company_id)
        entries = [row for made in result.plans for row in self.outbox.plan_rows(run.company_id, made.plan_id)]
        conflicts = self.reporting.open_conflicts(run.company_id)
        summary = summarize(run, result, leaks, grades, entries, conflicts)
        outcome |= {"status": summary.status, "counts": summary.as_json()}
        return summary
