"""``stages.toml`` to a ``StageModel``: scope, junk, the entry rule of each stage, exits, the agreement.

Decides what the file may say. Which move follows from a rung that holds is the lifecycle's decision, not this one.
"""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from connector.facts import SIGNALS
from connector.model import Stage
from connector.rules.condition_parser import Vocabulary
from connector.rules.condition_parser import parse as parse_condition
from connector.rules.conditions import Condition
from connector.rules.moves import ANY_MOVE, Moves
from connector.rules.moves import parse as parse_moves
from connector.rules.scoring import optional_condition
from connector.rules.toml import Table, nearest

__all__ = ["StageModel", "parse"]

ENTERED = tuple(stage.value for stage in Stage)[1:]
"""The stages that have an entry rule: everyone in scope is at least a name."""

GOES_COLD = (Stage.SUSPECT.value, Stage.LEAD.value)


class Exclusion(Struct, frozen=True):
    """People of whom ``when`` holds are outside: stored, never scored, routed or written."""

    id: str
    when: Condition
    text: str = ""


class JunkRule(Struct, frozen=True):
    """People of whom ``when`` holds are disqualified with ``reason``; the first rule that holds wins."""

    id: str
    when: Condition
    reason: str
    text: str = ""


class HoldRule(Struct, frozen=True):
    """People of whom ``when`` holds wait for somebody to look at them: no score, no move by behaviour, no hand-off."""

    id: str
    when: Condition
    text: str = ""


class Suspicion(Struct, frozen=True):
    """Submissions of forms as no person makes them: more than ``submissions_over`` of one person, or one text on
    ``same_text_addresses`` addresses of one domain, within ``within_minutes``. 0 looks for neither."""

    submissions_over: int = 20
    same_text_addresses: int = 5
    within_minutes: int = 60


class Path(Struct, frozen=True):
    """One way into a stage."""

    id: str
    when: Condition
    text: str = ""


class StageRule(Struct, frozen=True):
    """The entry rule of a stage: ``requires`` (if any) and one of the paths.

    ``cold_days``: without any signal of interest for so long, the stage is left for ``cold_to``.
    """

    stage: str
    paths: tuple[Path, ...]
    requires: Condition | None = None
    cold_days: int | None = None
    cold_to: str | None = None


class Exits(Struct, frozen=True):
    """Numbers of the lifecycle: shortest stay, lock after a person's backward move, when marketing lets go."""

    stay_hours: int = 24
    lock_days: int = 30
    let_go_days: int = 180
    let_go_to: str = Stage.LEAD.value


class Agreement(Struct, frozen=True):
    """Who of marketing and sales agreed to these definitions, and until when. ``digest``: to which ones exactly."""

    marketing: str = ""
    sales: str = ""
    agreed_on: date | None = None
    review_by: date | None = None
    notes: str = ""
    digest: str = ""

    @property
    def signed(self) -> bool:
        """Whether both teams are named with a date."""
        return bool(self.marketing and self.sales and self.agreed_on)


class StageModel(Struct, frozen=True):
    """Everything of ``stages.toml``. ``interest``: the signals that show interest (``last_signal_at``, going cold)."""

    stages: tuple[StageRule, ...]
    exclusions: tuple[Exclusion, ...] = ()
    junk: tuple[JunkRule, ...] = ()
    interest: tuple[str, ...] = ("hand_raise",)
    exits: Exits = Exits()
    agreement: Agreement = Agreement()
    holds: tuple[HoldRule, ...] = ()
    suspicion: Suspicion = Suspicion()
    moves: Moves = ANY_MOVE


def parse(table: Table) -> StageModel:
    """The model of a whole file; ``BadConfiguration`` names the table and key of a mistake."""
    model = StageModel(
        stages=_stages(table.table("stages", required=True)),
        exclusions=tuple(_exclusion(part) for part in table.tables("exclusions")),
        junk=tuple(_junk(part) for part in table.tables("junk")),
        interest=_interest(table.table("signals", required=True)),
        exits=_exits(table.table("exits")),
        agreement=_agreement(table.table("agreement")),
        holds=tuple(_hold(part) for part in table.tables("holds")),
        suspicion=_suspicion(table.table("suspected_bot")),
        moves=parse_moves(table.table("moves")),
    )
    table.finish()
    _refuse_twins(table, "exclusions", [rule.id for rule in model.exclusions])
    _refuse_twins(table, "junk", [rule.id for rule in model.junk])
    _refuse_twins(table, "holds", [rule.id for rule in model.holds])
    return model


def _stages(table: Table) -> tuple[StageRule, ...]:
    for name in table.values:
        if name not in ENTERED:
            raise table.error(name, "not a stage with an entry rule", nearest(name, ENTERED))
    present = [stage for stage in ENTERED if table.has(stage)]
    return tuple(_stage(table.table(stage), stage, tuple(present[:place])) for place, stage in enumerate(present))


