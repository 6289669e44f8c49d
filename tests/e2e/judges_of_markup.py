"""Judges of Markdown and YAML, with real parsers: is there anything in it that the program did not put there?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import yaml
from judges_of_drawings import flowchart
from judges_of_text import unseen
from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]

ELEMENTS = {
    **dict.fromkeys(("h2", "h3", "p", "strong", "em", "ul", "ol", "li", "pre", "br", "sub", "hr", "blockquote"), ()),
    **dict.fromkeys(("table", "thead", "tbody", "tr", "details", "summary"), ()),
    "code": ("class",),
    "td": ("style",),
    "th": ("style",),
}
"""The elements that our Markdown makes, and their attributes."""

_ALIGNED = re.compile(r"text-align:(left|right|center)")
_LANGUAGE = re.compile(r"language-(mermaid|yaml)")

_REFERENCES = {
    "a mention": r"(?<![\w`])@[A-Za-z0-9]",
    "an issue": r"(?:^|[^&\w])(?:[\w.-]+/[\w.-]+)?#\d|\bGH-\d",
    "a commit": r"(?<![\w.])[0-9a-f]{7,40}(?!\w)",
    "a link": r"\w://|\bwww\.\w|\b(?:mailto|xmpp):[^\s@]+@\w",
    "an emoji": r":(?![0-9a-f]{1,4}:)[a-z0-9_+-]+:",
}
"""What GitHub makes of plain text, in text that is rendered and stands in no code."""

_RENDERER = MarkdownIt("gfm-like", {"html": True})
assert _RENDERER.linkify is not None
_RENDERER.linkify.set({"fuzzy_link": False})  # GitHub makes no link of a bare `example.com`; `www.` is looked for above

_MARK = re.compile(r"<!-- netpol-action comment: [\w.,:/ -]*? --><!-- run \d+\.\d+( outdated)? -->\n")


class _Page(HTMLParser):
    """What is wrong with a page, its text outside of code, and its blocks of code by language."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.problems: list[str] = []
        self.text: list[str] = []
        self.blocks: list[tuple[str, str]] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ELEMENTS:
            self.problems.append(f"element {tag}")
        for name, value in attrs:
            fits = _ALIGNED.fullmatch(value or "") or _LANGUAGE.fullmatch(value or "")
            if name not in ELEMENTS.get(tag, ()) or not fits:
                self.problems.append(f"attribute {name}={value} of {tag}")
        if tag == "code" and "pre" in self._open:
            self.blocks.append((str(dict(attrs).get("class") or ""), ""))
        if tag not in ("br", "hr"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("br", "hr"):
            return
        if not self._open or self._open.pop() != tag:
            self.problems.append(f"{tag} ends where it did not begin")

    def handle_data(self, data: str) -> None:
        if "pre" in self._open and self.blocks:
            language, text = self.blocks[-1]
            self.blocks[-1] = (language, text + data)
        elif "code" not in self._open:
            self.text.append(data)
        else:
            self.text.append(" ")

    def handle_comment(self, data: str) -> None:
        self.problems.append(f"comment {data[:40]!r}")

    def handle_decl(self, decl: str) -> None:
        self.problems.append(f"declaration {decl[:40]!r}")

    handle_pi = unknown_decl = handle_decl


def markdown(text: str) -> Iterator[str]:
    """A Markdown document of ours, rendered as GitHub does."""
    yield from unseen(text, "\n\u200b")
    page = _Page()
    page.feed(_RENDERER.render(text))
    page.close()
    yield from page.problems
    if page._open:
        yield f"{page._open} never end"
    shown = "".join(page.text)
    for what, pattern in _REFERENCES.items():
        found = re.search(pattern, shown, re.MULTILINE)
        if found:
            yield f"{what}: {shown[max(0, found.start() - 20) : found.end() + 20]!r}"
    if "$" in re.sub(r"(?ms)^ *(`{3,}).*?^ *\1`*$|`[^`\n]*`", "", text):
        yield "mathematics"
    yield from _cells(text)
    for language, block in page.blocks:
        if language == "language-mermaid":
            yield from flowchart(block)
        elif language == "language-yaml":
            yield from fragment_of_netpol_yaml(block)


def comment(body: str) -> Iterator[str]:
    """A comment on a pull request: the mark, and Markdown."""
    if not _MARK.match(body):
        yield "does not begin with its mark"
    yield from markdown(_MARK.sub("", body, count=1))


def _cells(text: str) -> Iterator[str]:
    """Rows of tables with another number of cells than the head: a renderer drops or adds some in silence."""
    width = 0
    for line in text.split("\n"):
        if not line.lstrip().startswith("|"):
            width = 0
            continue
        cells = len(re.findall(r"(?<!\\)\|", line)) - 1
        width = width or cells
        if cells != width:
            yield f"a row of {cells} cells in a table of {width}"


def policies(text: str) -> Iterator[str]:
    """Generated policies: NetworkPolicies alone, with the members that we write."""
    yield from unseen(text)
    try:
        documents = [each for each in yaml.safe_load_all(text) if each is not None]
    except yaml.YAMLError as problem:
        yield f"no YAML: {problem}"
        return
    for document in documents:
        if document.get("kind") != "NetworkPolicy" or set(document) != {"apiVersion", "kind", "metadata", "spec"}:
            yield f"document with {sorted(document)}"
        elif not set(document["metadata"]) <= {"name", "namespace", "labels"}:
            yield f"metadata with {sorted(document['metadata'])}"
        elif not set(document["spec"]) <= {"podSelector", "policyTypes", "ingress", "egress"}:
            yield f"spec with {sorted(document['spec'])}"
        else:
            yield from _rules(document["spec"])


def _rules(spec: dict[str, object]) -> Iterator[str]:
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        rules = spec.get(direction, [])
        for rule in rules if isinstance(rules, list) else [rules]:
            if not set(rule) <= {peers, "ports"}:
                yield f"rule with {sorted(rule)}"
            for peer in rule.get(peers, ()):
                if not set(peer) <= {"podSelector", "namespaceSelector", "ipBlock"}:
                    yield f"peer with {sorted(peer)}"


def netpol_yaml(text: str) -> Iterator[str]:
    """A netpol.yaml as `init` writes it."""
    yield from unseen(text)
    yield from _against_schema(text)


def fragment_of_netpol_yaml(text: str) -> Iterator[str]:
    """Lines of netpol.yaml that settle something, as they stand in a summary."""
    yield from unseen(text)
    yield from _against_schema(text if text.startswith("version:") else f"version: 1\n{text}")


def _against_schema(text: str) -> Iterator[str]:
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as problem:
        yield f"no YAML: {problem}"
        return
    schema = json.loads((ROOT / "docs/netpol.schema.json").read_text())
    for problem in jsonschema.Draft202012Validator(schema).iter_errors(value):
        yield f"{problem.json_path}: {problem.message[:200]}"
