"""The company of these tests, and how a test kills the process at a commit."""

from __future__ import annotations

COMPANY = 1


class Died(BaseException):
    """The process was killed; nothing may catch it."""


class Fuse:
    """The checkpoint of a database: dies at the next ``moment`` it was lit for, else does nothing."""

    def __init__(self) -> None:
        self._moment: str | None = None
        self._left = 0

    def light(self, moment: str = "before commit", *, after: int = 0) -> None:
        """Die at the next such moment, or after letting some pass."""
        self._moment, self._left = moment, after

    def __call__(self, moment: str) -> None:
        if moment != self._moment:
            return
        if self._left == 0:
            self._moment = None
            raise Died(moment)
        self._left -= 1
