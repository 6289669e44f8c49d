"""Required connections held against allowed ones, and policies against the input: what breaks, what is open in vain."""

from netpol_action.checks.blocked import blocked_diagnostics, name_findings
from netpol_action.checks.check import check
from netpol_action.checks.names import ANY_PORT, name_demands

__all__ = ["ANY_PORT", "blocked_diagnostics", "check", "name_demands", "name_findings"]
