"""What policies open beyond the input: to pods and namespaces that are not in it, and to the whole internet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from netpol_action.model.connections import ConnectionSet
from netpol_action.model.diagnostics import Diagnostic
from netpol_action.model.endpoints import IpBlock, Unseen, Workload
from netpol_action.model.policies import Direction


@dataclass(frozen=True, slots=True)
class Opening:
    """What the policies of one workload let in from, or out to, an end that is not in the input.

    `other` is a kind of pods (without selectors: every pod of the cluster) or the whole internet of one family.
    `connections` may be empty for pods that get less than every pod of the cluster does. `in_input`: workloads of the
    input are such pods too.
    """

    workload: Workload
    direction: Direction
    other: Unseen | IpBlock
    connections: ConnectionSet
    in_input: bool = False


@dataclass(frozen=True, slots=True)
class Openings:
    """All openings, by workload, ingress before egress; and the workloads that no policy selects in a direction.

    `unprotected` has those directions that were asked for.
    """

    rows: tuple[Opening, ...]
    unprotected: Mapping[Direction, tuple[Workload, ...]]
    diagnostics: tuple[Diagnostic, ...] = field(default=())
