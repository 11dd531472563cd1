"""From a mapping folder to the typed mapping and playbook, with the checks that need more than one file.

Reads files and nothing else. What one file may say is decided beside its parser.
"""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from functools import lru_cache
from pathlib import Path
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from connector.decide.cycles import LEFT_FOR, Rules
from connector.errors import BadConfiguration
from connector.model import Stage
from connector.playbook import (
    followup_file,
    identity_file,
    messages_file,
    native_sync_file,
    nurture_file,
    qualifying_file,
    routing_file,
    sources_file,
    team_file,
    value_file,
)
from connector.playbook.documents import (
    MAPPING_FILE,
    PLAYBOOK_FILES,
    SOURCES_FILE,
    Layers,
    digest_of,
    merged,
    plain,
    read_layers,
)
from connector.playbook.followup_file import FollowUp
from connector.playbook.playbook import Playbook
from connector.playbook.qualifying_file import own_questions, with_questions
from connector.playbook.sources_file import Sources
from connector.rules import mapping_file, scoring, stages
from connector.rules.conditions import Compare, Operator
from connector.rules.definitions import Definitions
from connector.rules.mapping import Mapping
from connector.rules.mapping_file import require_systems
from connector.rules.score_model import MILLI
from connector.rules.stages import Exclusion, StageModel
from connector.rules.toml import Table, nearest

SALES_QUALIFIED = "sales_qualified"
LIFECYCLE = "lifecycle"
OWN_DOMAIN = "own_domain"
"""The exclusion that is made of ``identity.toml``; every other one is written in ``stages.toml``."""


ASKS = ("scoring.toml", "stages.toml", "nurture.toml")
"""Files whose rules may speak of a company's own questions."""

LOADED_MAX = 32
"""Companies (or versions of their files) kept parsed in one process."""


class Loaded(Struct, frozen=True):
    """A mapping and a playbook that go together. ``mapping_body``: the merged document, JSON-able.

    ``files``: file name -> the name to blame in a finding, as in ``acme/stages.toml``.
    """

    mapping: Mapping
    mapping_body: Dictionary[str, Any]
    playbook: Playbook
    files: Dictionary[str, str]
    sources: Sources = field(default_factory=Sources)


def load(folder: Path | None, *, systems: tuple[str, ...]) -> Loaded:
    """The defaults with a company's files over them, key by key; ``None``: the defaults alone.

    ``systems``: the names of the installed adapters. Every mistake is one ``BadConfiguration`` that names the file,
    the table and the key; ``connector.playbook.documents`` says which file, when there are two.
    """
    layers = read_layers(folder)
    return _loaded(tuple(layers.items()), systems)


@lru_cache(maxsize=LOADED_MAX)
def _loaded(layers: tuple[tuple[str, Layers], ...], systems: tuple[str, ...]) -> Loaded:
    """The same texts mean the same: they are parsed once in a process."""
    documents = {name: merged(each) for name, each in layers}
    mapping_body = plain(documents[MAPPING_FILE].values)
    mapping = mapping_file.parse(documents[MAPPING_FILE], systems=systems, digest=digest_of(mapping_body))
    require_systems(mapping, systems)
    files = {name: table.file for name, table in documents.items()}
    sources = sources_file.parse(documents[SOURCES_FILE])
    return Loaded(mapping, mapping_body, _playbook(documents, mapping, systems), files, sources)


def _playbook(documents: Dictionary[str, Table], mapping: Mapping, systems: tuple[str, ...]) -> Playbook:
    for name in ASKS:
        documents[name].questions = own_questions(mapping.canonical)
    identity = identity_file.parse(documents["identity.toml"])
    scores, staged = scoring.parse(documents["scoring.toml"]), stages.parse(documents["stages.toml"])
    grades = tuple(grade.name for grade in scores.grades)
    team = team_file.parse(documents["team.toml"], systems)
    tracks = nurture_file.parse(documents["nurture.toml"], grades)
    nurture_file.require_pools(
        documents["nurture.toml"], tracks, {pool for each in team.members for pool in each.pools}
    )
    names = {track.name for track in tracks}
    follow_up = followup_file.parse(documents["followup.toml"], grades=grades, tracks=names, fields=mapping.canonical)
    disqualify = [code for code, reason in follow_up.reasons.items() if reason.kind == "disqualify"]
    _require_junk_reasons(staged, disqualify, documents["stages.toml"])
    questions = qualifying_file.parse(documents["qualifying.toml"], fields=mapping.canonical, disqualify=disqualify)
    staged = _without_own_people(with_questions(staged, questions), identity.own_domains)
    definitions = Definitions(scores, staged)
    body = {name: plain(documents[name].values) for name in PLAYBOOK_FILES}
    return Playbook(
        definitions=definitions,
        rules=_rules(definitions, follow_up),
        lists=identity.lists,
        identity=identity.settings,
        accounts=identity.accounts,
        own_domains=identity.own_domains,
        tracks=tracks,
        permission=nurture_file.permission_of(documents["nurture.toml"]),
        promises=follow_up.promises,
        team=team.members,
        routing=routing_file.parse(documents["routing.toml"], team.members, sorted(names)),
        sales_roles=team.sales_roles,
        marketing_roles=team.marketing_roles,
        ladder=_ladder(mapping, documents[MAPPING_FILE]),
        signs=follow_up.signs,
        silence=follow_up.silence,
        note=follow_up.note,
        questions=questions,
        messages=messages_file.parse(documents["messages.toml"]),
        reason_labels=follow_up.reason_labels,
        digest=digest_of(body),
        body=body,
        track_conditions=nurture_file.conditions_of(documents["nurture.toml"]),
        touch_clock=nurture_file.touch_clock_of(documents["nurture.toml"]),
        movement=nurture_file.movement_of(documents["nurture.toml"]),
        collections=nurture_file.collections_of(documents["nurture.toml"], sorted(names), systems),
        native_sync=native_sync_file.parse(documents["identity.toml"], mapping, systems),
        value=value_file.parse(documents["value.toml"], grades),
    )


