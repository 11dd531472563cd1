"""Bulk API 2.0 ingest jobs, the small way: create, upload, process, results (sheet section 10b).

An empty cell changes nothing and ``#N/A`` clears; assignment rules run only when the job names one.
"""

from __future__ import annotations

import csv
import io
from typing import Any

from adapters.simulator.salesforce import bulk_jobs, rows_api, writes
from adapters.simulator.salesforce.bulk_jobs import Job
from adapters.simulator.salesforce.call import Call
from adapters.simulator.salesforce.identifiers import canonical
from adapters.simulator.salesforce.org import Actor
from adapters.simulator.salesforce.refusals import Refusal, malformed_json
from adapters.simulator.salesforce.schema import SObject
from adapters.simulator.wire import Response, json_response

KIND = "V2Ingest"
OPERATIONS = ("insert", "update", "upsert", "delete", "hardDelete")


def create(call: Call) -> Response:
    """POST /jobs/ingest."""
    body = call.body()
    entry = call.org.schema.object(str(body.get("object", "")))
    if entry is None or body.get("operation") not in OPERATIONS:
        raise Refusal("INVALIDJOB", f"object must exist and operation be one of {', '.join(OPERATIONS)}")
    if body["operation"] == "upsert":
        rows_api.key_field(call.org, entry, str(body.get("externalIdFieldName", "")))
    return json_response(200, _shown(call, bulk_jobs.make(call, KIND, "Open")))


def upload(call: Call) -> Response:
    """PUT the CSV, once; 201 without a body."""
    job = bulk_jobs.find(call, KIND)
    if job.state != "Open" or job.uploaded:
        raise Refusal("INVALIDJOBSTATE", f"Found multiple contents for job: <{job.id}>, please 'Close' / 'Abort'")
    job.uploaded = call.request.body
    return Response(201)


def change_state(call: Call) -> Response:
    """PATCH {"state": "UploadComplete" | "Aborted"}."""
    job = bulk_jobs.find(call, KIND)
    state = call.body().get("state")
    if state == "UploadComplete" and job.state == "Open":
        bulk_jobs.start(call, job)
    elif state == "Aborted" and job.state not in ("JobComplete", "Failed"):
        job.state = "Aborted"
    else:
        raise Refusal("INVALIDJOBSTATE", f"Invalid state change from {job.state} to {state}")
    return json_response(200, _shown(call, job))


def read(call: Call) -> Response:
    """GET a job; processes it when it is due."""
    return json_response(200, _shown(call, _progressed(call)))


def delete(call: Call) -> Response:
    """DELETE a finished job."""
    return bulk_jobs.delete(call, _progressed(call))


def successful(call: Call) -> Response:
    """GET the rows that were stored."""
    return _results(call, "successful", ("sf__Id", "sf__Created"))


def failed(call: Call) -> Response:
    """GET the rows that were refused, with ``CODE:message:fields --``."""
    return _results(call, "failed", ("sf__Id", "sf__Error"))


def unprocessed(call: Call) -> Response:
    """GET the rows never looked at: none here."""
    return _results(call, "unprocessed", ())


def _results(call: Call, which: str, columns: tuple[str, ...]) -> Response:
    job = _progressed(call)
    bulk_jobs.require_complete(job)
    return bulk_jobs.csv_response(job.text((*columns, *job.header), job.results.get(which, [])))


def _progressed(call: Call) -> Job:
    job = bulk_jobs.find(call, KIND)
    if bulk_jobs.is_due(call, job):
        _process(call, job)
    return job


def _process(call: Call, job: Job) -> None:
    lines = csv.reader(io.StringIO(job.uploaded.decode("utf-8"), newline=""), delimiter=job.delimiter)
    job.header = tuple(next(lines, ()))
    job.results = {"successful": [], "failed": []}
    assign = bool(job.request.get("assignmentRuleId"))
    actor = Actor(call.org.integration_user_id, auto_assign=assign)
    for cells in lines:
        mark = call.org.mark()
        try:
            identifier, was_created = _one(call, job, cells, actor)
        except Refusal as refusal:
            call.org.roll_back(mark)
            error = f"{refusal.code}:{refusal.message}:{' '.join(refusal.fields or ())} --"
            job.results["failed"].append(["", error, *cells])
        else:
            job.results["successful"].append([identifier, str(was_created).lower(), *cells])
    job.state = "JobComplete"


def _one(call: Call, job: Job, cells: list[str], actor: Actor) -> tuple[str, bool]:
    if len(cells) != len(job.header):
        raise malformed_json("The number of cells differs from the header")
    given: dict[str, Any] = {
        name: None if cell == "#N/A" else cell for name, cell in zip(job.header, cells, strict=True) if cell
    }
    entry = rows_api.writable(call.org.schema.objects[str(job.request["object"])])
    operation = str(job.request["operation"])
    if operation == "upsert":
        return _upsert(call, entry, str(job.request["externalIdFieldName"]), given, actor)
    if operation == "insert":
        return writes.create(call.org, entry, given, actor), True
    identifier = canonical(next((value for name, value in given.items() if name.lower() == "id"), None))
    if identifier is None:
        raise Refusal("MISSING_ARGUMENT", "Id not specified in an update call", fields=["Id"])
    if operation == "update":
        changes = {name: value for name, value in given.items() if name.lower() != "id"}
        writes.update(call.org, entry, identifier, changes, actor)
    else:
        writes.delete(call.org, entry, identifier, actor)
    return identifier, False


def _upsert(call: Call, entry: SObject, key_name: str, given: dict[str, Any], actor: Actor) -> tuple[str, bool]:
    field = rows_api.key_field(call.org, entry, key_name)
    key = given.get(key_name)
    if not key:
        raise Refusal("MISSING_ARGUMENT", f"{key_name} not specified", fields=[])
    found = rows_api.matches(call.org, entry, field, str(key))
    if len(found) > 1:
        raise Refusal("DUPLICATE_EXTERNAL_ID", f"{key_name}: more than one record found", fields=[key_name])
    if found:
        changes = {name: value for name, value in given.items() if name != key_name}
        writes.update(call.org, entry, found[0], changes, actor)
        return found[0], False
    return writes.create(call.org, entry, given, actor), True


def _shown(call: Call, job: Job) -> dict[str, Any]:
    document = bulk_jobs.shown(call, job) | {"object": job.request["object"], "jobType": KIND}
    document["contentUrl"] = f"{job.base.lstrip('/')}/jobs/ingest/{job.id}/batches"
    if job.request.get("externalIdFieldName"):
        document["externalIdFieldName"] = job.request["externalIdFieldName"]
    failures = len(job.results.get("failed", ()))
    processed = failures + len(job.results.get("successful", ()))
    document |= {"numberRecordsProcessed": processed, "numberRecordsFailed": failures, "retries": 0}
    return document | {"totalProcessingTime": 0, "apiActiveProcessingTime": 0, "apexProcessingTime": 0}
