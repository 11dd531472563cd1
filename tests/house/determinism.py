"""Finds what would make a run depend on the machine: clocks, unseeded chance, threads, I/O inside a decision.

It reads the syntax tree, follows import aliases, and knows nothing of what the code is for.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

MODULES = frozenset(
    {"time", "sched", "threading", "_thread", "concurrent", "multiprocessing", "asyncio", "secrets", "random"}
)
NAMES = frozenset(
    {
        "datetime.datetime.now",
        "datetime.datetime.utcnow",
        "datetime.datetime.today",
        "datetime.date.today",
        "uuid.uuid1",
        "uuid.uuid4",
        "os.urandom",
        "os.getrandom",
        "sqlalchemy.func.now",
        "sqlalchemy.func.random",
        "sqlalchemy.func.current_timestamp",
        "sqlalchemy.func.current_date",
    }
)
SYSTEM_WORLD = frozenset(
    {"connector.clock.SystemClock", "connector.ids.RandomIds", "connector.executor.ThreadExecutor"}
)
DECISION_MODULES = frozenset(
    {
        "logging",
        "socket",
        "subprocess",
        "sqlite3",
        "sqlalchemy.orm",
        "sqlalchemy.engine",
        # sqlalchemy.ext.compiler only says how a term is written; these open sessions or read a schema.
        "sqlalchemy.ext.asyncio",
        "sqlalchemy.ext.automap",
        "sqlalchemy.ext.declarative",
        "sqlalchemy.create_engine",
        # The conversions in connector.clock are exact arithmetic; what tells the time is not for a decision.
        "connector.clock.Clock",
        "connector.clock.MovedClock",
    }
)
DECISION_BUILTINS = frozenset({"open", "print", "input"})

MACHINE_ALLOWED = (
    "connector/clock.py",
    "connector/ids.py",
    "connector/executor.py",
    "jobs/",
    "adapters/simulator/http_server.py",
)
SYSTEM_WORLD_ALLOWED = (
    *MACHINE_ALLOWED,
    "connector/app.py",
    "connector/app/",
    "connector/cli.py",
    "connector/cli/",
)
SEEDED_RANDOM_ALLOWED = ("adapters/simulator/", "connector/report/statistics.py")
DECISIONS = ("connector/decide", "connector/rules")


@dataclass(frozen=True, order=True)
class Finding:
    """One line of a file that depends on the machine."""

    file: str
    line: int
    what: str


def findings(source: str, file: str) -> list[Finding]:
    """What in ``source`` breaks the rules that hold for ``file`` (path from the repository's root)."""
    tree = ast.parse(source, filename=file)
    names = _imported_names(tree)
    found = {
        Finding(file, line, what)
        for node in ast.walk(tree)
        for line, what in _references(node, names)
        if _forbidden(what, file)
    }
    return sorted(found | set(_unseeded(tree, names, file)) | set(_builtins(tree, file)))


def _forbidden(what: str, file: str) -> bool:
    if file.startswith(DECISIONS) and _inside(what, DECISION_MODULES):
        return True
    if _inside(what, SYSTEM_WORLD):
        return not file.startswith(SYSTEM_WORLD_ALLOWED)
    if file.startswith(MACHINE_ALLOWED):
        return False
    if _inside(what, {"random"}) and file.startswith(SEEDED_RANDOM_ALLOWED):
        return what not in {"random", "random.Random"}
    return _inside(what, MODULES) or _inside(what, NAMES)


def _inside(what: str, roots: frozenset[str] | set[str]) -> bool:
    return any(what == root or what.startswith(root + ".") for root in roots)


def _imported_names(tree: ast.AST) -> dict[str, str]:
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                names[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return names


def _references(node: ast.AST, names: dict[str, str]) -> Iterator[tuple[int, str]]:
    if isinstance(node, ast.Import):
        yield from ((node.lineno, alias.name) for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
    elif isinstance(node, ast.Attribute):
        dotted = _dotted(node, names)
        if dotted:
            yield node.lineno, dotted


def _dotted(node: ast.expr, names: dict[str, str]) -> str | None:
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute):
        owner = _dotted(node.value, names)
        return f"{owner}.{node.attr}" if owner else None
    return None


def _unseeded(tree: ast.AST, names: dict[str, str], file: str) -> Iterator[Finding]:
    for call in _calls(tree):
        if _dotted(call.func, names) == "random.Random" and not call.args and not call.keywords:
            yield Finding(file, call.lineno, "random.Random without a seed")


def _builtins(tree: ast.AST, file: str) -> Iterator[Finding]:
    if not file.startswith("connector/decide"):
        return
    for call in _calls(tree):
        if isinstance(call.func, ast.Name) and call.func.id in DECISION_BUILTINS:
            yield Finding(file, call.lineno, f"{call.func.id}() in a decision")


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))
