"""What a change opens and closes to pods that are not in the input: DNS, monitoring, other namespaces."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from netpol_action.cli import main

APP = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, labels: {app: web}}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: web, ports: [{containerPort: 80}], env: [{name: DB_URL, value: "postgres://db.shop:5432/x"}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: db, namespace: shop, labels: {app: db}}
spec:
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: postgres, ports: [{containerPort: 5432}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {selector: {app: db}, ports: [{port: 5432}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}
---
"""
CORE_DNS = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: coredns, namespace: kube-system}
spec:
  selector: {matchLabels: {k8s-app: kube-dns}}
  template:
    metadata: {labels: {k8s-app: kube-dns}}
    spec: {containers: [{name: coredns, image: coredns, ports: [{containerPort: 53, protocol: UDP}]}]}
---
"""
POLICIES = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  policyTypes: [Ingress, Egress]
  ingress: [INGRESS]
  egress:
  - {to: [{podSelector: {matchLabels: {app: db}}}], ports: [{port: 5432}]}
  - EGRESS
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress, Egress]
  ingress:
  - {from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 5432}]}
"""
HOME = "kubernetes.io/metadata.name"
KUBE_SYSTEM = f"{{namespaceSelector: {{matchLabels: {{{HOME}: kube-system}}}}}}"
KUBE_DNS = KUBE_SYSTEM[:-1] + ", podSelector: {matchLabels: {k8s-app: kube-dns}}}"
DNS = "ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]"
TO_DNS = f"{{to: [{KUBE_SYSTEM}], {DNS}}}"
NONE = "{to: [{podSelector: {matchLabels: {app: nobody}}}], ports: [{port: 1}]}"
WEB, DB = "shop/web[Deployment]", "shop/db[Deployment]"
ALL_DNS = "{all pods in namespace kube-system}"


def namespaced(name: str, port: int) -> str:
    """A rule for all pods of a namespace."""
    return f"{{from: [{{namespaceSelector: {{matchLabels: {{{HOME}: {name}}}}}}}], ports: [{{port: {port}}}]}}"


def policies(ingress: str = "", egress: str = TO_DNS) -> str:
    """The policies with these rules beside those between the two workloads."""
    return POLICIES.replace("INGRESS", ingress).replace("EGRESS", egress)


