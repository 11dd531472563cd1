"""The WHERE half of the SOQL parser: tokens to conditions."""

from __future__ import annotations

from adapters.simulator.salesforce.refusals import Refusal
from adapters.simulator.salesforce.soql_syntax import (
    Both,
    Compare,
    Condition,
    Either,
    Literal,
    Membership,
    Not,
    Path,
    Query,
)
from adapters.simulator.salesforce.soql_tokens import STRING_LENGTH_MAX, Token, tokens, unescaped, unexpected

COMPARISONS = frozenset({"=", "!=", "<>", "<", "<=", ">", ">="})
RANGES = frozenset(
    f"{when}_{unit}" for when in ("LAST", "THIS", "NEXT") for unit in ("WEEK", "MONTH", "QUARTER", "YEAR")
) | {"YESTERDAY", "TODAY", "TOMORROW", "LAST_90_DAYS", "NEXT_90_DAYS"}
NUMBERED_RANGES = frozenset({"LAST_N_DAYS", "NEXT_N_DAYS", "N_DAYS_AGO"})


class ConditionParser:
    """A cursor over the tokens, and the grammar of conditions."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._tokens = tokens(text)
        self._position = 0

    @property
    def current(self) -> Token:
        """The token not yet taken."""
        return self._tokens[self._position]

    def advance(self) -> Token:
        """Take the current token."""
        token = self.current
        if token.kind != "end":
            self._position += 1
        return token

    def accept(self, word: str) -> bool:
        """Take the token if it is this keyword or operator."""
        if self.current.word != word:
            return False
        self.advance()
        return True

    def expect(self, word: str) -> Token:
        """Take this keyword or operator; raises MALFORMED_QUERY."""
        if self.current.word != word:
            raise self.unexpected()
        return self.advance()

    def take_name(self) -> Token:
        """Take a name; raises MALFORMED_QUERY."""
        if self.current.kind != "name":
            raise self.unexpected()
        return self.advance()

    def path(self) -> Path:
        """A field path."""
        token = self.take_name()
        return Path(tuple(token.text.split(".")), token.at)

    def unexpected(self) -> Refusal:
        """The refusal of the current token."""
        return unexpected(self.text, self.current.at, self.current.text)

    def unexpected_at(self, at: int, shown: str) -> Refusal:
        """The refusal of an earlier token."""
        return unexpected(self.text, at, shown)

    def condition(self) -> Condition:
        """Terms joined by AND, or by OR, not by both."""
        parts = [self._term()]
        word = self.current.word
        if word not in ("AND", "OR"):
            return parts[0]
        while self.accept(word):
            parts.append(self._term())
        if self.current.word in ("AND", "OR"):
            raise self.unexpected()
        return Both(tuple(parts)) if word == "AND" else Either(tuple(parts))

    def _term(self) -> Condition:
        if self.accept("NOT"):
            return Not(self._term())
        if self.accept("("):
            inner = self.condition()
            self.expect(")")
            return inner
        return self._comparison()

    def _comparison(self) -> Condition:
        path = self.path()
        operator = self.current.word
        if operator in COMPARISONS or operator == "LIKE":
            self.advance()
            return Compare(path, "!=" if operator == "<>" else operator, self.literal())
        if operator == "NOT":
            self.advance()
            self.expect("IN")
            return self._membership(path, "NOT IN")
        if operator in ("IN", "INCLUDES", "EXCLUDES"):
            self.advance()
            return self._membership(path, operator)
        raise self.unexpected()

    def _membership(self, path: Path, operator: str) -> Membership:
        self.expect("(")
        if self.current.word == "SELECT" and operator in ("IN", "NOT IN"):
            select = self.query(nested=True)
            self.expect(")")
            return Membership(path, operator, select=select)
        literals = [self.literal()]
        while self.accept(","):
            literals.append(self.literal())
        self.expect(")")
        return Membership(path, operator, tuple(literals))

    def query(self, *, nested: bool = False) -> Query:
        """A sub-select; the whole parser provides it."""
        raise NotImplementedError

    def literal(self) -> Literal:
        """A value; raises MALFORMED_QUERY."""
        token = self.current
        kind = _kind(token)
        if kind is None:
            raise self.unexpected()
        self.advance()
        value = unescaped(token.text) if kind == "string" else token.text
        if len(value) > STRING_LENGTH_MAX:
            raise Refusal("MALFORMED_QUERY", "The maximum length of a string in a WHERE clause is 4000 characters.")
        return Literal(kind, value, token.at)


def _kind(token: Token) -> str | None:
    if token.kind in ("string", "number", "date", "datetime"):
        return token.kind
    if token.kind == "range":
        return "range" if token.text.split(":")[0].upper() in NUMBERED_RANGES else None
    if token.word in ("TRUE", "FALSE"):
        return "boolean"
    if token.word == "NULL":
        return "null"
    return "range" if token.word in RANGES else None
