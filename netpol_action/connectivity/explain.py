"""Why two ends may or may not talk: for each direction, which tier decides, and by which rule.

The verdict comes from the rules that the map is made of: `trace` walks what `fold` folds. Only the words are made here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from netpol_action.connectivity.controller import published
from netpol_action.connectivity.ends import End, address_range, find_end
from netpol_action.connectivity.engine import Engine, EvaluationOptions
from netpol_action.connectivity.fold import cut
from netpol_action.connectivity.trace import OPEN, Misfit, Trace, Tracer
from netpol_action.connectivity.wording import Wording
from netpol_action.errors import UsageError
from netpol_action.model.addresses import IPV4, Family, merge
from netpol_action.model.bits import elements
from netpol_action.model.cluster import Cluster
from netpol_action.model.connections import EVERYTHING, ConnectionSet
from netpol_action.model.diagnostics import Diagnostic, note
from netpol_action.model.endpoints import Endpoint, IpBlock, sort_key
from netpol_action.model.explanation import Explanation, Outcome, Verdict
from netpol_action.model.policies import Direction, PolicyTier

_Decisions = dict[tuple[Trace, Trace, bool], dict[int, int]]
"""For two traces, and whether anything is sent at all: the address blocks (as bits), and the ports of each."""

_Sides = tuple[tuple[Misfit, ...], tuple[Misfit, ...]]
"""The rules of the NetworkPolicies that deny egress, and of those that deny ingress."""


def explain(
    cluster: Cluster,
    options: EvaluationOptions,
    source: str,
    destination: str,
    connections: ConnectionSet = EVERYTHING,
) -> Explanation:
    """Why `source` may or may not open each of `connections` to `destination`.

    The ends are texts as `ends.find_end` reads them. Every pair of workloads that they name has verdicts of its own;
    IP blocks are put together as far as the same is true of them. A workload and itself are two of its replicas.
    Raises UsageError where an end is unknown or ambiguous, or where no policy could decide.
    """
    engine = Engine(cluster, _with_families(options, source, destination))
    verdicts = tuple(explained(engine, source, destination, connections))
    return Explanation(verdicts, (*engine.assumptions(), *_replicas(verdicts)))


def explained(engine: Engine, source: str, destination: str, connections: ConnectionSet) -> Iterator[Verdict]:
    """The verdicts of one question to an engine of which more may be asked; see `explain`."""
    ends = find_end(source, engine.universe.endpoints), find_end(destination, engine.universe.endpoints)
    _check(engine, *ends)
    explainer = _Explainer(engine, ends, connections)
    for s in _parts(engine, ends[0]):
        for d in _parts(engine, ends[1]):
            yield from sorted(explainer.verdicts(s, d), key=_order)


def _replicas(verdicts: Iterable[Verdict]) -> Iterator[Diagnostic]:
    if any(verdict.sources == verdict.destinations for verdict in verdicts):
        yield note("replicas", "A pod always reaches itself; the answer is about two replicas of one workload")


def _order(verdict: Verdict) -> tuple[bool, object, object, int]:
    """What is allowed first, then by ends and ports."""
    ends = tuple(sort_key(end) for end in (*verdict.sources, *verdict.destinations))
    ranges = [(protocol, ports.ranges) for protocol, ports in verdict.connections.ports]
    return (not verdict.allowed, ranges, ends, verdict.family or 0)


def _with_families(options: EvaluationOptions, *ends: str) -> EvaluationOptions:
    """The options with IPv6 in play where an end is an IPv6 address and the family was left to the program."""
    ranges = [asked for asked in map(address_range, ends) if asked is not None]
    speaks = options.ip_family == "auto" and any(asked.family != IPV4 for asked in ranges)
    return replace(options, ip_family="dual") if speaks else options


def _check(engine: Engine, source: End, destination: End) -> None:
    universe = engine.universe
    if destination.bits & engine.senders.apart:
        raise UsageError(f"{destination.text} only opens connections: ask for it with --from")
    if source.bits & universe.controller and engine.controllers_known:
        names = ", ".join(map(str, engine.controllers_known))
        raise UsageError(f"the ingress controller is known, so no {source.text} is in the map: ask for it as {names}")
    if source.bits & universe.symbols:
        raise UsageError(f"{source.text} is known to the policies as a destination only: ask for it with --to")
    if not (source.bits | destination.bits) & universe.every_workload:
        raise UsageError(
            f"neither {source.text} nor {destination.text} is a workload, so no policy of the input decides"
        )


def _parts(engine: Engine, end: End) -> list[int]:
    """The workloads of an end one by one, then all else together."""
    inside = engine.universe.every_workload
    rest = end.bits & ~inside
    return [1 << i for i in elements(end.bits & inside)] + ([rest] if rest else [])


class _Explainer:
    """The verdicts of one question; the tracers are kept, since each workload may be met in many pairs."""

    def __init__(self, engine: Engine, ends: tuple[End, End], connections: ConnectionSet) -> None:
        self._engine = engine
        self._ends = ends
        self._connections = connections
        self._tracers: dict[tuple[Direction, int], Tracer] = {}
        self._published = published(engine.cluster, engine.universe, engine.ports, engine.senders)

    def verdicts(self, sources: int, destinations: int) -> Iterator[Verdict]:
        egress, ingress = self._tracer(Direction.EGRESS, sources), self._tracer(Direction.INGRESS, destinations)
        decisions: _Decisions = {}
        for ports, source, destination in self._cells(sources, destinations, egress, ingress):
            there = egress.trace(ports, destination & -destination) if egress else OPEN
            here = ingress.trace(ports, source & -source) if ingress else OPEN
            sent = self._is_sent(source, destination, ports)
            ends = decisions.setdefault((there, here, sent), {})
            several = source if destinations & self._engine.universe.every_workload else destination
            ends[several] = ends.get(several, 0) | ports
        for (there, here, sent), by_ends in decisions.items():
            together: dict[int, int] = {}
            for bits, ports in by_ends.items():
                together[ports] = together.get(ports, 0) | bits
            for ports, bits in together.items():
                pair = (bits, destinations) if destinations & self._engine.universe.every_workload else (sources, bits)
                for misfits, alike in self._misfits(pair, ports, (there, here)).items():
                    yield from self._worded(pair, alike, (there, here), misfits, sent=sent)

    def _tracer(self, direction: Direction, bits: int) -> Tracer | None:
        if not bits & self._engine.universe.every_workload:
            return None
        key = (direction, bits.bit_length() - 1)
        if key not in self._tracers:
            self._tracers[key] = Tracer(self._engine, *key)
        return self._tracers[key]

    def _cells(
        self, sources: int, destinations: int, egress: Tracer | None, ingress: Tracer | None
    ) -> Iterator[tuple[int, int, int]]:
        """Ports, sources and destinations that nothing tells apart; only those that were asked for."""
        layers = [layer for tracer in (egress, ingress) if tracer for layer in tracer.layers()]
        universe = self._engine.universe
        masks = [mask for mask, _ in layers] + [part for _, part in self._engine.ports.parts]
        if sources & self._engine.senders.apart:
            masks += self._published.values()
        blocks = cut(self._engine.ports.everything, dict.fromkeys(masks))
        ends = [bits for _, bits in layers] + [universe.of_family(family) for family in universe.network.families]
        for source in cut(sources, dict.fromkeys(ends)):
            for destination in cut(destinations, dict.fromkeys(ends)):
                for ports in blocks:
                    if self._engine.ports.connections(ports) & self._connections and self._met(
                        ports, source | destination
                    ):
                        yield ports, source, destination

    def _met(self, ports: int, ends: int) -> bool:
        """Whether the ends may meet over the part of the port space that `ports` is in: an address has one family."""
        universe = self._engine.universe
        return all(
            family is None or not ports & part or not ends & universe.outside & ~universe.of_family(family)
            for family, part in self._engine.ports.parts
        )

    def _is_sent(self, source: int, destination: int, ports: int) -> bool:
        """Whether the source opens it at all: the ingress controller sends only what is published."""
        if not source & self._engine.senders.apart:
            return True
        pair = source.bit_length() - 1, destination.bit_length() - 1
        return bool(self._published.get(pair, 0) & ports)

    def _worded(
        self, ends: tuple[int, int], ports: int, traces: tuple[Trace, Trace], misfits: _Sides, *, sent: bool
    ) -> Iterator[Verdict]:
        sources, destinations = (self._shown(bits, end) for bits, end in zip(ends, self._ends, strict=True))
        for family, connections in self._over(ports, (*sources, *destinations)):
            wording = Wording(self._engine, (sources, destinations), connections)
            egress = wording.side(Direction.EGRESS, traces[0], misfits[0], sent=sent)
            ingress = wording.side(Direction.INGRESS, traces[1], misfits[1])
            yield Verdict(sources, destinations, connections, (egress, ingress), family)

    def _misfits(self, ends: tuple[int, int], ports: int, traces: tuple[Trace, Trace]) -> dict[_Sides, int]:
        """Why no rule matches, where NetworkPolicies deny; from that to the ports of which it is true.

        A rule may match other ends over one family than over another, so each family is looked at by itself.
        """
        found: dict[_Sides, int] = {}
        tracers = self._tracer(Direction.EGRESS, ends[0]), self._tracer(Direction.INGRESS, ends[1])
        for _, part in self._engine.ports.parts:
            if mask := ports & part:
                there, here = (
                    tracer.misfits(mask, end) if tracer and _isolates(trace) else ()
                    for tracer, trace, end in zip(tracers, traces, ends[::-1], strict=True)
                )
                found[there, here] = found.get((there, here), 0) | mask
        return found

    def _shown(self, bits: int, end: End) -> tuple[Endpoint, ...]:
        endpoints = [self._engine.universe.endpoints[i] for i in elements(bits)]
        blocks = merge(end.shown(endpoint).range for endpoint in endpoints if isinstance(endpoint, IpBlock))
        return (*(e for e in endpoints if not isinstance(e, IpBlock)), *map(IpBlock, blocks))

    def _over(self, ports: int, ends: Iterable[Endpoint]) -> Iterator[tuple[Family | None, ConnectionSet]]:
        """The connections of a mask: those alike over each family, then those of one family alone."""
        parts = self._engine.ports.parts
        found = {family: self._engine.ports.connections(ports & part) & self._connections for family, part in parts}
        if any(isinstance(end, IpBlock) for end in ends) or len(parts) == 1:
            yield from ((None, connections) for connections in dict.fromkeys(found.values()) if connections)
            return
        alike = EVERYTHING
        for connections in found.values():
            alike &= connections
        if alike:
            yield None, alike
        yield from ((family, each - alike) for family, each in found.items() if each - alike)


def _isolates(trace: Trace) -> bool:
    """Whether it ends with NetworkPolicies that deny."""
    return trace[-1].tier is PolicyTier.NAMESPACE and trace[-1].outcome is Outcome.DENY
