"""What values a fact may still have under several comparisons at once. Sound: empty means that none is left."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from connector.rules.conditions import Compare, Constant, Operator

LOWEST, HIGHEST = -(10**18), 10**18
Span = tuple[int, int]
"""A range of whole numbers, both ends in it."""

_NEGATED = {
    Operator.IS: Operator.NOT_IN,
    Operator.IN: Operator.NOT_IN,
    Operator.NOT_IN: Operator.IN,
    Operator.AT_LEAST: Operator.LESS_THAN,
    Operator.AT_MOST: Operator.MORE_THAN,
    Operator.MORE_THAN: Operator.AT_MOST,
    Operator.LESS_THAN: Operator.AT_LEAST,
}


class Domain(Struct, frozen=True):
    """The values left for a fact. ``allowed``: only these (``None``: any); ``spans``: for whole numbers."""

    known: bool = False
    missing: bool = False
    allowed: frozenset[Constant] | None = None
    excluded: frozenset[Constant] = frozenset()
    spans: tuple[Span, ...] = ((LOWEST, HIGHEST),)
    refused: tuple[Compare, ...] = ()

    def holding(self, condition: Compare) -> Domain:
        """With a comparison that holds: the fact is known."""
        return replace(_narrowed(self, condition.operator, condition.values), known=True)

    def refusing(self, condition: Compare) -> Domain:
        """With a comparison that does not hold, be it because the fact is unknown."""
        return replace(self, refused=(*self.refused, condition))

    @property
    def is_empty(self) -> bool:
        """Whether no value is left, and being unknown is not allowed either."""
        if self.known and self.missing:
            return True
        return self.known and self._settled()._nothing_left()

    def _settled(self) -> Domain:
        domain = self
        for condition in self.refused:
            if condition.operator is Operator.BETWEEN:
                low, high = (int(value) for value in condition.values)
                domain = replace(domain, spans=_outside(domain.spans, (low, high)))
            else:
                domain = _narrowed(domain, _NEGATED[condition.operator], condition.values)
        return domain

    def _nothing_left(self) -> bool:
        if self.allowed is None:
            return not self.spans or self._all_excluded()
        return not any(self._fits(value) for value in self.allowed - self.excluded)

    def _all_excluded(self) -> bool:
        """A few numbers left, each of them excluded."""
        width = sum(high - low + 1 for low, high in self.spans)
        if width > len(self.excluded):
            return False
        return all(number in self.excluded for low, high in self.spans for number in range(low, high + 1))

    def _fits(self, value: Constant) -> bool:
        whole = isinstance(value, int) and not isinstance(value, bool)
        return not whole or any(low <= int(value) <= high for low, high in self.spans)


FLAG = Domain(allowed=frozenset({True, False}))


def _narrowed(domain: Domain, operator: Operator, values: tuple[Constant, ...]) -> Domain:
    match operator:
        case Operator.IS | Operator.IN:
            found = frozenset(values)
            return replace(domain, allowed=found if domain.allowed is None else domain.allowed & found)
        case Operator.NOT_IN:
            return replace(domain, excluded=domain.excluded | frozenset(values))
    return replace(domain, spans=_inside(domain.spans, _span(operator, values)))


def _span(operator: Operator, values: tuple[Constant, ...]) -> Span:
    numbers = [int(value) for value in values]
    match operator:
        case Operator.AT_LEAST:
            return numbers[0], HIGHEST
        case Operator.MORE_THAN:
            return numbers[0] + 1, HIGHEST
        case Operator.AT_MOST:
            return LOWEST, numbers[0]
        case Operator.LESS_THAN:
            return LOWEST, numbers[0] - 1
    return numbers[0], numbers[1]


def _inside(spans: Iterable[Span], limit: Span) -> tuple[Span, ...]:
    cut = ((max(low, limit[0]), min(high, limit[1])) for low, high in spans)
    return tuple((low, high) for low, high in cut if low <= high)


def _outside(spans: tuple[Span, ...], hole: Span) -> tuple[Span, ...]:
    below, above = (LOWEST, hole[0] - 1), (hole[1] + 1, HIGHEST)
    return (*_inside(spans, below), *_inside(spans, above))
