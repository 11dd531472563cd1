"""The Salesforce adapter: everything that knows Salesforce's REST API, its limits and its SDK.

The SDK is imported when the adapter is connected, not when this package is: it costs most of a second.
"""

from __future__ import annotations

from connector.ports.adapter import Adapter
from connector.ports.connection import Connection


def connect(connection: Connection) -> Adapter:
    """A connected Salesforce adapter; no request is sent before it is used."""
    from adapters.salesforce.adapter import SalesforceAdapter

    return SalesforceAdapter(connection)
