"""Work waiting to be done: one company at a time in itself, several companies side by side.

The threads of one machine; workers on other machines may come behind the same small Protocol.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Job:
    """What is to be done for whom."""

    company: str
    kind: str


class Queue(Protocol):
    """Jobs of a company never overlap; the same job never waits twice."""

    def enqueue(self, job: Job) -> bool:
        """Take a job; ``False`` when the same one waits or runs already, or the queue is closed."""

    def lease(self) -> AbstractContextManager[Job | None]:
        """The next job, for the length of the block; waits for one. ``None`` when the queue is closed."""

    def run(self, work: Callable[[Job], None], *, workers_max: int) -> AbstractContextManager[None]:
        """Work while the block lasts; at its end drop what waits and wait for what runs."""


class ThreadQueue:
    """``Queue`` in the memory of one process. ``work`` must not raise."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: list[Job] = []
        self._running: dict[str, Job] = {}
        self._closed = False

    def enqueue(self, job: Job) -> bool:
        """Take a job."""
        with self._changed:
            if self._closed or job in self._waiting or self._running.get(job.company) == job:
                return False
            self._waiting.append(job)
            self._changed.notify()
            return True

    @contextmanager
    def lease(self) -> Iterator[Job | None]:
        """The next job whose company is free, oldest first."""
        job = self._take()
        try:
            yield job
        finally:
            if job is not None:
                self._give_back(job)

    @contextmanager
    def run(self, work: Callable[[Job], None], *, workers_max: int) -> Iterator[None]:
        """Work in ``workers_max`` threads."""
        threads = [threading.Thread(target=self._work, args=[work], name=f"worker {n}") for n in range(workers_max)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.close()
            for thread in threads:
                thread.join()

    def close(self) -> None:
        """Take no more jobs and drop those that wait."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()

    def _work(self, work: Callable[[Job], None]) -> None:
        while True:
            with self.lease() as job:
                if job is None:
                    return
                work(job)

    def _take(self) -> Job | None:
        with self._changed:
            while not self._closed:
                job = next((each for each in self._waiting if each.company not in self._running), None)
                if job is not None:
                    self._waiting.remove(job)
                    self._running[job.company] = job
                    return job
                self._changed.wait()
            return None

    def _give_back(self, job: Job) -> None:
        with self._changed:
            del self._running[job.company]
            self._changed.notify_all()
