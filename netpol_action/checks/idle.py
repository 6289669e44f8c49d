"""Policies and parts of them that do nothing to the input: often a label or a name that was changed elsewhere."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import replace

from netpol_action.checks.selection import Selection
from netpol_action.model.cluster import Cluster
from netpol_action.model.diagnostics import Severity
from netpol_action.model.endpoints import Workload
from netpol_action.model.findings import Cause, Finding
from netpol_action.model.labels import NAMESPACE_NAME_LABEL, Selector
from netpol_action.model.policies import Direction, NamedPort, PodPeer, Policy, Rule
from netpol_action.origin import Origin

SELECTS_NOTHING = "policy-selects-nothing"
PEER_MATCHES_NOTHING = "peer-matches-nothing"
UNKNOWN_PORT_NAME = "unknown-port-name"
MAX_HINTS = 50
"""For how many words `check` looks for what was meant: each is compared with every word that there is."""


def idle_findings(selection: Selection) -> Iterator[Finding]:
    """What selects or matches no workload of the input, and port names that no selected pod has."""
    hints = _Hints(selection)
    host_network = _host_network(selection.cluster)
    for policy in selection.cluster.policies:
        # Policies do not apply to pods of the host's network: to select them is no mistake in the selector.
        if not selection.selected(policy) and not host_network.selected(policy):
            yield _selects_nothing(policy, hints)
        for direction in Direction:
            if direction in policy.directions:
                for number, rule in enumerate((r for r in policy.rules if r.direction is direction), 1):
                    name = f"{policy} {direction.value.lower()} rule {number}"
                    yield from _idle_peers(policy, rule, name, hints)
                    yield from _unknown_names(policy, rule, name, hints)


def _host_network(cluster: Cluster) -> Selection:
    """The pods of the host's network by what would select them if they were others."""
    pods = tuple(replace(each, host_network=False) for each in cluster.workloads if each.host_network)
    return Selection(replace(cluster, workloads=pods))


class _Hints:
    """What was probably meant by words that nothing has, for the first words that differ; later ones get no hint."""

    def __init__(self, selection: Selection) -> None:
        self.selection = selection
        self._left = MAX_HINTS
        self._labels: dict[tuple[tuple[str, ...], str, str], str] = {}
        self._ports: dict[tuple[str, tuple[str, ...]], str] = {}

    def label(self, namespaces: Sequence[str], key: str, value: str) -> str:
        """The value of the label closest to this one; empty where there is none, or where the value itself is there."""
        asked = (tuple(namespaces), key, value)
        if asked not in self._labels and self._left:
            known = self.selection.values(namespaces, key)
            self._labels[asked] = "" if value in known else self._close(value, known, 0.75)
        return self._labels.get(asked, "")

    def port(self, name: str, known: Sequence[str]) -> str:
        """The name of a port closest to this one, which is not among those known."""
        asked = (name, tuple(known))
        if asked not in self._ports and self._left:
            self._ports[asked] = self._close(name, known, 0.6)
        return self._ports.get(asked, "")

    def _close(self, word: str, known: Sequence[str], cutoff: float) -> str:
        self._left -= 1
        return next(iter(difflib.get_close_matches(word, known, n=1, cutoff=cutoff)), "")


def _selects_nothing(policy: Policy, hints: _Hints) -> Finding:
    wanted, _ = _wanted(policy.subject, policy, hints)
    message = f"{policy} selects no workload of the input: none has {wanted}"
    return _finding(SELECTS_NOTHING, Severity.WARNING, message, str(policy), policy.origin)


def _idle_peers(policy: Policy, rule: Rule, name: str, hints: _Hints) -> Iterator[Finding]:
    """Peers that match nothing: notes, since pods may be elsewhere; a warning where a label is nearly right."""
    selection = hints.selection
    for peer in rule.peers or ():
        if isinstance(peer, PodPeer) and not selection.picked(peer, policy.namespace):
            if peer.namespaces is not None and not selection.names(peer, policy.namespace):
                continue  # another namespace is another application: not to see it is no finding
            wanted, hint = _wanted(peer, policy, hints)
            severity = Severity.WARNING if hint else Severity.NOTE
            message = f"{name} has a peer that matches no workload of the input: none has {wanted}"
            yield _finding(PEER_MATCHES_NOTHING, severity, message, name, rule.origin)


def _unknown_names(policy: Policy, rule: Rule, name: str, hints: _Hints) -> Iterator[Finding]:
    named = [clause for clause in rule.ports or () if isinstance(clause, NamedPort)]
    destinations = _destinations(policy, rule, hints.selection) if named else ()
    known = sorted({port.name for workload in destinations for port in workload.ports if port.name})
    for clause in named if destinations else ():
        if clause.name not in known:
            close = hints.port(clause.name, known)
            hint = f"; did you mean {close}?" if close else ""
            message = f"{name} speaks of the port {clause.name}, which no pod that it is about has{hint}"
            yield _finding(UNKNOWN_PORT_NAME, Severity.WARNING, message, name, rule.origin.at("ports"))


def _destinations(policy: Policy, rule: Rule, selection: Selection) -> Sequence[Workload]:
    if rule.direction is Direction.INGRESS:
        return selection.selected(policy)
    peers = [peer for peer in rule.peers or () if isinstance(peer, PodPeer)]
    return [workload for peer in peers for workload in selection.picked(peer, policy.namespace)]


def _wanted(peer: PodPeer, policy: Policy, hints: _Hints) -> tuple[str, str]:
    """What a selector asks for with, at its end, the value that was probably meant; and that end alone."""
    where = f"namespace {policy.namespace}" if peer.namespaces is None else f"namespaces with {peer.namespaces}"
    hint = _meant(peer.pods, hints.selection.names(peer, policy.namespace), hints)
    pods = f"the labels {peer.pods}" if peer.pods.requirements else "pods"
    return f"{pods} in {where}{hint}", hint


def _meant(pods: Selector, namespaces: Sequence[str], hints: _Hints) -> str:
    for requirement in pods.requirements:
        if requirement.operator == "In" and requirement.key != NAMESPACE_NAME_LABEL:
            for value in requirement.values:
                close = hints.label(namespaces, requirement.key, value)
                if close:
                    return f"; did you mean {requirement.key}={close}?"
    return ""


def _finding(rule: str, severity: Severity, message: str, cause: str, origin: Origin) -> Finding:
    return Finding(rule, severity, message, origin, causes=(Cause(cause, "", origin),))
