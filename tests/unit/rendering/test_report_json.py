import json
from dataclasses import replace
from pathlib import Path

import pytest
from drawn_maps import lines, wide_open
from jsonschema import Draft202012Validator
from runs import run

from netpol_action.diff import diff
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.connectivity import ConnectivityMap
from netpol_action.model.demands import Confidence, Demand, Gap, Requirements
from netpol_action.model.diagnostics import Severity, error, note
from netpol_action.model.diff import Kind, Risk
from netpol_action.model.report import Report
from netpol_action.model.tally import tally
from netpol_action.origin import Origin
from netpol_action.render.report import MOST_ROWS, SCHEMA, answer_lines, report_lines
from netpol_action.render.table import json_rows

DESCRIPTION = json.loads((Path(__file__).parents[3] / "docs/report.schema.json").read_text())
EMPTY = Report(Requirements(), (), None, ConnectivityMap())


def read(report: Report):
    return json.loads("\n".join(report_lines(report)))


@pytest.mark.parametrize(
    "report",
    [EMPTY, run(1), run(30), run(3000), Report(Requirements(), (), wide_open(600, 3), wide_open(600, 3))],
    ids=["empty", "1", "30", "3,000", "wide open"],
)
def test_the_report_is_as_its_schema_says(report: Report):
    Draft202012Validator.check_schema(DESCRIPTION)
    Draft202012Validator(DESCRIPTION).validate(read(report))


def test_the_schema_knows_every_word_of_the_model():
    kinds = DESCRIPTION["$defs"]
    assert kinds["unresolved"]["properties"]["gap"]["enum"] == [str(gap) for gap in Gap]
    assert kinds["demand"]["properties"]["confidence"]["enum"] == [str(confidence) for confidence in Confidence]
    assert kinds["diagnostic"]["properties"]["severity"]["enum"] == [str(severity) for severity in Severity]
    assert kinds["risk"]["enum"] == [str(risk) for risk in Risk]
    assert kinds["kind"]["enum"] == [str(kind) for kind in Kind]
    assert DESCRIPTION["properties"]["schema"]["const"] == SCHEMA
    assert f"{MOST_ROWS:,}" in kinds["map"]["properties"]["connections"]["description"]
    assert f"{MOST_ROWS:,}" in kinds["diff"]["properties"]["rows"]["description"]


def test_what_a_report_holds():
    report = read(replace(run(1), after=lines("a/x -> a/y: TCP 80", "a/y -> internet: UDP 53")))
    assert report["partial"] is False
    assert report["policiesPath"] == "network-policies.yaml"
    assert report["policies"] == [{"kind": "NetworkPolicy", "namespace": "shop", "name": "web"}]
    assert report["after"]["connections"] == [
        {"src": "a/x[Deployment]", "dst": "a/y[Deployment]", "conn": "TCP 80"},
        {"src": "a/y[Deployment]", "dst": "0.0.0.0-255.255.255.255", "conn": "UDP 53"},
    ]
    assert report["unresolved"][1]["key"] == "DB_1"
    assert report["unresolved"][1]["direction"] == "outbound"
    assert report["candidates"][0]["evidence"] == [
        {
            "subject": "Deployment web",
            "field": "env DB_HOST",
            "value": "db:5432",
            "origin": {"path": "k8s/web.yaml", "document": 2, "line": 31, "field": ["spec", 0]},
        }
    ]
    assert [found["rule"] for found in report["diagnostics"]] == ["unused-service", "default-namespace"]


def test_a_map_without_end_is_counted_and_not_written_out():
    report = read(Report(Requirements(), (), None, wide_open(600, 3)))
    assert report["before"] is None
    assert report["after"] == {"pairs": 600 * 602, "connections": None}


def test_a_difference_without_end_is_counted_and_not_written_out():
    everything_goes = diff(wide_open(600, 3), ConnectivityMap())
    found = read(replace(EMPTY, diff=everything_goes, compared_with="main:k8s"))
    Draft202012Validator(DESCRIPTION).validate(found)
    assert found["diff"]["kinds"] == {"added": 0, "removed": tally(everything_goes).rows, "changed": 0}
    assert found["diff"]["rows"] is None
    assert len(found["diff"]["workloads"]) == 600


def test_a_row_of_a_difference_has_all_its_risks_and_what_is_required_of_it():
    before, after = (
        lines("a/x -> a/y: TCP 80,443", "a/y -> a/x: TCP 1"),
        lines("a/x -> a/y: TCP 81", "a/y -> b/z: TCP 1"),
    )
    x, y = (end for end in after.endpoints if str(end) in {"a/x[Deployment]", "a/y[Deployment]"})
    found = diff(before, after, [Demand(x, y, ConnectionSet.single("TCP", 443), ())])
    report = read(replace(EMPTY, diff=found, compared_with="main:k8s"))
    Draft202012Validator(DESCRIPTION).validate(report)
    assert report["diff"]["risk"] == "closed-required"
    assert report["diff"]["workloads"] == ["workload b/z[Deployment] added"]
    assert report["diff"]["rows"][0] == {
        "type": "changed",
        "src": "a/x[Deployment]",
        "dst": "a/y[Deployment]",
        "before": "TCP 80,443",
        "after": "TCP 81",
        "workloads": [],
        "risk": "closed-required",
        "risks": ["closed-required", "widened", "narrowed"],
        "required": "TCP 443",
        "causes": [],
    }


def test_an_error_makes_the_report_partial():
    assert read(replace(EMPTY, diagnostics=(error("broken-document", "no"),)))["partial"] is True
    assert read(replace(EMPTY, diagnostics=(note("unused", "no"),)))["partial"] is False


def test_the_frame_of_every_other_answer():
    rows = json_rows(lines("a/x -> a/y: TCP 80"))
    answer = json.loads("\n".join(answer_lines("netpol-action/x/v1", rows, [error("broken", "no", Origin("a.yaml"))])))
    assert answer == {
        "schema": "netpol-action/x/v1",
        "partial": True,
        "rows": [{"src": "a/x[Deployment]", "dst": "a/y[Deployment]", "conn": "TCP 80"}],
        "diagnostics": [{"severity": "error", "rule": "broken", "message": "no", "origin": {"path": "a.yaml"}}],
    }
