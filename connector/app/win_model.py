"""The model of winning of one company: who counts as decided, what was known then, and where the model is kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from connector.app import App
from connector.app.backtest import Past, loaded_rules, past_of
from connector.clock import to_micros
from connector.decide.expected_value import ValueRules
from connector.decide.win_model import WinModel, weekday_of
from connector.errors import BadConfiguration
from connector.ports.history import PastPerson
from connector.report.training import Example, Origin, require_enough, train
from connector.store.past import SqlPastReader
from connector.store.value import SqlValueStore

CHUNK = 2_000
PEOPLE_MAX = 200_000
"""The newest people are enough; a model of a few dozen features learns nothing from more."""


class Decided(Struct, frozen=True, order=True):
    """A person whose outcome is known: when they were decided, and what came of it."""

    at: datetime
    person_id: int
    won: bool


def train_company(app: App, company: str, since: datetime | None, systems: tuple[str, ...]) -> WinModel:
    """Train on the company's own past (or its imported history) and keep the model."""
    rules = loaded_rules(app, company, systems).playbook.value
    app.prepare()
    reader, state = SqlPastReader(app.database), app.state(company)
    past = past_of(app, company, reader)
    decided = sorted(_decided(reader, past, rules, since))[-PEOPLE_MAX:]
    require_enough(company, len(decided), sum(each.won for each in decided), rules)
    fields = reader.fields(past.company)
    thin = {each.name for each in fields if each.dated < rules.history_share_min * each.known}
    now, zone = app.world.clock.now(), app.settings.company(company).zone
    origin = Origin(company, past.name, now, rules.left_out | thin, dated=not past.undated)
    model = train(list(_examples(app, reader, past, decided, zone)), origin)
    with app.companies.lease(state):
        SqlValueStore(app.database).save_model(state.company_id, model, now)
    return model


def model_of(app: App, company: str) -> WinModel:
    """The newest model; ``BadConfiguration`` when there is none."""
    app.prepare()
    found = SqlValueStore(app.database).model(app.state(company).company_id)
    if found is None:
        raise BadConfiguration("no model was trained", where=company, remedy=f"run leadloop model train {company}")
    return found


def _decided(reader: SqlPastReader, past: Past, rules: ValueRules, since: datetime | None) -> Iterator[Decided]:
    horizon = timedelta(days=rules.horizon_days)
    after = 0
    while people := reader.people(past.company, after, CHUNK):
        after = people[-1].person_id
        for each in people:
            outcome = _outcome(each, past.end, horizon)
            if outcome is not None and (since is None or each.decided_at >= since or each.undated):
                yield Decided(each.decided_at, each.person_id, outcome)


def _outcome(person: PastPerson, end: datetime, horizon: timedelta) -> bool | None:
    """Whether they bought within the horizon; ``None`` when that is not known yet, or was no question any more."""
    if person.undated:
        return person.wins > 0
    under_way = person.opened_at is not None and person.opened_at < person.decided_at
    bought = person.won_at is not None and person.won_at <= person.decided_at
    if under_way or bought or person.decided_at + horizon > end:
        return None
    return person.won_at is not None and person.won_at <= person.decided_at + horizon


def _examples(
    app: App, reader: SqlPastReader, past: Past, decided: list[Decided], zone: ZoneInfo
) -> Iterator[Example]:  # fmt: skip
    for start in range(0, len(decided), CHUNK):
        part = decided[start : start + CHUNK]
        known = reader.known(past.company, {each.person_id: to_micros(each.at) for each in part})
        app.world.note(f"{start + len(part)} of {len(decided)} people read")
        for each in part:
            weekday = None if past.undated else weekday_of(each.at.astimezone(zone))
            yield Example(each.at, known[each.person_id], weekday, each.won)
