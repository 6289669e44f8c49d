"""Finds the connections that an application requires, with their evidence, and what the input leaves open."""

from netpol_action.discovery.discover import DiscoveryOptions, discover

__all__ = ["DiscoveryOptions", "discover"]
