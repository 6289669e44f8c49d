"""What netpol.yaml says, as values; `netpol_action.config` reads it."""

from __future__ import annotations

from dataclasses import dataclass, field

from netpol_action.model.addresses import AddressRange
from netpol_action.model.connections import ConnectionSet
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
class HostRef:
    """A host outside the cluster by name; NetworkPolicy knows no names, so it becomes a rule without `to`."""

    name: str


@dataclass(frozen=True, slots=True)
class CidrRef:
    """Addresses outside the cluster."""

    ranges: tuple[AddressRange, ...]


@dataclass(frozen=True, slots=True)
class InternetRef:
    """Every address outside the cluster."""


@dataclass(frozen=True, slots=True)
class ClusterRef:
    """Every pod of every namespace."""


Party = WorkloadRef | HostRef | CidrRef | InternetRef | ClusterRef


@dataclass(frozen=True, slots=True)
class Dependency:
    """One reviewed decision: `source` may open `ports` to `destination`.

    `resolves` is the key of the unresolved dependency that this one answers, empty where none is named.
    """

    source: Party
    destination: Party
    ports: ConnectionSet
    note: str = ""
    resolves: str = ""
    origin: Origin = UNKNOWN


@dataclass(frozen=True, slots=True)
class Config:
    """The whole of netpol.yaml; the defaults are those of a missing file."""

    dependencies: tuple[Dependency, ...] = ()
    ignore: tuple[str, ...] = ()
    platform: tuple[str, ...] = ()
    cluster_domain: str = "cluster.local"
    pod_cidrs: tuple[AddressRange, ...] = ()
    ingress_controllers: tuple[WorkloadRef, ...] = ()
    origin: Origin = field(default=UNKNOWN, compare=False)
