"""Pulling: pages behind a watermark, stored page by page. Decides how far a watermark may move, nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from msgspec import Struct

from connector.errors import LeadloopError, NotGranted, SchemaDrift
from connector.ports.adapter import Adapter, Page, PullRequest
from connector.ports.findings import Finding, FindingStore
from connector.ports.landing import KnownSchema, LandedPage, LandingStore
from connector.rules.mapping import ObjectMapping
from connector.sync.account_checks import report_unknown_values, require_environment
from connector.sync.reading import Reading

SCHEMA_AGE_MAX = timedelta(days=1)
PORTION_SIZE = 2_000
"""Records per transaction: a commit costs as much as storing some hundred of them."""

Pulled = dict[str, dict[str, int]]
"""System -> object -> records that really changed."""


class Period(Struct, frozen=True):
    """What a load is limited to, by the records' modification time; ``None``: not limited."""

    since: datetime | None = None
    until: datetime | None = None


class Asked(Struct, frozen=True):
    """The fields to ask for. ``grown``: among them are some that what is landed was not asked for."""

    fields: tuple[str, ...]
    grown: bool = False


def pull(run: Reading, landing: LandingStore, findings: FindingStore) -> Pulled:
    """Bring every mapped object of every system up to date; an object never read before is backfilled.

    What the accounts say of themselves comes first: ``NeedsOperator`` before records of two environments are mixed.
    """
    pulled: Pulled = {system: {} for system in sorted(run.adapters)}
    _pull_all(run, landing, findings, pulled, accounts_themselves=True)
    require_environment(run, landing, findings)
    _pull_all(run, landing, findings, pulled, accounts_themselves=False)
    report_unknown_values(run, landing, findings)
    return pulled


def _pull_all(
    run: Reading, landing: LandingStore, findings: FindingStore, pulled: Pulled, *, accounts_themselves: bool
) -> None:
    noticed = frozenset(finding.name for finding in findings.open_findings(run.company_id))
    for system, adapter in sorted(run.adapters.items()):
        for mapping in run.mapping.of_system(system):
            if (mapping.kind == "organization") is accounts_themselves:
                with _granted(run, mapping, findings, noticed):
                    pulled[system][mapping.object] = _pull_object(run, adapter, mapping, landing, findings)


@contextmanager
def _granted(run: Reading, mapping: ObjectMapping, findings: FindingStore, noticed: frozenset[str]) -> Iterator[None]:
    """An object that our rights do not reach is a finding, and the others go on; without people nothing can."""
    name = f"missing_scope:{mapping.system}.{mapping.object}"
    try:
        yield
    except NotGranted as refused:
        if mapping.kind == "person":
            raise
        remedy = refused.remedy or "grant access to it, or leave it out of fields.toml"
        findings.report(run.company_id, Finding(name, "warning", "missing_scope", remedy, 1), run.now)
    else:
        if name in noticed:
            findings.settle(run.company_id, name, run.now)


def pull_hot(run: Reading, landing: LandingStore, findings: FindingStore) -> Pulled:
    """Only the objects in which a person raises a hand, so that a hand-off need not wait for the next whole cycle.

    It has watermarks of its own and never moves the lossless ones: what it misses, the whole cycle brings. An object
    that was never loaded is left to the whole cycle.
    """
    pulled: Pulled = {}
    for system, adapter in sorted(run.adapters.items()):
        pulled[system] = {}
        for mapping in run.mapping.of_system(system):
            if mapping.kind == "person" and mapping.signals:
                pulled[system][mapping.object] = _pull_hot_object(run, adapter, mapping, landing, findings)
    return pulled


def _pull_hot_object(
    run: Reading, adapter: Adapter, mapping: ObjectMapping, landing: LandingStore, findings: FindingStore
) -> int:
    marks = (
        landing.watermark(run.company_id, mapping.system, stream)
        for stream in (mapping.object, f"hot:{mapping.object}")
    )
    covered = [mark.covered_until for mark in marks if mark is not None and mark.covered_until is not None]
    if not covered:
        return 0
    asked = asked_fields(run, adapter, mapping, landing, findings).fields
    if not asked:
        return 0
    request = PullRequest(mapping.object, asked, mapping.associations, {}, max(covered))
    return _store(run, mapping, asked, landing, adapter.pull(request), stream=f"hot:{mapping.object}")


def backfill(
    run: Reading,
    landing: LandingStore,
    findings: FindingStore,
    *,
    wanted: Iterable[tuple[str, str]],
    period: Period | None = None,
) -> Pulled:
    """A resumable load of the wanted (system, object) pairs, of a period or full; writes to no CRM.

    As in ``pull``, what the accounts say of themselves is read first, also where it is not wanted.
    """
    chosen = set(wanted)
    accounts: Pulled = {system: {} for system in run.adapters}
    _pull_all(run, landing, findings, accounts, accounts_themselves=True)
    require_environment(run, landing, findings)
    pulled = {
        system: dict(told)
        for system, objects in accounts.items()
        if (told := [(name, count) for name, count in objects.items() if (system, name) in chosen])
    }
    for system, adapter in sorted(run.adapters.items()):
        for mapping in run.mapping.of_system(system):
            if (system, mapping.object) in chosen and mapping.kind != "organization":
                with _granted(run, mapping, findings, frozenset()):
                    changed = _load_object(run, adapter, mapping, landing, findings, period=period or Period())
                    pulled.setdefault(system, {})[mapping.object] = changed
    return pulled