def _stage(table: Table, stage: str, lower: tuple[str, ...]) -> StageRule:
    vocabulary = Vocabulary(scores=True, buying_phase=True, rungs=lower)
    rule = StageRule(
        stage=stage,
        paths=tuple(_path(part, vocabulary) for part in table.tables("paths")),
        requires=optional_condition(table, "requires", vocabulary),
        cold_days=table.integer("cold_days") if table.has("cold_days") else None,
        cold_to=table.text("cold_to", among=[one.value for one in Stage]) if table.has("cold_to") else None,
    )
    table.finish()
    if not rule.paths:
        raise table.error("paths", "missing", f"write at least one [[{table.path}.paths]] table")
    _check_cold(rule, table)
    _refuse_twins(table, "paths", [path.id for path in rule.paths])
    return rule


def _check_cold(rule: StageRule, table: Table) -> None:
    """Who lets go of a qualified lead stands in ``exits``; the stages above are facts, which do not go cold."""
    if (rule.cold_days is None) != (rule.cold_to is None):
        raise table.error("cold_days", "cold_days and cold_to belong together")
    if rule.cold_days is None or rule.cold_to is None:
        return
    if rule.stage not in GOES_COLD:
        remedy = "[exits] let_go_days and let_go_to say it" if rule.stage == Stage.QUALIFIED_LEAD else "leave it out"
        raise table.error("cold_days", f"{rule.stage} does not go cold", remedy)
    if rule.cold_days < 1:
        raise table.error("cold_days", "expected 1 or more")
    _require_lower(table, "cold_to", rule.cold_to, Stage(rule.stage))


def _require_lower(table: Table, key: str, stage: str, than: Stage) -> None:
    if Stage(stage).rank >= than.rank:
        lower = [each.value for each in Stage if each.rank < than.rank]
        raise table.error(key, f"{stage} is not below {than.value}", f"write {' or '.join(lower)}")


def _path(table: Table, vocabulary: Vocabulary) -> Path:
    path = Path(
        table.text("id"), parse_condition(table.table("when", required=True), vocabulary), table.text("text", "")
    )
    table.finish()
    return path


def _exclusion(table: Table) -> Exclusion:
    rule = Exclusion(table.text("id"), parse_condition(table.table("when", required=True)), table.text("text", ""))
    table.finish()
    return rule


def _junk(table: Table) -> JunkRule:
    rule = JunkRule(
        table.text("id"),
        parse_condition(table.table("when", required=True)),
        table.text("reason"),
        table.text("text", ""),
    )
    table.finish()
    return rule


def _hold(table: Table) -> HoldRule:
    rule = HoldRule(table.text("id"), parse_condition(table.table("when", required=True)), table.text("text", ""))
    table.finish()
    return rule


def _suspicion(table: Table) -> Suspicion:
    default = Suspicion()
    suspicion = Suspicion(
        submissions_over=table.integer("submissions_over", default.submissions_over),
        same_text_addresses=table.integer("same_text_addresses", default.same_text_addresses),
        within_minutes=table.integer("within_minutes", default.within_minutes),
    )
    table.finish()
    for key, least in (("submissions_over", 0), ("same_text_addresses", 0), ("within_minutes", 1)):
        if getattr(suspicion, key) < least:
            raise table.error(key, f"expected {least} or more")
    if suspicion.same_text_addresses == 1:
        raise table.error("same_text_addresses", "would hold everybody who writes", "write 2 or more, or 0 for never")
    return suspicion


def _interest(table: Table) -> tuple[str, ...]:
    signals = table.texts("interest", among=SIGNALS)
    table.finish()
    if not signals:
        raise table.error("interest", "the list is empty")
    return signals


def _exits(table: Table) -> Exits:
    default = Exits()
    exits = Exits(
        stay_hours=table.integer("stay_hours", default.stay_hours),
        lock_days=table.integer("lock_days", default.lock_days),
        let_go_days=table.integer("let_go_days", default.let_go_days),
        let_go_to=table.text("let_go_to", default.let_go_to, among=[stage.value for stage in Stage]),
    )
    table.finish()
    for key, least in (("stay_hours", 0), ("lock_days", 0), ("let_go_days", 1)):
        if getattr(exits, key) < least:
            raise table.error(key, f"expected {least} or more")
    _require_lower(table, "let_go_to", exits.let_go_to, Stage.QUALIFIED_LEAD)
    return exits


def _agreement(table: Table) -> Agreement:
    agreement = Agreement(
        marketing=table.text("marketing", "").strip(),
        sales=table.text("sales", "").strip(),
        agreed_on=_date(table, "agreed_on"),
        review_by=_date(table, "review_by"),
        notes=table.text("notes", ""),
        digest=table.text("digest", ""),
    )
    table.finish()
    return agreement


def _date(table: Table, key: str) -> date | None:
    value = table.raw(key)
    if value is None or (isinstance(value, date) and type(value) is date):
        return value
    raise table.error(key, "expected a date", "write it as 2026-01-31 without quotes")


def _refuse_twins(table: Table, key: str, ids: list[str]) -> None:
    for identifier in ids:
        if ids.count(identifier) > 1:
            raise table.error(key, f'"{identifier}" stands there twice', "give each its own id")
