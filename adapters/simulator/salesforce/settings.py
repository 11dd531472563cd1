"""The switches of one simulated org, with their defaults. Unconfirmed vendor facts are switches here."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

DEFAULTS: dict[str, Any] = {
    # whether the org is a sandbox
    "sandbox": False,
    # tokens
    "token_life_s": 7200,
    "static_token_valid": True,
    "client_id": "simulator",
    "client_secret": "simulator-secret",
    "client_credentials_enabled": True,
    "jwt_public_key": None,
    "jwt_audiences": ["https://login.salesforce.com", "https://test.salesforce.com"],
    "refresh_token": "simulator-refresh",
    # limits
    "daily_limit": 100_000,
    "calls_used": 0,
    "concurrent_limit_reached": False,
    # automation and normalisation
    "assignment_rule_active": True,
    "assignment_rule_owner_id": None,
    "normalise": {},
    "strict_lead_status": False,
    "duplicate_rule": None,
    # a customer's validation rules: {"object", "blank": field} refuses a record while the field is blank; "on": the
    # field the message is shown at (absent: the top of the page)
    "validation_rules": [],
    # campaign members with one of these have responded
    "responded_statuses": ["Responded", "Registered", "Attended"],
    # fields whose changes leave history rows; an object without any has no history object
    "tracked_fields": {"Lead": ["OwnerId", "Status"], "Contact": ["OwnerId"]},
    "locked_ids": [],
    "read_only_ids": [],
    # visibility
    "visible_after_s": 0,
    "hidden_fields": [],
    "hidden_objects": [],
    # queries and jobs
    "page_size_shrinks": False,
    "locator_life_s": 2 * 86_400,
    "bulk_delay_s": 5,
    # conversion
    "conversion_field_map": {},
    # unconfirmed by the contract sheet
    "history_owner_names": True,
    "precondition_code": "ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE",
    "collection_parse_errors": "record",
    "composite_query_limit": 5,
    "reparenting_bumps_children": False,
    "member_duplicate_code": "DUPLICATE_VALUE",
}


class Settings:
    """Values by name; a name that does not exist is refused."""

    def __init__(self) -> None:
        self._values = copy.deepcopy(DEFAULTS)

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def merge(self, changes: Mapping[str, Any]) -> None:
        """Take over the given values; raises ``ValueError`` for an unknown name."""
        unknown = sorted(set(changes) - set(DEFAULTS))
        if unknown:
            raise ValueError(f"unknown setting {', '.join(unknown)}; known: {', '.join(sorted(DEFAULTS))}")
        self._values.update(copy.deepcopy(dict(changes)))

    def as_json(self) -> dict[str, Any]:
        """All values, without the client secret and the refresh token."""
        hidden = ("client_secret", "refresh_token")
        return {name: value for name, value in sorted(self._values.items()) if name not in hidden}
