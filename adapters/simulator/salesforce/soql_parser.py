"""A recursive-descent parser from SOQL text to its tree; strict where the vendor is (sheet section 5).

AND and OR cannot be mixed without parentheses, as in the vendor. TYPEOF, HAVING and date functions are
not understood.
"""

from __future__ import annotations

from functools import lru_cache

from adapters.simulator.salesforce.refusals import Refusal
from adapters.simulator.salesforce.soql_conditions import ConditionParser
from adapters.simulator.salesforce.soql_syntax import Aggregate, FieldGroup, Order, Path, Query

AGGREGATES = frozenset({"COUNT", "COUNT_DISTINCT", "MIN", "MAX", "SUM", "AVG"})
CLAUSES = frozenset({"WHERE", "GROUP", "ORDER", "LIMIT", "OFFSET", "ALL", "FOR", "WITH", "HAVING", "USING"})
OFFSET_MAX = 2000


@lru_cache(maxsize=256)
def parse(text: str) -> Query:
    """The tree of a statement; raises MALFORMED_QUERY."""
    parser = Parser(text)
    query = parser.query()
    parser.expect_end()
    return query


class Parser(ConditionParser):
    """The clauses around the conditions."""

    def query(self, *, nested: bool = False) -> Query:
        """``SELECT ... FROM ...`` with its clauses."""
        self.expect("SELECT")
        select = self._select_list()
        self.expect("FROM")
        source = self.take_name()
        alias = self._alias()
        where = self.condition() if self.accept("WHERE") else None
        group_by = self._group_by()
        order_by = self._order_by()
        limit = self._whole_number() if self.accept("LIMIT") else None
        offset = self._offset(nested=nested)
        all_rows = self.accept("ALL") and bool(self.expect("ROWS"))
        while self.accept("FOR"):
            self.take_name()
        return Query(
            self.text,
            select,
            source.text,
            source.at,
            alias=alias,
            where=where,
            group_by=group_by,
            order_by=order_by,
            limit=limit,
            offset=offset,
            all_rows=all_rows,
        )

    def expect_end(self) -> None:
        """Refuse anything behind the statement."""
        if self.current.kind != "end":
            raise self.unexpected()

    def _select_list(self) -> tuple[Path | Aggregate | FieldGroup | Query, ...]:
        found = [self._select_item()]
        while self.accept(","):
            found.append(self._select_item())
        return tuple(found)

    def _select_item(self) -> Path | Aggregate | FieldGroup | Query:
        if self.accept("("):
            inner = self.query(nested=True)
            self.expect(")")
            return inner
        name = self.take_name()
        if self.accept("("):
            return self._function(name.text.upper(), name.at)
        return Path(tuple(name.text.split(".")), name.at)

    def _function(self, function: str, at: int) -> Aggregate | FieldGroup:
        if function == "FIELDS":
            which = self.take_name()
            self.expect(")")
            return FieldGroup(which.text.upper(), at)
        if function not in AGGREGATES:
            raise self.unexpected_at(at, function)
        path = None if self.current.word == ")" else self.path()
        self.expect(")")
        if path is None and function != "COUNT":
            raise self.unexpected_at(at, function)
        alias = self.take_name().text if self._names_alias() else None
        return Aggregate(function, path, alias, at)

    def _names_alias(self) -> bool:
        return self.current.kind == "name" and self.current.word != "FROM"

    def _alias(self) -> str | None:
        self.accept("AS")
        if self.current.kind != "name" or self.current.word in CLAUSES:
            return None
        return self.take_name().text

    def _group_by(self) -> tuple[Path, ...]:
        if not self.accept("GROUP"):
            return ()
        self.expect("BY")
        found = [self.path()]
        while self.accept(","):
            found.append(self.path())
        return tuple(found)

    def _order_by(self) -> tuple[Order, ...]:
        if not self.accept("ORDER"):
            return ()
        self.expect("BY")
        found = [self._order_term()]
        while self.accept(","):
            found.append(self._order_term())
        return tuple(found)

    def _order_term(self) -> Order:
        path = self.path()
        descending = self.accept("DESC")
        if not descending:
            self.accept("ASC")
        nulls_last = False
        if self.accept("NULLS"):
            nulls_last = self.accept("LAST")
            if not nulls_last:
                self.expect("FIRST")
        return Order(path, descending, nulls_last)

    def _offset(self, *, nested: bool) -> int:
        at = self.current
        if not self.accept("OFFSET"):
            return 0
        if nested:
            raise self.unexpected_at(at.at, at.text)
        value = self._whole_number()
        if value > OFFSET_MAX:
            raise Refusal("NUMBER_OUTSIDE_VALID_RANGE", f"Maximum SOQL offset allowed is {OFFSET_MAX}")
        return value

    def _whole_number(self) -> int:
        token = self.current
        if token.kind != "number" or not token.text.isdigit():
            raise self.unexpected()
        self.advance()
        return int(token.text)
