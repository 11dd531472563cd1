"""Where things are in the API: date-based paths, or the old ones where HubSpot still serves them. Pure.

The SDK's own methods know only v3 and v4, which end in 2027 (contract sheet 0), so paths are built here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

from connector.errors import BadConfiguration

_DATE_BASED = re.compile(r"20\d\d-\d\d(-beta)?")


@dataclass(frozen=True)
class Paths:
    """Paths of one API version: ``2026-09`` or ``v3``."""

    version: str

    def __post_init__(self) -> None:
        if self.version != "v3" and not _DATE_BASED.fullmatch(self.version):
            raise BadConfiguration(
                f"api_version {self.version!r} is not known",
                where="hubspot",
                remedy='use a date such as "2026-09", or "v3"',
            )

    def objects(self, object_name: str, *rest: str) -> str:
        """Records of one object type."""
        return self._area("objects", object_name, *rest)

    def properties(self, object_name: str) -> str:
        """Property definitions."""
        return self._area("properties", object_name)

    def owners(self) -> str:
        """Owners."""
        return self._area("owners")

    def pipelines(self, object_name: str) -> str:
        """Pipelines with their stages."""
        return self._area("pipelines", object_name)

    def associations(self, origin: str, target: str) -> str:
        """Reading associations of many records; they were version 4 before dates came."""
        return self._ties(origin, target, "batch", "read")

    def association_labels(self, origin: str, target: str) -> str:
        """The types of association between two objects."""
        return self._ties(origin, target, "labels")

    def lists(self, *rest: str) -> str:
        """Lists of records, and who is on them."""
        return self._area("lists", *rest)

    def forms(self) -> str:
        """The forms; neither these nor what follows has date-based paths yet (contract sheet 2.14)."""
        return "/marketing/v3/forms"

    def submissions(self, form_id: str) -> str:
        """The submissions of one form."""
        return f"/form-integrations/v1/submissions/forms{_joined(form_id)}"

    def mail_events(self) -> str:
        """Events of marketing e-mails."""
        return "/email/public/v1/events"

    def subscriptions(self, *rest: str) -> str:
        """Kinds of mail, and who chose what."""
        return f"/communication-preferences/v4{_joined(*rest)}"

    def teams(self) -> str:
        """The teams of the portal's users."""
        return "/settings/v3/users/teams"

    def token(self) -> str:
        """Where an access token is renewed."""
        return f"/oauth/{self.version}/token"

    def _ties(self, *rest: str) -> str:
        if self.version == "v3":
            return f"/crm/v4/associations{_joined(*rest)}"
        return f"/crm/associations/{self.version}{_joined(*rest)}"

    def _area(self, area: str, *rest: str) -> str:
        if self.version == "v3":
            return f"/crm/v3/{area}{_joined(*rest)}"
        return f"/crm/{area}/{self.version}{_joined(*rest)}"


def _joined(*parts: str) -> str:
    return "".join(f"/{quote(part, safe='')}" for part in parts)
