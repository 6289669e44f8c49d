"""What a reviewer reads of a change: the comment, its diagram, and how both keep within GitHub's limits."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest
from drawn_changes import CALM, CHANGED, hostile_diff, many
from drawn_maps import INTERNET, lines
from hostile import PAYLOADS
from markdown_it import MarkdownIt
from runs import open_end

from netpol_action.diff import diff
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.demands import Demand
from netpol_action.model.diagnostics import error, note, warning
from netpol_action.model.diff import Cause
from netpol_action.origin import Origin
from netpol_action.render.change import MOST_ROWS, Reviewed, comment

LIMIT = 65_536
payloads = pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


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
        (Reviewed(diff(CALM, CALM), diagnostics=(error("e", "m"),)), True),
        (Reviewed(diff(CALM, CALM), diagnostics=(warning("w", "m"),)), False),
        (Reviewed(diff(CALM, CALM), diagnostics=(warning("incomplete-base", "m"),)), True),
        (Reviewed(diff(CALM, CHANGED)), True),
        (Reviewed(diff(CALM, CALM), ("partial",)), True),
        (Reviewed(diff(CALM, CALM), diagnostics=(warning("changed-configuration", "m"),)), True),
        (Reviewed(diff(CALM, lines("shop/web -> shop/db: TCP 5432", "ops/job", "ops/new"))), True),
    ],
)
def test_when_there_is_something_to_say(reviewed: Reviewed, something: bool):
    assert reviewed.says_something is something


def test_rows_that_differ_in_one_end_only_stand_in_one_row_and_count_as_what_they_are():
    found = comment(Reviewed(many(30)), LIMIT)
    assert "<summary>Opened within a namespace: 30 connections</summary>" in found
    ends = "<br>".join(f"`shop/w{i}[Deployment]`" for i in (0, 10, 11, 12))
    row = f"| {ends}<br>and 26 more<br>→&nbsp;`shop/db[StatefulSet]` | No Connections | TCP 5432 |  |"
    assert [line for line in found.split("\n") if line.startswith("| `shop/")] == [row]


def test_what_closes_while_something_is_unresolved_is_in_doubt():
    closing, opening = diff(CHANGED, CALM), diff(CALM, CHANGED)
    sentence = "**1 dependency is unresolved:** the application may need some of what is closed."
    found = comment(Reviewed(closing, unresolved=(open_end(3),)), LIMIT)
    assert found.startswith("### ⚠️ ")
    assert sentence in found
    assert "env DB&#95;3 comes from" in found
    assert comment(Reviewed(closing), LIMIT).startswith("### ✅ ")
    assert sentence not in comment(Reviewed(opening, unresolved=(open_end(3),)), LIMIT)


def test_below_a_diagram_only_its_own_strokes_are_explained():
    web, db = CALM.endpoints[2], CALM.endpoints[1]
    needs = Demand(web, db, ConnectionSet.parse("TCP 5432"), ())
    broken = comment(Reviewed(diff(CALM, lines("shop/web", "shop/db", "ops/job"), [needs])), LIMIT)
    assert "<sub>Red and thick, ending in a cross: closed, though the application needs it.</sub>" in broken
    assert re.search(r"n\d --x\|", broken)
    assert "<sub>Blue, `+`: opened.</sub>" in comment(Reviewed(many(3)), LIMIT)


def test_what_is_closed_beside_what_is_needed_is_called_other():
    web, db = CALM.endpoints[2], CALM.endpoints[1]
    before = lines("shop/web -> shop/db: TCP 5432", "ops/job -> shop/db: TCP 80")
    needs = Demand(web, db, ConnectionSet.parse("TCP 5432"), ())
    found = comment(Reviewed(diff(before, lines("shop/web", "shop/db", "ops/job"), [needs])), LIMIT)
    assert "closing 1 connection that it needs and closes 1 other connection." in found


def test_a_place_in_a_commit_is_short():
    cause = Cause("NetworkPolicy shop/deny removed", Origin("0123456789" * 4 + ":k8s/policies.yaml", 3, 114))
    found = comment(Reviewed(replace(diff(CALM, CHANGED), explain=lambda _: (cause,))), LIMIT)
    assert "NetworkPolicy shop/deny removed `0123456:k8s/policies.yaml:114` |" in found


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