def _rules(definitions: Definitions, follow_up: FollowUp) -> Rules:
    model, limits = definitions.scoring, follow_up.recycling
    exits = definitions.stages.exits
    default = Rules(reasons=follow_up.reasons)
    cold = {rule.stage: rule.cold_days for rule in definitions.stages.stages if rule.cold_days is not None}
    return replace(
        default,
        grade_edges_milli={grade.name: grade.at_least * MILLI for grade in model.grades},
        hand_off_grade=follow_up.hand_off_grade,
        grade_margin_milli=model.hysteresis.points_below * MILLI,
        grade_margin_days=model.hysteresis.days,
        hand_raise_fresh_days=follow_up.hand_raise_fresh_days,
        suspect_cold_days=cold.get(Stage.SUSPECT.value, default.suspect_cold_days),
        lead_cold_days=cold.get(Stage.LEAD.value, default.lead_cold_days),
        left_for=_left_for(definitions.stages),
        let_go_days=exits.let_go_days,
        lock_days=exits.lock_days,
        settle_hours=exits.stay_hours,
        returns_max=limits.returns_max,
        returns_window_days=limits.returns_window_days,
        returns_apart_days=limits.returns_apart_days,
        lost_reason=limits.lost_reason,
        undecided_reason=follow_up.silence.undecided_reason,
        unreached_reason=follow_up.silence.unreached_reason,
        moves=definitions.stages.moves,
    )


def _left_for(model: StageModel) -> dict[Stage, Stage]:
    """Where people go back to who went cold, or whom marketing lets go."""
    cold = {Stage(rule.stage): Stage(rule.cold_to) for rule in model.stages if rule.cold_to is not None}
    return {**LEFT_FOR, **cold, Stage.QUALIFIED_LEAD: Stage(model.exits.let_go_to)}


def _without_own_people(model: StageModel, own_domains: frozenset[str]) -> StageModel:
    """Colleagues are out of scope (PLAYBOOK 3.1); the list stands in ``identity.toml`` and is a rule like any other."""
    if not own_domains:
        return model
    when = Compare("email_domain", Operator.IN, tuple(sorted(own_domains)))
    rule = Exclusion(OWN_DOMAIN, when, "works for us: the address has one of our own domains")
    return replace(model, exclusions=(rule, *model.exclusions))


def _require_junk_reasons(model: StageModel, known: list[str], table: Table) -> None:
    for position, rule in enumerate(model.junk, 1):
        if rule.reason not in known:
            raise BadConfiguration(
                f'"{rule.reason}" is no reason of class disqualify in followup.toml',
                where=f"{table.file}: [junk[{position}]] reason",
                remedy=nearest(rule.reason, known),
            )


def _ladder(mapping: Mapping, table: Table) -> dict[str, str]:
    """The words that the mapping writes for the stages, in the CRM that has such a ladder."""
    words: dict[str, str] = {}
    field = mapping.canonical.get(LIFECYCLE)
    stage_words = (*(stage.value for stage in Stage), SALES_QUALIFIED)
    for entry in (entry for _, entry in sorted(mapping.objects.items())):
        for writer in (each for each in entry.fields if each.write == LIFECYCLE and field is not None):
            place = table.table(entry.system).table(entry.object).table("fields").table(writer.field)
            values = place.table("write_values")
            for stage in writer.write_values:
                if stage not in stage_words:
                    raise values.error(stage, "no such stage", nearest(stage, stage_words))
                words[stage] = values.text(stage, among=field.ladder if field else ())
    return words
