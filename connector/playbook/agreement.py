"""The agreement of both teams: what exactly they agreed on, by digest, and how it stands today (PLAYBOOK 11).

Agreed are stages, scoring, grades, questions, promises and reasons. The roster, words of messages, lists of domains and
tracks may change without another signature.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from msgspec import Struct

from connector.playbook.documents import digest_of
from connector.rules.stages import Agreement

REVIEW_DAYS = 90
AGREED: Mapping[str, tuple[str, ...]] = {
    "stages.toml": (),
    "scoring.toml": (),
    "qualifying.toml": (),
    "followup.toml": ("hand_off", "promises", "reasons", "recycling", "reassign", "undecided", "unreached"),
}
"""File -> the tables that are agreed on; none named: all of them."""

UNSIGNED, CHANGED, REVIEW_DUE, SIGNED = "unsigned", "changed", "review due", "signed"


def agreed_digest(body: Mapping[str, Any]) -> str:
    """Names what was agreed on: equal definitions, equal digest. ``body``: the merged documents by file name."""
    agreed: dict[str, Any] = {}
    for file, tables in AGREED.items():
        document = {key: value for key, value in body[file].items() if key != "agreement"}
        agreed[file] = {key: document.get(key) for key in tables} if tables else document
    return digest_of(agreed)[:16]


class Standing(Struct, frozen=True):
    """How the agreement stands on a day. ``state``: unsigned, changed, review due or signed."""

    state: str
    sentence: str


def review_day(agreement: Agreement) -> date | None:
    """When it is to be looked at again: as stated, else ninety days after it was signed."""
    if agreement.review_by is not None or agreement.agreed_on is None:
        return agreement.review_by
    return agreement.agreed_on + timedelta(days=REVIEW_DAYS)


def standing(agreement: Agreement, digest: str, today: date) -> Standing:
    """How the agreement stands; ``digest``: of the definitions as they are now."""
    if not agreement.signed:
        missing = [name for name in ("marketing", "sales", "agreed_on") if not getattr(agreement, name)]
        return Standing(UNSIGNED, f"not agreed: {', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing")
    assert agreement.agreed_on is not None
    if agreement.agreed_on > today:
        return Standing(UNSIGNED, f"not agreed yet: agreed_on, {agreement.agreed_on}, is still to come")
    if agreement.digest and agreement.digest != digest:
        return Standing(CHANGED, f"changed since agreed on {agreement.agreed_on}")
    due = review_day(agreement)
    if due is not None and due < today:
        return Standing(REVIEW_DUE, f"agreed on {agreement.agreed_on}, and was to be reviewed by {due}")
    return Standing(SIGNED, f"agreed on {agreement.agreed_on} by {agreement.marketing} and {agreement.sales}")
