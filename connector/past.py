"""A company's past, wired: history from files, the playbooks tried on it, the model that learns from it.

Knows the application and the files; each public function is one command's work. Imported history lies under a store
company of its own (``acme#history``), so that nothing of it is ever routed, told or written.
"""

from __future__ import annotations

from pathlib import Path

from connector.app import App
from connector.errors import BadConfiguration
from connector.history.load import Imported, Target, load_file
from connector.history.map_file import parse
from connector.history.rows import Reading
from connector.playbook import load
from connector.playbook.loading import Loaded
from connector.ports.companies import CompanyState
from connector.ports.history import HISTORY
from connector.rules.toml import Table
from connector.rules.toml import load as load_toml
from connector.store.history_import import SqlHistoryStore


def import_history(
    app: App, company: str, path: Path, *, kind: str, map_path: Path, systems: tuple[str, ...]
) -> Imported:  # fmt: skip
    """Rows of a CSV file into the company's imported history."""
    settings = app.settings.company(company)
    if not map_path.exists():
        raise BadConfiguration("no such file", where=str(map_path), remedy="name the map with --map")
    wanted = parse(Table(load_toml(map_path), map_path.name), kind)
    lists = loaded_rules(app, company, systems).playbook.lists
    app.prepare()
    state = history_of(app, company)
    now = app.world.clock.now()
    target = Target(SqlHistoryStore(app.database), state.company_id, now, app.world.ids.key, app.world.note)
    with app.companies.lease(state):
        return load_file(path, Reading(wanted, settings.zone, lists, now), target, company)


def history_of(app: App, company: str) -> CompanyState:
    """The store company of the imported history."""
    return app.companies.company(company + HISTORY)


def loaded_rules(app: App, company: str, systems: tuple[str, ...]) -> Loaded:
    """The company's own mapping and playbook."""
    return load(app.settings.company(company).mappings, systems=systems)
