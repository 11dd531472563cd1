"""What query and ingest jobs share: their record, their states on the virtual clock, their CSV (sheet 10b)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from adapters.simulator.salesforce import moments
from adapters.simulator.salesforce.call import Call
from adapters.simulator.salesforce.refusals import Refusal, not_found
from adapters.simulator.wire import Response

DELIMITERS = {"COMMA": ",", "TAB": "\t", "SEMICOLON": ";", "PIPE": "|", "CARET": "^", "BACKQUOTE": "`"}
LINE_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}
JOB_PREFIX = "750"


@dataclass
class Job:
    """One bulk job. ``due_at`` is when the work is done, None while it waits for data."""

    id: str
    kind: str
    base: str
    made_at: datetime
    request: dict[str, Any]
    state: str
    due_at: datetime | None = None
    header: tuple[str, ...] = ()
    rows: list[list[str]] = field(default_factory=list)
    uploaded: bytes = b""
    results: dict[str, list[list[str]]] = field(default_factory=dict)
    error: str = ""

    @property
    def delimiter(self) -> str:
        """The character between cells."""
        return DELIMITERS[self.request.get("columnDelimiter", "COMMA")]

    @property
    def line_ending(self) -> str:
        """What ends a line."""
        return LINE_ENDINGS[self.request.get("lineEnding", "LF")]

    def text(self, header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
        """CSV with every cell quoted, UTF-8."""
        target = io.StringIO()
        writer = csv.writer(target, delimiter=self.delimiter, lineterminator=self.line_ending, quoting=csv.QUOTE_ALL)
        writer.writerow(header)
        writer.writerows(rows)
        return target.getvalue().encode()


def make(call: Call, kind: str, state: str) -> Job:
    """A new job from the request's body."""
    request = call.body()
    for name, known in (("columnDelimiter", DELIMITERS), ("lineEnding", LINE_ENDINGS)):
        if str(request.get(name, next(iter(known)))) not in known:
            raise Refusal("INVALIDJOB", f"{name} must be one of {', '.join(known)}")
    job = Job(call.org.ids.mint(JOB_PREFIX), kind, call.base, call.org.clock.now(), request, state)
    call.backend.jobs[job.id] = job
    return job


def find(call: Call, kind: str) -> Job:
    """The job in the path, of this kind; raises 404."""
    wanted = call.arguments["job"]
    found = next((job for key, job in call.backend.jobs.items() if wanted in (key, key[:15])), None)
    if found is None or found.kind != kind:
        raise not_found()
    job: Job = found
    return job


def start(call: Call, job: Job) -> None:
    """The work begins; it is done after the delay of the settings."""
    job.due_at = call.org.clock.now() + timedelta(seconds=call.org.settings["bulk_delay_s"])
    job.state = "UploadComplete"


def is_due(call: Call, job: Job) -> bool:
    """Whether the work should be finished now; a job in between is in progress."""
    if job.due_at is None or job.state in ("JobComplete", "Failed", "Aborted"):
        return False
    if call.org.clock.now() < job.due_at:
        job.state = "InProgress"
        return False
    return True


def require_complete(job: Job) -> None:
    """Raise 400 while results are not ready."""
    if job.state != "JobComplete":
        raise Refusal("INVALIDJOBSTATE", f"Invalid job state : {job.state}; results need a completed job")


def delete(call: Call, job: Job) -> Response:
    """Forget a finished job."""
    if job.state not in ("JobComplete", "Failed", "Aborted"):
        raise Refusal("INVALIDJOBSTATE", "Only a finished job can be deleted")
    del call.backend.jobs[job.id]
    return Response(204, (("Content-Type", "application/json;charset=UTF-8"),))


def shown(call: Call, job: Job) -> dict[str, Any]:
    """The keys that every job answers."""
    stamp = moments.wire(job.made_at)
    return {
        "id": job.id,
        "operation": job.request.get("operation"),
        "createdById": call.org.integration_user_id,
        "createdDate": stamp,
        "systemModstamp": moments.wire(job.due_at or job.made_at),
        "state": job.state,
        "concurrencyMode": "Parallel",
        "contentType": "CSV",
        "apiVersion": float(job.base.rsplit("v", 1)[1]),
        "lineEnding": job.request.get("lineEnding", "LF"),
        "columnDelimiter": job.request.get("columnDelimiter", "COMMA"),
    }


def csv_response(body: bytes, headers: Iterable[tuple[str, str]] = ()) -> Response:
    """A CSV answer."""
    return Response(200, (("Content-Type", "text/csv;charset=UTF-8"), *headers), body)
