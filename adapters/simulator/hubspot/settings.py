"""Decides which switches a simulated portal has and their defaults; must not know what they do.

Switches marked "unconfirmed" stand for facts that nobody has read off a live portal (contract sheet 7).
"""

from __future__ import annotations

from typing import Any

DEFAULTS: dict[str, Any] = {
    "portal_id": 148800001,
    "app_id": 1160452,
    "app_name": "Connected app",
    "time_zone": "America/New_York",
    "burst_limit": 190,
    "oauth_burst_limit": 110,
    "daily_limit": 625_000,
    "search_limit": 5,
    "retry_after": False,  # unconfirmed: Retry-After on 429
    "request_takes_ms": 0,
    "search_lag_s": 2,
    "merge_mode": "new",  # or "preserve"
    "merged_in_batch": "omit",  # or "follow"
    "lifecycle_backward": "ignore",  # or "error"; unconfirmed
    "unknown_owner_error": "INVALID_OPTION",  # or "COULD_NOT_FIND_OWNER"; unconfirmed
    "archive_missing": 204,  # or 404; unconfirmed
    "batch_update_partial": "trace",  # or "always"; unconfirmed
    "upsert_conflict": "whole",  # or "row", with trace ids; unconfirmed
    "association_page_size": 500,
    "salesforce_sync_installed": False,
    "missing_scopes": [],
    "revoked_tokens": [],
    "refresh_token_revoked": False,
    "refresh_token_rotates": False,
    "token_life_s": 1800,
    "normalise": {},
}
CHOICES: dict[str, tuple[Any, ...]] = {
    "merge_mode": ("new", "preserve"),
    "merged_in_batch": ("omit", "follow"),
    "lifecycle_backward": ("ignore", "error"),
    "unknown_owner_error": ("INVALID_OPTION", "COULD_NOT_FIND_OWNER"),
    "archive_missing": (204, 404),
    "batch_update_partial": ("trace", "always"),
    "upsert_conflict": ("whole", "row"),
}


def merged_settings(current: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """The settings after a change; raises ``ValueError`` naming an unknown key or choice."""
    for name, value in changes.items():
        if name not in DEFAULTS:
            raise ValueError(f"there is no setting {name}; settings are: {', '.join(sorted(DEFAULTS))}")
        if not isinstance(value, type(DEFAULTS[name])):
            raise ValueError(f"setting {name} must be like {DEFAULTS[name]!r}, not {value!r}")
        if name in CHOICES and value not in CHOICES[name]:
            raise ValueError(f"setting {name} must be one of {list(CHOICES[name])}, not {value!r}")
    return {**current, **changes}
