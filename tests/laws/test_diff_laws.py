"""Differences of random clusters, held against a naive comparison of what single pairs may open.

The naive side knows nothing of sets: it asks both maps about every two ends, an address for every block that either
map cuts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st
from laws.clusters import clusters
from laws.product import Product
from naive.causes import bearing
from naive.evaluator import Evaluator
from naive.objects import Object, Pod, namespace_labels
from naive.traffic import Traffic

from netpol_action.connectivity import EvaluationOptions, evaluate
from netpol_action.connectivity.beyond import compared_beyond
from netpol_action.diff import Causes, Version, diff
from netpol_action.model.comparison import compared
from netpol_action.model.connections import EVERYTHING, NOTHING, ConnectionSet
from netpol_action.model.connectivity import ConnectivityMap
from netpol_action.model.demands import Confidence, Demand
from netpol_action.model.diff import ConnectivityDiff, Kind
from netpol_action.model.endpoints import Endpoint, IpBlock, Unseen, Workload
from netpol_action.model.labels import NAMESPACE_NAME_LABEL, Selector
from netpol_action.model.tally import tally

Pair = tuple[str, str]
Facts = dict[Pair, ConnectionSet]


@st.composite
def changes(draw: st.DrawFn) -> tuple[list[Object], list[Object]]:
    """Two clusters that share most of their objects."""
    before, others = draw(clusters()), draw(clusters())
    kept = [each for each in before if draw(st.integers(0, 4))]
    names = {_name(each) for each in before}
    more = [each for each in others if _name(each) not in names or draw(st.booleans())]
    return before, [*kept, *(each for each in more if draw(st.booleans()))]


def _name(item: Object) -> tuple[object, ...]:
    return (item["kind"], item["metadata"].get("namespace"), item["metadata"]["name"])


def _maps(both: tuple[list[Object], list[Object]]) -> tuple[ConnectivityMap, ConnectivityMap]:
    """The maps of both clusters, each with the addresses and symbols of the other."""
    one, other = (Product(objects).cluster for objects in both)
    return (
        evaluate(one, EvaluationOptions(told_apart=other.policies)).map,
        evaluate(other, EvaluationOptions(told_apart=one.policies)).map,
    )


def _points(end: Endpoint, starts: list[tuple[int, int]]) -> list[str]:
    if not isinstance(end, IpBlock):
        return [str(end)]
    family, first, last = end.range.family, end.range.first, end.range.last
    return [f"{f}:{start}" for f, start in starts if f == family and first <= start <= last]


def _starts(*maps: ConnectivityMap) -> list[tuple[int, int]]:
    blocks = {end.range for each in maps for end in each.endpoints if isinstance(end, IpBlock)}
    return sorted({(block.family, block.first) for block in blocks})


def _facts(rows: Iterator[tuple[Endpoint, Endpoint, ConnectionSet]], starts: list[tuple[int, int]]) -> Facts:
    """What single pairs may open, addresses one by one; no pair may come twice."""
    found: Facts = {}
    for source, destination, allowed in rows:
        for s in _points(source, starts):
            for d in _points(destination, starts):
                assert (s, d) not in found
                found[s, d] = allowed
    return found


def _of_map(connectivity: ConnectivityMap, starts: list[tuple[int, int]]) -> Facts:
    return _facts(((r.source, r.destination, r.allowed) for r in connectivity.connections()), starts)


def _side(found: ConnectivityDiff, starts: list[tuple[int, int]], *, after: bool) -> Facts:
    rows = ((r.source, r.destination, r.change.after if after else r.change.before) for r in found.rows())
    return _facts(rows, starts)


@given(clusters())
def test_nothing_differs_from_itself(objects: list[Object]):
    one, other = _maps((objects, objects))
    found = diff(one, other)
    assert list(found.rows()) == []
    assert (found.came, found.gone) == (0, 0)


@given(changes())
def test_the_difference_is_that_of_the_single_pairs(both: tuple[list[Object], list[Object]]):
    before, after = _maps(both)
    starts = _starts(before, after)
    earlier, later = _of_map(before, starts), _of_map(after, starts)
    found = diff(before, after)
    differing = {pair for pair in earlier.keys() | later.keys() if earlier.get(pair) != later.get(pair)}
    assert _side(found, starts, after=False) == {pair: earlier.get(pair, NOTHING) for pair in differing}
    assert _side(found, starts, after=True) == {pair: later.get(pair, NOTHING) for pair in differing}


@given(changes())
def test_a_comparison_has_every_pair_of_either_map_once(both: tuple[list[Object], list[Object]]):
    before, after = _maps(both)
    starts = _starts(before, after)
    rows = list(compared(before, after))
    earlier = _facts(((r.source, r.destination, r.before) for r in rows), starts)
    later = _facts(((r.source, r.destination, r.after) for r in rows), starts)
    assert {pair: allowed for pair, allowed in earlier.items() if allowed} == _of_map(before, starts)
    assert {pair: allowed for pair, allowed in later.items() if allowed} == _of_map(after, starts)


@given(changes())
def test_the_policies_behind_a_row_are_those_of_a_look_at_it_alone(both: tuple[list[Object], list[Object]]):
    before, after = (Product(objects).cluster for objects in both)
    maps = (
        evaluate(before, EvaluationOptions(told_apart=after.policies)).map,
        evaluate(after, EvaluationOptions(told_apart=before.policies)).map,
    )
    causes = Causes(Version(before, lambda origin: origin), Version(after, lambda origin: origin))
    for row in diff(*maps).rows():
        if not row.workloads:
            said = [(cause.what, cause.origin) for cause in causes(row) if "Policy" in cause.what]
            assert said == bearing(before, after, row)


_BACKWARDS = {Kind.ADDED: Kind.REMOVED, Kind.REMOVED: Kind.ADDED, Kind.CHANGED: Kind.CHANGED}


@given(changes())
def test_backwards_the_added_are_the_removed(both: tuple[list[Object], list[Object]]):
    before, after = _maps(both)
    forwards, backwards = diff(before, after), diff(after, before)
    assert [
        (str(r.source), str(r.destination), _BACKWARDS[r.change.kind], r.change.after, r.change.before)
        for r in forwards.rows()
    ] == [(str(r.source), str(r.destination), r.change.kind, r.change.before, r.change.after) for r in backwards.rows()]
    assert (forwards.came, forwards.gone) == (backwards.gone, backwards.came)


@given(changes())
def test_rows_are_sorted_unique_and_counted_without_making_them(both: tuple[list[Object], list[Object]]):
    found = diff(*_maps(both))
    rows = list(found.rows())
    ends = [(str(row.source), str(row.destination)) for row in rows]
    assert len(set(ends)) == len(ends)
    assert dict(tally(found).kinds) == Counter(row.change.kind for row in rows)
    assert dict(tally(found).gravest) == Counter(row.risk for row in rows)
    assert dict(tally(found).risks) == Counter(risk for row in rows for risk in row.risks)


@given(changes(), st.data())
def test_what_is_required_and_closed_is_broken_and_nothing_else(
    both: tuple[list[Object], list[Object]], data: st.DataObject
):
    before, after = _maps(both)
    workloads = [end for end in after.endpoints if isinstance(end, Workload)]
    ends = [*workloads, *(IpBlock(end.range) for end in after.endpoints if isinstance(end, IpBlock))]
    demands = data.draw(st.lists(_demands(workloads, ends), max_size=6)) if workloads else []
    starts = _starts(before, after)
    needed: Facts = {}
    for demand in demands:
        for s in _points(demand.source, starts):
            for d in _points(demand.destination, starts):
                needed[s, d] = needed.get((s, d), NOTHING) | demand.connections
    found = diff(before, after, demands)
    assert _of_rows(found, starts, "broken") == {
        pair: lost & needed[pair]
        for pair, lost in _of_rows(found, starts, "closed").items()
        if lost & needed.get(pair, NOTHING)
    }
    assert dict(tally(found).gravest) == Counter(row.risk for row in found.rows())


def _demands(workloads: list[Workload], ends: list[Endpoint]) -> st.SearchStrategy[Demand]:
    pairs = st.tuples(st.sampled_from(workloads), st.sampled_from(ends), st.booleans())
    ports = st.sampled_from((EVERYTHING, ConnectionSet.parse("TCP 80"), ConnectionSet.parse("UDP 53,TCP 8080-9000")))
    return st.builds(
        lambda pair, connections: Demand(*(pair[:2] if pair[2] else pair[1::-1]), connections, (), Confidence.CERTAIN),
        pairs,
        ports,
    )


def _of_rows(found: ConnectivityDiff, starts: list[tuple[int, int]], what: str) -> Facts:
    rows = ((r.source, r.destination, getattr(r.change, what)) for r in found.rows())
    return {pair: connections for pair, connections in _facts(rows, starts).items() if connections}


def _beyond(both: tuple[list[Object], list[Object]]) -> tuple[list[ConnectivityMap], tuple[Unseen, ...]]:
    """The maps of both clusters, with the pods that are not in the input of which either speaks."""
    clusters_ = [Product(objects).cluster for objects in both]
    beyond = compared_beyond(clusters_)
    told = [EvaluationOptions(told_apart=other.policies, beyond=beyond) for other in reversed(clusters_)]
    return [evaluate(*each).map for each in zip(clusters_, told, strict=True)], beyond


@given(changes())
def test_pods_beyond_the_input_change_nothing_else(both: tuple[list[Object], list[Object]]):
    maps, beyond = _beyond(both)
    found = diff(*maps, beyond=beyond).within_input()
    starts = _starts(*maps)
    assert _side(found, starts, after=True) == _side(diff(*_maps(both)), starts, after=True)


@given(changes())
def test_what_is_left_out_of_pods_beyond_the_input_is_told_of_more(both: tuple[list[Object], list[Object]]):
    maps, beyond = _beyond(both)
    starts = _starts(*maps)
    addresses = [f"{family}:{start}" for family, start in starts]
    earlier, later = (_of_map(each, starts) for each in maps)
    found = diff(*maps, beyond=beyond)
    before, after = (_side(found, starts, after=turn) for turn in (False, True))
    wider = {str(end): {str(Unseen()), str(Unseen(end.namespaces))} - {str(end)} for end in beyond}
    unseen = {str(end) for end in beyond}
    for pair in earlier.keys() | later.keys():
        was, is_now = earlier.get(pair, NOTHING), later.get(pair, NOTHING)
        if was == is_now:
            assert pair not in after
        elif pair in after:
            assert (before[pair], after[pair]) == (was, is_now)
        else:
            turn = 0 if pair[0] in unseen else 1
            end, other = pair[turn], pair[1 - turn]
            assert end in unseen
            told = [(each, other) if turn == 0 else (other, each) for each in (*wider[end], *addresses)]
            alike = [(earlier.get(each, NOTHING), later.get(each, NOTHING)) == (was, is_now) for each in told]
            closed = end == str(Unseen()) and not is_now - was and all(alike)
            assert closed or any(alike[: len(wider[end])])


@given(changes())
def test_what_is_open_to_pods_beyond_the_input_is_open_to_one_of_them(both: tuple[list[Object], list[Object]]):
    maps, beyond = _beyond(both)
    for objects, connectivity in zip(both, maps, strict=True):
        targets = {str(pod): pod for pod in Evaluator(objects).pods}
        for row in connectivity.connections():
            if row.source in beyond and isinstance(row.source, Unseen) and str(row.destination) in targets:
                found = _one_of(row.source, objects)
                if found is not None:
                    _holds(Evaluator([*objects, found[1]]), found[0], targets[str(row.destination)], row.allowed)


def _holds(opinion: Evaluator, pod: Pod, target: Pod, allowed: ConnectionSet) -> None:
    """The second opinion of one direction: of the policies that such a pod may have itself, nothing is known."""
    for protocol, ports in allowed.ports:
        for port in {end for span in ports.ranges for end in span}:
            packets = [Traffic(pod, target, protocol, port, family) for family in (4, 6)]
            assert any(opinion._direction_allows("Ingress", packet) for packet in packets), (
                str(pod),
                str(target),
                port,
            )


def _one_of(unseen: Unseen, objects: list[Object]) -> tuple[Pod, Object] | None:
    """A pod as described and its namespace, with the labels that it must have and no others; None where it has to be
    in a namespace of the input that is another one.
    """
    home, labels = (_least(each) for each in (unseen.namespaces, unseen.pods))
    name = home.get(NAMESPACE_NAME_LABEL, "elsewhere")
    known = namespace_labels(objects)
    home = known.get(name, {**home, NAMESPACE_NAME_LABEL: name})
    if not unseen.namespaces.matches(home) or not unseen.pods.matches(labels):
        return None
    manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": home}}
    return Pod(name, "unseen", labels=labels), manifest


def _least(selector: Selector) -> dict[str, str]:
    found = {each.key: "any" for each in selector.requirements if each.operator == "Exists"}
    return found | {each.key: each.values[0] for each in selector.requirements if each.operator == "In"}
