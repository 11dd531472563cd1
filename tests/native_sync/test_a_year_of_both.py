"""A year in which the native sync and the product both run: they never undo each other's work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from connector.sync import pull
from tests.native_sync.year import COMPANY, Year, play, put_back, times_written

WRITES_PER_CELL_MAX = 26
"""Every other week, at the very most, for one field of one record."""
SHARED = {
    "salesforce": {"OwnerId", "Status", "Phone", "Title"},
    "hubspot": {"hubspot_owner_id", "hs_lead_status", "lifecyclestage", "phone", "jobtitle"},
}
ONLY_IN_SALESFORCE = {"hubspot_owner_id", "phone", "jobtitle", "leadloop_why", "leadloop_score"}


@pytest.fixture(scope="module", autouse=True)
def _same_schema() -> Iterator[None]:
    """Nobody adds a field in this year: no need to ask every day."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pull, "SCHEMA_AGE_MAX", timedelta(days=400))
        yield


def something_happened_in_that_year(year: Year, settled: datetime) -> None:
    assert sum(summary.handed_off for summary in year.summaries) >= 3
    assert sum(summary.recycled for summary in year.summaries) >= 1
    assert {summary.status for summary in year.summaries} == {"ok"}
    rows = year.written()
    carried = {(row.system, row.field) for row in rows if row.by == "native"}
    assert {("hubspot", "hubspot_owner_id"), ("salesforce", "Phone"), ("hubspot", "leadloop_why")} <= carried
    assert list(year.native.refused) == []


def no_field_is_ever_put_back_and_none_is_written_again_and_again(year: Year, settled: datetime) -> None:
    rows = year.written()
    assert put_back(rows) == {}
    for by in ("ours", "native"):
        often = {cell: count for cell, count in times_written(rows, by).items() if count > WRITES_PER_CELL_MAX}
        assert {cell: count for cell, count in often.items() if cell[2] != "salesforcelastsynctime"} == {}


def in_the_last_weeks_nobody_touches_a_shared_field(year: Year, settled: datetime) -> None:
    late = [row for row in year.written() if row.at > settled]
    assert [row for row in late if row.field in SHARED[row.system]] == []
    assert put_back(late) == {}


def on_a_day_without_news_both_run_and_nothing_is_written(year: Year, settled: datetime) -> None:
    year.sync()
    year.pass_days(0.02)
    before = len(year.written())
    for _ in range(3):
        year.sync()
        year.native.run_until(year.now + timedelta(minutes=16))
    assert len(year.written()) == before


def each_shared_field_of_a_linked_person_was_written_on_one_side_only(year: Year, settled: datetime) -> None:
    with year.app.database.engine.connect() as connection:
        query = text(
            "SELECT record_id FROM link WHERE system = 'hubspot' AND person_id IN "
            "(SELECT person_id FROM link WHERE system = 'salesforce' AND object = 'Lead' AND is_primary "
            " AND first_seen_at = (SELECT min(first_seen_at) FROM link))"
        )
        linked = {row.record_id for row in connection.execute(query)}
    assert linked
    written = {(row.field, row.record_id) for row in year.written() if row.by == "ours" and row.system == "hubspot"}
    assert [cell for cell in written if cell[0] in ONLY_IN_SALESFORCE and cell[1] in linked] == []


def a_copied_call_counts_once_and_the_one_in_hubspot_counts(year: Year, settled: datetime) -> None:
    with year.app.database.engine.connect() as connection:
        copies = connection.execute(
            text(
                "SELECT copy.asset AS asset, copy.person_id = original.person_id AS same, original.source AS source, "
                "copy.signal = original.signal AS signal FROM activity copy "
                "LEFT JOIN activity original ON original.activity_id = copy.duplicate_of "
                "WHERE copy.source = 'salesforce.Task'"
            )
        ).all()
    assert copies
    assert {(row.same, row.source, row.signal) for row in copies} == {(1, "hubspot.calls", 1)}


def it_is_seen_and_said(year: Year, settled: datetime) -> None:
    company = year.app.state(COMPANY).company_id
    found = [each for each in year.app.stores.findings.open_findings(company) if each.name == "native_sync"]
    assert len(found) == 1
    linked = [contact for contact in year.contacts().values() if contact.get("salesforceleadid")]
    assert found[0].count == len(linked)
    assert 'native_sync = "off"' in found[0].remedy


CHECKS: tuple[Callable[[Year, datetime], None], ...] = (
    something_happened_in_that_year,
    no_field_is_ever_put_back_and_none_is_written_again_and_again,
    in_the_last_weeks_nobody_touches_a_shared_field,
    on_a_day_without_news_both_run_and_nothing_is_written,
    each_shared_field_of_a_linked_person_was_written_on_one_side_only,
    a_copied_call_counts_once_and_the_one_in_hubspot_counts,
    it_is_seen_and_said,
)


def test_a_year_of_both(tmp_path: Path, subtests: pytest.Subtests) -> None:
    """One test, so that the year is played once, however many processes share the suite."""
    year = Year(tmp_path)
    settled = play(year)
    for check in CHECKS:
        with subtests.test(check.__name__):
            check(year, settled)
    year.close()


def test_without_the_rule_of_one_side_the_two_undo_each_other(tmp_path: Path) -> None:
    """The sabotage: the same company with the rule switched off fails what the year above passes."""
    year = Year(tmp_path, mode="off")
    play(year, weeks=8, quiet_weeks=1)
    fights = put_back(year.written())
    year.close()
    assert max(fights.values(), default=0) >= 2
