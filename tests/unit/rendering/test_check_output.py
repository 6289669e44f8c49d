"""The findings of a check in every format, hostile names included."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema

from netpol_action.model.connections import ConnectionSet
from netpol_action.model.demands import Evidence
from netpol_action.model.diagnostics import Severity, error
from netpol_action.model.endpoints import Workload
from netpol_action.model.findings import Cause, Check, Finding
from netpol_action.origin import UNKNOWN, Origin
from netpol_action.render.check import json_lines, md_lines, txt_lines

SCHEMA = json.loads((Path(__file__).parents[3] / "docs" / "check.schema.json").read_text())
WEB, DB = Workload("shop", "web", "Deployment"), Workload("shop", "d\x1b[31mb|*x*", "Deployment")
BLOCKED = Finding(
    "blocked-required",
    Severity.ERROR,
    "web needs d\x1b[31mb|*x* on TCP 5432",
    Origin("db.yaml", 1, 3),
    (WEB,),
    (DB,),
    ConnectionSet.parse("TCP 5432"),
    (Cause("NetworkPolicy shop/db", "isolates", Origin("db.yaml", 1, 3)), Cause("P", "", Origin("p.yaml", 1, 7))),
    (Evidence("Deployment web", "env DB", "db\n:5432", Origin("web.yaml", 2, 9)),),
)
NOTE = Finding("policy-selects-nothing", Severity.NOTE, "it selects nothing", UNKNOWN)
CHECK = Check((BLOCKED, NOTE), 4, 1)


def test_text():
    assert list(txt_lines(CHECK)) == [
        "The policies block 1 required connection of 4, and leave nothing open that nothing requires.",
        r"error: db.yaml:3: web needs d\x1b[31mb|*x* on TCP 5432 [blocked-required]",
        "  by NetworkPolicy shop/db: isolates",
        "  by p.yaml:7: P",
        r"  required by web.yaml:9 (document 2): Deployment web, env DB = db\n:5432",
        "note: it selects nothing [policy-selects-nothing]",
    ]


def test_what_the_list_of_required_connections_lacks_is_said():
    first = "The policies block {} (5 of the 22 to DNS), and leave nothing open that nothing requires."
    assert Check((), 22, 1, names=5).headline == first.format("none of 22 required connections")
    assert Check((BLOCKED,), 22, 1, names=5).headline == first.format("1 required connection of 22")


def test_markdown():
    text = "\n".join(md_lines(CHECK))
    assert text.startswith("**The policies block 1 required connection of 4")
    assert "**Required, and blocked: 1**\n\n- `db.yaml:3`: web needs" in text
    assert "\x1b" not in text
    assert "|*x*" not in text
    assert "**Notes: 1**\n\n- it selects nothing (`policy-selects-nothing`)" in text


def test_json_is_as_its_schema_says():
    for diagnostics, partial in (((), False), ((error("broken-document", "it is broken"),), True)):
        answer = json.loads("\n".join(json_lines(CHECK, diagnostics)))
        jsonschema.validate(answer, SCHEMA)
        assert answer["partial"] is partial
    first, second = answer["rows"]
    assert first["src"] == ["shop/web[Deployment]"]
    assert first["conn"] == "TCP 5432"
    assert second["origin"] is None
    assert [each["policy"] for each in first["policies"]] == ["NetworkPolicy shop/db", "P"]


def test_the_schema_of_the_report_describes_findings_in_the_same_words():
    report = json.loads((Path(__file__).parents[3] / "docs" / "report.schema.json").read_text())
    assert report["$defs"]["finding"] == SCHEMA["$defs"]["finding"]
