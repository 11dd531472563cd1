"""What the demo's week shows of the playbook: nine subjects, each with facts of this company and the command behind it.

Reads and asks only, through the same functions as the commands; nothing is decided or written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connector.app import App
from connector.app.backtest import Asked, backtest
from connector.app.reports import report
from connector.app.route_test import route_test
from connector.app.trials import beside, capacity
from connector.playbook.checks.check import Surroundings, check
from jobs.demo_checks import DEPARTED
from jobs.demo_company import COMPANY, NEXT_PLAYBOOK, SYSTEMS
from jobs.demo_reading import HandOff, most_valued, people_on_tracks, taken_over

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


def nine_subjects(app: App, given: Sequence[HandOff]) -> tuple[Subject, ...]:
    """The nine, in the order of the playbook."""
    second = app.settings.file.parent / NEXT_PLAYBOOK
    return (
        Subject("Definitions", _definitions(app), f"leadloop playbook show {COMPANY}"),
        Subject("Scoring", _scoring(app, given), f"leadloop playbook capacity {COMPANY}"),
        Subject("Expected value", _expected_value(app), f"leadloop model train {COMPANY}"),
        Subject("Backtest", _backtest(app, second), f"leadloop backtest {COMPANY} --playbook {NEXT_PLAYBOOK}"),
        Subject("Nurture", _nurture(app), f"leadloop explain {COMPANY} PERSON"),
        Subject("Routing", _routing(app, given), f"leadloop route-test {COMPANY} PERSON"),
        Subject("Hand-off and follow-up", _follow_up(app), f"leadloop report {COMPANY} handoff"),
        Subject("Recycle and rejection", _told(app, "recycle"), f"leadloop report {COMPANY} recycle"),
        Subject("Shared figures", _told(app, "reps"), f"leadloop report {COMPANY} reps"),
    )


def _definitions(app: App) -> Said:
    loaded = app.loaded(COMPANY)
    today = app.world.clock.now().astimezone(app.settings.company(COMPANY).zone).date()
    counts = Counter(each.severity for each in check(loaded, Surroundings(today, company=True)))
    stages = loaded.playbook.definitions.stages.stages
    paths = sum(len(stage.paths) for stage in stages)
    return (
        ("agreement", report(app, COMPANY, "funnel").standing.sentence),
        ("stages", f"{len(stages)} above name, with {paths} ways to enter them"),
        ("checked", f"{counts['error']} errors, {counts['warning']} warnings, {counts['note']} notes"),
    )


def _scoring(app: App, given: Sequence[HandOff]) -> Said:
    first = next(iter(given), None)
    why = (("for example", f"{first.name}: {first.why}"),) if first else ()
    return (("capacity", capacity(app, COMPANY, SYSTEMS).sentence), *why)


def _expected_value(app: App) -> Said:
    valued = most_valued(app.database, app.state(COMPANY).company_id)
    if valued is None:
        return (("", "nobody: no amount was ever won, and value.toml names none"),)
    return (
        ("worth most", f"{valued.name}, {valued.value:,}: {'; '.join(app.explain(COMPANY, valued.person).worth)}"),
        ("all open qualified leads", f"{valued.people} people, {valued.sum:,} together"),
    )


def _backtest(app: App, second: Path) -> Said:
    found, _keys = beside(app, COMPANY, second, SYSTEMS)
    tried = backtest(app, COMPANY, Asked(playbook=second), SYSTEMS)
    moved = f"{found.regraded} of {found.people} people would have another grade; nothing is written"
    return (("a second playbook", moved), ("on the past", tried.sentence))


def _nurture(app: App) -> Said:
    company = app.state(COMPANY).company_id
    tracks = people_on_tracks(app.database, company)
    return (("tracks", ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in tracks.items())),)


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
    left = [("who left", f"{was}; their open leads were given to {to}") for was, to in gone.items()]
    told = [("told", one.remedy) for one in app.stores.findings.open_findings(company) if one.name in DEPARTED]
    return (*_told(app, "handoff"), *left, *told)


def _told(app: App, name: str) -> Said:
    found = report(app, COMPANY, name)
    return tuple(("", sentence) for sentence in found.sentences)
