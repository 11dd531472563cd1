"""What would be: a company's playbook against its capacity, and a second playbook beside the live one.

Knows the application; each public function is one command's or job's work. Decides nothing and writes to no CRM; what
the job notices becomes a finding.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from connector.app import App
from connector.errors import BadConfiguration
from connector.playbook import Playbook, load
from connector.ports.findings import Finding
from connector.report.calibration import Calibration, calibrate
from connector.report.past_weeks import PastWeeks
from connector.report.shadow import Difference, Pair, compare

SHADOW_DIFFERS = "shadow_differs"
"""The finding of a second playbook that would change something."""


def capacity(app: App, company: str, systems: tuple[str, ...]) -> Calibration:
    """Hand-offs a week at each cut over the last weeks, against what the team can take."""
    app.prepare()
    settings = app.settings.company(company)
    playbook = _playbook(settings.mappings, systems)
    weeks = PastWeeks(app.world.clock.now(), settings.zone, app.world.note)
    return calibrate(app.evaluations, app.state(company).company_id, playbook, weeks)


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
    pair = Pair(live, shadow, PastWeeks(app.world.clock.now(), settings.zone, app.world.note))
    found = compare(app.evaluations, company_id, pair)
    return found, app.reporting.person_keys(company_id, [each.person_id for each in found.movers])


def watches_shadow(app: App, company: str) -> bool:
    """Whether a second playbook is configured."""
    return app.settings.company(company).shadow is not None


def watch_shadow(app: App, company: str, systems: tuple[str, ...]) -> Difference:
    """Compare the second playbook of the configuration, and keep what differs as a finding until nothing does."""
    with app.running(company, "shadow", connected=False) as (run, outcome):
        found, _ = beside(app, company, shadow_folder(app, company, None), systems)
        if found.differs:
            said = f"{found.sentence}; see leadloop evaluate {company} --shadow"
            count = max(found.moved, found.regraded)
            finding = Finding(SHADOW_DIFFERS, "note", SHADOW_DIFFERS, said, count)
            app.stores.findings.report(run.company_id, finding, run.now)
        else:
            app.stores.findings.settle(run.company_id, SHADOW_DIFFERS, run.now)
        outcome |= {
            "status": "ok",
            "counts": {"people": found.people, "moved": found.moved, "regraded": found.regraded},
        }
    return found


def _playbook(folder: Path | None, systems: tuple[str, ...]) -> Playbook:
    return load(folder, systems=systems).playbook
