"""Software that is run to use other software: Grafana shows what Prometheus holds, Kibana what Elasticsearch does.

Where the input has both and says nothing of the connection, it is a candidate: probable, listed, and not allowed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from netpol_action.discovery.ports import SOFTWARE
from netpol_action.discovery.settings import image_name, images_of, subject_of
from netpol_action.model.cluster import Cluster
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.demands import Confidence, Demand, Evidence
from netpol_action.model.endpoints import Workload

_USES = {
    "grafana": ("prometheus", "loki", "tempo"),
    "kibana": ("elasticsearch",),
    "logstash": ("elasticsearch",),
    "schema-registry": ("kafka",),
    "kafka-ui": ("kafka",),
    "akhq": ("kafka",),
    "phpmyadmin": ("mysql", "mariadb"),
    "pgadmin4": ("postgres", "postgresql"),
    "pgbouncer": ("postgres", "postgresql"),
    "mongo-express": ("mongo", "mongodb"),
    "redis-commander": ("redis", "valkey"),
    "prometheus": ("alertmanager",),
}
_PORTS = {word: each.connections for each in SOFTWARE for word in each.words} | {
    "alertmanager": ConnectionSet.single("TCP", 9093),
    "tempo": ConnectionSet.single("TCP", 3200),
}


def companions(cluster: Cluster, demands: Iterable[Demand]) -> Iterator[Demand]:
    """The candidates: each user of a software with the workloads of its namespace that are that software."""
    known = {(id(demand.source), id(demand.destination)) for demand in demands}
    by_image: dict[tuple[str, str], list[Workload]] = defaultdict(list)
    for workload in cluster.workloads:
        for image in images_of(workload):
            by_image[workload.namespace, image_name(image)].append(workload)
    for (namespace, image), users in by_image.items():
        for used in _USES.get(image, ()):
            for user in users:
                for server in by_image.get((namespace, used), ()):
                    if (id(user), id(server)) not in known and user is not server:
                        field_name = f"image {image}, which is run to use {used}"
                        why = Evidence(subject_of(user), field_name, "", user.origin.at(*user.pod_path, "containers"))
                        yield Demand(user, server, _PORTS[used], (why,), Confidence.CANDIDATE)
