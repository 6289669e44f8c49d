"""Two maps to a `ConnectivityDiff`: what a change opens and closes, what of it breaks the application, and why."""

from netpol_action.diff.causes import Causes, Version
from netpol_action.diff.compare import diff

__all__ = ["Causes", "Version", "diff"]