class Versions:
    """Two versions, and what `diff` says of them."""

    def __init__(self, directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.directory, self.capsys = directory, capsys

    def rows(self, before: str, after: str, config: str = "") -> list[str]:
        """The rows of the txt output, without reasons."""
        for name, text in (("before", before), ("after", after)):
            (self.directory / name).mkdir(exist_ok=True)
            (self.directory / name / "app.yaml").write_text(text)
            if config:
                (self.directory / name / "netpol.yaml").write_text(f"version: 1\n{config}")
        assert self.written("txt")[0].startswith(("This change", "No connection changes"))
        return [line for line in self.written("txt")[1:] if line[:2] in ("+ ", "- ", "~ ")]

    def written(self, format_: str, *further: str) -> list[str]:
        sides = [str(self.directory / name) for name in ("before", "after")]
        self.code = main(["diff", *sides, "-o", format_, *further])
        output, self.errors = self.capsys.readouterr()
        return output.splitlines()


@pytest.fixture
def versions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Versions:
    return Versions(tmp_path, capsys)


def test_a_workload_that_needs_names_loses_its_name_servers(versions: Versions):
    found = versions.rows(APP + policies(), APP + policies(egress=NONE))
    assert found == [
        f"- {WEB} => {ALL_DNS} : TCP 53,UDP 53  [closed-required]",
        f"+ {WEB} => {{pods app=nobody in namespace shop}} : TCP 1  [opened-between-namespaces]",
    ]
    versions.written("txt", "--fail-on", "closed-required")
    assert versions.code == 1


def test_a_reason_stands_below_the_row(versions: Versions):
    versions.rows(APP + policies(), APP + policies(egress=NONE))
    text = "\n".join(versions.written("txt"))
    assert "the application needs TCP 53,UDP 53\n    NetworkPolicy shop/web changed (" in text


def test_name_servers_in_the_input_are_required_too(versions: Versions):
    dns = f"{{to: [{KUBE_DNS}], {DNS}}}"
    found = versions.rows(APP + CORE_DNS + policies(egress=dns), APP + CORE_DNS + policies(egress=NONE))
    assert f"- {WEB} => kube-system/coredns[Deployment] : TCP 53,UDP 53  [closed-required]" in found


def test_fewer_pods_that_still_answer_names_break_nothing(versions: Versions):
    found = versions.rows(APP + policies(), APP + policies(egress=f"{{to: [{KUBE_DNS}], {DNS}}}"))
    assert found == [f"- {WEB} => {ALL_DNS} : TCP 53,UDP 53  [closed]"]


def test_what_was_blocked_before_is_not_broken_by_the_change(versions: Versions):
    found = versions.rows(APP + policies(egress=NONE), APP + policies(egress=NONE.replace("port: 1", "port: 2")))
    assert "closed-required" not in "\n".join(found)


def test_a_caller_that_netpol_yaml_names_is_shut_out(versions: Versions):
    config = "dependencies: [{from: {namespace: monitoring}, to: {workload: shop/web}, ports: [TCP 80]}]"
    found = versions.rows(APP + policies(namespaced("monitoring", 80)), APP + policies(), config)
    assert found == [f"- {{all pods in namespace monitoring}} => {WEB} : TCP 80  [closed-required]"]


def test_a_host_is_no_longer_reached_at_any_address(versions: Versions):
    config = "dependencies: [{from: shop/web, to: {host: pay.example.com}, ports: [TCP 443]}]"
    anywhere = "{ports: [{port: 443}, {port: 53}, {port: 53, protocol: UDP}]}"
    found = versions.rows(APP + policies(egress=anywhere), APP + policies(), config)
    assert f"- {WEB} => 0.0.0.0-255.255.255.255 : TCP 53,443,UDP 53  [closed-required]" in found


@pytest.mark.parametrize("end", ["cidr: 203.0.113.7/32", "host: old.example.com, cidr: 203.0.113.7/32"])
def test_an_address_is_closed_together_with_all_others(versions: Versions, end: str):
    config = f"dependencies: [{{from: shop/web, to: {{{end}}}, ports: [TCP 443]}}]"
    found = versions.rows(APP, APP + policies(), config)
    assert f"- {WEB} => 0.0.0.0-255.255.255.255 : All Connections  [closed-required]" in found


def test_callers_from_some_addresses_are_shut_out(versions: Versions):
    config = "dependencies: [{from: {cidr: 203.0.113.0/24}, to: {workload: shop/db}, ports: [TCP 5432]}]"
    found = versions.rows(APP, APP + policies(), config)
    assert f"- 0.0.0.0-255.255.255.255 => {DB} : All Connections  [closed-required]" in found


def test_an_ingress_controller_that_netpol_yaml_names_is_shut_out(versions: Versions):
    config = "ingressControllers: [{namespace: ingress-nginx}]"
    found = versions.rows(APP + policies(namespaced("ingress-nginx", 80)), APP + policies(), config)
    assert found == [f"- {{all pods in namespace ingress-nginx}} => {WEB} : TCP 80  [closed-required]"]


@pytest.mark.parametrize(
    ("peer", "end"),
    [
        ("{namespaceSelector: {}}", "{entire-cluster}"),
        (f"{{namespaceSelector: {{matchLabels: {{{HOME}: other}}}}}}", "{all pods in namespace other}"),
        ("{podSelector: {}}", "{all pods in namespace shop}"),
        ("{podSelector: {matchLabels: {app: unseen}}}", "{pods app=unseen in namespace shop}"),
        ("{namespaceSelector: {}, podSelector: {matchLabels: {app: web}}}", "{pods app=web in any namespace}"),
    ],
)
def test_pods_that_are_not_in_the_input_are_let_in(versions: Versions, peer: str, end: str):
    more = f"ingress:\n  - {{from: [{peer}], ports: [{{port: 5432}}]}}\n"
    after = "db".join(policies().rsplit("db", 1))
    after = after[: after.rindex("  ingress:")] + "  " + more + after[after.rindex("  - {from:") :]
    found = versions.rows(APP + policies(), APP + after)
    assert found == [f"+ {end} => {DB} : TCP 5432  [opened-between-namespaces]"]
    versions.written("md", "--fail-on", "opened-between-namespaces")
    assert versions.code == 1


def test_a_selector_of_workloads_of_the_input_stands_for_those(versions: Versions):
    narrower = policies().replace("{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 5432}]}", "{}")
    assert versions.rows(APP + narrower, APP + policies())[-1].startswith("- 0.0.0.0-255.255.255.255")
    assert not any("pods app=web" in row for row in versions.rows(APP + narrower, APP + policies()))


def test_first_policies_say_once_what_they_close_to_everybody(versions: Versions):
    found = versions.rows(APP, APP + policies(namespaced("monitoring", 80)))
    assert [row for row in found if "{" in row] == [
        f"~ {WEB} => {ALL_DNS} : All Connections -> TCP 53,UDP 53  [narrowed]",
        f"~ {{all pods in namespace monitoring}} => {WEB} : All Connections -> TCP 80  [narrowed]",
        f"- {{ingress-controller}} => {WEB} : TCP 80  [closed-required]",
    ]


def test_who_needs_what_is_closed_to_everybody_is_told_apart(versions: Versions):
    config = "dependencies: [{from: {namespace: monitoring}, to: {workload: shop/web}, ports: [TCP 80]}]"
    found = versions.rows(APP, APP + policies(), config)
    assert [row for row in found if f"=> {WEB}" in row and "{" in row] == [
        f"- {{all pods in namespace monitoring}} => {WEB} : All Connections  [closed-required]",
        f"- {{ingress-controller}} => {WEB} : TCP 80  [closed-required]",
    ]


def test_an_ingress_controller_sends_what_is_exposed_and_nothing_else(versions: Versions):
    config = "ingressControllers: [{namespace: ingress-nginx}]"
    wide = namespaced("ingress-nginx", 80).replace("port: 80", "port: 80, endPort: 81")
    found = versions.rows(APP, APP + policies(wide), config)
    assert not any("ingress-nginx" in row for row in found)


def test_lists_for_scripts_have_the_rows_of_a_map(versions: Versions):
    assert versions.rows(APP + policies(), APP + policies(namespaced("other", 80)))
    assert json.loads("\n".join(versions.written("json"))) == []
    assert "note: 1 change of connections with pods that are not in the input: json lists" in versions.errors
    assert len(versions.written("csv")) == 1
    assert "all pods in namespace other" in "\n".join(versions.written("md"))
    assert "in namespace other" in "\n".join(versions.written("mermaid"))
    assert "in namespace other" in "\n".join(versions.written("dot"))
