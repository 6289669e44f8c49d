"""An explanation held against a map: every pair of ends, every connection, each once and with the same verdict."""

from __future__ import annotations

from collections.abc import Iterator

from netpol_action.connectivity.engine import Engine
from netpol_action.connectivity.explain import explained
from netpol_action.model.bits import elements
from netpol_action.model.connections import EVERYTHING, NOTHING, ConnectionSet
from netpol_action.model.connectivity import ConnectivityMap
from netpol_action.model.endpoints import Endpoint, IngressController, IpBlock, Workload
from netpol_action.model.explanation import Verdict


def hold_against(engine: Engine, connectivity: ConnectivityMap) -> None:
    """Asserts that the engine's explanations say what the map says."""
    table = Table(connectivity)
    for source, destination in questions(engine):
        asked = allowed = NOTHING
        over: dict[int | None, ConnectionSet] = {}
        for verdict in explained(engine, str(source), str(destination), EVERYTHING):
            assert not verdict.connections & over.get(verdict.family, NOTHING), "a connection has two verdicts"
            over[verdict.family] = over.get(verdict.family, NOTHING) | verdict.connections
            asked |= verdict.connections
            allowed |= verdict.connections if verdict.allowed else NOTHING
            assert all(reasons_are_given(verdict))
        assert asked == EVERYTHING
        assert allowed == table.allowed(source, destination), f"{source} => {destination}"


def questions(engine: Engine) -> Iterator[tuple[Endpoint, Endpoint]]:
    """Every pair of ends that the map may have a row for; a workload with itself too, since replicas are others."""
    universe = engine.universe
    outside = [endpoint for endpoint in universe.endpoints if isinstance(endpoint, IpBlock)]
    for one in universe.workloads:
        yield from ((one, other) for other in (*universe.workloads, *outside))
        yield from ((other, one) for other in (IngressController(), *outside))


class Table:
    """What a map allows, by the endpoints before variants were put together."""

    def __init__(self, connectivity: ConnectivityMap) -> None:
        self._endpoints = connectivity.endpoints
        self._pairs = {
            (s, d): block.allowed
            for block in connectivity.blocks
            for s in elements(block.sources)
            for d in elements(block.destinations)
        }

    def allowed(self, source: Endpoint, destination: Endpoint) -> ConnectionSet:
        return self._pairs.get((self._find(source), self._find(destination)), NOTHING)

    def _find(self, wanted: Endpoint) -> int:
        return next(i for i, endpoint in enumerate(self._endpoints) if stands_for(endpoint, wanted))


def stands_for(endpoint: Endpoint, wanted: Endpoint) -> bool:
    if not isinstance(endpoint, Workload) or not isinstance(wanted, Workload):
        return endpoint == wanted
    same = (endpoint.namespace, endpoint.name, endpoint.kind) == (wanted.namespace, wanted.name, wanted.kind)
    return same and (not endpoint.variant or wanted.variant in endpoint.variant.split(" or "))


def reasons_are_given(verdict: Verdict) -> Iterator[bool]:
    """Each rule of a policy that isolates has a reason; each step a sentence."""
    for side in verdict.sides:
        for step in side.steps:
            yield bool(step.reason)
            for isolation in step.isolated_by:
                rules = [rule for rule in isolation.policy.rules if rule.direction is side.direction]
                yield len(rules) == len(isolation.unfit) and all(unfit.reasons for unfit in isolation.unfit)
