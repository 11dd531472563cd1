"""What would be: a company's playbook against its capacity, and a second playbook beside the live one.

Knows the application; each public function is one command's work. Reads the store, decides and writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from connector.app import App
from connector.errors import BadConfiguration
from connector.playbook import Playbook, load
from connector.report.calibration import Calibration, calibrate
from connector.report.shadow import Difference, Pair, compare


def capacity(app: App, company: str, systems: tuple[str, ...]) -> Calibration:
    """Hand-offs a week at each cut over the last weeks, against what the team can take."""
    app.prepare()
    settings = app.settings.company(company)
    playbook = _playbook(settings.mappings, systems)
    return calibrate(app.evaluations, app.state(company).company_id, playbook, app.world.clock.now(), settings.zone)


def shadow_folder(app: App, company: str, given: Path | None) -> Path:
    """The folder of the second playbook: the one given, else the company's key ``shadow``."""
    folder = given or app.settings.company(company).shadow
    if folder is None:
        raise BadConfiguration(
            "no second playbook",
            where=f"config.toml: [companies.{company}]",
            remedy='write shadow = "mappings/..." or name a folder with --playbook',
        )
    return folder


def beside(app: App, company: str, folder: Path, systems: tuple[str, ...]) -> tuple[Difference, Mapping[int, str]]:
    """The difference that the playbook in ``folder`` would make, and the keys of the people it names."""
    app.prepare()
    settings = app.settings.company(company)
    live, shadow = _playbook(settings.mappings, systems), _playbook(folder, systems)
    company_id = app.state(company).company_id
    pair = Pair(live, shadow, app.world.clock.now(), settings.zone)
    found = compare(app.evaluations, company_id, pair)
    return found, app.reporting.person_keys(company_id, [each.person_id for each in found.movers])


def _playbook(folder: Path | None, systems: tuple[str, ...]) -> Playbook:
    return load(folder, systems=systems).playbook
