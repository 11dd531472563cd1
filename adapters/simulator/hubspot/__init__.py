"""A simulated HubSpot portal: the vendor's API and a control plane behind one ``handle`` function."""

from __future__ import annotations

from adapters.simulator.hubspot.simulator import HubSpotSimulator

__all__ = ["HubSpotSimulator"]
