"""Words in conditions that nobody ever says: answers of no question, kinds of no form, sources that are not read.

They are no mistakes of form, so the files load; but a rule that waits for such a word waits for ever. Facts with a
closed list of words of ours are refused when the file is read (``connector.facts.WORDS``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from connector.playbook.checks.findings import File, Finding
from connector.playbook.playbook import Playbook, Question
from connector.playbook.qualifying_file import KNOCKED_OUT
from connector.rules.condition_parser import ascii_lower
from connector.rules.conditions import Compare, Condition, EventFilter, Operator, happenings, walk
from connector.rules.mapping import Mapping as FieldMapping
from connector.rules.mapping import SignalMeaning
from connector.rules.score_model import CaseRule, SignalRule
from connector.rules.stages import Exclusion, HoldRule, JunkRule
from connector.rules.toml import nearest

IMPORTED = "import"
"""The source of activities that were read from files."""

Place = tuple[File, str, str]
"""A file, a table and a key."""


class Spoken(Struct, frozen=True):
    """What is said at all. ``kinds``: signal -> the kinds that some mapping gives it; ``sources``: in lower case."""

    questions: Mapping[str, Question]
    kinds: Mapping[str, frozenset[str]]
    sources: frozenset[str]


def check_words(playbook: Playbook, mapping: FieldMapping, files: Mapping[str, File]) -> Iterator[Finding]:
    """Every word of a condition that can never be met."""
    spoken = _spoken(playbook, mapping)
    for place, condition in _conditions(playbook, files):
        yield from _answers(place, condition, spoken)
        for asked in happenings(condition):
            yield from _events(place, asked.events, spoken)
    for axis in playbook.definitions.scoring.axes:
        for number, rule in enumerate(axis.rules, 1):
            if isinstance(rule, SignalRule):
                place = (files["scoring.toml"], f"{axis.name}.rules[{number}]", "signal")
                yield from _events(place, rule.events, spoken)


def _spoken(playbook: Playbook, mapping: FieldMapping) -> Spoken:
    kinds: dict[str, frozenset[str]] = {}
    for entry in mapping.objects.values():
        for rule in entry.signals:
            fixed: list[SignalMeaning] = [] if rule.meaning is None else [rule.meaning]
            for meaning in (*fixed, *rule.meanings.values()):
                own = frozenset() if meaning.kind is None else frozenset({meaning.kind})
                kinds[meaning.signal] = kinds.get(meaning.signal, frozenset()) | own
    objects = {f"{system}.{name}" for system, name in mapping.objects} | {system for system, _name in mapping.objects}
    sources = frozenset(ascii_lower(each) for each in objects | {IMPORTED})
    return Spoken({each.field: each for each in playbook.questions}, kinds, sources)


def _conditions(playbook: Playbook, files: Mapping[str, File]) -> Iterator[tuple[Place, Condition]]:
    yield from _of_stages(playbook, files["stages.toml"])
    yield from _of_scoring(playbook, files["scoring.toml"])
    for name, condition in sorted(playbook.track_conditions.items()):
        yield (files["nurture.toml"], f"tracks.{name}.entry", "when"), condition
    for number, territory in enumerate(playbook.routing.territories, 1):
        yield (files["routing.toml"], f"territories[{number}]", "when"), territory.when


def _of_stages(playbook: Playbook, file: File) -> Iterator[tuple[Place, Condition]]:
    model = playbook.definitions.stages
    written = [rule for rule in model.junk if not rule.id.startswith(KNOCKED_OUT)]
    outside: dict[str, Sequence[Exclusion | JunkRule | HoldRule]]
    outside = {"exclusions": model.exclusions, "junk": written, "holds": model.holds}
    for table, rules in outside.items():
        for number, rule in enumerate(rules, 1):
            yield (file, f"{table}[{number}]", "when"), rule.when
    for stage in model.stages:
        if stage.requires is not None:
            yield (file, f"stages.{stage.stage}", "requires"), stage.requires
        for number, path in enumerate(stage.paths, 1):
            yield (file, f"stages.{stage.stage}.paths[{number}]", "when"), path.when


def _of_scoring(playbook: Playbook, file: File) -> Iterator[tuple[Place, Condition]]:
    model = playbook.definitions.scoring
    for axis in model.axes:
        for number, rule in enumerate(axis.rules, 1):
            table = f"{axis.name}.rules[{number}]"
            if isinstance(rule, CaseRule):
                for place, case in enumerate(rule.cases, 1):
                    yield (
                        (file, f"{table}.cases[{place}]" if rule.field else table, "" if rule.field else "when"),
                        case.when,
                    )
            elif isinstance(rule, SignalRule) and rule.when is not None:
                yield (file, table, "when"), rule.when
    for number, grade in enumerate(model.grades, 1):
        for key, condition in (("floor", grade.floor), ("ceiling", grade.ceiling)):
            if condition is not None:
                yield (file, f"grades[{number}]", key), condition
    for number, phase in enumerate(model.phases, 1):
        yield (file, f"phases[{number}]", "when"), phase.when
    for number, persona in enumerate(model.weights.personas, 1):
        yield (file, f"weights.personas[{number}]", "when"), persona.when


def _answers(place: Place, condition: Condition, spoken: Spoken) -> Iterator[Finding]:
    file, table, key = place
    for part in walk(condition):
        question = spoken.questions.get(part.field) if isinstance(part, Compare) else None
        if not isinstance(part, Compare) or question is None or not question.answers:
            continue
        for value in part.values:
            if value not in question.answers:
                asked = f'"{value}" is no answer of {part.field} in qualifying.toml'
                remedy = nearest(str(value), question.answers)
                if part.operator is Operator.NOT_IN:
                    yield file.warning(table, key, f"{asked}, so it keeps nobody out; {remedy}")
                else:
                    yield file.error(table, key, f"{asked}, so it never counts; {remedy}")


def _events(place: Place, events: EventFilter, spoken: Spoken) -> Iterator[Finding]:
    file, table, key = place
    for source in events.sources:
        if source not in spoken.sources:
            said = f'no activity comes from "{source}", which is no object of fields.toml'
            yield file.error(table, key, f"{said}; {nearest(source, spoken.sources)}")
    given = [spoken.kinds[signal] for signal in events.signals if signal in spoken.kinds]
    known = frozenset[str]().union(*given)
    for kind in events.kinds if given else ():
        if kind not in known:
            names = " or ".join(events.signals)
            said = f'no mapping in fields.toml gives {names} of the kind "{kind}"'
            yield file.warning(table, key, f"{said}; {nearest(kind, known) or 'none has a kind'}")
