"""Service accounts: what their annotations say, and what RBAC lets them do at the API server."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from netpol_action.discovery.environment import mappings, name_of
from netpol_action.model.cluster import Cluster, Resource
from netpol_action.model.demands import Evidence
from netpol_action.model.endpoints import Json, Workload
from netpol_action.model.labels import Labels

_BINDINGS = ("RoleBinding", "ClusterRoleBinding")
_ROLES = ("Role", "ClusterRole")
_NOT_A_CALL = frozenset({"use"})
"""Verbs that let pods be admitted under a policy, and are never called: `use` of a PodSecurityPolicy or an SCC."""


class Accounts:
    """Looks up the service account of a workload; built once for a cluster."""

    def __init__(self, cluster: Cluster) -> None:
        self._accounts: dict[tuple[str, str], Resource] = {}
        self._bindings: dict[tuple[str, str], list[Resource]] = defaultdict(list)
        roles: dict[tuple[str, str, str], Resource] = {}
        for each in cluster.resources:
            if each.kind == "ServiceAccount":
                self._accounts[each.namespace, each.name] = each
            elif each.kind in _ROLES:
                roles[each.kind, each.namespace if each.kind == "Role" else "", each.name] = each
        for each in cluster.resources:
            if each.kind in _BINDINGS and _calls(each, roles):
                for subject in mappings(each.body.get("subjects")):
                    if subject.get("kind") == "ServiceAccount" and isinstance(subject.get("name"), str):
                        namespace = subject.get("namespace")
                        place = namespace if isinstance(namespace, str) else each.namespace
                        self._bindings[place, subject["name"]].append(each)

    def annotations(self, workload: Workload) -> tuple[Labels, Resource | None]:
        """The annotations of the workload's service account, and the account, where the input has it."""
        account = self._accounts.get((workload.namespace, _name(workload)))
        metadata = account.body.get("metadata") if account is not None else None
        found = metadata.get("annotations") if isinstance(metadata, dict) else None
        notes = {key: value for key, value in (found or {}).items() if isinstance(value, str)} if found else {}
        return notes, account

    def bindings(self, workload: Workload) -> Iterator[Evidence]:
        """The bindings that let the workload call the API server; none where it gets no token."""
        if not self._has_token(workload):
            return
        for binding in self._bindings.get((workload.namespace, _name(workload)), ()):
            value = f"{_role(binding.body)} for service account {_name(workload)}"
            yield Evidence(f"{binding.kind} {binding.name}", "roleRef", value, binding.origin.at("roleRef"))

    def _has_token(self, workload: Workload) -> bool:
        own = workload.pod_spec.get("automountServiceAccountToken")
        if own is None:
            account = self._accounts.get((workload.namespace, _name(workload)))
            own = account.body.get("automountServiceAccountToken") if account is not None else None
        return own is not False or _projects_token(workload.pod_spec)


def _name(workload: Workload) -> str:
    """The service account's name; `serviceAccount` is the field's old name."""
    for key in ("serviceAccountName", "serviceAccount"):
        name = workload.pod_spec.get(key)
        if isinstance(name, str) and name:
            return name
    return "default"


def _role(binding: Mapping[str, Json]) -> str:
    reference = binding.get("roleRef")
    kind = reference.get("kind") if isinstance(reference, dict) else None
    return f"{kind if isinstance(kind, str) else 'Role'} {name_of(reference)}"


def _calls(binding: Resource, roles: Mapping[tuple[str, str, str], Resource]) -> bool:
    """Whether the role of a binding allows calls; a role that is not in the input is taken to."""
    reference = binding.body.get("roleRef")
    kind = reference.get("kind") if isinstance(reference, dict) else None
    if kind not in _ROLES:
        return False
    role = roles.get((kind, binding.namespace if kind == "Role" else "", name_of(reference)))
    if role is None or "aggregationRule" in role.body:
        return True
    verbs = {verb for rule in mappings(role.body.get("rules")) for verb in _texts(rule.get("verbs"))}
    return not verbs <= _NOT_A_CALL


def _projects_token(pod_spec: Mapping[str, Json]) -> bool:
    """Whether a projected volume gives the pod a token for the API server, which has no audience of its own."""
    for volume in mappings(pod_spec.get("volumes")):
        projected = volume.get("projected")
        for source in mappings(projected.get("sources")) if isinstance(projected, dict) else ():
            token = source.get("serviceAccountToken")
            if isinstance(token, dict) and not token.get("audience"):
                return True
    return False


def _texts(value: Json) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
