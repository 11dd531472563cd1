"""One org at one token: its addresses and headers, plain reads, and the SDK for the rest.

Decides nothing but how a path becomes a request. The SDK costs a sixth of a second to import (SOAP and
cryptography among it), so it is imported with the first call that is made through it; plain reads are not.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import requests

from adapters.salesforce.tokens import Token
from adapters.transport import parse

if TYPE_CHECKING:
    from simple_salesforce.api import Salesforce


class Org:
    """Requests over ``session``, which raises for every failed answer. Retries nothing."""

    def __init__(self, token: Token, api_version: str, session: requests.Session) -> None:
        self.token = token
        self.session = session
        self._version = api_version
        self._host = urlsplit(token.instance_url).netloc
        self._base = f"https://{self._host}/services/data/v{api_version}/"
        self._headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token.value}"}

    def versions(self) -> requests.Response:
        """The list of API versions, which is not counted as a call."""
        return self.session.get(f"https://{self._host}/services/data/")

    def get(self, path: str, parameters: Mapping[str, str], **headers: str) -> requests.Response:
        """The answer to a path below the version's base path."""
        return self.session.get(self._base + path, headers={**self._headers, **headers}, params=dict(parameters))

    def document(self, path: str, parameters: Mapping[str, str]) -> Any:
        """The same as parsed JSON; ``None`` when it is empty."""
        return _document(self.get(path, parameters))

    def post(self, path: str, document: object) -> Any:
        """The answer to a posted document, as parsed JSON; ``None`` when it is empty."""
        return _document(self.session.post(self._base + path, headers=self._headers, json=document))

    @cached_property
    def sdk(self) -> Salesforce:
        """The SDK on the same session, its one place that reads JSON replaced: JSON is UTF-8, whatever is declared."""
        from simple_salesforce.api import Salesforce

        class QuickSalesforce(Salesforce):
            def parse_result_to_json(self, result: requests.Response) -> Any:
                return parse(result.content)

        sdk = QuickSalesforce(
            session_id=self.token.value,
            instance_url=self.token.instance_url,
            version=self._version,
            session=self.session,
            object_pairs_hook=cast(Any, None),
        )
        sdk.headers.pop("X-PrettyPrint", None)  # a third of a page would be spaces
        return sdk


def _document(response: requests.Response) -> Any:
    return None if response.status_code == requests.codes.no_content else parse(response.content) or None
