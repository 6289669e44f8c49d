"""Where pods resolve names: as netpol.yaml or a platform says, as the input shows, or else Kubernetes' own DNS."""

from __future__ import annotations

import re
from collections.abc import Iterator

from netpol_action.discovery.directory import Directory
from netpol_action.discovery.endpoints import block
from netpol_action.discovery.environment import mappings
from netpol_action.discovery.netpol_yaml import shown
from netpol_action.discovery.settings import subject_of
from netpol_action.model.cluster import Cluster
from netpol_action.model.config import CidrRef, DnsServer, PodsRef
from netpol_action.model.connections import NOTHING, ConnectionSet
from netpol_action.model.demands import Assumption, Demand, Evidence
from netpol_action.model.endpoints import Anywhere, IpBlock, Workload
from netpol_action.model.labels import NAMESPACE_NAME_LABEL, SELECT_ALL, Selector

_DNS = 53
_NAMED_BY_DNS = frozenset({"kube-dns", "coredns", "dns-default", "node-local-dns", "kube-dns-upstream"})
_OPENSHIFT = ("route.openshift.io/", "apps.openshift.io/", "config.openshift.io/", "security.openshift.io/")
_OPENSHIFT_DNS = DnsServer(
    PodsRef(
        Selector.labels({NAMESPACE_NAME_LABEL: "openshift-dns"}),
        Selector.labels({"dns.operator.openshift.io/daemonset-dns": "default"}),
    ),
    ConnectionSet.single("TCP", 5353) | ConnectionSet.single("UDP", 5353),
)
_NODE_CACHE = "k8s-dns-node-cache"
_LINK_LOCAL = re.compile(r"169\.254\.\d{1,3}\.\d{1,3}")


def servers(cluster: Cluster, directory: Directory, port: int | str) -> tuple[list[DnsServer], list[Assumption]]:
    """The DNS servers that the input shows, and what is taken for granted about them.

    Kubernetes' own is in kube-system, whatever software it is and whatever its pods' labels are. Objects of OpenShift's
    API exist there alone, where DNS pods listen on 5353; a node's cache listens on an address of its own.
    """
    kubernetes = _kube_dns(port)
    found = [kubernetes, *_in_input(cluster, directory, kubernetes), *_node_caches(cluster)]
    assumptions: list[Assumption] = []
    openshift = next((each for each in cluster.resources if each.api_version.startswith(_OPENSHIFT)), None)
    if openshift is not None:
        found.append(_OPENSHIFT_DNS)
        evidence = Evidence(f"{openshift.kind} {openshift.name}", "apiVersion", openshift.api_version, openshift.origin)
        what = f"{openshift.kind} {shown(openshift.name)} is of OpenShift's API"
        message = f"{what}, so that its DNS, on 5353 in openshift-dns, is open too"
        assumptions.append(Assumption(message, "platform: [openshift]", (evidence,)))
    return list(dict.fromkeys(found)), assumptions


def served(cluster: Cluster, directory: Directory) -> Iterator[Demand]:
    """Demands of everyone, where the input holds the cluster's own DNS."""
    for service in cluster.services:
        if service.name in _NAMED_BY_DNS and any(port.port == _DNS for port in service.ports):
            for workload in directory.behind(service):
                evidence = Evidence(f"Service {service.name}", "name and port", "the cluster's DNS", service.origin)
                yield Demand(Anywhere(), workload, service.client_connections(workload), (evidence,))


def own_servers(workload: Workload) -> Iterator[Demand]:
    """The demands of a pod that names its DNS servers itself, in `dnsConfig`."""
    config = workload.pod_spec.get("dnsConfig")
    listed = config.get("nameservers") if isinstance(config, dict) else None
    for index, address in enumerate(listed if isinstance(listed, list) else ()):
        outside = block(address) if isinstance(address, str) else None
        if outside is not None:
            origin = workload.origin.at(*workload.pod_path, "dnsConfig", "nameservers", index)
            why = (Evidence(subject_of(workload), "dnsConfig, nameservers", str(address), origin),)
            yield Demand(workload, IpBlock(outside), _both(_DNS), why)


def _in_input(cluster: Cluster, directory: Directory, kubernetes: DnsServer) -> Iterator[DnsServer]:
    """Those of which the input has the Service and that are not Kubernetes' own: their pods, on its target ports."""
    for service in cluster.services:
        if service.name not in _NAMED_BY_DNS or service.selector is None:
            continue
        for workload in directory.behind(service):
            connections = service.client_connections(workload)
            usual = service.namespace == "kube-system" and connections <= kubernetes.connections
            if connections and not usual:
                namespaces = Selector.labels({NAMESPACE_NAME_LABEL: service.namespace})
                yield DnsServer(PodsRef(namespaces, service.selector), connections)


def _node_caches(cluster: Cluster) -> Iterator[DnsServer]:
    """NodeLocal DNSCache: the link-local address that its arguments give it, on every node."""
    for workload in cluster.workloads:
        for container in mappings(workload.pod_spec.get("containers")):
            image, args = container.get("image"), container.get("args")
            if not isinstance(image, str) or _NODE_CACHE not in image or not isinstance(args, list):
                continue
            for address in _LINK_LOCAL.findall(" ".join(each for each in args if isinstance(each, str))):
                outside = block(address)
                if outside is not None:
                    yield DnsServer(CidrRef((outside,)), _both(_DNS))


def _kube_dns(port: int | str) -> DnsServer:
    pods = PodsRef(Selector.labels({NAMESPACE_NAME_LABEL: "kube-system"}), SELECT_ALL)
    return DnsServer(pods, NOTHING, port) if isinstance(port, str) else DnsServer(pods, _both(port))


def _both(port: int) -> ConnectionSet:
    return ConnectionSet.single("TCP", port) | ConnectionSet.single("UDP", port)
