"""How ``[schedule]`` is read, and who is due: by the last run in our own table, so a missed run happens once."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest

from connector.app import App
from connector.clock import SystemClock
from connector.config import DEFAULT_SCHEDULE, CompanySettings, Settings
from connector.errors import BadConfiguration
from connector.report.week import last_week
from jobs.daemon import companies_due
from jobs.scheduler import Schedule, make_scheduler, parse_schedule, parse_schedules

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)  # a Wednesday


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("every 5 minutes", 300),
        ("every minute", 60),
        ("every 1 second", 1),
        ("Every  2  Hours", 7200),
        ("every 60 seconds", 60),
        ("every hour", 3600),
    ],
)
def test_an_interval(text: str, seconds: int) -> None:
    assert parse_schedule("sync", text, "config.toml").every_s == seconds


@pytest.mark.parametrize(
    ("text", "following"),
    [
        ("0 3 * * *", datetime(2026, 11, 19, 3, tzinfo=UTC)),
        ("*/15 * * * *", datetime(2026, 11, 18, 12, 15, tzinfo=UTC)),
        ("30 8,17 * * *", datetime(2026, 11, 18, 17, 30, tzinfo=UTC)),
        ("0 0 1 * *", datetime(2026, 12, 1, tzinfo=UTC)),
        # Cron counts the days of the week from Sunday.
        ("0 6 * * 0", datetime(2026, 11, 22, 6, tzinfo=UTC)),
        ("0 6 * * 7", datetime(2026, 11, 22, 6, tzinfo=UTC)),
        ("0 6 * * 1", datetime(2026, 11, 23, 6, tzinfo=UTC)),
        ("0 6 * * sat", datetime(2026, 11, 21, 6, tzinfo=UTC)),
        ("0 6 * * 1-5", datetime(2026, 11, 19, 6, tzinfo=UTC)),
        ("0 6 * * 5-7", datetime(2026, 11, 20, 6, tzinfo=UTC)),
        ("0 6 * * fri-mon", datetime(2026, 11, 20, 6, tzinfo=UTC)),
        ("0 6 * * 0-6/2", datetime(2026, 11, 19, 6, tzinfo=UTC)),
    ],
)
def test_a_cron_line(text: str, following: datetime) -> None:
    assert parse_schedule("sync", text, "config.toml").next_after(NOON) == following


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sometimes",
        "every",
        "every 0 minutes",
        "every 5",
        "every five minutes",
        "every -5 minutes",
        "0 3 * *",
        "0 25 * * *",
        "60 3 * * *",
        "0 3 * * 8",
        "0 3 * * noday",
        "0 3 * * 1/x",
        "0 3 * * 1/0",
        "0 3 1 * 1",
        "@daily",
    ],
)
def test_a_bad_schedule_names_file_table_and_key(text: str) -> None:
    with pytest.raises(BadConfiguration) as refused:
        parse_schedule("sync", text, "config.toml")
    assert refused.value.where == "config.toml: [schedule] sync"
    assert refused.value.remedy


def test_an_unknown_job_suggests_the_nearest() -> None:
    with pytest.raises(BadConfiguration, match=r'config.toml: \[schedule\] snyc: unknown key; did you mean "sync"'):
        parse_schedules({"snyc": "every minute"}, "config.toml")


EVERY_FIVE = parse_schedule("sync", "every 5 minutes", "config.toml")
NIGHTLY = parse_schedule("sync", "0 3 * * *", "config.toml")


@pytest.mark.parametrize(
    ("schedule", "ago", "due"),
    [
        (EVERY_FIVE, None, True),
        (EVERY_FIVE, timedelta(days=3), True),
        (EVERY_FIVE, timedelta(minutes=5), True),
        (EVERY_FIVE, timedelta(minutes=4, seconds=50), True),  # a tick may come early by its jitter
        (EVERY_FIVE, timedelta(minutes=2), False),
        (EVERY_FIVE, timedelta(0), False),
        (NIGHTLY, None, True),
        (NIGHTLY, timedelta(hours=9, minutes=1), True),
        (NIGHTLY, timedelta(hours=8, minutes=59), False),
        (NIGHTLY, timedelta(days=10), True),
    ],
)
def test_who_is_due(schedule: Schedule, ago: timedelta | None, due: bool) -> None:
    assert schedule.is_due(None if ago is None else NOON - ago, NOON) is due


@pytest.mark.parametrize("schedule", [EVERY_FIVE, NIGHTLY])
def test_jitter_never_makes_a_tick_too_early(schedule: Schedule) -> None:
    assert 0 < 2 * schedule.jitter_s <= schedule.slack_s


@pytest.fixture
def app(tmp_path: Path) -> App:
    """Two companies that were never run."""
    companies = {
        name: CompanySettings(name, None, UTC, "production", None, "first", {})  # type: ignore[arg-type]
        for name in ("acme", "bolt")
    }
    settings = Settings(tmp_path / "config.toml", f"sqlite:///{tmp_path / 'store.db'}", companies, {}, "")
    return App(settings, {})


def test_due_follows_from_the_runs_in_our_table(app: App) -> None:
    app.prepare()
    assert companies_due(app, EVERY_FIVE, NOON) == ["acme", "bolt"]
    digests: dict[str, dict[str, Any]] = {name: {"digest": name, "body": {}} for name in ("playbook", "mapping")}
    acme = app.state("acme").company_id
    run_id = app.companies.start_run(acme, "sync", NOON - timedelta(minutes=1), digests)
    assert companies_due(app, EVERY_FIVE, NOON) == ["acme", "bolt"]  # it may have died
    app.companies.end_run(acme, run_id, NOON, "partial", {})
    assert companies_due(app, EVERY_FIVE, NOON) == ["bolt"]
    app.companies.start_run(acme, "backfill", NOON, digests)
    assert companies_due(app, EVERY_FIVE, NOON) == ["bolt"]
    assert companies_due(app, EVERY_FIVE, NOON + timedelta(minutes=4)) == ["acme", "bolt"]
    app.close()


def test_every_schedule_ticks_with_itself() -> None:
    nightly = parse_schedule("reconcile", "0 3 * * *", "config.toml")
    scheduler = make_scheduler([EVERY_FIVE, nightly], lambda schedule: None)
    scheduler.start(paused=True)
    jobs = scheduler.get_jobs()
    scheduler.shutdown()
    assert {job.args for job in jobs} == {(EVERY_FIVE,), (nightly,)}
    assert min(job.next_run_time for job in jobs) <= SystemClock().now() + timedelta(minutes=6)


def test_a_job_can_be_switched_off() -> None:
    kept = parse_schedules({"hot": "never", "sync": "every 5 minutes"}, "config.toml")
    assert [schedule.kind for schedule in kept] == ["sync"]


@pytest.mark.parametrize("monday", ["2026-07-06", "2026-11-23", "2027-01-04"])
def test_everywhere_the_weekly_mail_tells_of_the_week_that_has_just_ended(monday: str) -> None:
    """Where Monday begins late, in winter, it is still Sunday when the others are told."""
    [schedule] = parse_schedules({"weekly": DEFAULT_SCHEDULE["weekly"]}, "config.toml")
    first = datetime.fromisoformat(f"{monday}T00:00+00:00")
    ticks = [at for hour in range(24) if (at := schedule.next_after(first + timedelta(hours=hour)))]
    told_on = {at for at in ticks if at < first + timedelta(days=1)}
    for zone in map(ZoneInfo, sorted(available_timezones())):
        told = {last_week(at, zone).until for at in told_on}
        assert datetime.combine(first.date(), time(), zone) in told, zone
