"""One measured child process: CPU of its whole tree, wall, peak memory, and what it printed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any

import orjson


@dataclass(frozen=True)
class Cost:
    """``cpu_s``: user and system together. ``answer``: the document that the child printed as its last line."""

    cpu_s: float
    wall_s: float
    rss_mb: float
    answer: Any


def run(module: str, *arguments: object, reads_json: bool = True) -> Cost:
    """``python -m module arguments``; ``RuntimeError`` when it fails.

    Modules are compiled once and not at every start, as those of an installed program are, whatever the shell says.
    """
    command = [sys.executable, "-m", module, *map(str, arguments)]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
    assert process.stdout is not None
    printed = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    wall_s = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    if process.returncode != 0:
        raise RuntimeError(f"{module} ended with {process.returncode}")
    answer = orjson.loads(printed.splitlines()[-1]) if reads_json else None
    return Cost(used.ru_utime + used.ru_stime, wall_s, used.ru_maxrss / 1024, answer)
