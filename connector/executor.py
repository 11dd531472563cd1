"""Concurrency, injected: pages may be fetched side by side in production, one after another in simulation."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar, cast

Item = TypeVar("Item")
Answer = TypeVar("Answer")
_END = object()


class Executor(Protocol):
    """Runs a function over items; answers keep the order of the items."""

    def run(self, work: Callable[[Item], Answer], items: Iterable[Item]) -> list[Answer]:
        """Every answer, in order; the first error is raised after the others have ended."""

    def ahead(self, items: Iterable[Item]) -> Iterator[Item]:
        """The same items; while the caller works on one, the next may be on its way, and never more than that."""


class SerialExecutor:
    """One after another, in order: deterministic."""

    def run(self, work: Callable[[Item], Answer], items: Iterable[Item]) -> list[Answer]:
        """Every answer, in order."""
        return [work(item) for item in items]

    def ahead(self, items: Iterable[Item]) -> Iterator[Item]:
        """The same items, each made when it is asked for."""
        return iter(items)


class ThreadExecutor:
    """A small pool of threads: hides latency, never more than ``threads_max`` requests at once."""

    def __init__(self, threads_max: int = 4) -> None:
        self._threads_max = threads_max

    def run(self, work: Callable[[Item], Answer], items: Iterable[Item]) -> list[Answer]:
        """Every answer, in order."""
        with ThreadPoolExecutor(self._threads_max) as pool:
            return list(pool.map(work, items))

    def ahead(self, items: Iterable[Item]) -> Iterator[Item]:
        """The same items, the next one made meanwhile; its error is raised when it is asked for."""
        source = iter(items)
        with ThreadPoolExecutor(1) as pool:
            coming = pool.submit(next, source, _END)
            while (item := coming.result()) is not _END:
                coming = pool.submit(next, source, _END)
                yield cast(Item, item)


def exclusive() -> AbstractContextManager[object]:
    """A lock for ``with``: one thread at a time. For what must happen once (a token refresh, a pacing turn)."""
    return threading.Lock()
