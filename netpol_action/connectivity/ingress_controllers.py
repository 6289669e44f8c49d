"""Who the ingress controller is: as the configuration says, else by the labels and images that controllers have.

What sends the traffic counts: the proxy, where a controller sets up one beside itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from netpol_action.model.addresses import AddressRange
from netpol_action.model.cluster import Cluster
from netpol_action.model.config import CidrRef, PodsRef, WorkloadRef
from netpol_action.model.diagnostics import Diagnostic, note, warning
from netpol_action.model.endpoints import Unseen, Workload
from netpol_action.model.labels import NAMESPACE_NAME_LABEL, Requirement, Selector

ControllerRef = WorkloadRef | PodsRef | CidrRef

_ROUTERS = Selector.of(Requirement("ingresscontroller.operator.openshift.io/deployment-ingresscontroller", "Exists"))
"""OpenShift's router, which serves Route and Ingress."""

_LABELS = (
    Selector.labels({"app.kubernetes.io/name": "ingress-nginx", "app.kubernetes.io/component": "controller"}),
    Selector.labels({"app.kubernetes.io/name": "nginx-ingress"}),
    Selector.labels({"app": "nginx-ingress"}),
    Selector.labels({"app.kubernetes.io/name": "traefik"}),
    Selector.labels({"app.kubernetes.io/name": "haproxy-ingress"}),
    Selector.labels({"app.kubernetes.io/name": "kubernetes-ingress"}),
    Selector.labels({"run": "haproxy-ingress"}),
    Selector.labels({"app.kubernetes.io/name": "contour", "app.kubernetes.io/component": "envoy"}),
    Selector.labels({"app.kubernetes.io/managed-by": "envoy-gateway", "app.kubernetes.io/component": "proxy"}),
    Selector.labels({"istio": "ingressgateway"}),
)
_ROUTER_IMAGES = ("origin-haproxy-router", "ose-haproxy-router")
_IMAGES = (
    "ingress-nginx/controller",
    "nginx/nginx-ingress",
    "library/traefik",
    "traefik/traefik",
    "haproxytech/kubernetes-ingress",
    "jcmoraisjr/haproxy-ingress",
)
_NEVER = ("Job", "CronJob")


@dataclass(frozen=True, slots=True)
class IngressControllers:
    """The controllers that are known. `routers` serve Route and Ingress, `workloads` every kind but Route.

    `unseen`: configured pods that are not in the input. `ranges`: configured addresses outside the cluster.
    """

    workloads: tuple[Workload, ...] = ()
    routers: tuple[Workload, ...] = ()
    unseen: tuple[Unseen, ...] = ()
    ranges: tuple[AddressRange, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()

    def serving(self, kind: str) -> tuple[Workload, ...]:
        """The workloads that send the traffic of an exposure of this kind."""
        if kind == "Route":
            return self.routers
        return (*self.workloads, *(w for w in self.routers if kind == "Ingress" and w not in self.workloads))


def ingress_controllers(cluster: Cluster, configured: Sequence[ControllerRef] = ()) -> IngressControllers:
    """The cluster's ingress controllers; none where neither the configuration nor the input shows one.

    What the configuration names serves every kind of exposure, and nothing is then looked for in the input.
    """
    if not cluster.exposures:
        return IngressControllers()
    return _configured(cluster, configured) if configured else _present(cluster)


def _configured(cluster: Cluster, refs: Iterable[ControllerRef]) -> IngressControllers:
    workloads: list[Workload] = []
    unseen: list[Unseen] = []
    ranges: list[AddressRange] = []
    diagnostics: list[Diagnostic] = []
    for ref in refs:
        match ref:
            case WorkloadRef():
                found = [workload for workload in cluster.workloads if _is(workload, ref)]
                if not found:
                    diagnostics.append(_missing(ref))
                workloads += found
            case PodsRef():
                found = list(_meeting(cluster, ref))
                workloads += found
                if not found:
                    unseen.append(Unseen(ref.namespaces, ref.pods))
            case CidrRef():
                ranges += ref.ranges
    known = tuple(dict.fromkeys(workloads))
    return IngressControllers(known, known, tuple(dict.fromkeys(unseen)), tuple(ranges), tuple(diagnostics))


def _present(cluster: Cluster) -> IngressControllers:
    candidates = [workload for workload in cluster.workloads if workload.kind not in _NEVER]
    routers = tuple(w for w in candidates if _ROUTERS.matches(w.labels) or _runs(w, _ROUTER_IMAGES))
    others = tuple(
        w
        for w in candidates
        if w not in routers and (any(labels.matches(w.labels) for labels in _LABELS) or _runs(w, _IMAGES))
    )
    kinds = {exposure.kind for exposure in cluster.exposures}
    found = IngressControllers(others, routers)
    used = dict.fromkeys(w for kind in sorted(kinds) for w in found.serving(kind))
    return IngressControllers(others, routers, diagnostics=tuple(map(_taken, used)))


def _is(workload: Workload, ref: WorkloadRef) -> bool:
    return (
        workload.name == ref.name
        and ref.namespace in ("", workload.namespace)
        and ref.kind.lower() in ("", workload.kind.lower())
    )


def _meeting(cluster: Cluster, ref: PodsRef) -> Iterator[Workload]:
    for workload in cluster.workloads:
        labels = {**cluster.namespaces[workload.namespace].labels, NAMESPACE_NAME_LABEL: workload.namespace}
        if ref.pods.matches(workload.labels) and ref.namespaces.matches(labels):
            yield workload


def _runs(workload: Workload, names: Sequence[str]) -> bool:
    """Whether a container's image is one of these, from any registry or mirror; `library/` as where none is named."""
    containers = workload.pod_spec.get("containers")
    for container in containers if isinstance(containers, list) else ():
        image = container.get("image") if isinstance(container, dict) else None
        if isinstance(image, str):
            path = _without_version(image)
            path = path if "/" in path else f"library/{path}"
            if any(f"/{path}".endswith(f"/{name}") for name in names):
                return True
    return False


def _without_version(image: str) -> str:
    name = image.partition("@")[0]
    head, slash, last = name.rpartition("/")
    return f"{head}{slash}{last.partition(':')[0]}"


def _missing(ref: WorkloadRef) -> Diagnostic:
    return warning(
        "unknown-ingress-controller",
        f"ingressControllers in netpol.yaml names the workload {ref}, which is not in the input: "
        "give its pods' labels instead, or add its manifests",
    )


def _taken(workload: Workload) -> Diagnostic:
    return note(
        "ingress-controller",
        f"{workload} is taken for the ingress controller, by its labels or image "
        "(ingressControllers in netpol.yaml can name another)",
        workload.origin,
    )
