"""The text of a node: what its endpoints have in common, and their names, as many as fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from netpol_action.model.bits import elements
from netpol_action.model.connectivity import ConnectivityMap
from netpol_action.model.endpoints import DomainName, Endpoint, IpBlock, Unseen, Workload
from netpol_action.model.endpoints import Node as NodeEndpoint
from netpol_action.render.picture.parts import Part
from netpol_action.render.picture.scene import Distance, Look, Node
from netpol_action.render.picture.words import NAME_LENGTH, address_names, endpoint_names
from netpol_action.render.text import plain, shortened

MOST_NAMES = 8
MOST_IN_TOOLTIP = 60

_PLURALS: Mapping[type[Endpoint], str] = {
    Unseen: "kinds of pods not in the input",
    DomainName: "hosts",
    NodeEndpoint: "kinds of nodes",
}
"""What stands outside of namespaces, and may be more than a picture shows one by one."""


class Labeller:
    """Makes the nodes of one map. `idle` are the numbers of the parts that no line ends at."""

    def __init__(self, connectivity: ConnectivityMap, idle: set[int]) -> None:
        self._endpoints = connectivity.endpoints
        self._idle = idle
        self._families = {e.range.family for e in connectivity.endpoints if isinstance(e, IpBlock)}

    def node(self, id: str, number: int, part: Part, note: str, distance: Distance | None = None) -> Node:  # noqa: A002  # the word of dot and mermaid
        """The node that stands for a part."""
        members = [self._endpoints[i] for i in elements(part.members)]
        look, heading, names = self._text(part, members)
        shown = names if len(names) <= MOST_NAMES + 1 else names[:MOST_NAMES]
        tooltip = [plain(str(member)) for member in members[:MOST_IN_TOOLTIP]]
        if len(members) > MOST_IN_TOOLTIP:
            tooltip.append(f"+{len(members) - MOST_IN_TOOLTIP} more")
        return Node(
            id,
            look,
            heading,
            shown,
            more=len(names) - len(shown),
            note=note,
            tooltip="\n".join(tooltip),
            idle=number in self._idle,
            distance=distance,
        )

    def _text(self, part: Part, members: Sequence[Endpoint]) -> tuple[Look, str, tuple[str, ...]]:
        if part.outside:
            blocks = [member.range for member in members if isinstance(member, IpBlock)]
            return Look.ADDRESSES, "", address_names(blocks, self._families)
        if not part.namespace:
            said = [endpoint_names(member) for member in members]
            if len(said) == 1:
                return Look.OTHER, *said[0]
            return Look.OTHER, f"{len(said):,} {_PLURALS[type(members[0])]}", tuple(" ".join(name) for _, name in said)
        if part.collapsed and not part.heading:
            return Look.NAMESPACE, _count(members), (shortened(part.namespace, NAME_LENGTH),)
        names = tuple(line for member in members for line in endpoint_names(member)[1])
        heading = f"{_count(members)}\n{part.heading}" if part.heading else _count(members)
        return Look.WORKLOADS, heading, names


def _count(members: Sequence[Endpoint]) -> str:
    kinds = {member.kind for member in members if isinstance(member, Workload)}
    kind = shortened(plain(kinds.pop()), NAME_LENGTH) if len(kinds) == 1 else "workload"
    if len(members) == 1:
        return kind
    return f"{len(members)} {kind}{'es' if kind.endswith('s') else 's'}"
