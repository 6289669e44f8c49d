"""An explanation as txt, Markdown and JSON: the verdict first, then each direction and what its tiers say."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from netpol_action.model.diagnostics import Diagnostic
from netpol_action.model.endpoints import Endpoint, Json
from netpol_action.model.explanation import Explanation, RuleRef, Side, Step, Verdict
from netpol_action.model.policies import Direction, PolicyTier
from netpol_action.origin import Origin
from netpol_action.render.report import answer_lines
from netpol_action.render.text import plain, prose

SCHEMA = "netpol-action/explain/v1"
MOST_NAMED = 20
"""Address blocks that a verdict names in txt and Markdown; JSON has all of them."""

NOTHING_ASKED = "Nothing to explain: no connection was asked for."

_TIERS = {
    PolicyTier.ADMIN: "admin tier",
    PolicyTier.NAMESPACE: "NetworkPolicy",
    PolicyTier.BASELINE: "baseline tier",
    None: "default",
}


def txt_lines(explanation: Explanation) -> Iterator[str]:
    """A paragraph for each verdict, for a terminal; without line ends."""
    if not explanation.verdicts:
        yield NOTHING_ASKED
    for number, verdict in enumerate(explanation.verdicts):
        if number:
            yield ""
        yield plain(f"{_word(verdict.allowed).upper()}: {_pair(verdict)}")
        for side in verdict.sides:
            yield plain(f"  {_heading(side, verdict)}: {_word(side.allowed)}")
            for depth, line in _lines(side.steps):
                yield plain(f"{'  ' * (depth + 2)}{line}")


def md_lines(explanation: Explanation) -> Iterator[str]:
    """A heading and nested lists for each verdict."""
    if not explanation.verdicts:
        yield NOTHING_ASKED
    for number, verdict in enumerate(explanation.verdicts):
        if number:
            yield ""
        yield f"### {_word(verdict.allowed).capitalize()}: {prose(_pair(verdict))}"
        yield ""
        for side in verdict.sides:
            yield f"- {prose(_heading(side, verdict))}: **{_word(side.allowed)}**"
            for depth, line in _lines(side.steps):
                yield f"{'  ' * (depth + 1)}- {prose(line)}"


def json_lines(explanation: Explanation, diagnostics: Iterable[Diagnostic]) -> Iterator[str]:
    """The JSON answer, one row a verdict; `diagnostics` are those of the whole run, with their lines."""
    rows = (json.dumps(_verdict(verdict)) for verdict in explanation.verdicts)
    yield from answer_lines(SCHEMA, rows, diagnostics)


def _pair(verdict: Verdict) -> str:
    over = f" over IPv{verdict.family}" if verdict.family else ""
    return f"{_names(verdict.sources)} => {_names(verdict.destinations)} : {verdict.connections}{over}"


def _names(ends: Sequence[Endpoint]) -> str:
    shown = ", ".join(map(str, ends[:MOST_NAMED]))
    return shown if len(ends) <= MOST_NAMED else f"{shown} and {len(ends) - MOST_NAMED:,} more"


def _heading(side: Side, verdict: Verdict) -> str:
    ends = verdict.sources if side.direction is Direction.EGRESS else verdict.destinations
    word = side.direction.value.lower()
    return f"{word} of {ends[0]}" if len(ends) == 1 else f"{word} of these addresses"


def _word(allowed: bool) -> str:  # noqa: FBT001  # the only thing it says
    return "allowed" if allowed else "denied"


def _lines(steps: Iterable[Step]) -> Iterator[tuple[int, str]]:
    """The lines of a side with their depth."""
    for step in steps:
        place = f" ({step.rules[0].origin})" if step.rules and step.rules[0].origin.path else ""
        yield 0, f"{_TIERS[step.tier]}: {step.reason}{place}"
        for rule in step.rules[1:]:
            yield 1, f"so does {_at(rule, rule.origin)}"
        for isolation in step.isolated_by:
            yield 1, _at(isolation.policy, isolation.origin)
            if not isolation.unfit:
                yield 2, "it has no rule for this direction"
            for unfit in isolation.unfit:
                yield 2, f"rule {unfit.rule.number}{_place(unfit.rule.origin)}: {'; '.join(unfit.reasons)}"


def _at(what: object, origin: Origin) -> str:
    return f"{what}{_place(origin)}"


def _place(origin: Origin) -> str:
    return f" ({origin})" if origin.path else ""


def _verdict(verdict: Verdict) -> Json:
    egress, ingress = verdict.sides
    return {
        "src": [plain(str(end)) for end in verdict.sources],
        "dst": [plain(str(end)) for end in verdict.destinations],
        "conn": str(verdict.connections),
        "family": None if verdict.family is None else f"ipv{verdict.family}",
        "allowed": verdict.allowed,
        "egress": _side(egress),
        "ingress": _side(ingress),
    }


def _side(side: Side) -> Json:
    return {"allowed": side.allowed, "steps": [_step(step) for step in side.steps]}


def _step(step: Step) -> Json:
    isolated_by = [
        {
            "policy": plain(str(isolation.policy)),
            **_location(isolation.origin),
            "rules": [{**_rule(unfit.rule), "reasons": [plain(r) for r in unfit.reasons]} for unfit in isolation.unfit],
        }
        for isolation in step.isolated_by
    ]
    return {
        "tier": "default" if step.tier is None else step.tier.name.lower(),
        "outcome": str(step.outcome),
        "reason": plain(step.reason),
        "rules": [_rule(rule) for rule in step.rules],
        "isolatedBy": isolated_by,
    }


def _rule(rule: RuleRef) -> dict[str, Json]:
    return {
        "policy": plain(str(rule.policy)),
        "direction": rule.rule.direction.value,
        "rule": rule.number,
        "name": plain(rule.rule.name),
        "action": rule.rule.action.value,
        **_location(rule.origin),
    }


def _location(origin: Origin) -> dict[str, Json]:
    return {"path": plain(origin.path), "document": origin.document, "line": origin.line} if origin.path else {}
