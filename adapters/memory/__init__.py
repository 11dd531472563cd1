"""The reference adapter: a CRM in memory that keeps every promise of the port, in the simplest way.

The contract suite runs against it first; it is also what an example or a test of the core connects to.
"""

from __future__ import annotations

from adapters.memory.adapter import MemoryAdapter
from adapters.memory.crm import MemoryCrm
from connector.ports.adapter import Adapter
from connector.ports.connection import Connection

__all__ = ["MemoryAdapter", "MemoryCrm", "connect"]


def connect(connection: Connection) -> Adapter:
    """An adapter on ``connection.transport`` when that is a ``MemoryCrm``, else on a new, empty one."""
    crm = connection.transport
    return MemoryAdapter(connection, crm if isinstance(crm, MemoryCrm) else MemoryCrm(connection.clock))