def _load_object(
    run: Reading,
    adapter: Adapter,
    mapping: ObjectMapping,
    landing: LandingStore,
    findings: FindingStore,
    *,
    period: Period,
) -> int:
    try:
        asked = _ask_schema(run, adapter, mapping, landing, findings)  # also what has become visible since
        changed = _load_all(run, adapter, mapping, asked.fields, landing, period=period)
    except SchemaDrift as gone:
        return _tell_missing(run, mapping, landing, findings, gone)
    if asked.grown and period == Period():
        _keep_schema(run, mapping, landing, asked.fields)
    findings.settle(run.company_id, _missing(mapping), run.now)
    return changed


def asked_fields(
    run: Reading, adapter: Adapter, mapping: ObjectMapping, landing: LandingStore, findings: FindingStore
) -> Asked:
    """The mapped fields that exist and may be seen; the others become one finding, and are left out.

    The schema is asked again once a day, because asking is a call per object.
    """
    address = (run.company_id, mapping.system, mapping.object)
    known = landing.known_schema(*address, mapping.asked_fields)
    if known is not None and run.now - known.checked_at < SCHEMA_AGE_MAX:
        return Asked(known.fields)
    return _ask_schema(run, adapter, mapping, landing, findings)


def _ask_schema(
    run: Reading, adapter: Adapter, mapping: ObjectMapping, landing: LandingStore, findings: FindingStore
) -> Asked:
    """What can be read now. It is remembered at once, unless there is more than before: then after the reload."""
    schema = adapter.schema(mapping.object)
    missing = [name for name in mapping.asked_fields if not schema.shows(name)]
    name = f"missing_fields:{mapping.system}.{mapping.object}"
    if missing:
        remedy = f"create them, give us access, or leave them out of fields.toml: {', '.join(missing)}"
        remedy = f"{remedy} ({schema.refused})" if schema.refused else remedy
        findings.report(run.company_id, Finding(name, "warning", "missing_fields", remedy, len(missing)), run.now)
    else:
        findings.settle(run.company_id, name, run.now)
    fields = tuple(field for field in mapping.asked_fields if schema.shows(field))
    before = landing.latest_fields(run.company_id, mapping.system, mapping.object)
    grown = before is not None and not set(fields) <= set(before)
    if not grown:
        _keep_schema(run, mapping, landing, fields)
    return Asked(fields, grown)


def _keep_schema(run: Reading, mapping: ObjectMapping, landing: LandingStore, fields: tuple[str, ...]) -> None:
    known = KnownSchema(fields, run.now)
    landing.keep_schema(run.company_id, mapping.system, mapping.object, mapping.asked_fields, known)


def _pull_object(
    run: Reading, adapter: Adapter, mapping: ObjectMapping, landing: LandingStore, findings: FindingStore
) -> int:
    try:
        asked = asked_fields(run, adapter, mapping, landing, findings)
        if not asked.fields:  # it was not there the last time: one question, not two
            return _pull_after_drift(run, adapter, mapping, landing, findings)
        changed = _pull_with(run, adapter, mapping, landing, asked)
    except SchemaDrift:
        # A field or the object vanished since the schema was last asked: ask again, once.
        return _pull_after_drift(run, adapter, mapping, landing, findings)
    findings.settle(run.company_id, _missing(mapping), run.now)
    return changed


def _pull_after_drift(
    run: Reading, adapter: Adapter, mapping: ObjectMapping, landing: LandingStore, findings: FindingStore
) -> int:
    try:
        asked = _ask_schema(run, adapter, mapping, landing, findings)
        changed = _pull_with(run, adapter, mapping, landing, asked)
    except SchemaDrift as gone:
        return _tell_missing(run, mapping, landing, findings, gone)
    findings.settle(run.company_id, _missing(mapping), run.now)
    return changed


def _tell_missing(
    run: Reading, mapping: ObjectMapping, landing: LandingStore, findings: FindingStore, gone: SchemaDrift
) -> int:  # fmt: skip
    """One object that may not be seen stops nobody else.

    It is remembered like a schema, so that an object that is not there costs one call a run.
    """
    findings.report(run.company_id, Finding(_missing(mapping), "warning", "missing_object", gone.what, 1), run.now)
    nothing = KnownSchema((), run.now)
    landing.keep_schema(run.company_id, mapping.system, mapping.object, mapping.asked_fields, nothing)
    return 0


def _missing(mapping: ObjectMapping) -> str:
    return f"missing_object:{mapping.system}.{mapping.object}"


