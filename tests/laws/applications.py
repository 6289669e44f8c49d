"""Random applications: workloads, the Services before them, and who names which Service in its environment.

What they require is known from how they are made, so that nothing of the product has to be asked.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import strategies as st
from naive.objects import Object

NAMESPACES = ("blue", "green")
PORTS = (80, 443, 5432, 8080)
CLUSTER_DOMAIN = "svc.cluster.local"


@dataclass(frozen=True)
class Required:
    """A connection between two workloads, each by namespace and name."""

    source: tuple[str, str]
    destination: tuple[str, str]
    protocol: str
    port: int


@dataclass
class Application:
    """Its manifests, and the connections between its workloads that these require."""

    objects: list[Object] = field(default_factory=list)
    required: set[Required] = field(default_factory=set)


@dataclass(frozen=True)
class _Server:
    """A workload with its Service: the Service's port, and the pod's port behind it."""

    namespace: str
    name: str
    port: int
    target: int | str | None
    number: int

    @property
    def behind(self) -> int:
        """The port on the pod."""
        return self.number if isinstance(self.target, str) else (self.target or self.port)


@st.composite
def _servers(draw: st.DrawFn, number: int) -> _Server:
    form = draw(st.sampled_from(("same", "number", "name")))
    pod_port = draw(st.sampled_from(PORTS))
    target = {"same": None, "number": pod_port, "name": "main"}[form]
    space = draw(st.sampled_from(NAMESPACES))
    return _Server(space, f"app-{number}", draw(st.sampled_from(PORTS)), target, pod_port)


@st.composite
def applications(draw: st.DrawFn) -> Application:
    """An application of one to five workloads, some of which call others or their own replicas."""
    servers = [draw(_servers(number)) for number in range(draw(st.integers(1, 5)))]
    made = Application()
    for server in servers:
        called = draw(st.lists(st.sampled_from(servers), max_size=3, unique_by=lambda one: one.name))
        variables = []
        for place, other in enumerate(called):
            host = draw(st.sampled_from(_hosts(server, other)))
            form = draw(st.sampled_from(("http://{}:{}/path", "{}:{}")))
            variables.append({"name": f"TARGET_{place}_URL", "value": form.format(host, other.port)})
            made.required.add(
                Required((server.namespace, server.name), (other.namespace, other.name), "TCP", other.behind)
            )
        shared = draw(st.dictionaries(st.sampled_from(("tier", "version")), st.sampled_from(("a", "b"))))
        own = {"app": server.name}
        selector = draw(st.sampled_from((own, own, {"part-of": "shop"})))
        made.objects += [
            _workload(draw(st.sampled_from(("Deployment", "StatefulSet"))), server, selector, shared, variables),
            _service(server, exposed=draw(st.integers(0, 5)) == 5),
        ]
    return made


def _hosts(caller: _Server, called: _Server) -> list[str]:
    """The names by which the caller may reach the Service."""
    full = f"{called.name}.{called.namespace}"
    return [full, f"{full}.svc", f"{full}.{CLUSTER_DOMAIN}"] + (
        [called.name] if caller.namespace == called.namespace else []
    )


def _workload(
    kind: str, server: _Server, selector: dict[str, str], shared: dict[str, str], variables: list[Object]
) -> Object:
    labels = {"app": server.name, "part-of": "shop", **shared}
    container = {
        "name": "main",
        "image": "image",
        "ports": [{"name": "main", "containerPort": server.number}],
        "env": variables,
    }
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"namespace": server.namespace, "name": server.name},
        "spec": {
            "selector": {"matchLabels": selector},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


def _service(server: _Server, *, exposed: bool) -> Object:
    port: Object = {"port": server.port} | ({} if server.target is None else {"targetPort": server.target})
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"namespace": server.namespace, "name": server.name},
        "spec": {"type": "LoadBalancer" if exposed else "ClusterIP", "selector": {"app": server.name}, "ports": [port]},
    }
