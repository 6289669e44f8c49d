import csv
import io
import json
import re
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from drawn_changes import hostile_map
from hostile import PAYLOADS
from markdown_it import MarkdownIt
from runs import hostile_report

from netpol_action.model.characters import is_seen
from netpol_action.model.connectivity import ConnectivityMap
from netpol_action.render.comparison import csv_lines_of_two, json_lines_of_two, md_lines_of_two, txt_lines_of_two
from netpol_action.render.messages import diagnostic_lines, requirement_lines
from netpol_action.render.picture.dot import dots, side_by_side
from netpol_action.render.picture.mermaid import mermaid_lines, mermaid_side_by_side
from netpol_action.render.report import report_lines
from netpol_action.render.summary import summary
from netpol_action.render.table import csv_lines, json_lines, md_lines, txt_lines
from netpol_action.render.text import dot_string, fenced, prose

Write = Callable[[Any], Any]
payloads = pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
INVISIBLE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u115f\u2028\u2029\u202e\u3164\ud800-\udfff\ufe0f\U000e0101]")


def two(payload: str) -> tuple[ConnectivityMap, ConnectivityMap]:
    connectivity = hostile_map(payload)
    return connectivity, connectivity


def shown(payload: str) -> str:
    """The payload as a reader should see it, without what `plain` writes out."""
    return "".join(
        char if is_seen(char) else char.encode("unicode_escape", "surrogatepass").decode() for char in payload
    )


def html_of(markdown: str) -> str:
    return MarkdownIt("gfm-like", {"html": True}).render(markdown)


def tags(html: str) -> set[str]:
    return {tag.lower() for tag in re.findall(r"<([a-zA-Z!][a-zA-Z0-9-]*)", html)}


@payloads
@pytest.mark.parametrize("write", [txt_lines, md_lines, csv_lines, mermaid_lines, lambda m: next(dots(m)).split("\n")])
def test_each_line_stays_one_line_without_control_characters(write: Write, payload: str):
    for line in write(hostile_map(payload)):
        assert not INVISIBLE.search(line)
        assert "\n" not in line


@payloads
def test_json_gives_the_name_back(payload: str):
    rows = json.loads("\n".join(json_lines(hostile_map(payload))))
    assert f"{payload}/{payload}[{payload}]" in {row["src"] for row in rows}
    both = json.loads("\n".join(json_lines_of_two(*two(payload))))
    assert {row["src"] for row in both} == {row["src"] for row in rows}


@payloads
@pytest.mark.parametrize(
    ("write", "width"), [(lambda p: csv_lines(hostile_map(p)), 3), (lambda p: csv_lines_of_two(*two(p)), 4)]
)
def test_csv_keeps_its_columns_and_starts_no_formula(write: Write, width: int, payload: str):
    rows = list(csv.reader(io.StringIO("\r\n".join(write(payload))), strict=True))
    assert {len(row) for row in rows} == {width}
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row)
    assert any(shown(payload) in cell for row in rows for cell in row)


@payloads
@pytest.mark.parametrize("write", [lambda p: md_lines(hostile_map(p)), lambda p: md_lines_of_two(*two(p))])
def test_a_markdown_table_holds_names_as_code_and_nothing_else(write: Write, payload: str):
    html = html_of("\n".join(write(payload)))
    assert tags(html) == {"table", "thead", "tbody", "tr", "th", "td", "code"}
    assert html.count("<tr>") == 4
    cells = [unescape(cell) for cell in re.findall(r"<td><code>(.*?)</code></td>", html)]
    assert f"{shown(payload)}/{shown(payload)}[{shown(payload)}]" in cells


@payloads
def test_prose_is_plain_text(payload: str):
    html = html_of("- " + prose(payload))
    assert tags(html) == {"ul", "li"}
    text = unescape(re.sub("<[^>]+>", "", html)).replace("\u200b", "").strip()
    assert text == shown(payload).strip()
    assert not re.search(r"[@#](?!\u200b)|\b[0-9a-f]{7,40}\b|:[a-z+][a-z0-9+]*:|\w://|www\.\w", unescape(html))


