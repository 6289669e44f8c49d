"""Judges of dot, SVG and mermaid: the program's own nodes and lines, and nothing that loads or runs."""

from __future__ import annotations

import json
import re
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Iterator

from judges_of_text import unseen

_ATTRIBUTES = re.compile(
    r"_draw_|_\w+draw_|_gvid|_subgraph_cnt|arrow(head|size|tail)|bgcolor|color|compound|dir|directed|edges"
    r"|(fill|font)color|font(name|size)|(head|tail)|height|label|label(just|loc|tooltip)|l(head|tail)|margin|name"
    r"|newrank|nodes|nodesep|objects|pad|penwidth|rankdir|ranksep|shape|strict|style|subgraphs|tooltip|width"
)
_NAME = re.compile(r"[a-z]\w*|cluster_\w+|connectivity|%\d+")

_SVG = {"svg", "g", "title", "path", "polygon", "polyline", "ellipse", "text", "a"}
_SVG_ATTRIBUTES = re.compile(
    r"class|id|transform|viewBox|width|height|fill|stroke|stroke-(width|dasharray)|points|d|cx|cy|rx|ry|x|y"
    r"|text-anchor|font-(family|size|weight)|preserveAspectRatio|title|version|style|textLength|lengthAdjust"
)

_LABEL = r'\["[^"\n]*"\]|\(\["[^"\n]*"\]\)'
_STATEMENT = re.compile(
    rf"flowchart (LR|TB)|  subgraph \w+\[\"[^\"\n]*\"\]|  end|    \w+({_LABEL}):::\w+|  \w+\[\"[^\"\n]*\"\](:::\w+)?"
    r"|  \w+ <?(==|--|-\.-)>(\|\"[^\"\n]*\"\|)? \w+|  (classDef|style|linkStyle) [\w,]+ [\w:#,. -]+"
)


def dot(text: str) -> Iterator[str]:
    """A drawing in the language of Graphviz, as Graphviz reads it."""
    yield from unseen(text)
    done = subprocess.run(["dot", "-Tdot_json"], input=text.encode(), capture_output=True, check=False)
    if done.returncode or done.stderr:
        yield f"Graphviz says {done.stderr.decode(errors='replace')[:200]!r}"
    if done.returncode:
        return
    drawing = json.loads(done.stdout, strict=False)
    for thing in (drawing, *drawing.get("objects", ()), *drawing.get("edges", ())):
        yield from (f"attribute {name}" for name in thing if not _ATTRIBUTES.fullmatch(name))
    for node in drawing.get("objects", ()):
        if not _NAME.fullmatch(node["name"]):
            yield f"node {node['name'][:80]!r}"
        if re.search(r"<(img|table|td)\b", node.get("label", ""), re.IGNORECASE):
            yield f"label {node['label'][:80]!r}"


def svg(text: str) -> Iterator[str]:
    """A picture as XML."""
    if re.search(r"<!ENTITY|<\?xml-stylesheet", text):
        yield "an instruction"
    try:
        tree = ET.fromstring(text)
    except ET.ParseError as problem:
        yield f"no XML: {problem}"
        return
    for element in tree.iter():
        name = element.tag.rpartition("}")[2]
        if name not in _SVG:
            yield f"element {name}"
        for key, value in element.attrib.items():
            attribute = key.rpartition("}")[2]
            if not _SVG_ATTRIBUTES.fullmatch(attribute):
                yield f"attribute {attribute}={value[:40]}"
            elif attribute != "title" and re.search(r"url\(|javascript:|://", value):
                yield f"address in {attribute}={value[:40]}"
    yield from unseen("".join(tree.itertext()), "\n\t")


def flowchart(text: str) -> Iterator[str]:
    """A diagram of mermaid: statements that the program writes, whose labels hold letters, marks and references."""
    yield from unseen(text)
    for line in text.rstrip("\n").split("\n"):
        if not _STATEMENT.fullmatch(line):
            yield f"statement {line[:120]!r}"
        for label in re.findall(r'"([^"]*)"', line):
            rest = re.sub(r"<br/>|#\d+;", "", label)
            if re.search(r"[<>&#`|;{}()\[\]\\]", rest):
                yield f"label {label[:120]!r}"
