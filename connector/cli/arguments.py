"""The arguments and options that several commands share, and how a written time is read."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from connector.errors import BadConfiguration

Company = Annotated[str, typer.Argument(help="A company of the configuration.", show_default=False)]
Person = Annotated[str, typer.Argument(help="An e-mail, a record id or a person key.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout, and nothing else there.")]
Since = Annotated[
    str | None, typer.Option("--since", help="A date of the company's calendar, or a time with its offset.")
]


Until = Annotated[str | None, typer.Option("--until", help="The same; what happened from then on is left out.")]


def moment(text: str | None, zone: ZoneInfo, option: str) -> datetime | None:
    """A date (its first instant in ``zone``) or a time; without an offset it is the company's."""
    if text is None:
        return None
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadConfiguration(
            "not a date or time", where=option, remedy="write 2026-12-01 or 2026-12-01T09:00:00+01:00"
        ) from error
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=zone)
