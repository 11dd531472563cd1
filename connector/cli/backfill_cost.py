"""What a full load will cost, said before it starts: from what is stored already, without asking a CRM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

if TYPE_CHECKING:
    from connector.app import App

SMALLEST_PAGE = 100
"""The smallest page any vendor lists (contract sheets): so the estimate is never too low by the page's size."""


def expected_calls(app: App, company: str, *, system: str | None, object_name: str | None) -> str:
    """One sentence. An upper bound for what was read before; unknown for what never was."""
    records = _stored(app, company, system, object_name)
    if not records:
        return f"{company}: nothing was read before, so the cost is not known: at most one API call per 100 records."
    calls = sum(-(-count // SMALLEST_PAGE) for count in records)
    return f"{company}: about {sum(records)} records, so at most about {calls} API calls and what is new since."


def _stored(app: App, company: str, system: str | None, object_name: str | None) -> list[int]:
    from connector.store.sql import table
    from connector.store.tables import Landing

    landing = table(Landing)
    wanted = [landing.c.company == app.state(company).company_id, landing.c.deleted_at.is_(None)]
    if system is not None:
        wanted.append(landing.c.system == system)
    if object_name is not None:
        wanted.append(landing.c.object == object_name)
    query = select(func.count()).where(*wanted).group_by(landing.c.system, landing.c.object)
    with app.database.read() as connection:
        return [int(row[0]) for row in connection.execute(query)]
