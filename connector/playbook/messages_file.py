"""``messages.toml``: what colleagues are told, in which words, and who hears of it by default.

Decides what the file may say. Channels and addresses are the configuration's matter, not the playbook's.
"""

from __future__ import annotations

from datetime import timedelta

from connector.decide.messages import AUDIENCES, EVENTS, WEEKLY
from connector.playbook.playbook import Messages, MessageTemplate
from connector.playbook.templates import template
from connector.rules.toml import Table

FIELDS = (
    *("company", "name", "title", "account", "country", "grade", "why", "score_reasons", "note", "records"),
    *("owner", "manager", "due", "reason", "until", "track", "what", "missing"),
)
"""What a template may name; a field nothing is known of is empty."""

WEEKLY_FIELDS = ("company", "period", "agreement", "figures", "sentences")


def parse(table: Table) -> Messages:
    """The typed file; every event has its template."""
    hours = table.integer("age_max_hours")
    if hours < 1:
        raise table.error("age_max_hours", "expected 1 or more")
    templates = {event: _template(table.table(event, required=True), event) for event in EVENTS}
    table.finish()
    return Messages(templates, timedelta(hours=hours))


def _template(table: Table, event: str) -> MessageTemplate:
    fields = WEEKLY_FIELDS if event == WEEKLY else FIELDS
    found = MessageTemplate(
        to=table.texts("to", among=AUDIENCES),
        subject=template(table, "subject", fields),
        text=template(table, "text", fields),
    )
    table.finish()
    return found
