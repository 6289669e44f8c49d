"""The SARIF file: as the official schema and validator want it, within GitHub's limits, and stable under edits."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hostile import PAYLOADS
from hypothesis import given, settings
from hypothesis import strategies as st
from runs import run
from sarif_tools import needs_tool, schema_problems, tool_problems

from netpol_action import pipeline
from netpol_action.connectivity import EvaluationOptions
from netpol_action.discovery import DiscoveryOptions
from netpol_action.errors import InputError
from netpol_action.manifests.locate import Locator
from netpol_action.model.connectivity import ConnectivityMap
from netpol_action.model.demands import Requirements
from netpol_action.model.diagnostics import Diagnostic, error, note, warning
from netpol_action.model.documents import SourceText
from netpol_action.model.endpoints import Json
from netpol_action.model.report import Report
from netpol_action.origin import Origin
from netpol_action.render.sarif import MOST_BYTES, MOST_RESULTS, sarif_lines
from netpol_action.sources.gather import SourceOptions

ROOT = Path(__file__).parents[3]
CASES = sorted(path / "input" for path in (ROOT / "tests/cases").iterdir())
APPS = sorted(path for path in (ROOT.parent / "shared/apps").glob("*/*") if path.is_dir())
EMPTY = Report(Requirements(), (), None, ConnectivityMap())
WEB = Locator((SourceText("k8s/web.yaml", b"kind: Deployment\nmetadata:\n  name: web\n"),))


def sarif(report: Report, sources: Locator = WEB, category: str = ""):
    document = json.loads("\n".join(sarif_lines(report, sources, category)))
    assert schema_problems(document) == []
    return document["runs"][0]


def fingerprints(results: Sequence[Json]) -> list[str]:
    return [each["partialFingerprints"]["primaryLocationLineHash"] for each in results]


def analysed(path: Path) -> tuple[Report, Locator]:
    """What a run with `check` and one with `generate` find, in one report."""
    loaded = pipeline.load(pipeline.InputOptions((str(path),), SourceOptions()), lambda: b"")
    checked = pipeline.checked(loaded, DiscoveryOptions(), EvaluationOptions())
    wide_open = replace(loaded, cluster=pipeline.without_policies(loaded.cluster))
    diff = pipeline.compared(wide_open, loaded, EvaluationOptions()).diff
    found = pipeline.refined((*loaded.diagnostics, *checked.diagnostics), loaded.locator)
    report = Report(
        pipeline.placed(checked.requirements, loaded.locator), (), None, checked.allowed, found,
        check=checked.refined(loaded.locator), diff=diff, compared_with="wide open",
    )  # fmt: skip
    return report, loaded.locator


@pytest.fixture(autouse=True)
def tool() -> None:
    needs_tool()


@pytest.mark.parametrize("path", [*CASES, *APPS], ids=lambda path: f"{path.parent.name}/{path.name}")
def test_real_input_gives_what_githubs_rules_ask_for(path: Path, tmp_path: Path):
    try:
        report, sources = analysed(path)
    except InputError:
        pytest.skip("nothing of it can be read here")
    found = sarif(report, sources)
    assert len(set(fingerprints(found["results"]))) == len(found["results"])
    assert all(each["locations"] for each in found["results"])
    assert {each["ruleId"] for each in found["results"]} <= {rule["id"] for rule in found["tool"]["driver"]["rules"]}
    file = tmp_path / "found.sarif"
    file.write_text("\n".join(sarif_lines(report, sources)))
    assert tool_problems(file) == []


def results(report: Report) -> Sequence[Json]:
    """The results, not held to the schema: that takes seconds where there are thousands."""
    return json.loads("\n".join(sarif_lines(report, WEB)))["runs"][0]["results"]


def message(found: Json) -> str:
    return found["message"]["text"]


def place(found: Json) -> tuple[str, int]:
    physical = found["locations"][0]["physicalLocation"]
    return physical["artifactLocation"]["uri"], physical["region"]["startLine"]


def only(report: Report, sources: Locator = WEB):
    (found,) = sarif(report, sources)["results"]
    return found


def saying(*diagnostics: Diagnostic) -> Report:
    return replace(EMPTY, diagnostics=diagnostics)


def test_a_result_says_where_and_what():
    found = only(saying(warning("no-labels", "shop/web[Deployment] has no labels", Origin("k8s/web.yaml", 1, 3))))
    assert found["ruleId"] == "no-labels"
    assert found["level"] == "warning"
    assert message(found) == "shop/web[Deployment] has no labels."
    assert found["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "k8s/web.yaml", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 3, "startColumn": 3, "endLine": 3, "endColumn": 12},
    }


@pytest.mark.parametrize(
    ("origin", "shown"),
    [
        (Origin("k8s", 0, 0), "k8s"),
        (Origin("overlays/dev (kustomize): Deployment web"), "overlays/dev (kustomize): Deployment web"),
        (Origin("1234abcd:k8s/web.yaml", 1, 7), "1234abcd:k8s/web.yaml:7"),
        (Origin("-", 1, 7), "-:7"),
    ],
    ids=["directory", "rendering", "version before", "standard input"],
)
def test_what_stands_in_no_input_file_is_named_at_one(origin: Origin, shown: str):
    found = only(saying(error("broken-kustomization", "it uses itself", origin)))
    assert place(found) == ("k8s/web.yaml", 1)
    assert message(found) == f"It uses itself. This is about {shown}."


def test_the_file_below_the_directory_that_it_is_about_comes_first():
    sources = Locator((SourceText("a.yaml", b"a: 1"), SourceText("k8s/b.yaml", b"b: 1")))
    assert place(only(saying(warning("not-rendered", "no", Origin("k8s"))), sources)) == ("k8s/b.yaml", 1)
    assert place(only(saying(warning("no-workloads", "no")), sources)) == ("a.yaml", 1)


def test_standard_input_alone_has_no_place():
    found = sarif(saying(warning("no-workloads", "no")), Locator((SourceText("-", b"a: 1"),)))
    assert found["results"][0]["locations"] == []


def test_the_gravest_come_first():
    report = saying(
        note("ingress-controller", "c"),
        warning("no-labels", "b"),
        warning("not-pruned", "a"),
        error("broken-document", "d"),
    )
    assert [each["level"] for each in sarif(report)["results"]] == ["error", "warning", "warning", "note"]


def test_a_security_severity_is_a_text_and_only_for_what_is_a_question_of_security():
    report, sources = analysed(ROOT / "tests/cases/three-tier/input")
    rules = {rule["id"]: rule["properties"] for rule in sarif(report, sources)["tool"]["driver"]["rules"]}
    assert rules["unprotected-ingress"]["security-severity"] == "6.0"
    assert "security" in rules["unprotected-ingress"]["tags"]
    assert "security-severity" not in rules["left-out"]


@pytest.mark.parametrize(
    ("category", "wanted"),
    [("", ""), (".", ""), ("deploy/overlays/dev", "deploy/overlays/dev/"), ("./k8s/", "k8s/"), ("/abs", "abs/")],
)
def test_the_category_is_what_was_analysed(category: str, wanted: str):
    assert sarif(EMPTY, WEB, category)["automationDetails"]["id"] == f"netpol-action/{wanted}"


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS.keys())
def test_hostile_names_are_text_and_file_names_are_references(payload: str, tmp_path: Path):
    path = f"k8s/{payload}.yaml"
    sources = Locator((SourceText(path, b"a: 1\nb: 2\n"),))
    report = saying(warning("no-labels", payload, Origin(path, 1, 2)))
    lines = sarif_lines(report, sources, payload)
    file = tmp_path / "found.sarif"
    file.write_text("\n".join(lines), encoding="ascii")
    document = json.loads(file.read_text())
    assert schema_problems(document) == []
    found = document["runs"][0]["results"][0]
    uri, line = place(found)
    assert re.fullmatch(r"k8s/[\w.~%/-]+", uri)
    assert line == 2
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202e]", message(found))
    assert not re.search(r"\]\((?!\d+\))", message(found))


@pytest.mark.slow
def test_the_official_validator_reads_hostile_names(tmp_path: Path):
    files = []
    for number, payload in enumerate(PAYLOADS.values()):
        path = f"k8s/{payload}.yaml"
        report = replace(run(1), diagnostics=(warning("no-labels", payload, Origin(path, 1, 2)),))
        files.append(tmp_path / f"{number}.sarif")
        files[-1].write_text("\n".join(sarif_lines(report, Locator((SourceText(path, b"a: 1\nb: 2\n"),)))))
    assert tool_problems(*files) == []


def test_links_lead_to_related_places():
    report, sources = analysed(ROOT / "tests/cases/admin-tiers/input")
    for found in sarif(report, sources)["results"]:
        linked = {int(number) for number in re.findall(r"\]\((\d+)\)", message(found))}
        assert linked == {each["id"] for each in found.get("relatedLocations", [])}


def test_above_githubs_number_of_results_the_gravest_are_kept_and_the_rest_is_counted():
    many = [warning("no-labels", f"w{i} has no labels", Origin("k8s/web.yaml", 1, 1)) for i in range(MOST_RESULTS)]
    found = results(saying(note("mesh-route", "not used"), *many))
    assert len(found) == MOST_RESULTS
    assert message(found[-1]) == "2 more findings do not fit into this file; report.json has all of them."
    assert {each["ruleId"] for each in found[:-1]} == {"no-labels"}
    assert [each["ruleId"] for each in results(saying(*many))] == ["no-labels"] * MOST_RESULTS


def test_above_githubs_size_the_gravest_are_kept_and_the_rest_is_counted():
    noise = random.Random(7)
    many = [error("broken-document", f"{noise.getrandbits(7000):x}") for _ in range(13_000)]
    lines = sarif_lines(saying(*many, note("mesh-route", "not used")), WEB)
    found = json.loads("\n".join(lines))["runs"][0]["results"]
    assert len(gzip.compress("\n".join(lines).encode())) <= MOST_BYTES
    assert message(found[-1]).startswith(f"{13_001 - len(found) + 1:,} more findings do not fit")
    assert {each["ruleId"] for each in found[:-1]} == {"broken-document"}


EDITED = """\
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
        - {name: DB_HOST, value: db:5432}
        - {name: CACHE, value: "cache:6379"}
        - {name: API, valueFrom: {secretKeyRef: {name: api, key: url}}}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {selector: {app: db}, ports: [{port: 5432}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: db, namespace: shop}
spec:
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: db, ports: [{containerPort: 5432}]}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress]
  ingress:
  - from: [{podSelector: {matchLabels: {app: nobody}}}]
  - from: [{ipBlock: {cidr: 10.0.0.0/8}}]
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {selector: {app: db}, ports: [{port: 5432}, {port: 90000}]}
---
kind: Broken
"""
STARTS = [0, *(number for number, line in enumerate(EDITED.splitlines(), 1) if line)]


@settings(max_examples=30)
@given(
    st.lists(st.tuples(st.sampled_from(STARTS), st.sampled_from(["", "# why", "---\n# a document\n---"])), max_size=6)
)
def test_edits_elsewhere_leave_the_fingerprints_as_they_are(
    tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[int, str]]
):
    lines = EDITED.splitlines()
    documents = [0, *(number for number, line in enumerate(lines, 1) if line == "---")]
    for number, text in sorted(edits, reverse=True):
        lines.insert(number if text[:1] != "-" else max(each for each in documents if each <= number), text)
    lines = "\n".join(lines).splitlines()
    file = tmp_path_factory.mktemp("app") / "app.yaml"
    before, after = (findings_in("\n".join(text), file) for text in (EDITED.splitlines(), lines))
    assert before.keys() == after.keys()
    assert len(before) > 8
    for fingerprint, (rule, where) in before.items():
        assert after[fingerprint][0] == rule
        assert lines[after[fingerprint][1] - 1] == EDITED.splitlines()[where - 1]


def findings_in(text: str, file: Path) -> dict[str, tuple[str, int]]:
    """Rules and lines by fingerprint, which no two share."""
    file.write_text(text)
    report, sources = analysed(file)
    found = sarif(report, sources)["results"]
    prints = fingerprints(found)
    assert len(set(prints)) == len(prints)
    return {each: (result["ruleId"], place(result)[1]) for each, result in zip(prints, found, strict=True)}
