"""How a line of netpol.yaml is spelt: what resolves something unresolved, for a person to check and keep."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence

from netpol_action.model.characters import is_seen
from netpol_action.model.cluster import Cluster
from netpol_action.model.connections import EVERY_PORT, ConnectionSet
from netpol_action.model.endpoints import Workload
from netpol_action.model.labels import Selector

_EXAMPLES = ".example.com"
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*(?:\[[A-Za-z]+\])?")
_RESERVED = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_KEYWORDS = frozenset({"internet", "cluster"})
_MAX_SHOWN = 200


class References:
    """How netpol.yaml names each workload: as short as its own manifest allows, longer only where that is ambiguous."""

    def __init__(self, cluster: Cluster) -> None:
        owners = {(each.namespace, each.name, each.kind): each.declared_namespace for each in cluster.workloads}
        self._names = Counter((declared, name) for (_, name, _), declared in owners.items())
        self._all = Counter(name for _, name, _ in owners)

    def text(self, workload: Workload) -> str:
        """The YAML that `from` and `to` take for the workload."""
        declared = workload.declared_namespace
        if not declared and self._all[workload.name] > 1:
            declared = workload.namespace
        name = f"{declared}/{workload.name}" if declared else workload.name
        ambiguous = self._names[workload.declared_namespace, workload.name] > 1
        name = f"{name}[{workload.kind}]" if ambiguous else name
        return flow(workload=name) if name in _KEYWORDS else scalar(name)


def dependency(source: str, destination: str, ports: ConnectionSet, key: str, *, comments: Sequence[str] = ()) -> str:
    """One item of `dependencies`; `source` and `destination` are YAML already. Ports that are not known become all."""
    known = (
        f"[{', '.join(port_words(ports))}]" if ports else "[TCP]  # not known, so every TCP port: write the real one"
    )
    lines = ["dependencies:", *(f"# {shown(comment)}" for comment in comments)]
    return "\n".join(
        [*lines, f"- from: {source}", f"  to: {destination}", f"  ports: {known}", f"  resolves: {scalar(key)}"]
    )


def port_words(connections: ConnectionSet) -> list[str]:
    """The connections as netpol.yaml lists them: `TCP 80`, `UDP 53-54`."""
    return [
        protocol if ports == EVERY_PORT else f"{protocol} {first}" + (f"-{last}" if last != first else "")
        for protocol, ports in connections.ports
        for first, last in (ports.ranges[:1] if ports == EVERY_PORT else ports.ranges)
    ]


def scalar(text: str) -> str:
    """A YAML scalar that reads back as this text."""
    return text if _PLAIN.fullmatch(text) and text.lower() not in _RESERVED else json.dumps(text)


def flow(**fields: str) -> str:
    """A YAML flow mapping of scalars: `{host: db.example.com}`."""
    return "{" + ", ".join(f"{scalar(key)}: {_flow_scalar(value)}" for key, value in fields.items()) + "}"


def example_host(word: str) -> str:
    """What stands for a host that nobody knows, in a domain that RFC 2606 keeps for examples."""
    return flow(host=f"{word}{_EXAMPLES}")


def is_example(host: str) -> bool:
    """Whether this may be a host out of `example_host`."""
    return host.endswith(_EXAMPLES)


def pods(namespace: str, selector: Selector | None) -> str:
    """A YAML flow mapping of the pods that a Service's selector picks: `{namespace: shop, pods: {app: db}}`."""
    wanted = {each.key: each.values[0] for each in selector.requirements if each.values} if selector else {}
    inner = f", pods: {flow(**wanted)}" if wanted else ""
    return f"{{namespace: {scalar(namespace)}{inner}}}"


def shown(text: str) -> str:
    """Text from a manifest as part of one line that people read: no control characters, and not too long."""
    line = "".join(char if is_seen(char) else "?" for char in text)
    return line if len(line) <= _MAX_SHOWN else f"{line[:_MAX_SHOWN]}..."


def _flow_scalar(text: str) -> str:
    """As `scalar`, where brackets would end the text."""
    return json.dumps(text) if "[" in text else scalar(text)
