"""Policies and parts of them that do nothing to the input: often a label or a name that was changed elsewhere."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator

from netpol_action.checks.selection import Selection
from netpol_action.model.diagnostics import Severity
from netpol_action.model.endpoints import Workload
from netpol_action.model.findings import Cause, Finding
from netpol_action.model.labels import NAMESPACE_NAME_LABEL, Selector
from netpol_action.model.policies import Direction, NamedPort, PodPeer, Policy, Rule
from netpol_action.origin import Origin

SELECTS_NOTHING = "policy-selects-nothing"
PEER_MATCHES_NOTHING = "peer-matches-nothing"
UNKNOWN_PORT_NAME = "unknown-port-name"


def idle_findings(selection: Selection) -> Iterator[Finding]:
    """What selects or matches no workload of the input, and port names that no selected pod has."""
    for policy in selection.cluster.policies:
        if not selection.selected(policy) and not _only_host_network(policy, selection):
            yield _selects_nothing(policy, selection)
        for direction in Direction:
            if direction in policy.directions:
                for number, rule in enumerate((r for r in policy.rules if r.direction is direction), 1):
                    name = f"{policy} {direction.value.lower()} rule {number}"
                    yield from _idle_peers(policy, rule, name, selection)
                    yield from _unknown_names(policy, rule, name, selection)


def _only_host_network(policy: Policy, selection: Selection) -> bool:
    """Whether it selects pods that policies do not apply to: no mistake in its selector."""
    spaces = policy.subject.namespaces
    return any(
        workload.host_network
        and policy.subject.pods.matches(workload.labels)
        and (
            workload.namespace == policy.namespace
            if spaces is None
            else spaces.matches(selection.cluster.namespaces[workload.namespace].labels)
        )
        for workload in selection.cluster.workloads
    )


def _selects_nothing(policy: Policy, selection: Selection) -> Finding:
    message = f"{policy} selects no workload of the input: none has {_wanted(policy.subject, policy, selection)}"
    return _finding(SELECTS_NOTHING, Severity.WARNING, message, str(policy), policy.origin)


def _idle_peers(policy: Policy, rule: Rule, name: str, selection: Selection) -> Iterator[Finding]:
    """Peers that match nothing: notes, since pods may be elsewhere; a warning where a label is nearly right."""
    for peer in rule.peers or ():
        if isinstance(peer, PodPeer) and not selection.picked(peer, policy.namespace):
            wanted = _wanted(peer, policy, selection)
            if peer.namespaces is not None and not selection.names(peer, policy.namespace):
                continue  # another namespace is another application: not to see it is no finding
            severity = Severity.WARNING if "did you mean" in wanted else Severity.NOTE
            message = f"{name} has a peer that matches no workload of the input: none has {wanted}"
            yield _finding(PEER_MATCHES_NOTHING, severity, message, name, rule.origin)


def _unknown_names(policy: Policy, rule: Rule, name: str, selection: Selection) -> Iterator[Finding]:
    destinations = _destinations(policy, rule, selection)
    for clause in rule.ports or ():
        if isinstance(clause, NamedPort) and destinations:
            known = sorted({port.name for workload in destinations for port in workload.ports if port.name})
            if clause.name not in known:
                close = difflib.get_close_matches(clause.name, known, n=1)
                hint = f"; did you mean {close[0]}?" if close else ""
                message = f"{name} speaks of the port {clause.name}, which no pod that it is about has{hint}"
                yield _finding(UNKNOWN_PORT_NAME, Severity.WARNING, message, name, rule.origin.at("ports"))


def _destinations(policy: Policy, rule: Rule, selection: Selection) -> Iterable[Workload]:
    if rule.direction is Direction.INGRESS:
        return selection.selected(policy)
    peers = [peer for peer in rule.peers or () if isinstance(peer, PodPeer)]
    return [workload for peer in peers for workload in selection.picked(peer, policy.namespace)]


def _wanted(peer: PodPeer, policy: Policy, selection: Selection) -> str:
    """What a selector asks for, and the value that was probably meant."""
    where = f"namespace {policy.namespace}" if peer.namespaces is None else f"namespaces with {peer.namespaces}"
    hint = _meant(peer.pods, selection.names(peer, policy.namespace), selection)
    pods = f"the labels {peer.pods}" if peer.pods.requirements else "pods"
    return f"{pods} in {where}{hint}"


def _meant(pods: Selector, namespaces: list[str], selection: Selection) -> str:
    for requirement in pods.requirements:
        if requirement.operator == "In" and requirement.key != NAMESPACE_NAME_LABEL:
            known = selection.values(namespaces, requirement.key)
            for value in requirement.values:
                close = difflib.get_close_matches(value, known, n=1, cutoff=0.75)
                if close and value not in known:
                    return f"; did you mean {requirement.key}={close[0]}?"
    return ""


def _finding(rule: str, severity: Severity, message: str, cause: str, origin: Origin) -> Finding:
    return Finding(rule, severity, message, origin, causes=(Cause(cause, "", origin),))
