"""Reading TOML with errors that name the file, the table and the key, and suggest the nearest valid one."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from connector.errors import BadConfiguration


def parse(text: str, file: str) -> dict[str, Any]:
    """The document; a syntax error names the file and the line."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadConfiguration(f"not valid TOML: {error}", where=file, remedy="correct the line") from error
    except RecursionError as error:
        raise BadConfiguration(
            "its tables stand too deep in one another", where=file, remedy="write it flatter"
        ) from error


def load(path: Path) -> dict[str, Any]:
    """The document of a file; a missing or unreadable file is one sentence."""
    try:
        return parse(path.read_text(encoding="utf-8"), path.name)
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfiguration(
            f"cannot be read ({type(error).__name__})", where=str(path), remedy="name a text file in UTF-8"
        ) from error


LISTED_MAX = 12
NUMBER_MAX = 10**12
LONGEST = {"minutes": 52_560_000, "hours": 876_000, "days": 36_500, "months": 1_200}
"""What a key's last word counts -> a hundred years of it."""
WHOLE = frozenset({"requires", "when", "floor", "ceiling", "knock_outs"})
"""Tables that a company replaces as a whole: half of one condition beside half of another means nothing."""


def overlay(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """A company's document over the default one, key by key; lists, scalars and conditions are replaced as a whole."""
    merged = dict(base)
    for key, value in own.items():
        under = merged.get(key)
        both = isinstance(value, Mapping) and isinstance(under, Mapping) and key not in WHOLE
        merged[key] = overlay(under, value) if both else value  # type: ignore[arg-type]
    return merged


class Table:
    """One TOML table that knows where it stands. Every read marks its key; ``finish`` refuses the unread ones.

    ``questions``: a company's own qualifying questions, which it and the tables below may speak of.
    """

    def __init__(self, values: Mapping[str, Any], file: str, path: str = "", questions: tuple[str, ...] = ()) -> None:
        self.values = values
        self.file = file
        self.path = path
        self.questions = questions
        self._known: set[str] = set()

    def error(self, key: str, problem: str, remedy: str = "") -> BadConfiguration:
        """A mistake at ``key``, to be raised by the caller."""
        return BadConfiguration(problem, where=self.place(key), remedy=remedy)

    def place(self, key: str = "") -> str:
        """``file: [table] key``."""
        table = f" [{self.path}]" if self.path else ""
        return f"{self.file}:{table} {key}".rstrip()

    def has(self, key: str) -> bool:
        """Whether the key is there."""
        self._known.add(key)
        return key in self.values

    def text(self, key: str, default: str | None = None, *, among: Iterable[str] | None = None) -> str:
        """A text; ``among`` closes the list of values."""
        value = self._typed(key, str, "text", default)
        if among is not None and value not in (choices := list(among)):
            raise self.error(key, *_not_among(value, choices))
        return str(value)

    def optional_text(self, key: str) -> str | None:
        """A text, or ``None`` when the key is absent."""
        return self.text(key) if self.has(key) else None

    def integer(self, key: str, default: int | None = None) -> int:
        """A whole number, of a size that dates and databases still take."""
        value = int(self._typed(key, int, "a whole number", default))
        most = LONGEST.get(key.rpartition("_")[2], NUMBER_MAX)
        if abs(value) > most:
            raise self.error(key, f"expected at most {most}")
        return value

    def number(self, key: str, default: float | None = None) -> float:
        """A number."""
        value = self._typed(key, (int, float), "a number", default)
        if not -NUMBER_MAX <= value <= NUMBER_MAX:  # neither holds of what is no number (nan)
            raise self.error(key, f"expected a number of at most {NUMBER_MAX}")
        return float(value)

    def flag(self, key: str, default: bool | None = None) -> bool:
        """True or false."""
        return bool(self._typed(key, bool, "true or false", default))

    def texts(
        self, key: str, default: Iterable[str] | None = None, *, among: Iterable[str] | None = None
    ) -> tuple[str, ...]:
        """A list of texts."""
        values = self._typed(key, list, "a list of texts", None if default is None else list(default))
        choices = None if among is None else list(among)
        for value in values:
            if not isinstance(value, str):
                raise self.error(key, "expected a list of texts")
            if choices is not None and value not in choices:
                raise self.error(key, *_not_among(value, choices))
        return tuple(values)

    def raw(self, key: str, default: Any = None) -> Any:
        """The value as TOML gives it."""
        self._known.add(key)
        return self.values.get(key, default)

    def table(self, key: str, *, required: bool = False) -> Table:
        """A table below this one; empty when absent and not required."""
        value = self._typed(key, Mapping, "a table", None if required else {})
        return Table(value, self.file, f"{self.path}.{key}" if self.path else key, self.questions)

    def tables(self, key: str) -> list[Table]:
        """An array of tables; empty when absent."""
        values = self._typed(key, list, "an array of tables", [])
        path = f"{self.path}.{key}" if self.path else key
        if not all(isinstance(value, Mapping) for value in values):
            raise self.error(key, "expected an array of tables")
        return [
            Table(value, self.file, f"{path}[{position}]", self.questions) for position, value in enumerate(values, 1)
        ]

    def each(self) -> Iterator[tuple[str, Table]]:
        """Every sub-table by its name, in file order."""
        for key in self.values:
            yield key, self.table(key)

    def finish(self) -> None:
        """Refuse keys that nobody reads, with the nearest valid one."""
        for key in self.values:
            if key not in self._known:
                raise self.error(key, "unknown key", nearest(key, self._known))

    def _typed(self, key: str, kind: Any, words: str, default: Any) -> Any:
        self._known.add(key)
        if key not in self.values:
            if default is None:
                raise self.error(key, "missing", self._slip(key) or f"write {words}")
            return default
        value = self.values[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.error(key, f"expected {words}")
        return value

    def _slip(self, key: str) -> str:
        """A key nobody read that looks like a missing one."""
        close = difflib.get_close_matches(key, self.values.keys() - self._known, n=1)
        return f'"{close[0]}" looks like it, but is no key here' if close else ""


def _not_among(value: object, choices: list[str]) -> tuple[str, str]:
    """What is wrong and the remedy, which need not list again what the sentence has listed."""
    remedy = nearest(str(value), choices)
    return f'"{value}" is not one of {", ".join(choices)}', remedy if remedy.startswith("did") else "write one of them"


def nearest(word: str, choices: Iterable[str]) -> str:
    """A remedy that suggests the nearest valid word, or lists a few of them."""
    valid = sorted(choices)
    close = difflib.get_close_matches(word, valid, n=1, cutoff=0.6)
    if close:
        return f'did you mean "{close[0]}"?'.removesuffix("?")
    more = f" and {len(valid) - LISTED_MAX} more" if len(valid) > LISTED_MAX else ""
    return f"valid: {', '.join(valid[:LISTED_MAX])}{more}" if valid else ""