def _pull_with(run: Reading, adapter: Adapter, mapping: ObjectMapping, landing: LandingStore, asked: Asked) -> int:
    mark = landing.watermark(run.company_id, mapping.system, mapping.object)
    if mark is None or mark.covered_until is None:
        return _load_all(run, adapter, mapping, asked.fields, landing, period=Period())
    changed = 0
    if asked.grown:
        # A field that is new, or visible again, is not in what was landed before: the object is read once more.
        changed = _load_all(run, adapter, mapping, asked.fields, landing, period=Period())
        _keep_schema(run, mapping, landing, asked.fields)
    at = (mark.token, mark.covered_until)
    request = PullRequest(mapping.object, asked.fields, mapping.associations, *at, named=mapping.named)
    known = adapter.capability.objects.get(mapping.object)
    if known is not None and known.complete:
        return changed + _pull_complete(run, mapping, asked.fields, landing, adapter.pull(request))
    changed += _store(run, mapping, asked.fields, landing, adapter.pull(request), stream=mapping.object)
    return changed + _pull_removals(run, adapter, mapping, asked.fields, landing)


def _pull_complete(
    run: Reading, mapping: ObjectMapping, asked: tuple[str, ...], landing: LandingStore, pages: Iterable[Page]
) -> int:
    read = list(pages)  # small by its nature, and only all of it says what is gone
    changed = _store(run, mapping, asked, landing, read, stream=mapping.object)
    if not read or not read[-1].done:
        return changed
    present = {record.ref.record_id for page in read for record in page.records}
    return changed + landing.sweep(run.company_id, mapping.system, mapping.object, present, run.now)


def _load_all(
    run: Reading,
    adapter: Adapter,
    mapping: ObjectMapping,
    asked: tuple[str, ...],
    landing: LandingStore,
    *,
    period: Period,
) -> int:
    stream = f"backfill:{mapping.object}"
    mark = landing.watermark(run.company_id, mapping.system, stream)
    token = {} if mark is None else mark.token
    period_of = {"since": period.since, "until": period.until}
    request = PullRequest(mapping.object, asked, mapping.associations, token, **period_of, named=mapping.named)
    changed = 0
    for page in portions(adapter.backfill(request)):
        changed += _store(run, mapping, asked, landing, [page], stream=stream)
        if page.done:
            # The incremental stream starts where the complete load is known to be complete; the load starts afresh
            # next time. A load that ends in the past says nothing about now.
            if period.until is None:
                _begin_incremental(run, mapping, asked, landing, page)
            _store(run, mapping, asked, landing, [Page((), {}, None, True)], stream=stream)
    return changed


def _begin_incremental(
    run: Reading, mapping: ObjectMapping, asked: tuple[str, ...], landing: LandingStore, last: Page
) -> None:
    """A stream under way stays where it is: only it shows what was deleted meanwhile, a complete load does not."""
    mark = landing.watermark(run.company_id, mapping.system, mapping.object)
    if mark is None or mark.covered_until is None:
        begin = Page((), {}, last.covered_until, True)
        _store(run, mapping, asked, landing, [begin], stream=mapping.object)


def _pull_removals(
    run: Reading, adapter: Adapter, mapping: ObjectMapping, asked: tuple[str, ...], landing: LandingStore
) -> int:
    if mapping.kind != "person":
        return 0
    stream = f"removals:{mapping.object}"
    mark = landing.watermark(run.company_id, mapping.system, stream)
    pages = adapter.removals(mapping.object, {} if mark is None else mark.token)
    return _store(run, mapping, asked, landing, pages, stream=stream)


def _store(
    run: Reading,
    mapping: ObjectMapping,
    asked: tuple[str, ...],
    landing: LandingStore,
    pages: Iterable[Page],
    *,
    stream: str,
) -> int:
    changed = 0
    for page in portions(pages):
        changed += landing.land(
            run.company_id,
            LandedPage(
                mapping.system, mapping.object, stream, page.records, asked, page.token, page.covered_until, run.now
            ),
        )
        if page.records:
            run.note(f"{run.company}: {mapping.system} {mapping.object}: {len(page.records)} read, {changed} new")
    return changed


def portions(pages: Iterable[Page]) -> Iterator[Page]:
    """Neighbouring pages joined until they hold ``PORTION_SIZE`` records: each portion is one transaction.

    What was read before a failure is still given out, so that a stream that breaks off goes on from there.
    """
    waiting: list[Page] = []
    try:
        for page in pages:
            waiting.append(page)
            if page.done or sum(len(each.records) for each in waiting) >= PORTION_SIZE:
                joined, waiting = _joined(waiting), []
                yield joined
    except LeadloopError:
        if waiting:
            yield _joined(waiting)
        raise
    if waiting:
        yield _joined(waiting)


def _joined(pages: Sequence[Page]) -> Page:
    last = pages[-1]
    if len(pages) == 1:
        return last
    records = tuple(record for page in pages for record in page.records)
    covered = [page.covered_until for page in pages if page.covered_until is not None]
    return Page(records, last.token, max(covered, default=None), last.done)
