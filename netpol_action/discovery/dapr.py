"""Dapr's components: the brokers and stores that the sidecar connects to, in place of the application."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from netpol_action.discovery.addresses import without_placeholders
from netpol_action.discovery.environment import mappings
from netpol_action.discovery.settings import Setting
from netpol_action.model.cluster import Resource
from netpol_action.model.demands import Evidence
from netpol_action.model.endpoints import Workload

_ENABLED, _APP_ID = "dapr.io/enabled", "dapr.io/app-id"


class Components:
    """The components of each namespace; built once for a cluster."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self._of: Mapping[str, list[Resource]] = defaultdict(list)
        for each in resources:
            if each.kind == "Component" and each.api_version.startswith("dapr.io/"):
                self._of[each.namespace].append(each)

    def settings(self, workload: Workload) -> Iterator[Setting]:
        """What the components that are open to a workload say, as settings of its sidecar."""
        if workload.annotations.get(_ENABLED) != "true":
            return
        for component in self._of.get(workload.namespace, ()):
            scopes = component.body.get("scopes")
            if isinstance(scopes, list) and scopes and workload.annotations.get(_APP_ID) not in scopes:
                continue
            spec = component.body.get("spec")
            for index, each in enumerate(mappings(spec.get("metadata")) if isinstance(spec, dict) else ()):
                name, value = each.get("name"), each.get("value")
                if isinstance(name, str) and isinstance(value, str):
                    origin = component.origin.at("spec", "metadata", index, "value")
                    evidence = Evidence(f"Component {component.name}", f"metadata {name}", "", origin)
                    yield Setting(name, without_placeholders(value), evidence, f"Component/{component.name}")
