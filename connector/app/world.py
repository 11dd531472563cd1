"""The world around the application, injected: clock, ids, threads, networks and channels."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct, field

from connector.clock import Clock, SystemClock
from connector.executor import Executor, SerialExecutor
from connector.ids import Ids, RandomIds
from connector.playbook import Loaded, load
from connector.ports.messages import OpenChannel
from connector.store.database import Checkpoint, no_checkpoint


def silent(line: str) -> None:
    """No progress is shown."""


class World(Struct, frozen=True):
    """The injected world. ``transports``: system -> what replaces its network (an in-process simulator).
    ``channels``: kind of channel -> how one is opened, to tell colleagues.
    ``read_files``: how a company's files become its mapping and playbook.
    """

    clock: Clock = field(default_factory=SystemClock)
    ids: Ids = field(default_factory=RandomIds)
    executor: Executor = field(default_factory=SerialExecutor)
    transports: Mapping[str, object] = field(default_factory=dict)
    channels: Mapping[str, OpenChannel] = field(default_factory=dict)
    checkpoint: Checkpoint = no_checkpoint
    read_files: Callable[..., Loaded] = load
    note: Callable[[str], None] = silent
