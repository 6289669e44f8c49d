"""Two maps to a `ConnectivityDiff`: what a change opens and closes, what of it breaks the application, and why."""

from netpol_action.diff.causes import Causes
from netpol_action.diff.compare import diff
from netpol_action.diff.side import Version

__all__ = ["Causes", "Version", "diff"]
