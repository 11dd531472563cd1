"""The HubSpot adapter: everything that knows HubSpot's CRM API, its limits and its SDK.

The SDK is imported when the adapter is connected, not when this package is.
"""

from __future__ import annotations

from connector.ports.adapter import Adapter
from connector.ports.connection import Connection


def connect(connection: Connection) -> Adapter:
    """A connected HubSpot adapter; no request is sent before it is used."""
    from adapters.hubspot.adapter import HubSpotAdapter

    return HubSpotAdapter(connection)
