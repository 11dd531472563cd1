"""What others take for the same pulls: each script runs in an environment of its own under ``bench/.peers``."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.parts import Part, markdown_table
from bench.payloads import CONTACT_PROPERTIES, LEAD_FIELDS
from bench.processes import run
from bench.pull_suite import WAYS, Files, served

HERE = Path(__file__).parent
ENVIRONMENTS = HERE / ".peers"
SCRIPTS = {
    "hubspot_sdk": (["hubspot-api-client==12.0.0"], CONTACT_PROPERTIES),
    "hubspot_dlt": (["dlt[sqlalchemy]"], CONTACT_PROPERTIES),
    "hubspot_dlt_duckdb": (["dlt[duckdb,parquet]"], CONTACT_PROPERTIES),
    "salesforce_sdk": (["simple-salesforce==1.12.10"], LEAD_FIELDS),
    "salesforce_sdk_bulk": (["simple-salesforce==1.12.10"], LEAD_FIELDS),
}

CHEAPER = (
    ("hubspot_dlt", "pull_hubspot_rest", 8.0),
    ("hubspot_sdk", "pull_hubspot_rest", 4.0),
    ("salesforce_sdk_bulk", "pull_salesforce_bulk", 1.0),
)
"""Which peer a pull of ours is measured against, and how many times its CPU the peer should take."""
MEMORY_GOAL = 5.0


@dataclass(frozen=True)
class Peer:
    """What one script took."""

    name: str
    cpu_s: float
    rss_mb: float
    rows: int


NOTE = "Runs of their own in environments of their own under `bench/.peers`; not paired, so only rough."


def measure(records: int, tell: Callable[[str], None]) -> Part:
    """Install what is missing, run each once, and the product beside them."""
    with served(records) as (url, files):
        found = [_peer(name, url, files, tell) for name in SCRIPTS]
        for way, (system, kind) in WAYS.items():
            cost = run("bench.pulling", system, url, files.empty_store(), kind)
            found.append(Peer(f"leadloop {way}", cost.cpu_s, cost.rss_mb, cost.answer["rows"]))
    ours = {one.name.removeprefix("leadloop "): one.cpu_s for one in found}
    lines = [("what", "CPU s", "peak MB", "rows")]
    lines += [(one.name, f"{one.cpu_s:.1f}", f"{one.rss_mb:.0f}", f"{one.rows:,}") for one in found]
    memory = {one.name: one.rss_mb for one in found}
    numbers: dict[str, float] = {f"peer_{one.name}_cpu_s": round(one.cpu_s, 2) for one in found if one.name in SCRIPTS}
    goals: dict[str, float] = {}
    for peer, way, goal in CHEAPER:
        numbers[f"cheaper_than_{peer}"] = round(numbers[f"peer_{peer}_cpu_s"] / ours[way], 1)
        goals[f"cheaper_than_{peer}"] = goal
    less = memory["salesforce_sdk_bulk"] / memory["leadloop pull_salesforce_bulk"]
    numbers["smaller_than_salesforce_sdk_bulk"] = round(less, 1)
    goals["smaller_than_salesforce_sdk_bulk"] = MEMORY_GOAL
    rows = [(name, f"{numbers[name]}x", "", f"{goal}x") for name, goal in goals.items()]
    remains = [f"`{name}` is at {numbers[name]}x, to {goal}x." for name, goal in goals.items() if numbers[name] < goal]
    return Part(numbers, rows, f"{records:,} records.\n\n{markdown_table(lines)}\n\n{NOTE}", remains)


def _peer(name: str, url: str, files: Files, tell: Callable[[str], None]) -> Peer:
    packages, columns = SCRIPTS[name]
    tell(f"peer {name} ...")
    python = _environment(name, packages)
    script = str(HERE / "peer_scripts" / f"{name}.py")
    return _run(name, [str(python), script, url, str(files.new()), ",".join(columns)])


def _environment(name: str, packages: list[str]) -> Path:
    folder = ENVIRONMENTS / name
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *packages], check=True)
        (folder / "complete").touch()
    return python


def _run(name: str, command: list[str]) -> Peer:
    environment = {**os.environ, "DLT_TELEMETRY": "false", "RUNTIME__DLTHUB_TELEMETRY": "false"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
    assert process.stdout is not None
    printed = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    if process.returncode != 0:
        raise RuntimeError(f"peer {name} ended with {process.returncode}")
    return Peer(name, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, int(printed.split()[-1]))
