"""Two maps to a `ConnectivityDiff`: what a change opens and closes, and what of it breaks the application."""

from netpol_action.diff.compare import diff

__all__ = ["diff"]
