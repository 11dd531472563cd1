"""The Salesforce adapter: everything that knows Salesforce's REST API, its limits and its SDK.

With this package nothing heavy is imported: the HTTP library comes with the adapter, the SDK with its first use.
"""

from __future__ import annotations

from connector.ports.adapter import Adapter
from connector.ports.connection import Connection


def connect(connection: Connection) -> Adapter:
    """A connected Salesforce adapter; no request is sent before it is used."""
    from adapters.salesforce.adapter import SalesforceAdapter

    return SalesforceAdapter(connection)
