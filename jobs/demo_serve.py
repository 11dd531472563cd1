"""What ``--serve`` leaves running after the demo: both simulators, and the daemon that keeps the company in sync.

From here on time is the machine's: the simulators are moved to it and follow it, so that any command may join in.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from connector.cli.output import say
from connector.config import read_settings
from jobs.daemon import run as run_daemon
from jobs.demo_company import SECRETS
from jobs.demo_systems import Systems
from jobs.simulator import RealTime
from jobs.stopping import Stop

SECRETS_FILE = "secrets.env"


def serve_demo(systems: Systems, folder: Path, stop: Stop | None = None) -> int:
    """Serve and sync until interrupted; the daemon's exit code. The secrets must be set."""
    systems.clock.move_to(datetime.now(UTC))
    for server in systems.servers.values():
        server.before = RealTime(server.simulator).before  # type: ignore[arg-type]
    _write_secrets(folder / SECRETS_FILE)
    for name, url in systems.urls.items():
        say(f"{name:<11}{url}   control plane below /_simulator/")
    say(f"the company is {folder / 'config.toml'}; for any command beside this one:")
    say(f"  set -a; . {folder / SECRETS_FILE}; export LEADLOOP_CONFIG={folder / 'config.toml'}")
    say("the daemon goes on from here with the machine's time; Ctrl-C ends everything")
    return run_daemon(read_settings(folder / "config.toml", tuple(systems.urls)), workers_max=1, stop=stop)


def _write_secrets(file: Path) -> None:
    file.touch(mode=0o600)
    file.write_text("".join(f"{name}={value}\n" for name, value in SECRETS.items()), encoding="utf-8")
