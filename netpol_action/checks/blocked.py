"""Judgements as findings: the required connections that policies block, and those of which nobody can tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from netpol_action.checks.names import ANY_PORT
from netpol_action.model.connections import EVERY_PORT, ConnectionSet, Protocol
from netpol_action.model.demands import Demand
from netpol_action.model.diagnostics import Diagnostic, Severity, error
from netpol_action.model.endpoints import DomainName, Endpoint, IngressController, Unseen, Workload
from netpol_action.model.explanation import Side
from netpol_action.model.findings import BLOCKED, Cause, Finding
from netpol_action.model.judgements import Judgement
from netpol_action.model.policies import Direction
from netpol_action.origin import UNKNOWN, Origin

UNDECIDED = "undecided-required"
DNS_OVER_TCP = "dns-over-tcp"
_MOST_REASONS = 3


def blocked_findings(judgements: Iterable[Judgement]) -> Iterator[Finding]:
    """An error for each demand that is blocked, a note for each that depends on what the input does not say."""
    for judgement in judgements:
        demand = judgement.demand
        if judgement.blocked:
            yield _finding(
                judgement,
                f"{demand.source} needs {demand.destination} on {judgement.blocked}, but {_denied(judgement.sides)}",
            )
        if judgement.undecided:
            message = (
                f"{demand.source} needs {demand.destination} on {judgement.undecided}; whether the policies allow it "
                f"depends on {_unknown(demand)}"
            )
            yield _about((UNDECIDED, Severity.NOTE), message, demand, judgement.undecided)


def blocked_diagnostics(judgements: Iterable[Judgement]) -> tuple[Diagnostic, ...]:
    """An error for each demand that is blocked: for policies that were written to allow it."""
    found = (each for each in blocked_findings(judgements) if each.rule == BLOCKED)
    return tuple(dict.fromkeys(error(BLOCKED, each.message, each.origin) for each in found))


def name_findings(judgements: Iterable[Judgement]) -> Iterator[Finding]:
    """An error for each workload that connects by name and reaches no DNS server; a note where TCP alone is missing.

    Of several servers one is enough: which one a pod asks is not in the input.
    """
    by_workload: dict[Endpoint, list[Judgement]] = {}
    for judgement in judgements:
        by_workload.setdefault(judgement.demand.source, []).append(judgement)
    only_udp = []
    for workload, those in by_workload.items():
        closed = frozenset.intersection(*map(_closed, those))
        first = those[0]
        if "UDP" in closed or (closed and not first.demand.connections["UDP"]):
            server = f"{first.demand.destination} on {first.blocked} is out of its reach"
            if first.demand.connections == ANY_PORT:
                server = f"{first.demand.destination} is out of its reach on every port"
            message = f"{workload} connects by name, but it cannot resolve names: {server}, since"
            yield _finding(first, f"{message} {_denied(first.sides)}")
        elif closed:
            only_udp.append(first)
    if only_udp:
        yield _over_tcp(only_udp)


def _closed(judgement: Judgement) -> frozenset[Protocol]:
    """The protocols over which a name server does not answer; of ANY_PORT one open port may be the right one."""
    wanted, blocked = judgement.demand.connections, judgement.blocked
    return frozenset(name for name, ports in blocked.ports if wanted != ANY_PORT or ports == EVERY_PORT)


def _over_tcp(judgements: Sequence[Judgement]) -> Finding:
    sources = [judgement.demand.source for judgement in judgements]
    more = f" and {len(sources) - 1} more" if len(sources) > 1 else ""
    message = (
        f"{sources[0]}{more} may ask DNS over UDP and not over TCP, which long answers need; names with many addresses "
        "may not resolve"
    )
    first = judgements[0]
    causes = _causes(first.sides)
    origin = causes[0].origin if causes else UNKNOWN
    destinations = (first.demand.destination,)
    return Finding(DNS_OVER_TCP, Severity.NOTE, message, origin, tuple(sources), destinations, first.blocked, causes)


def _finding(judgement: Judgement, message: str) -> Finding:
    demand, causes = judgement.demand, _causes(judgement.sides)
    return _about((BLOCKED, Severity.ERROR), message, demand, judgement.blocked, causes)


def _about(
    kind: tuple[str, Severity], message: str, demand: Demand, connections: ConnectionSet, causes: tuple[Cause, ...] = ()
) -> Finding:
    places = [*(cause.origin for cause in causes), *(each.origin for each in demand.evidence)]
    origin: Origin = next((place for place in places if place != UNKNOWN), UNKNOWN)
    ends = ((demand.source,), (demand.destination,))
    return Finding(*kind, message, origin, *ends, connections, causes, demand.evidence)


def _denied(sides: Sequence[Side]) -> str:
    """Who stops it, in half a sentence."""
    words = []
    for side in sides:
        last = side.steps[-1]
        whose = "its own egress" if side.direction is Direction.EGRESS else "the other end's ingress"
        policies = [str(isolation.policy) for isolation in last.isolated_by] or [str(rule) for rule in last.rules]
        many = f" and {len(policies) - 1} more" if len(policies) > 1 else ""
        words.append(f"{policies[0]}{many} closes {whose}" if policies else f"{whose} is closed")
    return " and ".join(words) or "the policies block it"


def _causes(sides: Iterable[Side]) -> tuple[Cause, ...]:
    """The policies that isolate, each with why its rules do not fit, or the rule that denies."""
    causes: list[Cause] = []
    for side in sides:
        last, word = side.steps[-1], side.direction.value.lower()
        for isolation in last.isolated_by:
            unfit = [f"rule {each.rule.number}: {'; '.join(each.reasons)}" for each in isolation.unfit]
            more = [f"and {len(unfit) - _MOST_REASONS} more rules"] if len(unfit) > _MOST_REASONS else []
            why = ". ".join([*unfit[:_MOST_REASONS], *more]) or f"it has no {word} rule"
            causes.append(Cause(str(isolation.policy), f"isolates for {word}; {why}", isolation.origin))
        causes += [Cause(str(rule), "denies it", rule.origin) for rule in last.rules[:1]]
    return tuple(causes)


def _unknown(demand: Demand) -> str:
    for end in (demand.destination, demand.source):
        match end:
            case Workload():
                continue
            case DomainName():
                return "the addresses of that host: give them as `cidr` in netpol.yaml"
            case IngressController():
                return "where the ingress controller runs: name it under `ingressControllers` in netpol.yaml"
            case Unseen():
                return "the labels of those pods, which are not in the input"
            case _:
                return "the address, since they allow a part of them"
    return "what the input does not say"
