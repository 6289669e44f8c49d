import re
from dataclasses import replace

import pytest
from drawn_maps import services, wide_open
from markdown_it import MarkdownIt
from runs import run

from netpol_action.model.connectivity import ConnectivityMap
from netpol_action.model.demands import Requirements
from netpol_action.model.diagnostics import error, warning
from netpol_action.model.findings import Check
from netpol_action.model.report import UNDEPLOYED, Report
from netpol_action.origin import Origin
from netpol_action.render.summary import summary

MIB = 1 << 20


def text(report: Report) -> str:
    return summary(report, None, MIB)


def html(markdown: str) -> str:
    return MarkdownIt("gfm-like", {"html": True}).render(markdown)


@pytest.mark.parametrize("workloads", [1, 30, 3000])
def test_the_verdict_comes_first_and_the_markup_is_whole(workloads: int):
    markdown = text(run(workloads))
    page = html(markdown)
    assert markdown.startswith("## ⚠️ 2 dependencies are unresolved\n")
    assert page.count("<details>") == page.count("</details>") > 0
    assert page.count('<code class="language-mermaid">') == 2
    assert page.count('<code class="language-yaml">') == 4
    assert "in <code>network-policies.yaml</code>" in page
    assert len(markdown.encode()) < MIB


@pytest.mark.parametrize(
    ("report", "headline"),
    [
        (run(3), "## ⚠️ 2 dependencies are unresolved"),
        (run(3, unresolved=1), "## ⚠️ 1 dependency is unresolved"),
        (run(3, unresolved=0), "## ✅ The policies allow every connection that was found to be required"),
        (
            replace(run(3, unresolved=0), diagnostics=(warning(UNDEPLOYED, "no"),)),
            "## ⚠️ The policies allow what was found to be required, once something deploys them",
        ),
        (replace(run(3), diagnostics=(error("broken-document", "no"),)), "## ❌ A part of the input could not be used"),
        (Report(Requirements(), (), None, services(3, 1)), "## Connections that the policies allow"),
    ],
)
def test_the_headline(report: Report, headline: str):
    assert text(report).startswith(headline)


def test_the_two_numbers_of_required_connections_say_what_they_count():
    report = run(3, unresolved=0)
    demands = len(report.requirements.demands)
    checked = replace(report, check=Check((), required=demands + 2, policies=1, names=2))
    assert f"; {demands} connections required, besides those to DNS;" in text(checked)
    assert f"none of {demands + 2} required connections (2 of the {demands + 2} to DNS)" in text(checked)
    nameless = replace(report, check=Check((), required=demands, policies=1))
    assert f"; {demands} connections required;" in text(nameless)


def test_that_nothing_deploys_the_policies_is_said_beside_a_graver_headline():
    report = replace(run(3), diagnostics=(warning(UNDEPLOYED, "no"),))
    assert "network-policies.yaml`; the kustomization or chart does not deploy them; " in text(report)


def test_the_lines_of_netpol_yaml_can_be_copied():
    assert "  ```yaml\n  dependencies:\n  - from: shop/web\n    to: {host: db-0.example.com}" in text(run(1))


def test_few_connections_are_shown_before_and_after_many_only_after():
    assert "| src | dst | before | after |" in text(run(10))
    assert "| src | dst | before | after |" not in text(run(100))
    assert "| src | dst | conn |" in text(run(100))


def test_short_tables_are_open_and_long_ones_folded():
    few = text(Report(Requirements(), (), None, services(3, 1)))
    many = text(Report(Requirements(), (), None, services(40, 2)))
    assert "<details>" not in few
    assert re.search(r"<details><summary>\d+ connections</summary>", many)


def test_a_map_of_millions_of_rows_costs_thousands():
    markdown = text(Report(Requirements(), (), None, wide_open(5_000, 50)))
    assert "More than 5,000 connections" in markdown
    assert "see `report.json`" in markdown
    assert len(markdown.encode()) < MIB


@pytest.mark.parametrize("limit", [3_000, 30_000, 100_000, MIB])
def test_a_summary_keeps_within_its_limit_in_bytes_and_says_what_it_leaves_out(limit: int):
    markdown = summary(run(3000, unresolved=2000), None, limit)
    assert len(markdown.encode()) <= limit
    assert markdown.startswith("## ⚠️ 2,000 dependencies are unresolved")
    assert "more: see `report.json`" in markdown


def test_errors_name_their_place():
    report = replace(run(1), diagnostics=(error("broken-document", "spec must be an object", Origin("a.yaml", 1, 3)),))
    assert "- `a.yaml:3`: spec must be an object (`broken-document`)" in text(report)


def test_a_map_without_connections():
    assert "No connections are allowed." in text(Report(Requirements(), (), None, ConnectivityMap()))
