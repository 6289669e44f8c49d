"""Objects of which an operator makes pods: the input has the objects and not the pods, so nothing is allowed for them.

No list can have every operator. An object counts unless its API group or its kind says that no pods come of it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from netpol_action.discovery.netpol_yaml import shown
from netpol_action.model.cluster import Cluster, Resource
from netpol_action.model.config import NamespaceRules
from netpol_action.model.demands import Assumption, Evidence

_NO_PODS = frozenset([
    "acme.cert-manager.io", "bitnami.com", "cert-manager.io", "cilium.io", "configuration.konghq.com", "crd.antrea.io",
    "crd.projectcalico.org", "dapr.io", "external-secrets.io", "extensions.istio.io", "generators.external-secrets.io",
    "image.toolkit.fluxcd.io", "k8s.cni.cncf.io", "k8s.ovn.org", "karpenter.sh", "keda.sh",
    "kustomize.toolkit.fluxcd.io", "kyverno.io", "linkerd.io", "metallb.io", "networking.istio.io",
    "notification.toolkit.fluxcd.io", "policy.linkerd.io", "projectcalico.org", "projectcontour.io",
    "secrets.hashicorp.com", "security.istio.io", "source.toolkit.fluxcd.io", "telemetry.istio.io",
    "traefik.containo.us", "traefik.io", "velero.io",
])  # fmt: skip
"""API groups whose objects configure what runs already."""
_NO_PODS_BELOW = (
    ".k8s.io", ".x-k8s.io", ".openshift.io", ".crossplane.io", ".upbound.io", ".cnrm.cloud.google.com",
    ".services.k8s.aws",
)  # fmt: skip
"""The API groups of Kubernetes' own projects, and those whose objects stand for resources of clouds."""
_NO_PODS_OF = frozenset([
    "Application", "Autoscaler", "Backup", "Binding", "Bucket", "Certificate", "Class", "Config", "Configuration",
    "Credential", "Credentials", "Dashboard", "Database", "Datasource", "Definition", "Entry", "Folder", "Issuer",
    "Monitor", "Permission", "Policy", "Pooling", "Probe", "Project", "Provider", "Publication", "Queue", "Quota",
    "Rebalance", "Restore", "Role", "Route", "Rule", "Schedule", "Schema", "Secret", "Set", "Store", "Subscription",
    "Template", "Topic", "User", "Vhost",
])  # fmt: skip
"""Last words of kinds that configure what runs already: `KafkaTopic`, `PodMonitor`, `ScheduledBackup`."""
_LAST_WORD = re.compile(r"[A-Z][a-z]+\Z")


def operated(cluster: Cluster, scope: NamespaceRules) -> Iterator[Assumption]:
    """One assumption for each kind of such objects in namespaces whose pods get policies and a default deny."""
    places = {each.namespace for each in cluster.workloads if not each.host_network}
    found: dict[tuple[str, str], list[Resource]] = defaultdict(list)
    for resource in cluster.resources:
        place = resource.namespace
        closed = place in places and not scope.excludes(place) and not scope.protects(place)
        if closed and _may_have_pods(resource):
            found[resource.api_version, resource.kind].append(resource)
    for (version, kind), resources in sorted(found.items()):
        first, more = resources[0], len(resources) - 1
        others = f" and {more} more" if more else ""
        message = (
            f"{shown(kind)} {shown(first.name)}{others} ({shown(version)}) is not read: pods that an operator makes of "
            "it are not in the input, so that a default deny covers them and nothing is allowed for them"
        )
        evidence = (Evidence(f"{each.kind} {each.name}", "apiVersion", version, each.origin) for each in resources)
        yield Assumption(message, "", tuple(evidence))


def _may_have_pods(resource: Resource) -> bool:
    group, _, version = resource.api_version.partition("/")
    if not version or "." not in group or group in _NO_PODS or group.endswith(_NO_PODS_BELOW):
        return False
    last = _LAST_WORD.search(resource.kind)
    return last is None or last[0] not in _NO_PODS_OF
