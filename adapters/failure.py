"""What can go wrong with one HTTP request, as two plain facts, before a vendor's table gives it a meaning.

Decides nothing: each adapter translates these into the core's errors. Knows no vendor and no client library.
The texts carry a status and a short cause only, never a body: bodies hold people's values.
"""

from __future__ import annotations

import json
from collections.abc import Mapping


class Refused(Exception):
    """The server answered, and the answer is not a success. Header names are lower case."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        super().__init__(f"HTTP status {status}")
        self.status = status
        self.headers = {name.lower(): value for name, value in headers.items()}
        self.body = body

    def document(self) -> object:
        """The body as JSON; ``None`` when it is not (a gateway's HTML page)."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


class Lost(Exception):
    """No usable answer came. ``sent``: the request may have been acted upon."""

    def __init__(self, why: str, *, sent: bool) -> None:
        super().__init__(why)
        self.why = why
        self.sent = sent


Failure = Refused | Lost
