"""Random playbooks, from a seed: every kind of rule and condition that the parsers accept."""

from __future__ import annotations

import random
from typing import Any

from connector.facts import FactType, fact_type
from connector.rules.definitions import Definitions
from tests.rules.worlds import (
    ASSETS,
    FLAGS,
    KINDS,
    LADDER,
    MOMENTS,
    NUMBERS,
    PHASES,
    USED_SIGNALS,
    WORDS,
    definitions,
)


class Inventor:
    """Writes random documents that the parsers accept."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.count = 0

    def playbook(self) -> Definitions:
        return definitions(self.scoring(), self.stages())

    def scoring(self) -> dict[str, Any]:
        axes = {name: self.axis() for name in ("fit", "engagement", "readiness")}
        letters = [{"name": name, "at_least": least} for name, least in (("A", 40), ("B", 20), ("C", 5), ("D", 0))]
        for grade in letters:
            for side in ("floor", "ceiling"):
                if self.chance.random() < 0.3:
                    grade[side] = self.condition(2, scores=True, rungs=("suspect", "lead"))
        phases = [{"name": name, "when": self.condition(1)} for name in ("decision", "consideration")]
        document = {**axes, "grades": letters, "phases": phases}
        return document | ({"weights": self.weights()} if self.chance.random() < 0.5 else {})

    def weights(self) -> dict[str, Any]:
        factors = (0, 0.5, 0.333, 1, 1.25, 3)
        return {
            "axes": self.chance.sample(("fit", "engagement", "readiness"), self.chance.choice((1, 2, 3))),
            "phases": {phase: self.chance.choice(factors) for phase in self.chance.sample(PHASES, 2)},
            "personas": [
                {"id": f"persona_{n}", "when": self.condition(1), "weight": self.chance.choice(factors)}
                for n in range(self.chance.randrange(3))
            ],
        }

    def axis(self) -> dict[str, Any]:
        makers = (self.case_rule, self.condition_rule, self.signal_rule, self.signal_rule, self.answer_rule)
        rules = [self.chance.choice(makers)() for _ in range(self.chance.randrange(1, 6))]
        for rule in rules:
            rule |= {"kind": "web"} if self.chance.random() < 0.3 else {}
        axis: dict[str, Any] = {"max": self.chance.choice((5, 30, 100)), "rules": rules}
        if any(rule.get("kind") == "web" for rule in rules):
            axis["kind_caps"] = {"web": self.chance.choice((1, 6.5, {"min": -2, "max": 4}, {"min": -0.5}))}
        return axis

    def case_rule(self) -> dict[str, Any]:
        name = self.chance.choice(("seniority", "employees", "has_phone", "q_need_at", "won_amount", "owner_kind"))
        cases = [{**self.comparison(name), "points": self.points()} for _ in range(2)]
        return {"id": self.id(), "field": name, "cases": cases, "otherwise": self.points(), "unknown": self.points()}

    def condition_rule(self) -> dict[str, Any]:
        rule = {"id": self.id(), "when": self.condition(2), "points": self.points()}
        return rule

    def signal_rule(self) -> dict[str, Any]:
        sign = self.chance.choice((1, 1, -1))
        rule: dict[str, Any] = {"id": self.id(), "signal": self.signals(), "decay": self.decay(), **self.filters()}
        sizes = [sign * abs(self.points()) for _ in range(3)]
        rule["points"] = sizes[0] if self.chance.random() < 0.6 else self.by_phase(sizes)
        if self.chance.random() < 0.6:
            given = list(rule["points"].values()) if isinstance(rule["points"], dict) else sizes[:1]
            takes = sign < 0 and any(given)
            rule["cap"] = (-1 if takes else 1) * self.chance.choice((2, 7.5, 40))
        if self.chance.random() < 0.3:
            rule["when"] = self.condition(1)
        if self.chance.random() < 0.3:
            rule["once_per_day"] = True
        if self.chance.random() < 0.3:
            rule["max_events"] = self.chance.choice((1, 2, 3))
        return rule

    def by_phase(self, sizes: list[float]) -> dict[str, float]:
        names = self.chance.sample((*PHASES, "unknown"), 3)
        return dict(zip(names, sizes, strict=True))

    def answer_rule(self) -> dict[str, Any]:
        if self.chance.random() < 0.5:
            points = {"specific": self.points(), "General": self.points()}
            if self.chance.random() < 0.4:
                points = {"red": self.points(), "weiß": self.points()}
                return {"id": self.id(), "answer": "q_color", "points": points, "full_days": 14, "half_days": 60}
            return {"id": self.id(), "answer": "q_need", "points": points, "full_days": 14, "half_days": 60}
        steps = {"0-3": [{"until_days": 7, "points": 3}, {"until_days": 90, "points": self.points()}]}
        return {"id": self.id(), "answer": "q_timing", "steps": steps}

    def decay(self) -> dict[str, Any]:
        return self.chance.choice(
            (
                {"kind": "none"},
                {"kind": "none", "within_days": 30},
                {"kind": "step", "full_days": 14, "half_days": 45},
                {"kind": "linear", "days": self.chance.choice((7, 60, 90))},
                {"kind": "half_life", "half_life_days": self.chance.choice((7, 30)), "until_days": 90},
            )
        )

    def points(self) -> float:
        return self.chance.choice((0, 1, 2.5, 0.001, 7, 7.333, 20, -3, -0.5))

    def stages(self) -> dict[str, Any]:
        junk = [{"id": f"junk_{n}", "reason": "bad_data", "when": self.rare()} for n in range(2)]
        ladder: dict[str, Any] = {}
        for stage in ("suspect", "lead", "qualified_lead", "prospect"):
            rungs = tuple(ladder)
            paths = [{"id": f"P{n}", "when": self.condition(2, scores=True, rungs=rungs)} for n in range(2)]
            ladder[stage] = {"paths": paths}
            if self.chance.random() < 0.4:
                ladder[stage]["requires"] = self.condition(1, scores=True, rungs=rungs)
        ladder["suspect"] |= {"cold_days": 365, "cold_to": "name"}
        signals = {"interest": list(self.chance.sample(USED_SIGNALS, 3))}
        outside = [{"id": "outside", "when": self.rare()}]
        holds = [{"id": f"hold_{n}", "when": self.rare()} for n in range(2)]
        whole = {"junk": junk, "exclusions": outside, "holds": holds, "stages": ladder, "signals": signals}
        return whole | ({"moves": self.moves()} if self.chance.random() < 0.7 else {})

    def moves(self) -> dict[str, Any]:
        named = self.chance.sample(LADDER, 3)
        return {low: [high for high in LADDER if high != low and self.chance.random() < 0.5] for low in named}

    def rare(self) -> dict[str, Any]:
        return {"all": [self.condition(1), {"field": "employees", "is": 51}, {"field": "disposable", "is": True}]}

    def condition(self, depth: int, *, scores: bool = False, rungs: tuple[str, ...] = ()) -> dict[str, Any]:
        if depth and self.chance.random() < 0.5:
            group = self.chance.choice(("all", "any", "none"))
            parts = [self.condition(depth - 1, scores=scores, rungs=rungs) for _ in range(self.chance.randrange(4))]
            return {group: parts}
        leaves = [self.fact, self.fact, self.happened, self.stage]
        if scores:
            leaves += [self.score, self.phase]
        if rungs and self.chance.random() < 0.3:
            return {"rung": self.chance.choice(rungs)}
        return self.chance.choice(leaves)()

    def fact(self) -> dict[str, Any]:
        name = self.chance.choice((*WORDS, *NUMBERS, *FLAGS, *MOMENTS))
        return {"field": name, **self.comparison(name)}

    def comparison(self, name: str) -> dict[str, Any]:
        if self.chance.random() < 0.2:
            return {self.chance.choice(("known", "missing")): self.chance.random() < 0.7}
        if name in WORDS:
            words = self.chance.sample(WORDS[name], self.chance.randrange(3))
            return self.chance.choice(({"in": words}, {"not_in": words}, {"is": WORDS[name][0].upper()}))
        if name in FLAGS:
            return {"is": self.chance.random() < 0.5}
        if fact_type(name) is FactType.INSTANT:
            return {self.chance.choice(("within_days", "at_least_days")): self.chance.choice((1, 14, 30, 365))}
        low, high = sorted(self.chance.choices(NUMBERS[name], k=2))
        word = self.chance.choice(("is", "at_least", "at_most", "more_than", "less_than"))
        return self.chance.choice(({"between": [low, high]}, {word: low}, {"in": [low, high]}))

    def happened(self) -> dict[str, Any]:
        condition: dict[str, Any] = {"happened": self.signals(), **self.filters()}
        if self.chance.random() < 0.8:
            condition["within_days"] = self.chance.choice((1, 7, 14, 30, 60, 365))
        for key in ("at_least", "signals_at_least", "days_at_least"):
            if self.chance.random() < 0.3:
                condition[key] = self.chance.choice((1, 2, 3))
        if self.chance.random() < 0.2 and condition.get("within_days", 9) > 5:
            condition["not_within_days"] = self.chance.choice((1, 5))
        if self.chance.random() < 0.2:
            condition |= {"at_least": 2, "within_minutes": self.chance.choice((1, 720, 1440))}
        return condition

    def stage(self) -> dict[str, Any]:
        return self.chance.choice(({"stage": ["lead", "name"]}, {"stage_at_least": "lead"}, {"in_stage_days": 30}))

    def score(self) -> dict[str, Any]:
        axis = self.chance.choice(("fit", "engagement", "readiness", "total"))
        return {"score": axis, self.chance.choice(("at_least", "at_most")): self.chance.choice((0, 3, 10, 20))}

    def phase(self) -> dict[str, Any]:
        return {"buying_phase": self.chance.choice((["decision"], ["consideration", "awareness"]))}

    def signals(self) -> list[str] | str:
        return self.chance.choice((self.chance.choice(USED_SIGNALS), self.chance.sample(USED_SIGNALS, 3)))

    def filters(self) -> dict[str, Any]:
        filters: dict[str, Any] = {}
        if self.chance.random() < 0.2:
            filters["phases"] = self.chance.sample(PHASES, 2)
        if self.chance.random() < 0.2:
            filters["directions"] = self.chance.choice((["human"], ["us"], ["us", "human"], ["bot"]))
        if self.chance.random() < 0.2:
            filters["kinds"] = [kind.upper() for kind in self.chance.sample(KINDS, 2)]
        if self.chance.random() < 0.15:
            filters["asked"] = True
        if self.chance.random() < 0.15:
            filters["assets"] = [self.chance.choice(ASSETS).upper(), "nothing"]
        if self.chance.random() < 0.15:
            filters["sources"] = [self.chance.choice(("hubspot", "salesforce", "salesforce.Task", "SALESFORCE.task"))]
        return filters

    def id(self) -> str:
        self.count += 1
        return f"rule_{self.count}"
