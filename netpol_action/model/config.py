"""What netpol.yaml says, as values; `netpol_action.config` reads it."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal, get_args

from netpol_action.model.addresses import AddressRange
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.labels import SELECT_ALL, Selector
from netpol_action.origin import UNKNOWN, Origin


@dataclass(frozen=True, slots=True)
class WorkloadRef:
    """A workload by name. `namespace` and `kind` are empty where the text names none."""

    name: str
    namespace: str = ""
    kind: str = ""

    def __str__(self) -> str:
        name = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{name}[{self.kind}]" if self.kind else name


@dataclass(frozen=True, slots=True)
class PodsRef:
    """Pods by their labels, in the input or not: of the namespaces that match, the pods that match."""

    namespaces: Selector = SELECT_ALL
    pods: Selector = SELECT_ALL

    def __str__(self) -> str:
        return f"pods {self.pods} in namespaces {self.namespaces}"


@dataclass(frozen=True, slots=True)
class HostRef:
    """A host outside the cluster by name.

    NetworkPolicy knows no names: the host becomes a rule to `ranges`, or a rule without `to` where there are none.
    """

    name: str
    ranges: tuple[AddressRange, ...] = ()

    def __str__(self) -> str:
        return f"host {self.name}"


@dataclass(frozen=True, slots=True)
class CidrRef:
    """Addresses outside the cluster. `name` is what the `endpoints` section calls them, empty where it does not."""

    ranges: tuple[AddressRange, ...]
    name: str = ""

    def __str__(self) -> str:
        return self.name or ",".join(cidr for block in self.ranges for cidr in block.cidrs())


@dataclass(frozen=True, slots=True)
class InternetRef:
    """Every address outside the cluster."""

    def __str__(self) -> str:
        return "internet"


@dataclass(frozen=True, slots=True)
class ClusterRef:
    """Every pod of every namespace, in the input or not."""

    def __str__(self) -> str:
        return "cluster"


Party = WorkloadRef | PodsRef | HostRef | CidrRef | InternetRef | ClusterRef


@dataclass(frozen=True, slots=True)
class Dependency:
    """One reviewed decision: `source` may open `ports` to `destination`.

    `resolves` holds the keys of the unresolved dependencies that this one answers, empty where none is named. Where it
    stands (`origin`) is no part of what it says: two versions of an unchanged file are equal.
    """

    source: Party
    destination: Party
    ports: ConnectionSet
    note: str = ""
    resolves: tuple[str, ...] = ()
    origin: Origin = field(default=UNKNOWN, compare=False)


@dataclass(frozen=True, slots=True)
class Ignored:
    """An unresolved dependency that needs no policy: by key, of one workload or, with `workload` None, of all."""

    key: str
    workload: WorkloadRef | None = None
    note: str = ""
    origin: Origin = field(default=UNKNOWN, compare=False)


@dataclass(frozen=True, slots=True)
class DnsServer:
    """Where pods resolve names. `connections` are those that reach the DNS pods, after Service translation.

    With a `port_name` it is the port of that name, over TCP and UDP, whatever its number is on those pods.
    """

    server: PodsRef | CidrRef
    connections: ConnectionSet
    port_name: str = ""


Strictness = Literal["ingress-only", "standard", "strict"]
"""How much generated policies hold: who may come in, that and where pods may go, or that and nothing without a peer."""
STRICTNESS: tuple[Strictness, ...] = get_args(Strictness)


@dataclass(frozen=True, slots=True)
class NamespaceRules:
    """Namespaces, by name or with `*` for any characters, that `generate` treats apart.

    No policy is written in `excluded` ones, and no default deny in `protected` ones, since pods that are not in the
    input run there too.
    """

    excluded: tuple[str, ...] = ()
    protected: tuple[str, ...] = ()

    def excludes(self, namespace: str) -> bool:
        """Whether no policy is to be written in a namespace."""
        return any(fnmatchcase(namespace, each) for each in self.excluded)

    def protects(self, namespace: str) -> bool:
        """Whether a namespace is not to be closed as a whole."""
        return any(fnmatchcase(namespace, each) for each in (*SYSTEM_NAMESPACES, *self.protected))


SYSTEM_NAMESPACES = ("kube-system", "kube-public", "kube-node-lease")
"""Kubernetes' own, always protected: closing kube-system as a whole would end name resolution in the cluster."""


EndpointKind = Literal["addresses", "api-server", "nodes", "load-balancers"]
"""What named addresses are. Those of the cluster itself stand in wherever discovery finds their traffic."""
ENDPOINT_KINDS: tuple[EndpointKind, ...] = get_args(EndpointKind)


@dataclass(frozen=True, slots=True)
class NamedEndpoint:
    """Addresses outside the pod network by a name, and what they are."""

    addresses: CidrRef
    kind: EndpointKind = "addresses"


@dataclass(frozen=True, slots=True)
class Config:
    """The whole of netpol.yaml; the defaults are those of a missing file. `dns` empty: the platform's, or kube-dns."""

    dependencies: tuple[Dependency, ...] = ()
    ignore: tuple[Ignored, ...] = ()
    platform: tuple[str, ...] = ()
    cluster_domain: str = "cluster.local"
    pod_cidrs: tuple[AddressRange, ...] = ()
    ingress_controllers: tuple[WorkloadRef | PodsRef | CidrRef, ...] = ()
    dns: tuple[DnsServer, ...] = ()
    endpoints: tuple[NamedEndpoint, ...] = ()
    namespaces: NamespaceRules = NamespaceRules()
    strictness: Strictness = "standard"
    origin: Origin = field(default=UNKNOWN, compare=False)
