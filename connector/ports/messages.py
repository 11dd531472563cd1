"""Messages to colleagues: what is planned with a decision, what goes out, and what a channel answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from msgspec import Struct, field

from connector.clock import Clock
from connector.model import RecordRef


class PlannedMessage(Struct, frozen=True):
    """One message that a decision asks for. ``identity``: of the event; ``None``: of the assignment made with it.

    ``user_id``: the colleague it is about (the owner), from whom recipients follow. ``facts``: JSON values.
    """

    event: str
    recipient: str
    channel: str
    identity: str | None
    assignment_id: int | None = None
    user_id: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


class StoredMessage(Struct, frozen=True):
    """A pending message with what is known now of its person, assignment and clock (rows by column name).

    ``touch``: the clock of the human touch that it asks for.
    """

    key: str
    event: str
    recipient: str
    channel: str
    user_id: int | None
    person_id: int
    facts: Mapping[str, Any]
    at: datetime
    attempts: int
    person: Mapping[str, Any]
    assignment: Mapping[str, Any] | None
    follow_up: Mapping[str, Any] | None
    records: tuple[RecordRef, ...] = ()
    touch: Mapping[str, Any] | None = None


class Letter(Struct, frozen=True):
    """What goes out. ``key`` is the same on every attempt; ``address``: an e-mail address, empty for a webhook."""

    key: str
    subject: str
    text: str
    address: str = ""


class Delivery(StrEnum):
    """What became of a letter."""

    SENT = "sent"
    REFUSED = "refused"
    """The other side said no for good."""
    NOT_SENT = "not_sent"
    """It certainly did not arrive: it may be sent again later."""
    UNKNOWN = "unknown"
    """It may have arrived: it must not be sent again."""


class Delivered(Struct, frozen=True):
    """A channel's answer. ``code`` says why, without any value. ``channel_down``: no use to try the next letter now."""

    outcome: Delivery
    code: str = ""
    channel_down: bool = False


class Channel(Protocol):
    """A way to reach colleagues."""

    def send(self, letter: Letter) -> Delivered:
        """Send one letter; raises nothing that the channel can foresee."""

    def close(self) -> None:
        """Hang up."""


class ChannelSettings(Struct, frozen=True):
    """What opening a channel needs. ``secret``: the webhook's or the mail server's address, resolved when called."""

    company: str
    name: str
    place: str
    secret: Callable[[], str]
    sender: str
    clock: Clock


OpenChannel = Callable[[ChannelSettings], Channel]


class MessageCount(Struct, frozen=True):
    """How many messages of one channel came to one state lately."""

    channel: str
    state: str
    code: str
    count: int


class MessageStore(Protocol):
    """The messages of every company."""

    def interrupted(self, company: int, at: datetime) -> int:
        """Messages left in the middle of sending become unknown; how many. One transaction, none without."""

    def announce(self, company: int, messages: Sequence[PlannedMessage], at: datetime, run_id: int) -> None:
        """Messages that come with no decision; one that exists by its key is left alone. One transaction."""

    def pending(self, company: int, now: datetime, after: StoredMessage | None, limit: int) -> list[StoredMessage]:
        """Messages that wait and may be looked at now, the oldest first, behind ``after``."""

    def intend(self, company: int, key: str, at: datetime) -> None:
        """The message is about to be sent. One transaction, committed before anything is sent."""

    def settle(self, company: int, keys: Sequence[str], state: str, at: datetime, code: str = "") -> None:
        """These messages came to a state that is final. One transaction."""

    def postpone(self, company: int, key: str, until: datetime, code: str) -> None:
        """The message did not go out; it waits again. One transaction."""

    def counts(self, company: int, since: datetime) -> list[MessageCount]:
        """What was settled since then, by channel, state and code."""
