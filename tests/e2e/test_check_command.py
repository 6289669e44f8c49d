"""`check` on policies that people wrote for real applications: each finding is read against them, and confirmed.

What is said here of online-boutique and sock-shop was read in their manifests: online-boutique's policies let every
workload out to everywhere, its front end takes everything from everyone, and sock-shop's policies speak of a
label `name=cart` while its pods have `name=carts`.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from naive.evaluator import Evaluator
from naive.objects import Object, Pod

ROOT = Path(__file__).parents[2]
APPS = ROOT.parent / "shared" / "apps"
SCHEMA = json.loads((ROOT / "docs" / "check.schema.json").read_text())
WHOLE = {"All Connections": [(p, n) for p in ("TCP", "UDP", "SCTP") for n in (1, 80, 65535)]}
UNSEEN = re.compile(r"\{pods (?P<key>\w+)=(?P<value>\w+) in namespace (?P<namespace>[\w-]+)\}")

needs_apps = pytest.mark.skipif(not APPS.exists(), reason="needs the real applications in ../shared/apps")
BOUTIQUE = (
    APPS / "online-boutique/manifests",
    *sorted((APPS / "online-boutique/kustomize/components/network-policies").glob("network-policy-*.yaml")),
)
SOCK_SHOP = (APPS / "sock-shop/manifests", APPS / "sock-shop/manifests-policy")


def check(*arguments: str | Path, code: int = 0, cwd: Path = ROOT, stdin: str = "") -> str:
    command = [sys.executable, "-m", "netpol_action", "check", *map(str, arguments)]
    run = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, input=stdin)
    assert run.returncode == code, run.stdout + run.stderr
    return run.stdout


def rows(*arguments: str | Path) -> list[dict[str, Any]]:
    answer = json.loads(check(*arguments, "-o", "json"))
    jsonschema.validate(answer, SCHEMA)
    assert not answer["partial"]
    found: list[dict[str, Any]] = answer["rows"]
    return found


def objects(paths: tuple[Path, ...]) -> list[Object]:
    files = [file for path in paths for file in ([path] if path.is_file() else sorted(path.rglob("*.y*ml")))]
    return [each for file in files for each in yaml.safe_load_all(file.read_text()) if each]


@needs_apps
def test_the_policies_of_online_boutique_break_nothing_and_leave_the_way_out_open():
    found = rows(*BOUTIQUE)
    messages = [each["message"] for each in found]
    assert {each["rule"] for each in found} == {"not-required"}
    assert [message for message in messages if "accepts" in message] == [
        (
            "default/frontend[Deployment] accepts SCTP 1-65535,TCP 1-8079,8081-65535,UDP 1-65535 from everywhere, "
            "and nothing requires it"
        )
    ]
    out = re.compile(
        r"default/(\w+|redis-cart)\[Deployment\] may open everything to every address outside the cluster, .*"
    )
    assert len([message for message in messages if out.fullmatch(message)]) == 12 == len(messages) - 1
    assert all(each["origin"]["line"] > 1 for each in found)


@needs_apps
def test_the_policies_of_sock_shop_speak_of_a_label_that_no_pod_has():
    found = rows(*SOCK_SHOP)
    named = {each["rule"]: each["message"] for each in found if "did you mean" in each["message"]}
    assert named == {
        "policy-selects-nothing": (
            "NetworkPolicy sock-shop/cart-access selects no workload of the input: none has the labels name=cart in "
            "namespace sock-shop; did you mean name=carts?"
        ),
        "peer-matches-nothing": (
            "NetworkPolicy sock-shop/carts-db-access ingress rule 1 has a peer that matches no workload of the input: "
            "none has the labels name=cart in namespace sock-shop; did you mean name=carts?"
        ),
    }
    assert [each["rule"] for each in found].count("unprotected-egress") == 1
    assert not [each for each in found if each["rule"] in ("unprotected-ingress", "blocked-required")]


@needs_apps
def test_the_policies_of_sock_shop_let_pods_in_that_its_manifests_do_not_have():
    found = [each for each in rows(*SOCK_SHOP) if each["rule"] == "not-required"]
    everywhere = [each for each in found if each["src"] == ["{pods name=cortex in namespace sock-shop}"]]
    assert len(everywhere) == 14
    assert {cause["policy"] for each in everywhere for cause in each["policies"]} == {
        "NetworkPolicy sock-shop/cortex-access ingress rule 1"
    }


@needs_apps
@pytest.mark.parametrize("paths", [BOUTIQUE, SOCK_SHOP], ids=["online-boutique", "sock-shop"])
def test_the_second_evaluator_confirms_what_is_said_to_be_open_or_blocked(paths: tuple[Path, ...]):
    second = Evaluator(objects(paths))
    pods = {str(pod): pod for pod in second.pods}
    asked = 0
    for row in rows(*paths):
        for source, destination in _pairs(row, pods):
            for protocol, port in _ports(row["conn"]):
                expected = row["rule"] != "blocked-required"
                assert second.allows(source, destination, protocol, port) is expected, row["message"]
                asked += 1
    assert asked >= 9


def _pairs(row: dict[str, Any], pods: dict[str, Pod]) -> list[tuple[Pod | str, Pod | str]]:
    if row["rule"] not in ("blocked-required", "not-required", "unresolved-allowed"):
        return []
    return [(_end(a, pods), _end(b, pods)) for a in row["src"] for b in row["dst"]]


def _end(text: str, pods: dict[str, Pod]) -> Pod | str:
    described = UNSEEN.fullmatch(text)
    if described:
        return Pod(described["namespace"], "unseen", "Pod", {described["key"]: described["value"]})
    return pods[text] if text in pods else text.partition("-")[0]


def _ports(text: str) -> list[tuple[str, int]]:
    found, protocol = [], "TCP"
    for part in () if text in WHOLE else text.split(","):
        words = part.split()
        protocol = words[0] if len(words) > 1 else protocol
        found += [(protocol, int(number)) for number in words[-1].split("-")]
    return found or WHOLE[text]


SHOP = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: web
        env:
        - {name: DB_URL, value: "postgres://db:5432/orders"}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: db, namespace: shop}
spec:
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      containers: [{name: db, image: postgres}]
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {selector: {app: db}, ports: [{port: 5432}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress, Egress]
  ingress:
  - from: [{podSelector: {matchLabels: {app: wep}}}]
    ports: [{port: 5432}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  policyTypes: [Ingress, Egress]
  egress:
  - ports: [{port: 5432}, {port: 53, protocol: UDP}, {port: 53}]
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "shop.yaml").write_text(SHOP)
    return tmp_path


def test_a_blocked_connection_is_named_with_the_policy_that_blocks_it_and_the_evidence(shop: Path):
    headline, *finding = check("shop.yaml", code=1, cwd=shop).splitlines()[:4]
    assert headline == (
        "The policies block 1 required connection of 2 (1 of the 2 to DNS), and leave 2 open that nothing requires."
    )
    what, by, evidence = (line.replace("[Deployment]", "") for line in finding)
    assert what == (
        "error: shop.yaml:31 (document 4): shop/web needs shop/db on TCP 5432, "
        "but NetworkPolicy shop/db closes the other end's ingress [blocked-required]"
    )
    assert by == (
        "  by NetworkPolicy shop/db: isolates for ingress; "
        "rule 1: it selects pods with app=wep in namespace shop, and shop/web has app=web"
    )
    assert evidence.startswith("  required by shop.yaml:14: Deployment ")
    assert evidence.endswith("env DB_URL = postgres://db:5432")


@pytest.mark.parametrize(
    ("gates", "code"),
    [("none", 0), ("partial", 0), ("blocked-required", 1), ("not-required", 1), ("unresolved", 0)],
)
def test_the_exit_code_is_by_the_gates(shop: Path, gates: str, code: int):
    check("shop.yaml", "--fail-on", gates, code=code, cwd=shop)


def test_markdown_and_json_say_the_same(shop: Path):
    markdown = check("shop.yaml", "-o", "md", code=1, cwd=shop)
    assert markdown.startswith("**The policies block 1 required connection of 2")
    assert "(`blocked-required`)" in markdown
    answer = json.loads(check("shop.yaml", "-o", "json", code=1, cwd=shop))
    jsonschema.validate(answer, SCHEMA)
    first = answer["rows"][0]
    assert (first["src"], first["dst"], first["conn"]) == (
        ["shop/web[Deployment]"],
        ["shop/db[Deployment]"],
        "TCP 5432",
    )
    assert first["origin"] == {"path": "shop.yaml", "document": 4, "line": 31}
    assert first["evidence"][0]["origin"]["line"] == 14


def test_what_cannot_be_read_makes_the_result_partial(shop: Path):
    (shop / "bad.yaml").write_text(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\nspec: 1\n"
    )
    answer = json.loads(check(".", "-o", "json", code=1, cwd=shop))
    assert answer["partial"]


def test_the_action_reports_the_findings_of_the_policies_that_are_there(shop: Path):
    environment = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_WORKSPACE": str(shop),
        "GITHUB_STEP_SUMMARY": str(shop / "summary.md"),
        "GITHUB_OUTPUT": str(shop / "output"),
        "INPUT_PATH": "shop.yaml",
        "INPUT_FORMATS": "md",
        "INPUT_FAIL-ON": "blocked-required",
        "PATH": "/usr/bin:/bin",
    }
    run = subprocess.run(
        [sys.executable, "-m", "netpol_action", "run"],
        cwd=shop, env=environment | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 1, run.stdout + run.stderr
    assert "::error file=shop.yaml,line=31,title=blocked-required::shop/web[Deployment] needs" in run.stdout
    assert "### Required and allowed" in (shop / "summary.md").read_text()
    report = json.loads((shop / "netpol-action-output" / "report.json").read_text())
    assert report["check"]["findings"][0]["rule"] == "blocked-required"


SECRETIVE = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {containers: [{name: web, image: web, env: [{name: DB_HOST, valueFrom: {secretKeyRef: {name: s, key: k}}}]}]}
"""
DENY = """\
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
"""


def test_what_is_unresolved_is_said_and_fails_nothing(tmp_path: Path):
    (tmp_path / "before.yaml").write_text(SECRETIVE)
    (tmp_path / "after.yaml").write_text(SECRETIVE + DENY)
    for format_ in ("txt", "md"):
        assert "1 dependency is unresolved: nobody knows" in check("after.yaml", "-o", format_, cwd=tmp_path)
    answer = json.loads(check("after.yaml", "-o", "json", "--strict", cwd=tmp_path))
    jsonschema.validate(answer, SCHEMA)
    [said] = [each for each in answer["diagnostics"] if each["rule"] == "secret-host"]
    assert (said["severity"], answer["partial"], said["origin"]["line"]) == ("note", False, 4)
    command = [sys.executable, "-m", "netpol_action", "diff", "before.yaml", "after.yaml"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "1 dependency is unresolved: the application may need some" in run.stdout.splitlines()[0]
