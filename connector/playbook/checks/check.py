"""All findings of a playbook that loads, worst first. Reads no clock and no store: both are handed in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from msgspec import Struct, field
from msgspec.structs import replace

from connector.playbook.agreement import CHANGED, REVIEW_DUE, SIGNED, UNSIGNED, agreed_digest, standing
from connector.playbook.checks.findings import SEVERITIES, File, Finding
from connector.playbook.checks.mapping import check_mapping, signals_given
from connector.playbook.checks.people import check_questions, check_routing
from connector.playbook.checks.possible import Limits, walk_negated
from connector.playbook.checks.scoring import axis_limits, check_scoring
from connector.playbook.checks.stages import check_stages, dead_rungs
from connector.playbook.checks.tracks import check_promises, check_reasons, check_tracks
from connector.playbook.checks.words import check_words
from connector.playbook.loading import Loaded
from connector.playbook.playbook import Playbook
from connector.rules.conditions import Condition, fields_used
from connector.rules.stages import StageModel

LOW_FILL = 0.3
"""A ``none`` on a fact that fewer people have mostly says "not known", not "not so"."""


class Surroundings(Struct, frozen=True):
    """What the files do not say. ``company``: it has a configuration. ``fill``: fact -> share of people who have it."""

    today: date
    company: bool = False
    fill: Mapping[str, float] = field(default_factory=dict)


def check(loaded: Loaded, around: Surroundings) -> list[Finding]:
    """Every finding, errors first, then in the order of the files."""
    found = list(_findings(loaded, around))
    return sorted(found, key=lambda each: SEVERITIES.index(each.severity))


def negated_fields(model: StageModel) -> frozenset[str]:
    """The facts that some rule of the stages asks to be "not so"."""
    return frozenset(name for _, condition in _rules(model) for name in _negated(condition))


def _findings(loaded: Loaded, around: Surroundings) -> Iterator[Finding]:
    playbook, mapping = loaded.playbook, loaded.mapping
    files = {name: File(label) for name, label in loaded.files.items()}
    scoring, stages = playbook.definitions.scoring, playbook.definitions.stages
    questions = {each.field: each for each in playbook.questions}
    limits = Limits(
        axis_limits(scoring), signals_given(mapping), frozenset(each.name for each in scoring.phases) | {"awareness"}
    )
    limits = replace(limits, dead_rungs=dead_rungs(stages, limits))
    yield from _agreement(playbook, around, files["stages.toml"])
    yield from check_stages(stages, limits, files["stages.toml"])
    yield from check_scoring(scoring, questions, limits, files["scoring.toml"])
    yield from check_words(playbook, mapping, files)
    yield from check_questions(playbook, mapping, files["qualifying.toml"])
    yield from check_promises(playbook, files["followup.toml"])
    yield from check_reasons(playbook, files["followup.toml"])
    yield from check_tracks(playbook, files["nurture.toml"])
    yield from check_routing(playbook, files["routing.toml"], company=around.company)
    yield from check_mapping(loaded, files["fields.toml"], company=around.company)
    yield from _low_fill(stages, around, files["stages.toml"])


def _agreement(playbook: Playbook, around: Surroundings, file: File) -> Iterator[Finding]:
    agreement = playbook.definitions.stages.agreement
    now = standing(agreement, agreed_digest(playbook.body), around.today)
    remedy = {
        UNSIGNED: "sign it with leadloop playbook agree",
        CHANGED: "agree again, or take the change back",
        REVIEW_DUE: "look at it together and agree again",
    }
    if now.state != SIGNED:
        key = {UNSIGNED: "agreed_on", CHANGED: "digest"}.get(now.state, "review_by")
        yield file.warning("agreement", key, f"{now.sentence}; {remedy[now.state]}")
    elif not agreement.digest:
        yield file.note("agreement", "digest", "without it a later change of the definitions is not noticed")


def _rules(model: StageModel) -> Iterator[tuple[str, Condition]]:
    for number, outside in enumerate(model.exclusions, 1):
        yield f"exclusions[{number}]", outside.when
    for number, junk in enumerate(model.junk, 1):
        yield f"junk[{number}]", junk.when
    for rule in model.stages:
        if rule.requires is not None:
            yield f"stages.{rule.stage}.requires", rule.requires
        for number, path in enumerate(rule.paths, 1):
            yield f"stages.{rule.stage}.paths[{number}]", path.when


def _negated(condition: Condition) -> frozenset[str]:
    return frozenset(name for part in walk_negated(condition) for name in fields_used(part))


def _low_fill(model: StageModel, around: Surroundings, file: File) -> Iterator[Finding]:
    for place, condition in _rules(model):
        for name in sorted(_negated(condition) & around.fill.keys()):
            share = around.fill[name]
            if share < LOW_FILL:
                said = f'"none" on {name}, which only {share:.0%} of people have: it holds for whoever lacks it too'
                yield file.warning(place, "none", said)
