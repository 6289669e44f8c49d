"""What admin policies of the input overrule of the policies that `generate` writes: the rule and its line are named."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

APP = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: x, env: [{name: DB_HOST, value: "db:5432"}]}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: db, namespace: shop}
spec:
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: x}]}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {selector: {app: db}, ports: [{port: 5432}]}
"""
ADMIN = """\
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: guard}
spec:
  priority: 5
  subject: {namespaces: {}}
  egress:
  - name: first
    action: Pass
    to: [{namespaces: {matchLabels: {kubernetes.io/metadata.name: elsewhere}}}]
  - name: second
    action: Deny
    to: [{namespaces: {matchLabels: {kubernetes.io/metadata.name: <to>}}}]
    ports: [{portNumber: {protocol: <protocol>, port: <port>}}]
"""
CLUSTER = """\
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: guard}
spec:
  tier: Admin
  priority: 5
  subject: {namespaces: {}}
  egress:
  - name: second
    action: Deny
    to: [{namespaces: {matchLabels: {kubernetes.io/metadata.name: <to>}}}]
    protocols: [{tcp: {destinationPort: {number: <port>}}}]
"""


def said(directory: Path, policy: str) -> subprocess.CompletedProcess[str]:
    (directory / "app.yaml").write_text(APP)
    (directory / "admin.yaml").write_text(policy)
    call = [
        sys.executable,
        "-m",
        "netpol_action",
        "generate",
        "app.yaml",
        "admin.yaml",
        "--fail-on",
        "blocked-required",
    ]
    return subprocess.run(call, cwd=directory, capture_output=True, text=True, check=False)


def filled(policy: str, to: str, port: int, protocol: str = "TCP") -> str:
    return policy.replace("<to>", to).replace("<port>", str(port)).replace("<protocol>", protocol)


OVERRULED = {
    "a connection between workloads": (filled(ADMIN, "shop", 5432), "AdminNetworkPolicy guard egress rule 2", 11),
    "by a cluster policy": (filled(CLUSTER, "shop", 5432), "ClusterNetworkPolicy guard egress rule 1", 9),
}


@pytest.mark.parametrize(("policy", "rule", "line"), OVERRULED.values(), ids=OVERRULED)
def test_the_rule_that_overrules_is_named_with_its_line(policy: str, rule: str, line: int, tmp_path: Path):
    done = said(tmp_path, policy)
    assert done.returncode == 1
    (error,) = [each for each in done.stderr.splitlines() if "blocked-required" in each]
    assert f"admin.yaml:{line}" in error
    assert rule in error
    assert "shop/web[Deployment] needs shop/db[Deployment] on TCP 5432" in error


def test_name_resolution_may_be_overruled_too(tmp_path: Path):
    done = said(tmp_path, filled(ADMIN, "kube-system", 53, "UDP"))
    assert done.returncode == 1
    assert "kube-system} on UDP 53, but AdminNetworkPolicy guard egress rule 2" in done.stderr


def test_what_no_demand_needs_is_not_reported(tmp_path: Path):
    assert said(tmp_path, filled(ADMIN, "shop", 5433)).returncode == 0
