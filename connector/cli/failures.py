"""Every way a command can fail, as one sentence and an exit code (DESIGN section 6).

Never prints the message of an exception that is not ours: it may hold a value, an address or a secret.
"""

from __future__ import annotations

import traceback
from pathlib import Path

from msgspec import Struct

from connector.cli.output import print_document, say
from connector.errors import LeadloopError

USAGE, STOPPED, INTERRUPTED = 2, 3, 130


class Failure(Struct, frozen=True):
    """What is told: a sentence and the exit code."""

    sentence: str
    code: int

    def as_json(self) -> dict[str, object]:
        """The form inside a JSON document."""
        return {"sentence": self.sentence, "code": self.code}


def interrupted() -> Failure:
    """Somebody pressed Ctrl-C."""
    return Failure("interrupted; the state is safe, run again.", INTERRUPTED)


def failure_of(error: BaseException) -> Failure:
    """The failure that an exception stands for."""
    if isinstance(error, LeadloopError):
        return Failure(error.sentence(), error.exit_code)
    if isinstance(error, KeyboardInterrupt):
        return interrupted()
    if stored := _of_the_store(error):
        return Failure(stored.sentence(), stored.exit_code)
    kind = type(error).__name__
    return Failure(f"an unexpected {kind} stopped the command; run it again with --verbose to see where.", STOPPED)


def _of_the_store(error: BaseException) -> LeadloopError | None:
    """What the database said in the middle of the work: a full disk, a damaged file, a lost connection."""
    from sqlalchemy.exc import DatabaseError, IntegrityError, ProgrammingError

    if not isinstance(error, DatabaseError) or isinstance(error, IntegrityError | ProgrammingError):
        return None  # the latter two are mistakes of ours
    from connector.store.database import unreachable

    return unreachable(error)


def usage_failure(message: str, command_path: str) -> Failure:
    """Arguments that the command line does not understand."""
    told = " ".join(message.replace("Value error, ", "").split()).rstrip(".?")
    return Failure(f'{told}; see "{command_path} --help".', USAGE)


def tell(failure: Failure, *, as_json: bool) -> int:
    """Print the failure where the caller looks for it; gives its exit code."""
    say(failure.sentence)
    if as_json:
        print_document({"error": failure.as_json()})
    return failure.code


def show_frames(error: BaseException) -> None:
    """Where an unexpected exception came from: places and types only, no value and no message."""
    for frame in traceback.extract_tb(error.__traceback__):
        say(f"  {Path(frame.filename).name}:{frame.lineno} in {frame.name}")
    cause = error.__cause__ or error.__context__
    if cause is not None:
        say(f"  after {type(cause).__name__}")
