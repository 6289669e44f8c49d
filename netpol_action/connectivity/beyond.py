"""Pods that are not in the input: of which of them policies speak, and over which maps are held against others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from netpol_action.connectivity.engine import EvaluationOptions
from netpol_action.connectivity.ingress_controllers import ControllerRef
from netpol_action.connectivity.rules import active_rules
from netpol_action.model.cluster import Cluster
from netpol_action.model.config import PodsRef
from netpol_action.model.endpoints import Unseen
from netpol_action.model.known_labels import known_labels, named_namespace, only_namespace, satisfiable
from netpol_action.model.labelled import LabelIndex, NamespaceIndex
from netpol_action.model.labels import Selector
from netpol_action.model.policies import PodPeer, Policy

ENTIRE_CLUSTER = Unseen()


def described(policies: Iterable[Policy]) -> set[Unseen]:
    """The pods that the peers of policies select, wherever they are."""
    return set(_described(policies))


def _described(policies: Iterable[Policy]) -> Iterator[Unseen]:
    for policy in policies:
        own = named_namespace(policy.namespace)
        for rule in active_rules(policy):
            for peer in rule.peers or ():
                if isinstance(peer, PodPeer):
                    yield Unseen(own if peer.namespaces is None else peer.namespaces, peer.pods)


def possible(unseen: Unseen, cluster: Cluster) -> bool:
    """Whether there can be such pods; all labels of a namespace of the input are known."""
    known = cluster.namespaces.get(only_namespace(unseen.namespaces))
    home = satisfiable(unseen.namespaces) if known is None else unseen.namespaces.matches(known.labels)
    return home and satisfiable(unseen.pods)


def shared(one: Unseen, other: Unseen) -> Unseen:
    """The pods that two descriptions share."""
    return Unseen(
        Selector.of(*one.namespaces.requirements, *other.namespaces.requirements),
        Selector.of(*one.pods.requirements, *other.pods.requirements),
    )


def compared_beyond(
    clusters: Sequence[Cluster], further: Iterable[Unseen] = (), controllers: Iterable[ControllerRef] = ()
) -> tuple[Unseen, ...]:
    """The pods that are not in the input over which these clusters are compared, beside every pod of the cluster.

    They are those that the rules of one of the clusters or `further` describe. A description that gives a label of
    pods in one namespace a value, and that workloads of an input meet, stands for those. Configured ingress controllers
    send what is exposed, and have connections of their own in a map.
    """
    found = {
        *further,
        *(each for cluster in clusters for each in described(cluster.policies) if possible(each, cluster)),
    }
    if any(cluster.exposures for cluster in clusters):
        found -= {Unseen(each.namespaces, each.pods) for each in controllers if isinstance(each, PodsRef)}
    inputs = [_Input(cluster) for cluster in clusters]
    meant = (each for each in found if not (_is_narrow(each) and any(there.has(each) for there in inputs)))
    return tuple({ENTIRE_CLUSTER, *meant})


def looking_beyond(cluster: Cluster, options: EvaluationOptions) -> EvaluationOptions:
    """The options for a map that has the pods which are not in the input too, of which the cluster's policies speak.

    Configured ingress controllers among them have all that policies let them open, not only what is exposed.
    """
    others = tuple(each for each in options.ingress_controllers if not isinstance(each, PodsRef))
    return replace(options, beyond=compared_beyond((cluster,)), ingress_controllers=others)


def _is_narrow(unseen: Unseen) -> bool:
    """Whether pods of one namespace are meant of which a label has one of some values."""
    return bool(only_namespace(unseen.namespaces)) and any(
        known.values and not known.may_be_absent for known in known_labels(unseen.pods).values()
    )


class _Input:
    """The workloads of a cluster by their labels."""

    def __init__(self, cluster: Cluster) -> None:
        self._pods = LabelIndex([workload.labels for workload in cluster.workloads])
        self._namespaces = NamespaceIndex(cluster, cluster.workloads)

    def has(self, unseen: Unseen) -> bool:
        """Whether a workload is as described."""
        return bool(self._pods.matching(unseen.pods) & self._namespaces.matching(unseen.namespaces))
