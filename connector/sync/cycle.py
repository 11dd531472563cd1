"""The loop, one company, one run: settle unknowns, pull, resolve, merge, decide, plan, push, read back.

Every step is resumable, because what it leaves behind is in the store: a crash anywhere is followed by an ordinary run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from connector.errors import WaitingForApproval
from connector.model import OutboxState
from connector.ports.outbox import StoredPlan
from connector.sync.account_checks import require_environment
from connector.sync.accounts import AccountStores, settle_accounts
from connector.sync.colleagues import touch_waiting
from connector.sync.contradictions import report_differing
from connector.sync.decide import Decided, make_decider
from connector.sync.desired import Wanted
from connector.sync.merge import merge_people
from connector.sync.messages import Told
from connector.sync.native_sync import notice_native_sync, sides
from connector.sync.permission_checks import report_unread_permissions
from connector.sync.plan import PlanningRules, make_plan
from connector.sync.pull import Pulled, pull, pull_hot
from connector.sync.push import push_plan, release_plan
from connector.sync.resolve import Resolved, choose_primary, resolve
from connector.sync.roster import is_new_day, match_roster, report_strangers
from connector.sync.run import Run
from connector.sync.settle import settle_unknown
from connector.sync.stores import Stores
from connector.sync.suspects import hold_suspects
from connector.sync.writing import PushReport, Writing

DUE_CHUNK = 5_000
FOLLOW_UPS_MAX = 3
"""Plans that may follow a push in one run: what was made makes others possible, but never without end."""


@dataclass
class CycleResult:
    """What one run came to. ``waiting``: why the plan was not pushed, when a person must act."""

    pulled: Pulled = field(default_factory=dict)
    resolved: Resolved = field(default_factory=Resolved)
    decided: Decided = field(default_factory=Decided)
    plans: list[StoredPlan] = field(default_factory=list)
    settled: PushReport = field(default_factory=PushReport)
    pushed: PushReport = field(default_factory=PushReport)
    waiting: WaitingForApproval | None = None
    told: Told = field(default_factory=Told)


class Pushing(Struct, frozen=True):
    """How a run may push. ``by``: the person whose push is the approval. ``paused``: keep pulling, push nothing."""

    approval: str
    paused: bool = False
    by: str | None = None
    plan_age_max: timedelta = timedelta(hours=24)
    over_guard: bool = False


def cycle(run: Run, stores: Stores, pushing: Pushing, *, hot: bool = False) -> CycleResult:
    """One whole cycle; ``hot``: the fast lane, which reads only what may hold a hand-raise and decides early."""
    result = CycleResult()
    result.settled = settle_unknown(make_writing(run, stores))
    read = pull_hot if hot else pull
    result.pulled = read(run, stores.landing, stores.findings)
    digest(run, stores, result)
    made = plan(run, stores, pushing.approval)
    if made is not None:
        result.plans.append(made)
    if not pushing.paused:
        push(run, stores, result, pushing)
    return result


def digest(run: Run, stores: Stores, result: CycleResult) -> None:
    """From landed records to decisions: resolve, find employers, merge, evaluate, fold."""
    run.note(f"{run.company}: resolving")
    result.resolved = resolve(run, stores.resolve)
    hold_suspects(run, stores.suspects, stores.findings)
    notice_native_sync(run, stores, result.resolved)
    match_roster(run, stores.roster, stores.findings)
    if result.resolved.people or is_new_day(_last_run_at(run, stores), run.now, run.zone):
        report_strangers(run, stores.roster, stores.findings)
        report_unread_permissions(run, stores.findings)
    settle_accounts(run, AccountStores(stores.accounts, stores.merge))
    while stores.merge.due_people(run.company_id, run.now, DUE_CHUNK):
        run.note(f"{run.company}: people are due by time")
    decide_dirty(run, stores, result)


def _last_run_at(run: Run, stores: Stores) -> datetime | None:
    runs = stores.companies.runs(run.company_id, limit=2)
    return next((each.started_at for each in runs if each.run_id != run.run_id), None)


def identify(run: Run, stores: Stores) -> None:
    """Who is who and what is known of them, with nothing decided yet: what a calibration looks at."""
    resolve(run, stores.resolve)
    settle_accounts(run, AccountStores(stores.accounts, stores.merge))
    for people in merge_people(run, stores.merge):
        choose_primary(run, stores.resolve, people)


def decide_dirty(run: Run, stores: Stores, result: CycleResult) -> None:
    """Merge and decide every dirty person, chunk by chunk."""
    touch_waiting(run, stores.decisions)
    decider = make_decider(run, stores.decisions, stores.evaluations, stores.values)
    result.decided = decider.decided
    for people in merge_people(run, stores.merge):
        choose_primary(run, stores.resolve, people)
        decider.chunk(people)
        run.note(f"{run.company}: {len(people)} people decided")
    report_differing(run, stores.decisions, stores.findings)


def plan(run: Run, stores: Stores, approval: str) -> StoredPlan | None:
    """Diff everybody who is unsettled; ``None`` when there is nothing to write."""
    users = {user.user_id: user for user in stores.decisions.users(run.company_id)}
    playbook = run.playbook
    wanted = Wanted(run.mapping, users, playbook.ladder, run.zone, sides(run, stores), playbook.collections)
    return make_plan(make_writing(run, stores), wanted.fields, wanted.wishes, PlanningRules(approval))


def push(run: Run, stores: Stores, result: CycleResult, pushing: Pushing) -> None:
    """Release and send the newest plan, as far as level and approval allow; then what its new records make possible.

    A hand-off note can only be written once the record it belongs to exists, so a push that made records is followed by
    one more plan. What that one needs approval for waits, as always.
    """
    require_environment(run, stores.landing, stores.findings)
    writing = make_writing(run, stores)
    try:
        report = _send(writing, pushing, result.plans[-1] if result.plans else None)
        result.pushed.absorb(report)
        for _ in range(FOLLOW_UPS_MAX):
            following = plan(run, stores, pushing.approval) if _made_records(report) else None
            if following is None:
                return
            result.plans.append(following)
            report = _send(writing, replace(pushing, by=None), following)
            result.pushed.absorb(report)
    except WaitingForApproval as waiting:
        result.waiting = waiting


def _send(writing: Writing, pushing: Pushing, chosen: StoredPlan | None) -> PushReport:
    if chosen is not None:
        release_plan(writing, chosen, by=pushing.by, age_max=pushing.plan_age_max, over_guard=pushing.over_guard)
    return push_plan(writing, chosen)


def _made_records(report: PushReport) -> bool:
    return any(done.entry.row.kind == "create" and done.state is OutboxState.CONFIRMED for done in report.results)


def make_writing(run: Run, stores: Stores) -> Writing:
    """What the writing steps need of this run."""
    people = run.mapping.of_kind("person")
    finding = tuple(
        (entry.system, entry.object, mapped.field)
        for entry in people
        for mapped in entry.fields
        if mapped.read == "email"
    )
    return Writing(
        company_id=run.company_id,
        run_id=run.run_id,
        outbox=stores.outbox,
        adapters=run.adapters,
        levels=run.levels,
        clock=run.clock,
        ids=run.ids,
        digest=run.playbook.digest,
        note=run.note,
        families={(entry.system, entry.object): entry.family for entry in people},
        find_fields={
            (entry.system, entry.object): tuple(
                (name, field_name) for system, name, field_name in finding if system == entry.system
            )
            for entry in people
        },
    )
