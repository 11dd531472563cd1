"""Splits a SOQL statement into tokens, and shows where an error stands in the vendor's form."""

from __future__ import annotations

import re
from dataclasses import dataclass

from adapters.simulator.salesforce.refusals import Refusal

STRING_LENGTH_MAX = 4000  # sheet section 5
STATEMENT_LENGTH_MAX = 100_000
EXCERPT_WIDTH = 60

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<string>'(?:\\.|[^'\\])*')
    | (?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d))
    | (?P<date>\d{4}-\d\d-\d\d(?![\dT]))
    | (?P<number>[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)(?![A-Za-z0-9_:-])
    | (?P<range>[A-Za-z_]+:\d+)
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)
    | (?P<operator><=|>=|!=|<>|=|<|>|\(|\)|,)
    | (?P<end>$)
    )""",
    re.VERBOSE,
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


@dataclass(frozen=True)
class Token:
    """``kind``: string, datetime, date, number, range, name, operator or end; ``at`` is its offset."""

    kind: str
    text: str
    at: int

    @property
    def word(self) -> str:
        """The upper-case text of a name or operator, empty for a literal."""
        return self.text.upper() if self.kind in ("name", "operator") else ""


def tokens(text: str) -> list[Token]:
    """All tokens and the end; raises MALFORMED_QUERY."""
    if len(text) > STATEMENT_LENGTH_MAX:
        raise Refusal("QUERY_TOO_COMPLICATED", "SOQL statements cannot be longer than 100000 characters.")
    found = []
    position = 0
    while True:
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            blank = len(text[position:]) - len(text[position:].lstrip())
            raise unexpected(text, position + blank, text[position + blank : position + blank + 1])
        kind = match.lastgroup
        found.append(Token(kind, match[kind], match.start(kind)))
        position = match.end()
        if kind == "end":
            return found


def unescaped(quoted: str) -> str:
    r"""The value of a quoted string; ``\_`` and ``\%`` stay escaped, for LIKE to see."""

    def replace(match: re.Match[str]) -> str:
        letter = match[1]
        return match[0] if letter in "_%" else _ESCAPES.get(letter.lower(), letter)

    return re.sub(r"\\(.)", replace, quoted[1:-1], flags=re.DOTALL)


def located(code: str, message: str, text: str, at: int) -> Refusal:
    """An error with the excerpt, the caret, the row and the column."""
    row = text.count("\n", 0, at) + 1
    column = at - (text.rfind("\n", 0, at) + 1) + 1
    start = max(0, at - EXCERPT_WIDTH // 2)
    excerpt = text[start : at + EXCERPT_WIDTH // 2].replace("\n", " ")
    caret = " " * (at - start) + "^"
    return Refusal(code, f"\n{excerpt}\n{caret}\nERROR at Row:{row}:Column:{column}\n{message}")


def unexpected(text: str, at: int, shown: str) -> Refusal:
    """MALFORMED_QUERY for a token that may not stand here."""
    return located("MALFORMED_QUERY", f"unexpected token: '{shown or '<EOF>'}'", text, at)
