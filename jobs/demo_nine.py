"""What the demo's week shows of the playbook: nine subjects, each with facts of this company and the command behind it.

Reads and asks only, through the same functions as the commands; nothing is decided or written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connector.app import App
from connector.app.backtest import Asked, backtest
from connector.app.reports import report
from connector.app.route_test import route_test
from connector.app.trials import beside, capacity
from connector.decide.win_model import WinModel
from connector.errors import LeadloopError
from connector.playbook.checks.check import Surroundings, check
from connector.report.sentences import points
from jobs.demo_checks import DEPARTED
from jobs.demo_company import COMPANY, NEXT_PLAYBOOK, SYSTEMS
from jobs.demo_counts import (
    Answered,
    answered,
    came_close,
    cycles_by_motion,
    decided_rejections,
    follow_up_events,
    joined,
    moves_by,
    touches_by_state,
)
from jobs.demo_loop import Played
from jobs.demo_reading import HandOff, most_valued, people_on_tracks, taken_over

ASKED_SHOWN = 3
MOVED_BY = {"rule": "by a rule", "crm": "by what a CRM says", "human": "by a person"}
PUT_ON = {"hubspot": "a HubSpot list", "salesforce": "a Salesforce campaign"}
CLOCK_EVENTS = ("accepted", "reminded", "escalated", "reassigned")
Said = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Subject:
    """One of the nine: what there is to say (label, text) and the command that says more."""

    title: str
    said: Said
    command: str

    def as_json(self) -> dict[str, Any]:
        """As it stands in the demo's document."""
        return {"title": self.title, "said": dict(self.said), "command": self.command}


def nine_subjects(app: App, given: Sequence[HandOff], played: Played) -> tuple[Subject, ...]:
    """The nine, in the order of the playbook."""
    second = app.settings.file.parent / NEXT_PLAYBOOK
    return (
        Subject("Definitions", _definitions(app), f"leadloop playbook show {COMPANY}"),
        Subject("Scoring", _scoring(app, given, played), f"leadloop playbook capacity {COMPANY}"),
        Subject("Expected value", _expected_value(app, played), f"leadloop model train {COMPANY}"),
        Subject("Backtest", _backtest(app, second), f"leadloop backtest {COMPANY} --playbook {NEXT_PLAYBOOK}"),
        Subject("Nurture", _nurture(app), f"leadloop explain {COMPANY} PERSON"),
        Subject("Routing", _routing(app, given), f"leadloop route-test {COMPANY} PERSON"),
        Subject("Hand-off and follow-up", _follow_up(app), f"leadloop report {COMPANY} handoff"),
        Subject("Recycle and rejection", _recycling(app), f"leadloop report {COMPANY} recycle"),
        Subject("Shared figures", _figures(app), f"leadloop report {COMPANY} reps"),
    )


def _definitions(app: App) -> Said:
    loaded = app.loaded(COMPANY)
    company = app.state(COMPANY).company_id
    today = app.world.clock.now().astimezone(app.settings.company(COMPANY).zone).date()
    counts = Counter(each.severity for each in check(loaded, Surroundings(today, company=True)))
    stages = loaded.playbook.definitions.stages.stages
    paths = sum(len(stage.paths) for stage in stages)
    moves = {MOVED_BY.get(by, by): count for by, count in moves_by(app.database, company).items()}
    return (
        ("agreement", report(app, COMPANY, "funnel").standing.sentence),
        ("stages", f"{len(stages)} above name, with {paths} ways to enter them"),
        ("moves since live", _numbers(moves) or "none"),
        ("open cycles", _numbers(_spaced(cycles_by_motion(app.database, company)))),
        ("checked", f"{counts['error']} errors, {counts['warning']} warnings, {counts['note']} notes"),
    )


def _scoring(app: App, given: Sequence[HandOff], played: Played) -> Said:
    first = next(iter(given), None)
    why = (("for example", f"{first.name}: {first.why}"),) if first else ()
    company = app.state(COMPANY).company_id
    people = ((story, answered(app.database, company, email)) for story, email in played.answers)
    told = [(story, _answer(app, one)) for story, one in people if one is not None]
    ask = next(
        (one for _, email in played.answers if (one := answered(app.database, company, email)) and one.ask_next), None
    )
    next_ = (("ask next", f"{ask.name}: {' '.join(ask.ask_next[:ASKED_SHOWN])}"),) if ask else ()
    return (("capacity", capacity(app, COMPANY, SYSTEMS).sentence), *why, *told, *next_)


def _answer(app: App, one: Answered) -> str:
    """What somebody said in a form, and what it made of them."""
    playbook = app.loaded(COMPANY).playbook
    asked = {question.field: question.text for question in playbook.questions}
    said = " ".join(f"{asked[name]} {value}." for name, value in one.answers.items())
    if one.disposition == "disqualified":
        return f"{one.name}: {said} Disqualified by that answer."
    grade = f", grade {one.grade}" if one.grade else ""
    return f"{one.name}: {said} {points(one.readiness_milli)} points of readiness, {one.stage.replace('_', ' ')}{grade}"


