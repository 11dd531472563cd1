"""Bulk API 2.0 query jobs: create, poll, results in parts (sheet section 10b)."""

from __future__ import annotations

import base64
from typing import Any

from adapters.simulator.salesforce import bulk_jobs, soql_engine
from adapters.simulator.salesforce.bulk_jobs import Job
from adapters.simulator.salesforce.call import Call
from adapters.simulator.salesforce.org import Fields
from adapters.simulator.salesforce.refusals import Refusal
from adapters.simulator.salesforce.soql_parser import parse
from adapters.simulator.salesforce.soql_syntax import Path, Query
from adapters.simulator.wire import Response, json_response

KIND = "V2Query"
RESULTS_MAX = 50_000


def create(call: Call) -> Response:
    """POST /jobs/query."""
    tree = _checked(str(call.body().get("query", "")))
    job = bulk_jobs.make(call, KIND, "UploadComplete")
    if job.request.get("operation") not in ("query", "queryAll"):
        raise Refusal("INVALIDJOB", "operation must be query or queryAll")
    soql_engine.run(call.org, tree)
    bulk_jobs.start(call, job)
    return json_response(200, _shown(call, job))


def _checked(text: str) -> Query:
    tree = parse(text)
    unsupported = tree.group_by or tree.offset or not all(isinstance(item, Path) for item in tree.select)
    if unsupported:
        message = "Unsupported in a bulk query: aggregates, GROUP BY, OFFSET, FIELDS and nested queries"
        raise Refusal("FEATURENOTENABLED", message)
    return tree


def every(call: Call) -> Response:
    """GET /jobs/query: all jobs."""
    jobs = [job for job in call.backend.jobs.values() if job.kind == KIND]
    return json_response(200, {"done": True, "nextRecordsUrl": None, "records": [_shown(call, job) for job in jobs]})


def read(call: Call) -> Response:
    """GET a job; finishes it when it is due."""
    return json_response(200, _shown(call, _progressed(call)))


def abort(call: Call) -> Response:
    """PATCH {"state": "Aborted"}."""
    job = _progressed(call)
    if call.body().get("state") != "Aborted" or job.state == "JobComplete":
        raise Refusal("INVALIDJOBSTATE", f"Invalid state change from {job.state}")
    job.state = "Aborted"
    return json_response(200, _shown(call, job))


def delete(call: Call) -> Response:
    """DELETE a finished job."""
    return bulk_jobs.delete(call, _progressed(call))


def results(call: Call) -> Response:
    """GET one part of the results; the locator behind the last part is the text ``null``."""
    job = _progressed(call)
    if job.base != call.base:
        raise Refusal("VERSION_MISMATCH", "Use the API version the job was created with", status=409)
    bulk_jobs.require_complete(job)
    start = _offset(call.request.parameter("locator"))
    asked = call.request.parameter("maxRecords") or ""
    size = min(RESULTS_MAX, max(1, int(asked))) if asked.isdecimal() else RESULTS_MAX
    part = job.rows[start : start + size]
    end = start + len(part)
    locator = base64.b64encode(str(end).encode()).decode().rstrip("=") if end < len(job.rows) else "null"
    headers = [("Sforce-NumberOfRecords", str(len(part))), ("Sforce-Locator", locator)]
    return bulk_jobs.csv_response(job.text(job.header, part), headers)


def _offset(locator: str | None) -> int:
    if locator is None:
        return 0
    try:
        return int(base64.b64decode(locator + "=" * (-len(locator) % 4)))
    except ValueError:
        raise Refusal("INVALID_QUERY_LOCATOR", "invalid query locator") from None


def _progressed(call: Call) -> Job:
    job = bulk_jobs.find(call, KIND)
    if bulk_jobs.is_due(call, job):
        _finish(call, job)
    return job


def _finish(call: Call, job: Job) -> None:
    tree = parse(str(job.request["query"]))
    try:
        selection = soql_engine.run(call.org, tree, with_deleted=job.request["operation"] == "queryAll")
    except Refusal as refusal:  # the schema changed while the job waited
        job.state, job.error = "Failed", f"{refusal.code}: {refusal.message}"
        return
    job.header = selection.columns
    for identifier in selection.ids:
        row = call.org.visible(selection.object_name, identifier)
        if row is not None and selection.projection is not None:
            shown = selection.projection.render(row, call.base)
            job.rows.append([_cell(_at(shown, column)) for column in job.header])
    job.state = "JobComplete"


def _at(record: Fields, column: str) -> Any:
    found: Any = record
    for step in column.split("."):
        if found is None:
            return None
        found = next((value for name, value in found.items() if name.lower() == step.lower()), None)
    return found


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    # Bulk writes Z where REST writes +0000 (sheet section 10b)
    return str(value).replace(".000+0000", ".000Z")


def _shown(call: Call, job: Job) -> dict[str, Any]:
    tree = parse(str(job.request["query"]))
    document = bulk_jobs.shown(call, job) | {"object": tree.source, "jobType": KIND}
    if job.due_at is not None and job.state == "JobComplete":
        document |= {"numberRecordsProcessed": len(job.rows), "retries": 0, "totalProcessingTime": 100}
    if job.error:
        document["errorMessage"] = job.error
    return document | {"isPkChunkingSupported": True}
