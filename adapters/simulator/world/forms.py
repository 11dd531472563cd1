"""The forms of the demo company and what was submitted in two years, as the HubSpot simulator takes them.

Decides which forms there are and how each of the last two years' submissions looks. Who submitted what is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from adapters.simulator.world import vocabulary as words
from adapters.simulator.world.calendar import hubspot_moment
from adapters.simulator.world.cast import Json

NAMES = (
    *words.HAND_RAISES,
    *words.WHITEPAPERS,
    *words.WEBINARS,
    *words.DECISION_CONTENT,
    words.NEWSLETTER,
    words.PRODUCT_QUESTION,
)

Submitted = tuple[datetime, str, str]
"""When, by which form, and the e-mail that was given."""


def form_rows(submitted: Sequence[Submitted]) -> list[Json]:
    """Every form with its submissions, the oldest first."""
    by_form: dict[str, list[Json]] = {name: [] for name in NAMES}
    for at, form, email in sorted(submitted):
        by_form[form].append({"at": hubspot_moment(at), "email": email})
    return [
        {"id": f"0f0f0f0f-0000-4000-8000-{number:012d}", "name": name, "submissions": rows}
        for number, (name, rows) in enumerate(by_form.items(), start=1)
    ]
