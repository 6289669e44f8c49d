"""The body of the pull request with the policies: what it says first, and how it keeps within GitHub's limit."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest
from hostile import PAYLOADS
from markdown_it import MarkdownIt
from runs import EVIDENCE, hostile_report, open_end, run

from netpol_action.model.connections import ConnectionSet
from netpol_action.model.demands import Demand
from netpol_action.model.diagnostics import Severity, error, warning
from netpol_action.model.endpoints import Workload
from netpol_action.model.findings import BLOCKED, NOT_REQUIRED, Check, Finding
from netpol_action.model.report import UNDEPLOYED, Report
from netpol_action.origin import Origin
from netpol_action.render.fitting import characters
from netpol_action.render.proposal import proposal

LIMIT = 64_512
BLOCKED_ONE = Finding(BLOCKED, Severity.ERROR, "web may not open TCP 5432 to db", Origin("admin.yaml", 1, 7))
OPEN_ONE = Finding(NOT_REQUIRED, Severity.WARNING, "nothing requires it", Origin("old.yaml", 1, 3))


def html_of(markdown: str) -> str:
    return MarkdownIt("gfm-like", {"html": True}).render(markdown)


@pytest.mark.parametrize(
    ("report", "first"),
    [
        (run(3, unresolved=0), "### ✅ 1 network policy for 1 workload, allowing every connection"),
        (run(3, unresolved=1), "### ⚠️ 1 network policy for 1 workload: 1 dependency is unresolved"),
        (
            replace(run(3), check=Check((BLOCKED_ONE,), 3, 1)),
            "### ❌ 1 network policy for 1 workload: 1 required connection stays blocked, and 2 depend",
        ),
        (
            replace(run(3, unresolved=0), diagnostics=(error("broken", "no"),)),
            "### ❌ 1 network policy for 1 workload: a part of the input could not be used",
        ),
        (
            replace(run(3, unresolved=0), diagnostics=(warning(UNDEPLOYED, "no"),)),
            "### ⚠️ 1 network policy for 1 workload: the kustomization or chart does not deploy them",
        ),
        (replace(run(3, unresolved=0), policies=()), "### ✅ No policies, allowing every connection"),
    ],
)
def test_the_first_line_is_the_verdict(report: Report, first: str):
    assert proposal(report, LIMIT).partition("\n")[0].startswith(first)


def test_what_would_break_stands_before_the_diagram_with_the_lines_that_settle_it():
    report = replace(run(3), check=Check((BLOCKED_ONE, OPEN_ONE), 3, 1))
    above, _, below = proposal(report, LIMIT).partition("```mermaid")
    assert "web may not open TCP 5432 to db" in above
    assert "env DB&#95;0 comes from key host of Secret db-0" in above
    assert "  ```yaml\n  dependencies:\n  - from: shop/web\n    to: {host: db-0.example.com}" in above
    assert "Service old selects nothing" in above
    assert "nothing requires it" in below


def test_merging_is_said_to_change_only_what_it_changes():
    report = run(3)
    assert "What merging would break" in proposal(report, LIMIT)
    assert "What is allowed after merging" in proposal(report, LIMIT)
    text = proposal(replace(report, diagnostics=(warning(UNDEPLOYED, "no"),)), LIMIT)
    assert "What applying the policies would break" in text
    assert "What is allowed after applying the policies" in text
    assert "merging" not in text.partition("### How to go on")[0]


def test_the_evidence_of_what_is_allowed_is_folded_below():
    below = proposal(run(3), LIMIT).rpartition("```mermaid")[2]
    assert "<summary>Required connections, with their evidence: " in below
    assert f"`{EVIDENCE[0].origin}`" in below
    assert "### How to go on" in below


@pytest.mark.parametrize("workloads", [1, 30, 3000])
@pytest.mark.parametrize("limit", [3_000, 10_000, 30_000, LIMIT])
def test_a_limit_is_kept_and_the_markup_whole(workloads: int, limit: int):
    found = proposal(run(workloads, unresolved=workloads), limit)
    page = html_of(found)
    assert characters(found) <= limit
    assert page.startswith("<h3>⚠️")
    assert page.count("<details>") == page.count("</details>") == page.count("<summary>")
    assert len(re.findall("^ *```", found, re.MULTILINE)) == 2 * page.count("<pre>")
    assert "How to go on" in page


def test_the_table_and_the_evidence_give_way_before_what_is_unresolved():
    report = run(300, unresolved=20)
    found = proposal(report, 40_000)
    assert found.count("comes from key host") == 12 + 20
    assert re.search(r"\*\*Required connections, with their evidence: [\d,]+\*\*: see `report.json` among", found)
    assert re.search(r"\n\nFurther rows: see `report.json` among this run's files", found)


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
@pytest.mark.parametrize("limit", [6_000, LIMIT])
def test_names_are_nothing_but_names(payload: str, limit: int):
    found = proposal(hostile_report(payload), limit)
    html = html_of(found)
    ours = {"h3", "p", "strong", "ul", "li", "code", "pre", "table", "thead", "tbody", "tr", "th", "td"}
    assert characters(found) <= limit
    assert {tag.lower() for tag in re.findall(r"<([a-zA-Z!][a-zA-Z0-9-]*)", html)} <= ours | {
        "br",
        "sub",
        "details",
        "summary",
    }
    assert html.count("<details>") == html.count("</details>") == html.count("<summary>")
    assert "href" not in html
    outside_code = re.sub(r"<code.*?</code>", "", html, flags=re.DOTALL)
    assert not re.search(r"[@#](?!\u200b)", unescape(outside_code))


@pytest.mark.parametrize("name", ["x" * 250, "🐙" * 120, "|" * 250, "</details>" * 20, "-->" * 50])
def test_long_names_keep_within_the_limit(name: str):
    report = run(40, unresolved=40)
    mine = [Workload(f"{name}{i}", name, "Deployment") for i in range(60)]
    demands = tuple(Demand(end, mine[0], ConnectionSet.single("TCP", 80), EVIDENCE) for end in mine[1:])
    named = tuple(replace(report.policies[0], workload=end) for end in mine)
    unresolved = tuple(replace(open_end(i), workload=end) for i, end in enumerate(mine))
    requirements = replace(report.requirements, demands=demands, unresolved=unresolved)
    found = proposal(replace(report, requirements=requirements, policies=named), LIMIT)
    page = html_of(found)
    assert characters(found) <= LIMIT
    assert page.count("<details>") == page.count("</details>") > 0
    assert len(re.findall("^ *```", found, re.MULTILINE)) == 2 * page.count("<pre>")
