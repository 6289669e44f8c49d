"""What a reviewer reads of a change: the comment, its diagram, and how both keep within GitHub's limits."""

from __future__ import annotations

import re
from html import unescape

import pytest
from drawn_maps import INTERNET, lines, map_of
from hostile import PAYLOADS
from markdown_it import MarkdownIt

from netpol_action.diff import diff
from netpol_action.model.connections import EVERYTHING, ConnectionSet
from netpol_action.model.connectivity import ConnectivityMap
from netpol_action.model.demands import Demand
from netpol_action.model.diagnostics import error, note, warning
from netpol_action.model.diff import ConnectivityDiff
from netpol_action.model.endpoints import Workload
from netpol_action.origin import Origin
from netpol_action.render.change import MOST_ROWS, Reviewed, comment

LIMIT = 65_536
payloads = pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
CALM = lines("shop/web -> shop/db: TCP 5432", "shop/db", "ops/job")
CHANGED = lines("shop/web -> shop/db: TCP 5432,6543", "ops/job -> shop/db: TCP 5432", "internet -> shop/web: TCP 80")


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def many(number: int, name: str = "w") -> ConnectivityDiff:
    """So many rows opened within one namespace, and one from outside."""
    db = Workload("shop", "db", "StatefulSet")
    opened = {
        (Workload("shop", f"{name}{i}", "Deployment"), db): ConnectionSet.parse("TCP 5432") for i in range(number)
    }
    ends = [end for pair in opened for end in pair]
    return diff(map_of({}, *ends, INTERNET), map_of({**opened, (INTERNET, db): ConnectionSet.parse("TCP 80")}))


def html_of(markdown: str) -> str:
    return MarkdownIt("gfm-like", {"html": True}).render(markdown)


def tags(html: str) -> set[str]:
    return {tag.lower() for tag in re.findall(r"<([a-zA-Z!][a-zA-Z0-9-]*)", html)}


def test_the_first_line_is_the_verdict():
    first = comment(Reviewed(diff(CALM, CHANGED)), LIMIT).partition("\n")[0]
    assert first == (
        "### ⚠️ This change opens 1 connection to or from outside the cluster, opens 1 connection between namespaces "
        "and widens 1 connection."
    )


def test_what_breaks_the_application_is_marked():
    web, db = CALM.endpoints[2], CALM.endpoints[1]
    needs = Demand(web, db, ConnectionSet.parse("TCP 5432"), ())
    found = comment(Reviewed(diff(CALM, lines("shop/web", "shop/db", "ops/job"), [needs])), LIMIT)
    assert found.startswith("### ❌ This change breaks the application")
    assert "the application needs TCP 5432" in found


def test_gates_partial_results_and_changed_rules_stand_before_the_rest():
    said = (
        error("broken", "spec must be a mapping", Origin("a.yaml", 1, 2)),
        warning("changed-configuration", "netpol.yaml differs"),
        note("n", "only a note"),
    )
    found = comment(Reviewed(diff(CALM, CHANGED), ("2 connections opened-internet",), said), LIMIT)
    before, _, _ = found.partition("```mermaid")
    assert before.startswith("### ❌")
    assert "The result is partial" in before
    assert "- Failed: &#8203;2 connections opened-internet" in before
    assert "netpol.yaml differs" in before
    assert "`a.yaml:2`: spec must be a mapping" in found
    assert "only a note" not in found


@pytest.mark.parametrize(
    ("reviewed", "something"),
    [
        (Reviewed(diff(CALM, CALM)), False),
        (Reviewed(diff(CALM, CALM), diagnostics=(error("e", "m"),)), False),
        (Reviewed(diff(CALM, CHANGED)), True),
        (Reviewed(diff(CALM, CALM), ("partial",)), True),
        (Reviewed(diff(CALM, CALM), diagnostics=(warning("changed-configuration", "m"),)), True),
        (Reviewed(diff(CALM, lines("shop/web -> shop/db: TCP 5432", "ops/job", "ops/new"))), True),
    ],
)
def test_when_there_is_something_to_say(reviewed: Reviewed, something: bool):
    assert reviewed.says_something is something


@pytest.mark.parametrize("number", [1, 30, 3000])
def test_a_comment_keeps_within_the_limit(number: int):
    found = comment(Reviewed(many(number)), LIMIT)
    assert units(found) <= LIMIT
    assert ("diff.md" in found) is (number > MOST_ROWS)
    assert found.count("<details>") == found.count("</details>") == found.count("<summary>")


@pytest.mark.parametrize("name", ["x" * 250, "🐙" * 120, "|" * 250])
def test_names_of_any_length_keep_within_the_limit(name: str):
    found = comment(Reviewed(many(600, name)), LIMIT)
    assert units(found) <= LIMIT
    assert found.startswith("### ⚠️")


def test_the_gravest_rows_are_the_last_to_give_way():
    found = comment(Reviewed(many(400, "x" * 250)), 8_000)
    assert units(found) <= 8_000
    assert f"`{INTERNET}`" in found
    assert re.search(r"Opened within a namespace: 400 connections(\*\*|</summary>)", found)


def test_at_last_the_verdict_and_the_numbers_are_left():
    found = comment(Reviewed(many(400, "x" * 250)), 1_000)
    assert units(found) <= 1_000
    assert "400 connections" in found


def hostile_diff(payload: str) -> ConnectivityDiff:
    mine, plain = Workload(payload, payload, payload), Workload("shop", "db", "StatefulSet")
    before = map_of({(mine, plain): EVERYTHING}, INTERNET)
    after: ConnectivityMap = map_of({(INTERNET, mine): EVERYTHING, (mine, plain): ConnectionSet.parse("TCP 1")})
    gone = map_of({(plain, INTERNET): EVERYTHING}, plain)
    return diff(before, after) if len(payload) % 2 else diff(gone, after)


@payloads
def test_names_are_nothing_but_names_in_a_comment(payload: str):
    said = (error("rule", payload, Origin(payload)), warning("changed-configuration", payload))
    reviewed = Reviewed(hostile_diff(payload), (payload,), said)
    for limit in (LIMIT, LIMIT // 8):
        html = html_of(comment(reviewed, limit))
        ours = {"h3", "p", "strong", "ul", "li", "code", "pre", "table", "thead", "tbody", "tr", "th", "td"}
        assert tags(html) <= ours | {"br", "sub", "details", "summary"}
        assert html.count("<details>") == html.count("</details>") == html.count("<summary>")
        assert "href" not in html
        outside_code = re.sub(r"<code.*?</code>", "", html, flags=re.DOTALL)
        assert not re.search(r"[@#](?!\u200b)", unescape(outside_code))
