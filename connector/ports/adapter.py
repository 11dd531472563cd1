"""What the core asks of a CRM adapter: one small Protocol plus capability data.

The core decides *what* to read and write; the adapter knows *how* its vendor does it. An adapter never
retries a write by itself (the outcome may be unknown), and never answers "nothing" when it does not know.
Errors are those of ``connector.errors``: ``RetryLater`` after its retries, ``NeedsOperator`` for credentials,
``NotGranted`` for an object that our rights do not reach, ``BudgetExhausted``, ``SchemaDrift``, ``BatchRejected``,
and ``Unconfirmed`` when a write request was sent and its answer never came.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from msgspec import Struct, field

from connector.model import FieldWriter, Lane, RawRecord, RowOutcome, RowWrite, Wire


class FieldSchema(Struct, frozen=True):
    """One field as the CRM describes it. ``type`` is the core's word: text, email, phone, integer, number,
    boolean, instant, date, choice, multichoice, reference or other. ``options`` only for restricted choices.
    """

    name: str
    type: str
    writable: bool
    options: tuple[str, ...] = ()
    unique: bool = False
    length_max: int | None = None


class ObjectSchema(Struct, frozen=True):
    """The fields of one object that we may see, by name. ``refused``: why some of them may be missing, if we know.

    ``open``: a beginning of names that may be asked for without being listed; empty for none.
    """

    object: str
    fields: Mapping[str, FieldSchema]
    refused: str = ""
    open: str = ""

    def shows(self, name: str) -> bool:
        """Whether a field may be asked for."""
        return name in self.fields or bool(self.open and name.startswith(self.open))


class ObjectCapability(Struct, frozen=True):
    """What a vendor allows for one object. ``writable``: lanes that exist; ``batch_size_max`` rows per request.

    ``complete``: every pull answers all records there are, so what it does not answer is gone.
    ``one_parent``: the rows of a write must share their parent (a list). ``by_id``: a record can be asked for
    by its id.
    """

    name: str
    batch_size_max: Mapping[Lane, int] = field(default_factory=dict)
    read_size_max: int = 100
    key_field: str | None = None
    complete: bool = False
    one_parent: bool = False
    by_id: bool = True


class Capability(Struct, frozen=True):
    """What the core must know of a vendor. Times in seconds.

    ``conditional_writes``: a lost race is prevented by the server (else it is detected afterwards).
    ``lag_s``: rows may become visible that much later than their stamp, so a watermark stays behind by it.
    ``overlap_s``: how far behind the watermark the next read starts.
    """

    system: str
    objects: Mapping[str, ObjectCapability]
    conditional_writes: bool
    lag_s: float
    overlap_s: float


class PullRequest(Struct, frozen=True):
    """Read ``fields`` of the records of ``object`` (and ``associations``: names of objects) behind a watermark.

    ``named``: of a collection (forms, lists) only the members that a company names, by id or by name; a name that
    ends in ``*`` stands for all that begin so.
    """

    object: str
    fields: tuple[str, ...]
    associations: tuple[str, ...] = ()
    token: Mapping[str, Any] = field(default_factory=dict)
    covered_until: datetime | None = None
    since: datetime | None = None
    until: datetime | None = None
    named: tuple[str, ...] = ()


class Page(Struct, frozen=True):
    """Some records and the position behind them.

    ``token`` resumes right behind this page. ``covered_until`` (server time, lag already taken off) is what may
    be committed as the watermark with these rows: every row stamped up to it has been delivered by this or an
    earlier page; ``None``: this page does not move it. ``done`` on the last page.
    """

    records: tuple[RawRecord, ...]
    token: Mapping[str, Any]
    covered_until: datetime | None = None
    done: bool = False


class Usage(Struct, frozen=True):
    """API calls: ``calls`` sent by this adapter object so far; ``used`` and ``limit`` of the account if known."""

    calls: int = 0
    used: int | None = None
    limit: int | None = None


class Adapter(Protocol):
    """One connected CRM of one company."""

    @property
    def capability(self) -> Capability:
        """Static facts about this vendor."""

    def server_now(self) -> datetime:
        """The server's own time (its Date header), never the machine's."""

    def schema(self, object_name: str) -> ObjectSchema:
        """The visible fields; cached for the life of the adapter object. ``SchemaDrift`` when there is none."""

    def pull(self, request: PullRequest) -> Iterator[Page]:
        """What changed behind the watermark, up to now (incremental). Deleted, converted and merged records
        come with ``deleted`` / ``successor`` set where the vendor's feed shows them.
        """

    def backfill(self, request: PullRequest) -> Iterator[Page]:
        """Every record, resumable by token; the last page's ``covered_until`` starts the incremental pull."""

    def removals(self, object_name: str, token: Mapping[str, Any]) -> Iterator[Page]:
        """Explicitly deleted or merged-away records since the token.

        Only ``ref``, ``deleted`` and ``successor`` of these records matter.
        """

    def read(self, object_name: str, record_ids: Sequence[str], fields: Sequence[str]) -> dict[str, RawRecord]:
        """Strongly consistent read by id. A missing key: gone or not visible. A record that was merged away may
        answer under its old id with ``successor`` set.
        """

    def find(self, object_name: str, field_name: str, values: Sequence[str], fields: Sequence[str]) -> list[RawRecord]:
        """Strongly consistent lookup by e-mail or external key (case-insensitive for e-mail)."""

    def probe(self, rows: Sequence[RowWrite]) -> dict[str, str]:
        """For create rows: action id -> record id of what an earlier attempt of the *same action* created."""

    def write(self, lane: Lane, rows: Sequence[RowWrite]) -> list[RowOutcome]:
        """Exactly one write request for rows of one object. Never retried inside. ``Unconfirmed`` when sent and
        no answer came; ``RetryLater`` only when surely nothing was done; ``BatchRejected`` to be halved.
        """

    def writers(
        self, object_name: str, record_ids: Sequence[str], fields: Sequence[str]
    ) -> dict[str, list[FieldWriter]]:
        """Who set these fields last, newest first, per record id; empty where the vendor does not tell."""

    def version(self, record: RawRecord) -> str | None:
        """The token for a conditional write of this record as it was read; ``None`` where there is none."""

    def is_ours(self, writer: str) -> bool:
        """Whether this actor (user id, source id) is our own integration."""

    def encode(self, object_name: str, field_name: str, value: object) -> Wire:
        """A canonical value (datetime, date, bool, int, text, None) as this vendor wants it on the wire."""

    def usage(self) -> Usage:
        """Calls so far and the account's budget."""

    def close(self) -> None:
        """Release connections."""
