"""A Salesforce org that runs in memory: the vendor's REST API and a control plane, without sockets."""

from __future__ import annotations

from adapters.simulator.salesforce.simulator import SalesforceSimulator

__all__ = ["SalesforceSimulator"]
