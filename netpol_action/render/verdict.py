"""What a change means as a whole, in one sentence, from the gravest on."""

from __future__ import annotations

from netpol_action.model.diff import Risk
from netpol_action.model.tally import Tally
from netpol_action.render.markdown import counted

NO_CHANGE = "No connection changes."

MEANINGS = {
    Risk.CLOSED_REQUIRED: "Closed, though the application needs it",
    Risk.OPENED_INTERNET: "Opened to or from outside the cluster",
    Risk.OPENED_BETWEEN_NAMESPACES: "Opened between namespaces",
    Risk.OPENED_WITHIN_NAMESPACE: "Opened within a namespace",
    Risk.WIDENED: "Widened",
    Risk.NARROWED: "Narrowed",
    Risk.CLOSED: "Closed",
}
"""The risks as headings."""

CLAUSES = {
    Risk.CLOSED_REQUIRED: "breaks the application by closing {} that it needs",
    Risk.OPENED_INTERNET: "opens {} to or from outside the cluster",
    Risk.OPENED_BETWEEN_NAMESPACES: "opens {} between namespaces",
    Risk.OPENED_WITHIN_NAMESPACE: "opens {} within a namespace",
    Risk.WIDENED: "widens {}",
    Risk.NARROWED: "narrows {}",
    Risk.CLOSED: "closes {}",
}
"""What a change does with so many connections, as the end of a sentence that begins with `This change`."""

_CLOSING = frozenset({Risk.CLOSED_REQUIRED, Risk.NARROWED, Risk.CLOSED})
_OPENING = frozenset({Risk.OPENED_INTERNET, Risk.OPENED_BETWEEN_NAMESPACES, Risk.OPENED_WITHIN_NAMESPACE, Risk.WIDENED})


def verdict(tally: Tally) -> str:
    """One sentence; each connection counts once, by the gravest of its risks."""
    clauses = [
        CLAUSES[risk].format(counted(number, "other connection" if _is_other(risk, tally) else "connection"))
        for risk, number in tally.gravest.items()
    ]
    if not clauses:
        return NO_CHANGE
    *most, last = clauses
    return f"This change {', '.join(most)} and {last}." if most else f"This change {last}."


def doubt(tally: Tally, unresolved: int) -> tuple[str, str]:
    """What there is to say of a change that closes something while so many dependencies are unresolved.

    The number, and what it means; two empty texts where there is no doubt.
    """
    if not unresolved or _CLOSING.isdisjoint(tally.risks):
        return ("", "")
    number = counted(unresolved, "dependency is", "dependencies are")
    return (f"{number} unresolved:", "the application may need some of what is closed.")


def _is_other(risk: Risk, tally: Tally) -> bool:
    return risk is Risk.CLOSED and Risk.CLOSED_REQUIRED in tally.gravest


def mark(tally: Tally, *, doubtful: bool = False) -> str:
    """A sign for the verdict: something breaks, something opens or is in doubt, or neither."""
    if Risk.CLOSED_REQUIRED in tally.risks:
        return "❌"
    return "⚠️" if doubtful or _OPENING & tally.risks.keys() else "✅"
