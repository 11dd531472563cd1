"""Who comes close: to the next grade, to the next stage, or by a sudden rise; told once per edge (PLAYBOOK 7.2).

An edge is the crossing into such a state. It is told when it is crossed, and again only after it was fallen back from.
Pure; how the facts are counted and who is told is not known here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct, field

from connector.ports.decisions import Edge

GRADE, STAGE, ENGAGEMENT, ACCOUNT = "grade", "stage", "engagement", "account"
KINDS = (GRADE, STAGE, ENGAGEMENT, ACCOUNT)
POINT = 1_000


class MovementRules(Struct, frozen=True):
    """How close is close. Points and people; 0 (or false): this kind is not told."""

    points_to_grade: int = 10
    one_condition: bool = True
    engagement_points: int = 15
    engagement_days: int = 7
    account_people: int = 3
    account_days: int = 14


class Nearness(Struct, frozen=True):
    """What is known of one person now. Points in thousandths.

    ``next_grade`` and ``to_grade_milli``: of an open qualified lead, ``None`` else. ``ways``: of the next stage, for
    each way the words of the parts that do not hold. ``engagement_before_milli``: as long ago as the rules say,
    ``None`` where it was not asked for. ``account_active``: people of the account that were active lately.
    """

    next_grade: str | None = None
    to_grade_milli: int | None = None
    next_stage: str | None = None
    ways: Sequence[Sequence[str]] = ()
    engagement_milli: int = 0
    engagement_before_milli: int | None = None
    account_id: int | None = None
    account_active: int = 0


class Close(Struct, frozen=True):
    """A state that holds. ``subject``: whose it is; ``what`` and ``missing`` in plain words."""

    subject: str
    kind: str
    target: str
    what: str
    missing: str


class Moved(Struct, frozen=True):
    """New edges to store by (subject, kind), and those that were crossed just now, to be told."""

    edges: Mapping[tuple[str, str], Edge] = field(default_factory=dict)
    told: tuple[Close, ...] = ()


def of_person(person_id: int) -> str:
    """The subject of what is a person's own."""
    return f"p{person_id}"


def of_account(account_id: int) -> str:
    """The subject of what its people share."""
    return f"a{account_id}"


def close_to(subject: str, near: Nearness, rules: MovementRules) -> list[Close]:
    """Every state that holds now."""
    found = [_to_grade(subject, near, rules), _to_stage(subject, near, rules)]
    found += [_risen(subject, near, rules), _busy_account(near, rules)]
    return [each for each in found if each is not None]


def moved(
    holding: Sequence[Close], known: Mapping[tuple[str, str], Edge], rules: MovementRules, now: datetime
) -> Moved:  # fmt: skip
    """The edges after this look. ``known``: all edges of these subjects, as stored.

    Whoever was not looked at for longer than the window had nothing new in it, so they have fallen back meanwhile.
    """
    edges: dict[tuple[str, str], Edge] = {}
    told: list[Close] = []
    for close in holding:
        key = (close.subject, close.kind)
        before = known.get(key)
        still = before is not None and before.holds and now - before.seen_at <= _window(close.kind, rules)
        if before is not None and still and before.target == close.target:
            edges[key] = Edge(before.target, before.since, now)
            continue
        edges[key] = Edge(close.target, now, now)
        told.append(close)
    fallen = {key: edge for key, edge in known.items() if edge.holds and key not in edges}
    edges |= {key: Edge(edge.target, edge.since, now, holds=False) for key, edge in fallen.items()}
    return Moved(edges, tuple(told))


def _window(kind: str, rules: MovementRules) -> timedelta:
    days = {ENGAGEMENT: rules.engagement_days, ACCOUNT: rules.account_days}
    return timedelta(days=days[kind]) if kind in days else timedelta.max


def _to_grade(subject: str, near: Nearness, rules: MovementRules) -> Close | None:
    left, grade = near.to_grade_milli, near.next_grade
    if grade is None or left is None or not 0 < left <= rules.points_to_grade * POINT:
        return None
    words = f"{left / POINT:g} points"
    return Close(subject, GRADE, grade, f"close to grade {grade}", f"{words} to grade {grade}")


def _to_stage(subject: str, near: Nearness, rules: MovementRules) -> Close | None:
    single = [missing[0] for missing in near.ways if len(missing) == 1]
    if not rules.one_condition or near.next_stage is None or not single:
        return None
    stage = near.next_stage.replace("_", " ")
    missing = "; or ".join(dict.fromkeys(single))
    return Close(subject, STAGE, near.next_stage, f"one condition short of {stage}", missing)


def _risen(subject: str, near: Nearness, rules: MovementRules) -> Close | None:
    before = near.engagement_before_milli
    if before is None or not rules.engagement_points:
        return None
    rise = near.engagement_milli - before
    if rise < rules.engagement_points * POINT:
        return None
    what = f"engagement rose by {rise / POINT:g} points in {rules.engagement_days} days"
    return Close(subject, ENGAGEMENT, "", what, "")


def _busy_account(near: Nearness, rules: MovementRules) -> Close | None:
    if near.account_id is None or not 0 < rules.account_people <= near.account_active:
        return None
    what = f"{near.account_active} people of the account were active in {rules.account_days} days"
    return Close(of_account(near.account_id), ACCOUNT, "", what, "")
