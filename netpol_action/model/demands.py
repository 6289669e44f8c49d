"""What an application requires: connections with their evidence, and what the input leaves open."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from netpol_action.model.config import DnsServer
from netpol_action.model.connections import NOTHING, ConnectionSet
from netpol_action.model.diagnostics import Diagnostic
from netpol_action.model.endpoints import Endpoint, Workload
from netpol_action.origin import UNKNOWN, Origin


class Confidence(StrEnum):
    """How sure a demand is. A CANDIDATE only looks like an address: it is listed and not allowed."""

    DECLARED = "declared"
    CERTAIN = "certain"
    CANDIDATE = "candidate"


@dataclass(frozen=True, slots=True, order=True)
class Evidence:
    """Why a connection is required: the object and the field that say so, as `Deployment web` and `env DB_HOST`.

    `value` is what stands there, and empty where it comes from a Secret.
    """

    subject: str
    field: str
    value: str = ""
    origin: Origin = UNKNOWN

    def __str__(self) -> str:
        return f"{self.subject}, {self.field}" + (f" = {self.value}" if self.value else "")


@dataclass(frozen=True, slots=True)
class Demand:
    """A connection that the application requires; at least one end is a Workload."""

    source: Endpoint
    destination: Endpoint
    connections: ConnectionSet
    evidence: tuple[Evidence, ...]
    confidence: Confidence = Confidence.CERTAIN


class Gap(StrEnum):
    """The kinds of things that the input leaves open."""

    SECRET_HOST = "secret-host"  # noqa: S105  # a kind, not a secret
    UNKNOWN_HOST = "unknown-host"
    EXTERNAL_HOST = "external-host"
    UNKNOWN_CALLERS = "unknown-callers"
    PLATFORM = "platform"
    UNKNOWN_PORT = "unknown-port"
    NO_PEER = "no-peer"


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A dependency whose other end the input does not give.

    `connections` is empty where the port is unknown too. `message` is one sentence. `resolution` holds the netpol.yaml
    lines, ready to paste at the top level of the file, that would resolve it. `key` tells it apart from the
    workload's other unresolved dependencies and is what `resolves` in netpol.yaml names.
    """

    gap: Gap
    workload: Workload
    outbound: bool
    message: str
    key: str
    resolution: str
    connections: ConnectionSet = NOTHING
    evidence: tuple[Evidence, ...] = ()

    @property
    def place(self) -> Origin:
        """Where a person would look: the field that says so, or else the workload."""
        origins = (evidence.origin for evidence in self.evidence)
        return next((origin for origin in origins if origin != UNKNOWN), self.workload.origin)


@dataclass(frozen=True, slots=True)
class Assumption:
    """Something that the generated policies take for granted, such as that any source may be the ingress controller."""

    message: str
    resolution: str = ""
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Requirements:
    """All that `discovery` found. Demands of the confidence CANDIDATE are in `candidates`, the others in `demands`.

    Every workload may ask every server in `dns`, beside its demands.
    """

    demands: tuple[Demand, ...] = ()
    candidates: tuple[Demand, ...] = ()
    unresolved: tuple[Unresolved, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    dns: tuple[DnsServer, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