@payloads
def test_a_fence_holds_its_text(payload: str):
    html = html_of(fenced(f"a: 1\n{payload}\nb: 2", "yaml") + "\n\nafter")
    assert tags(html) == {"pre", "code", "p"}
    assert html.endswith("<p>after</p>\n")


@payloads
def test_mermaid_labels_stay_quoted(payload: str):
    for text in ("\n".join(mermaid_lines(hostile_map(payload))), "\n".join(mermaid_side_by_side(*two(payload)))):
        bare = re.sub(r'"[^"]*"', '""', text)
        assert '"' not in bare.replace('""', "")
        statements = re.compile(
            r'flowchart (LR|TB)|  subgraph \w+\[""\]|  end|    \w+(\[""\]|\(\[""\]\)):::\w+'
            r'|  \w+ <?(==|--|-\.-)>(\|""\|)? \w+|  (classDef|style|linkStyle) [\w,]+ [\w:#,]+'
        )
        assert [line for line in bare.split("\n") if not statements.fullmatch(line)] == []
        assert not re.search(r"[<>&](?!br/>|/>)", "".join(re.findall(r'"([^"]*)"', text)).replace("<br/>", ""))


@payloads
@pytest.mark.parametrize("write", [lambda p: next(dots(hostile_map(p))), lambda p: next(side_by_side(*two(p)))])
def test_graphviz_reads_the_drawing_and_shows_the_name(write: Write, payload: str):
    done = subprocess.run(["dot", "-Tsvg"], input=write(payload).encode(), capture_output=True, check=True)
    assert done.stderr == b""
    tree = ET.fromstring(done.stdout)
    names = {element.tag.rpartition("}")[2] for element in tree.iter()}
    assert names <= {"svg", "g", "title", "path", "polygon", "polyline", "ellipse", "text", "a"}
    hints = {value for element in tree.iter() for key, value in element.attrib.items() if key.endswith("title")}
    name = f"{payload}/{payload}[{payload}]"
    assert any(shown(name).replace("\\", "\N{SET MINUS}") in hint for hint in hints)
    assert not any(key.endswith("href") for element in tree.iter() for key in element.attrib)


@payloads
def test_messages_keep_to_their_lines(payload: str):
    report = hostile_report(payload)
    for line in (*diagnostic_lines(report.diagnostics), *requirement_lines(report.requirements)):
        assert not INVISIBLE.search(line)
        assert "\n" not in line
    assert len(list(diagnostic_lines(report.diagnostics))) == 1
    assert list(txt_lines_of_two(*two(payload)))


@payloads
def test_the_report_is_json_whatever_the_names(payload: str):
    report = json.loads("\n".join(report_lines(hostile_report(payload))))
    assert report["diagnostics"][0]["message"] == payload
    assert report["unresolved"][0]["resolution"] == f"dependencies:\n- {payload}"


@payloads
def test_the_summary_holds_nothing_but_its_own_markup(payload: str):
    html = html_of(summary(hostile_report(payload), None, 1 << 20))
    ours = {"h2", "h3", "p", "strong", "ul", "li", "code", "pre", "table", "thead", "tbody", "tr", "th", "td"}
    assert tags(html) <= ours | {"br", "sub", "details", "summary"}
    assert html.count("<details>") == html.count("</details>") == html.count("<summary>")
    assert "href" not in html


def test_an_address_of_ipv6_in_prose_can_be_copied():
    assert prose("from 2001:db8:bee::7 on") == "from 2001:db8:bee::7 on"


def test_a_string_for_graphviz_stays_within_what_it_reads():
    text = dot_string("\n".join(["&" * 300] * 100))
    assert len(text.encode()) < 16_384
    assert text.endswith('\\n…"')


def test_prose_takes_no_time_over_a_long_text():
    for piece in (":a", "a", "0", ":", "www.", "::a:"):
        assert len(prose(piece * 200_000)) >= 200_000
