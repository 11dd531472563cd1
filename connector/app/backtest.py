"""History from files, and the playbooks tried on it.

Knows the application and the files; each public function is one command's work. Imported history lies under a store
company of its own (``acme#history``), so that nothing of it is ever routed, told or written.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from msgspec import Struct

from connector.app import App
from connector.app.imported import imported_of
from connector.clock import end_of_day
from connector.errors import BadConfiguration
from connector.facts import WORDS
from connector.history.load import Imported, Target, load_file
from connector.history.map_file import parse
from connector.history.rows import Reading
from connector.playbook import load
from connector.playbook.loading import Loaded
from connector.playbook.qualifying_file import own_questions
from connector.ports.history import HISTORY, FieldPast
from connector.report.backtest import Backtest, Grading, changes, difference, excluded, moves, side
from connector.report.judging import Judged, Trial, Window, judge
from connector.rules.toml import Table
from connector.rules.toml import load as load_toml
from connector.store.history_import import SqlHistoryStore
from connector.store.past import SqlPastReader

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
WEEKS = 26
WEEKS_MAX = 260
UNDATED_LOOKED_AT = 1_000
PROGRESS_STEP = 1_000


def import_history(
    app: App, company: str, path: Path, *, kind: str, map_path: Path, systems: tuple[str, ...]
) -> Imported:  # fmt: skip
    """Rows of a CSV file into the company's imported history."""
    settings = app.settings.company(company)
    if not map_path.exists():
        raise BadConfiguration("no such file", where=str(map_path), remedy="name the map with --map")
    loaded = loaded_rules(app, company, systems)
    playbook, questions = loaded.playbook, own_questions(loaded.mapping.canonical)
    wanted = parse(Table(load_toml(map_path), map_path.name, questions=questions), kind)
    closed = {**WORDS, **{each.field: each.answers for each in playbook.questions}}
    app.prepare()
    state = app.companies.company(company + HISTORY)
    now = app.world.clock.now()
    target = Target(SqlHistoryStore(app.database), state.company_id, now, app.world.ids.key, app.world.note)
    with app.companies.lease(state):
        return load_file(path, Reading(wanted, settings.zone, playbook.lists, now, closed), target, company)


def loaded_rules(app: App, company: str, systems: tuple[str, ...]) -> Loaded:
    """The company's own mapping and playbook."""
    return load(app.settings.company(company).mappings, systems=systems)


class Asked(Struct, frozen=True):
    """What a backtest is asked for. ``playbook``: the folder of the one to try, ``None`` for none."""

    playbook: Path | None = None
    as_of: datetime | None = None
    since: datetime | None = None


def backtest(app: App, company: str, asked: Asked, systems: tuple[str, ...]) -> Backtest:
    """Both playbooks on the company's own past, or, where it has none yet, on its imported history."""
    settings = app.settings.company(company)
    live = loaded_rules(app, company, systems).playbook
    tried = load(asked.playbook, systems=systems).playbook if asked.playbook is not None else live
    app.prepare()
    reader = SqlPastReader(app.database)
    past = past_of(app, company, reader)
    fields = tuple(reader.fields(past.company))
    used = live.fields_used | tried.fields_used
    hidden = excluded(fields, used, live.value.history_share_min)
    trial = Trial(live, tried, frozenset(hidden))
    window = _window(past, asked, settings.zone, timedelta(days=live.value.horizon_days))
    judged = []
    for each in judge(reader, app.evaluations, past.company, trial, window):
        judged.append(each)
        if len(judged) % PROGRESS_STEP == 0:
            app.world.note(f"{company}: {len(judged)} people judged")
    return _figures(company, trial, window, judged, past, [each for each in fields if each.name in used])


class Past(Struct, frozen=True):
    """Whose past is read: the store company, what it is called, and where it ends."""

    company: int
    name: str
    end: datetime
    undated: bool


def past_of(app: App, company: str, reader: SqlPastReader) -> Past:
    """The company's own past when it has people, else its imported history."""
    own = app.state(company).company_id
    if reader.has_people(own):
        return Past(own, "the company's own", app.world.clock.now(), undated=False)
    history = imported_of(app, company)
    imported = history.company_id if history is not None else own
    end = reader.last_fact(imported) if history is not None else None
    if end is None:
        raise BadConfiguration(
            "there is no history yet", where=company, remedy=f"run leadloop backfill {company}, or leadloop import"
        )
    undated = all(each.undated for each in reader.people(imported, 0, UNDATED_LOOKED_AT))
    return Past(imported, "imported", end, undated)


def _window(past: Past, asked: Asked, zone: ZoneInfo, horizon: timedelta) -> Window:
    """Local midnights a week apart, the last at ``as_of``; by default as late as everything can be decided."""
    last = end_of_day(asked.as_of or (past.end if past.undated else past.end - horizon - DAY), zone)
    first = last if past.undated else (asked.since or last - WEEKS * WEEK)
    if first > last:
        raise BadConfiguration("lies behind --as-of", where="--since", remedy="choose an earlier date")
    if (last - first) / WEEK > WEEKS_MAX:
        raise BadConfiguration(f"more than {WEEKS_MAX} weeks", where="--since", remedy="choose a later date")
    day, days = last.date(), [last]
    while datetime.combine(day - WEEK, time(), zone) >= first:
        day -= WEEK
        days.append(datetime.combine(day, time(), zone))
    return Window(tuple(reversed(days)), horizon, past.end)


def _figures(
    company: str, trial: Trial, window: Window, judged: list[Judged], past: Past, fields: list[FieldPast]
) -> Backtest:  # fmt: skip
    scoring, value = trial.tried.definitions.scoring, trial.tried.value
    team = [each for each in trial.tried.team if each.role in trial.tried.sales_roles and each.weight > 0]
    grading = Grading(tuple(grade.name for grade in scoring.grades), value.grades, len(window.days), len(team))
    decided = [each for each in judged if each.won is not None]
    undated = len(judged) if past.undated else 0
    return Backtest(
        company=company,
        history=past.name,
        since=window.days[0],
        as_of=window.days[-1],
        end=window.end,
        horizon_days=window.horizon.days,
        reps=len(team),
        people=len(judged),
        decided=len(decided),
        won=sum(bool(each.won) for each in decided),
        undated=undated,
        live=side("live", judged, grading, tried=False),
        tried=None if trial.is_same else side("tried", judged, grading, tried=True),
        moves=moves(judged),
        difference=None if trial.is_same else difference(judged),
        changes=None if trial.is_same else changes(judged),
        fields=tuple(fields),
        hidden=tuple(sorted(trial.hidden)),
        notes=(*_nobody(judged, window), *_notes(len(judged) - len(decided), undated, len(team), len(window.days))),
    )


def _nobody(judged: list[Judged], window: Window) -> Iterator[str]:
    if not judged:
        days = f"nobody was there by {window.days[-1]:%Y-%m-%d}, and the history ends on {window.end:%Y-%m-%d}"
        yield f"{days}: the last day leaves a horizon of {window.horizon.days} days before it; name a later --as-of"


def _notes(undecided: int, undated: int, reps: int, days: int) -> Iterator[str]:
    """What could not be used, and why."""
    if undecided:
        yield f"{undecided} people are not decided yet (the horizon ends after the history): only moves count them"
    if undated:
        yield f"{undated} people have an order but no dates: decay, weeks and the horizon are skipped for them"
    elif days < 2:
        yield "one day was judged: hand-overs per week need --since at least a week earlier"
    if not reps:
        yield "the team has no sales members with a weight: leads per rep are left out"
