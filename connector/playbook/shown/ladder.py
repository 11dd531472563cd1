"""Scope, junk, stages and their moves in plain English."""

from __future__ import annotations

from collections.abc import Iterator

from connector.decide.cycles import Rules
from connector.model import Stage
from connector.playbook.playbook import Playbook
from connector.playbook.shown.item import Item
from connector.playbook.shown.words import counted, listed, plain, sentence
from connector.rules.conditions import Condition
from connector.rules.english import outline
from connector.rules.moves import STAGES
from connector.rules.stages import StageRule


def scope(playbook: Playbook) -> Iterator[Item]:
    """Who is outside."""
    for rule in playbook.definitions.stages.exclusions:
        yield Item(rule.id, f"outside: {rule.text or plain(rule.id)}", _exactly(rule.when, rule.text))


def junk(playbook: Playbook) -> Iterator[Item]:
    """Who is disqualified before anything else."""
    labels = playbook.reason_labels
    for rule in playbook.definitions.stages.junk:
        text = f"{rule.text or plain(rule.id)} (reason: {labels.get(rule.reason, rule.reason)})"
        yield Item(rule.id, text, _exactly(rule.when, rule.text))


def holds(playbook: Playbook) -> Iterator[Item]:
    """Who waits until somebody has looked at them."""
    model = playbook.definitions.stages
    for rule in model.holds:
        yield Item(rule.id, rule.text or plain(rule.id), _exactly(rule.when, rule.text))
    limits, within = model.suspicion, counted(model.suspicion.within_minutes, "minute")
    if limits.submissions_over:
        yield Item(
            "many_forms", f"a suspected bot: more than {limits.submissions_over} forms of one person in {within}"
        )
    if limits.same_text_addresses:
        many = limits.same_text_addresses
        yield Item("same_text", f"a suspected bot: the same text on {many} addresses of one domain in {within}")


def stages(playbook: Playbook) -> Iterator[Item]:
    """Entry and exits of every stage."""
    yield Item(Stage.NAME.value, "everybody in scope of whom nothing more is known")
    for rule in playbook.definitions.stages.stages:
        lines: list[str] = []
        if rule.requires is not None:
            lines += _under("always needed: ", outline(rule.requires))
        for path in rule.paths:
            said = f" {path.text}" if path.text else ""
            lines.append(f"path {path.id}:{said}")
            lines += [f"    {line}" for line in outline(path.when)]
        lines += [f"left: {way}" for way in _exits(rule, playbook)]
        yield Item(rule.stage, "entered by one of these paths" if len(rule.paths) > 1 else "entered so", tuple(lines))


def _exits(rule: StageRule, playbook: Playbook) -> Iterator[str]:
    exits = playbook.definitions.stages.exits
    if rule.cold_days is not None:
        quiet = counted(rule.cold_days, "day")
        yield f"to {plain(rule.cold_to or '')} (cold) after {quiet} without a signal of interest"
    if rule.stage == Stage.QUALIFIED_LEAD.value:
        grade = playbook.rules.hand_off_grade
        yield (
            f"to {plain(exits.let_go_to)} (let go) after {counted(exits.let_go_days, 'day')} without a signal and "
            f"without engagement, below grade {grade}"
        )
        yield "to lead when sales gives the person back (recycled); out of it when disqualified or merged"
    if rule.stage == Stage.PROSPECT.value:
        yield "to customer when the opportunity is won; to lead when it is lost, with its reason"
        yield "to the stage before when the opportunity is removed (opportunity removed)"
    if rule.stage == Stage.CUSTOMER.value:
        yield "never; when the contract ends the person is a former customer, and a hand-raise opens a winback cycle"
    else:
        yield "upwards by the entry of any higher stage; either way when a person moves them"


def moves(playbook: Playbook) -> Iterator[Item]:
    """What holds for every move."""
    exits = playbook.definitions.stages.exits
    rules: Rules = playbook.rules
    yield Item("interest", f"a signal of interest is: {listed(playbook.definitions.stages.interest, 'or')}")
    allowed = playbook.definitions.stages.moves
    for start, targets in allowed.allowed:
        if any(not allowed.allows(start, end) for end in STAGES if end != start):
            said = listed([plain(end) for end in targets], "or") if targets else "nowhere"
            yield Item(
                f"from_{start}", f"by rules {plain(start)} only goes to {said}; a person and a fact may do otherwise"
            )
    yield Item("forward", "any higher stage whose entry holds, also past others; entered at the time of its evidence")
    yield Item("backward", "only by the exits named above, or by a person")
    stay = counted(exits.stay_hours, "hour")
    yield Item("stay_hours", f"no stage is left within {stay} of its entry, except by a person, a CRM fact or junk")
    yield Item(
        "lock_days",
        f"a person's move back locks the stage for {counted(exits.lock_days, 'day')}; a hand-raise ends that",
    )
    yield Item("by_machine", "what a workflow, an assignment rule or another integration sets moves nobody")
    yield Item(
        "cycles",
        "a customer who asks for more opens a growth cycle, a former customer a winback cycle; "
        "an opportunity that reopens goes on in the same cycle",
    )
    graded = counted(rules.grade_margin_days, "day")
    yield Item(
        "grade", f"rises at once; falls when {rules.grade_margin_milli // 1000} points below its edge for {graded}"
    )


def _exactly(condition: Condition, text: str) -> tuple[str, ...]:
    lines = outline(condition)
    return () if not text and len(lines) == 1 and lines[0] == text else tuple(lines)


def _under(head: str, lines: list[str]) -> list[str]:
    return [sentence(head) + lines[0], *(f"    {line}" for line in lines[1:])]
