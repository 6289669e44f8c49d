"""Who scrapes metrics: Prometheus and its kin in the input, those that the operator starts, and the platform's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from netpol_action.discovery.selectors import selector_of
from netpol_action.discovery.settings import Reading, image_name, images_of
from netpol_action.model.cluster import Cluster, Resource
from netpol_action.model.endpoints import Endpoint, Unseen, Workload
from netpol_action.model.labels import NAMESPACE_NAME_LABEL, Labels, Selector

_IMAGES = frozenset({"prometheus", "vmagent", "vmsingle", "victoria-metrics", "grafana-agent", "agent", "alloy"})
_KINDS = ("Prometheus", "PrometheusAgent")
_SELECTORS = {
    "ServiceMonitor": ("serviceMonitorSelector", "serviceMonitorNamespaceSelector"),
    "PodMonitor": ("podMonitorSelector", "podMonitorNamespaceSelector"),
}


@dataclass(frozen=True, slots=True)
class Scraper:
    """One that scrapes. `annotated`: of which objects it heeds the annotations; `sure`: its configuration says so.

    `resource` is the object for which the operator starts it, which says what monitors it takes.
    """

    endpoint: Endpoint
    annotated: frozenset[str] = frozenset()
    sure: bool = True
    resource: Resource | None = None

    def takes(self, monitor: Resource, labels: Labels, cluster: Cluster) -> bool:
        """Whether a monitor with these labels is one of its own."""
        if self.resource is None:
            return True
        spec = self.resource.body.get("spec")
        spec = spec if isinstance(spec, dict) else {}
        mine, place = (spec.get(key) for key in _SELECTORS[monitor.kind])
        chosen = selector_of(mine)
        if chosen is None or not chosen.matches(labels):
            return False
        namespaces = selector_of(place)
        if namespaces is None:
            return monitor.namespace == self.resource.namespace
        namespace = cluster.namespaces.get(monitor.namespace)
        return namespace is not None and namespaces.matches(namespace.labels)


def scrapers(cluster: Cluster, readings: Mapping[Workload, Reading], platform: Iterable[Endpoint]) -> list[Scraper]:
    """All that scrape."""
    both = frozenset({"service", "pod"})
    return [
        *_workloads(cluster, readings),
        *_operated(cluster),
        *(Scraper(endpoint, both) for endpoint in platform),
    ]


def _workloads(cluster: Cluster, readings: Mapping[Workload, Reading]) -> Iterator[Scraper]:
    for workload in cluster.workloads:
        if not any(image_name(image) in _IMAGES for image in images_of(workload)):
            continue
        files = [setting.value for setting in readings[workload].settings if setting.from_file]
        if files:
            yield Scraper(workload, frozenset(kind for kind in ("service", "pod") if _heeds(files, kind)))
        else:
            yield Scraper(workload, frozenset({"service", "pod"}), sure=False)


def _heeds(files: Iterable[str], kind: str) -> bool:
    return any(f"__meta_kubernetes_{kind}_annotation_prometheus_io_scrape" in text for text in files)


def _operated(cluster: Cluster) -> Iterator[Scraper]:
    for each in cluster.resources:
        if each.kind in _KINDS and each.api_version.startswith("monitoring.coreos.com/"):
            labels = {"app.kubernetes.io/name": "prometheus", "app.kubernetes.io/instance": each.name}
            namespace = Selector.labels({NAMESPACE_NAME_LABEL: each.namespace})
            yield Scraper(Unseen(namespace, Selector.labels(labels)), resource=each)


def monitored_namespaces(monitor: Resource, cluster: Cluster) -> list[str]:
    """The namespaces in which a monitor looks: its own, if it names none."""
    spec = monitor.body.get("spec")
    chosen = spec.get("namespaceSelector") if isinstance(spec, dict) else None
    if isinstance(chosen, dict) and chosen.get("any") is True:
        return sorted(cluster.namespaces)
    names = chosen.get("matchNames") if isinstance(chosen, dict) else None
    return (
        [each for each in names if isinstance(each, str)] if isinstance(names, list) and names else [monitor.namespace]
    )
