"""What others take for the same pulls: each script runs in an environment of its own under ``bench/.peers``."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.payloads import CONTACT_PROPERTIES, LEAD_FIELDS
from bench.stub import running

HERE = Path(__file__).parent
ENVIRONMENTS = HERE / ".peers"
SCRIPTS = {
    "hubspot_sdk": (["hubspot-api-client==12.0.0"], CONTACT_PROPERTIES),
    "hubspot_dlt": (["dlt[sqlalchemy]"], CONTACT_PROPERTIES),
    "salesforce_sdk": (["simple-salesforce==1.12.10"], LEAD_FIELDS),
}


@dataclass(frozen=True)
class Peer:
    """What one script took."""

    name: str
    cpu_s: float
    rss_mb: float
    rows: int


def measure_peers(records: int, tell: Callable[[str], None]) -> list[Peer]:
    """Install what is missing, then run each once."""
    with TemporaryDirectory(prefix="leadloop-bench-") as folder, running(1, records) as url:
        found = []
        for name, (packages, columns) in SCRIPTS.items():
            tell(f"peer {name} ...")
            python = _environment(name, packages)
            found.append(
                _run(
                    name,
                    [
                        str(python),
                        str(HERE / "peer_scripts" / f"{name}.py"),
                        url,
                        f"{folder}/{name}.db",
                        ",".join(columns),
                    ],
                )
            )
        return found


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