def _expected_value(app: App, played: Played) -> Said:
    model = _model(played.model)
    valued = most_valued(app.database, app.state(COMPANY).company_id)
    if valued is None:
        return (model, ("worth", "nobody: no amount was ever won, and value.toml names none"))
    return (
        model,
        ("worth most", f"{valued.name}, {valued.value:,}: {'; '.join(app.explain(COMPANY, valued.person).worth)}"),
        ("all open qualified leads", f"{valued.people} people, {valued.sum:,} together"),
    )


def _model(learned: WinModel | LeadloopError | None) -> tuple[str, str]:
    if isinstance(learned, WinModel):
        figures = learned.figures
        tried = f"AUC {figures['auc']:.2f} on the {figures['tested_people']} newest, whom it had not seen"
        brier = f"Brier {figures['brier']:.3f}, of the base rate alone {figures['brier_of_the_base_rate']:.3f}"
        return "model", f"learned from {figures['people']} people with {figures['wins']} wins: {tried}; {brier}"
    return "no model", learned.sentence().removeprefix(f"{COMPANY}: ") if learned else "nothing was tried"


def _backtest(app: App, second: Path) -> Said:
    found, _keys = beside(app, COMPANY, second, SYSTEMS)
    tried = backtest(app, COMPANY, Asked(playbook=second), SYSTEMS)
    moved = f"{found.regraded} of {found.people} people would have another grade; nothing is written"
    said = [("a second playbook", moved), ("on the past", tried.sentence)]
    return (*said, ("", tried.hand_overs)) if tried.hand_overs else tuple(said)


def _nurture(app: App) -> Said:
    company = app.state(COMPANY).company_id
    tracks = people_on_tracks(app.database, company)
    said = [("tracks", _numbers(_spaced(tracks)))]
    members = joined(app.database, company)
    if members:
        on = {PUT_ON.get(system, system): count for system, count in members.items()}
        said.append(("put on", _numbers(on)))
    touches = touches_by_state(app.database, company)
    said.append(("human touches", _numbers(touches) or "none asked for"))
    close = came_close(app.database, company)
    said.append(("movement", f"{len(close)} people came close to the next grade or stage"))
    lacking = [one for one in close if one.missing]
    said += [("for example", f"{one.name}: {one.what}; missing: {one.missing}") for one in lacking[:1]]
    return tuple(said)


def _routing(app: App, given: Sequence[HandOff]) -> Said:
    last = given[-1] if given else None
    said: list[tuple[str, str]] = [("given to", _counted(each.owner for each in given))]
    if last is None:
        return tuple(said)
    said.append(("by rule", _counted(each.rule.replace("_", " ") for each in given)))
    said += [("territory", f"{each.name}: {each.rule_why}") for each in given if each.rule == "territory"][:1]
    said += [("skill", f"{each.name}: {each.rule_why}") for each in given if "lacks the skill" in each.rule_why][:1]
    asked = route_test(app, COMPANY, last.person)
    looked = sum(step.asked for step in asked.steps)
    said.append(("for example", f"{last.name} would go to {asked.to} now, after {looked} rules were looked at"))
    return tuple(said)


def _counted(words: Iterable[str]) -> str:
    return ", ".join(f"{word} {count}" for word, count in sorted(Counter(words).items()))


def _follow_up(app: App) -> Said:
    """What the report says, and where the leads of a colleague went who has left."""
    company = app.state(COMPANY).company_id
    moved = taken_over(app.database, company)
    leavers = sorted({was for was, _ in moved})
    gone = {
        was: ", ".join(f"{now} {count}" for (who, now), count in sorted(moved.items()) if who == was) for was in leavers
    }
    events = follow_up_events(app.database, company)
    clocks = {name: events[name] for name in CLOCK_EVENTS if events.get(name)}
    left = [("clocks", _numbers(_spaced(clocks)))] if clocks else []
    left += [("who left", f"{was}; their open leads were given to {to}") for was, to in gone.items()]
    told = [("told", one.remedy) for one in app.stores.findings.open_findings(company) if one.name in DEPARTED]
    return (*_told(app, "handoff"), *left, *told)


def _recycling(app: App) -> Said:
    """What the report says, and what became of each lead that sales gave back."""
    company, playbook = app.state(COMPANY).company_id, app.loaded(COMPANY).playbook
    became = decided_rejections(app.database, company)
    refused = follow_up_events(app.database, company).get("refused", 0)
    given = [
        f"{playbook.reason_labels.get(reason, reason)}: {to.replace('_', ' ')} {n}"
        for (reason, to), n in became.items()
    ]
    said = [("given back", "; ".join(given))] if given else []
    said += [("refused", f"{refused} as not reached, although nobody had been called")] if refused else []
    return (*_told(app, "recycle"), *said)


def _figures(app: App) -> Said:
    """Bad leads or bad follow-up, which source brings customers, and the last week beside the one before."""
    named = (("", "reps"), ("sources", "sources"), ("leaks", "leaks"), ("last week", "week"))
    return tuple((label, text) for label, name in named for _, text in _told(app, name))


def _numbers(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())


def _spaced(counts: Mapping[str, int]) -> dict[str, int]:
    return {name.replace("_", " "): count for name, count in counts.items()}


def _told(app: App, name: str) -> Said:
    found = report(app, COMPANY, name)
    return tuple(("", sentence) for sentence in found.sentences)
