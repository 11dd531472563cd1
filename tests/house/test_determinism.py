"""Clock, chance and threads come in from outside; decisions do no I/O. The checker itself is tested on bad code."""

from __future__ import annotations

import pytest

from tests.house.determinism import findings
from tests.house.tree import name, product_files


def test_the_product_takes_time_chance_and_threads_from_outside() -> None:
    found = [finding for path in product_files() for finding in findings(path.read_text(encoding="utf-8"), name(path))]
    assert found == [], "\n" + "\n".join(f"{each.file}:{each.line}: {each.what}" for each in found)


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("import time", "time"),
        ("from time import sleep", "time.sleep"),
        ("import datetime\ndatetime.datetime.now()", "datetime.datetime.now"),
        ("from datetime import datetime\nx = datetime.now(UTC)", "datetime.datetime.now"),
        ("from datetime import datetime as moment\nf = moment.utcnow", "datetime.datetime.utcnow"),
        ("import datetime as calendar\ncalendar.date.today()", "datetime.date.today"),
        ("from uuid import uuid4", "uuid.uuid4"),
        ("import uuid\nuuid.uuid1()", "uuid.uuid1"),
        ("def inner():\n    import threading", "threading"),
        ("from concurrent.futures import ThreadPoolExecutor", "concurrent.futures.ThreadPoolExecutor"),
        ("import asyncio", "asyncio"),
        ("import random\nrandom.Random(7)", "random"),
        ("from random import Random", "random.Random"),
        ("import secrets", "secrets"),
        ("import os\nos.urandom(4)", "os.urandom"),
        ("from sqlalchemy import func\nfunc.now()", "sqlalchemy.func.now"),
        ("from connector.clock import SystemClock", "connector.clock.SystemClock"),
    ],
)
def test_what_depends_on_the_machine_is_found(source: str, what: str) -> None:
    assert what in {finding.what for finding in findings(source, "connector/sync/pull.py")}


@pytest.mark.parametrize(
    "source",
    [
        "from datetime import UTC, datetime\ndatetime.fromtimestamp(0, UTC)",
        "import uuid\nuuid.UUID(int=3)",
        "def run(clock):\n    return clock.now()",
        "from connector.clock import Clock",
        "from sqlalchemy import func\nfunc.count()",
        "timeout = 3\nrandom = 4",
    ],
)
def test_what_is_injected_or_exact_passes(source: str) -> None:
    assert findings(source, "connector/sync/pull.py") == []


@pytest.mark.parametrize(
    "file",
    [
        "connector/clock.py",
        "connector/ids.py",
        "connector/executor.py",
        "jobs/daemon.py",
        "adapters/simulator/http_server.py",
    ],
)
def test_the_modules_that_are_the_machine_may(file: str) -> None:
    source = "import time, random, threading\nfrom uuid import uuid4\nfrom connector.clock import SystemClock"
    assert findings(source, file) == []


def test_the_world_is_wired_in_app_and_nowhere_below() -> None:
    source = "from connector.executor import ThreadExecutor\nThreadExecutor()"
    assert findings(source, "connector/app.py") == []
    assert findings(source, "connector/cli/__init__.py") == []
    assert findings(source, "adapters/hubspot/pull.py") != []


@pytest.mark.parametrize(
    ("source", "allowed"),
    [
        ("import random\nrandom.Random(7)", True),
        ("from random import Random\nRandom(seed)", True),
        ("import random\nrandom.Random()", False),
        ("import random\nrandom.choice([1])", False),
        ("from random import shuffle", False),
    ],
)
def test_a_simulator_may_be_random_by_seed_only(source: str, allowed: bool) -> None:
    assert (findings(source, "adapters/simulator/world/people.py") == []) is allowed


@pytest.mark.parametrize(
    "source",
    [
        "import logging",
        "from sqlalchemy.orm import Session",
        "from sqlalchemy.engine import Engine",
        "import socket",
        "from connector.clock import Clock",
        "from sqlalchemy import create_engine",
    ],
)
@pytest.mark.parametrize("file", ["connector/decide/merge.py", "connector/rules/compile.py"])
def test_a_decision_neither_logs_nor_opens_a_session(source: str, file: str) -> None:
    assert findings(source, file) != []
    assert findings(source, "connector/store/evaluate.py") == []


def test_a_decision_may_convert_a_time() -> None:
    assert findings("from connector.clock import to_micros", "connector/rules/transforms.py") == []


def test_a_decision_opens_no_file_and_prints_nothing() -> None:
    assert [finding.what for finding in findings("open('x')\nprint(1)", "connector/decide/plan.py")] == [
        "open() in a decision",
        "print() in a decision",
    ]
