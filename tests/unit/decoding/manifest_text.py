"""Manifests as a test writes them: YAML text to a Cluster, without the reader's limits and origins."""

from __future__ import annotations

from typing import Any

import yaml

from netpol_action.manifests.decode import decode
from netpol_action.model.cluster import Cluster
from netpol_action.model.diagnostics import Diagnostic
from netpol_action.model.documents import Document
from netpol_action.model.policies import Policy
from netpol_action.origin import Origin


def cluster(*texts: str, namespace: str = "") -> Cluster:
    """The cluster of these manifests; document n of the test is `k8s.yaml` document n."""
    values = [value for text in texts for value in yaml.safe_load_all(text)]
    return decode([Document(value, Origin("k8s.yaml", n)) for n, value in enumerate(values, 1)], namespace)


def findings(found: Cluster) -> list[str]:
    """The diagnostics as `severity rule: message`."""
    return [f"{each.severity} {each.rule}: {each.message}" for each in found.diagnostics]


def network_policy(spec: str, namespace: str = "shop") -> tuple[Policy, tuple[Diagnostic, ...]]:
    """The NetworkPolicy `p` with this spec (flow or block YAML), and what there is to say about it."""
    return one_policy("networking.k8s.io/v1", "NetworkPolicy", spec, namespace)


def one_policy(
    api_version: str, kind: str, spec: str, namespace: str = "", name: str = "p"
) -> tuple[Policy, tuple[Diagnostic, ...]]:
    """The one policy of this spec, and what there is to say about it."""
    metadata: dict[str, Any] = {"name": name} | ({"namespace": namespace} if namespace else {})
    value = {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": yaml.safe_load(spec)}
    found = decode([Document(value, Origin("k8s.yaml", 1))])
    (policy,) = found.policies
    return policy, found.diagnostics
