"""Files of documents: where each begins, which of them are objects, and what one broken document costs."""

from __future__ import annotations

import json

import pytest
from reading_words import OBJECT, documents, named, names, problems, source

from netpol_action.manifests.reader import read
from netpol_action.model.documents import Document

A, B, C = named("a"), named("b"), named("c")


def places(found: list[Document]):
    return [(one.origin.document, one.origin.line) for one in found]


STREAMS = [
    ("one document", A, [(1, 1)]),
    ("a marker before it", f"---\n{A}", [(1, 2)]),
    ("comments before the marker", f"# c\n\n---\n# d\n\n{A}", [(1, 6)]),
    ("two documents", f"{A}---\n{B}", [(1, 1), (2, 6)]),
    ("comments at a document's start", f"{A}---\n# c\n\n{B}", [(1, 1), (2, 8)]),
    ("an empty document counts", f"---\n---\n{A}---\n---\n{B}---\n", [(2, 3), (4, 9)]),
    ("a marker with a comment", f"--- # c\n{A}---   \n{B}", [(1, 2), (2, 7)]),
    ("an end marker", f"{A}...\n{B}", [(1, 1), (2, 6)]),
    ("an end marker and a marker", f"{A}...\n# c\n---\n{B}", [(1, 1), (2, 8)]),
    ("directives", f"%YAML 1.1\n---\n{A}...\n%YAML 1.1\n---\n{B}", [(1, 3), (2, 10)]),
    ("a marker in a literal block is text", f"{A}data:\n  x: |\n    ---\n    y\n---\n{B}", [(1, 1), (2, 10)]),
    ("content on the marker's line", "--- {apiVersion: v1, kind: X, metadata: {name: a}}\n", [(1, 1)]),
    ("Windows line ends", f"{A}---\n{B}".replace("\n", "\r\n"), [(1, 1), (2, 6)]),
    ("old Macintosh line ends", f"{A}---\n{B}".replace("\n", "\r"), [(1, 1), (2, 6)]),
    ("a byte order mark", f"\ufeff{A}---\n{B}", [(1, 1), (2, 6)]),
    ("no line break at the end", A.rstrip("\n"), [(1, 1)]),
    ("JSON", json.dumps({"apiVersion": "v1", "kind": "X", "metadata": {"name": "a"}}, indent=1), [(1, 1)]),
    (
        "JSON objects one after another",
        '{"apiVersion":"v1",\n"kind":"X"}\n\n{"apiVersion":"v1","kind":"Y"}',
        [(1, 1), (2, 4)],
    ),
    ("JSON and YAML in one stream", f'{{"apiVersion":"v1","kind":"X"}}\n---\n{A}', [(1, 1), (2, 3)]),
    ("nothing", "", []),
    ("comments alone", "# nothing\n\n  # here\n", []),
    ("null", "null\n---\n~\n", []),
]


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in STREAMS], ids=[case[0] for case in STREAMS])
def test_documents_have_a_number_and_the_line_of_their_first_content(text: str, expected: list[tuple[int, int]]):
    assert places(documents(text)) == expected


def test_what_only_yaml_says_in_json_clothes_is_read_as_yaml():
    (found,) = documents("{apiVersion: v1, kind: X, # why not\n 'a': 010, }\n")
    assert found.value == {"apiVersion": "v1", "kind": "X", "a": 8}


def test_json_keeps_its_own_numbers_and_its_last_equal_key():
    (found,) = documents(
        '{"apiVersion": "v1", "kind": "X", "a": 1, "a": 2, "b": "010", "c": 1.0, "d": "\\ud83d\\ude00"}'
    )
    assert found.value == {"apiVersion": "v1", "kind": "X", "a": 2, "b": "010", "c": 1.0, "d": "\U0001f600"}


def test_half_a_surrogate_pair_in_json_can_still_be_written_out():
    (found,) = documents('{"apiVersion": "v1", "kind": "X", "a\\udc00": ["\\ud800"]}')
    assert found.value["a\ufffd"] == ["\ufffd"]


NO_MANIFESTS = [
    "replicaCount: 1\nimage: {tag: v1}\n",
    "apiVersion: v2\nname: chart\nversion: 1.0.0\n",
    "kind: pipeline\nsteps: []\n",
    "name: CI\non: [push]\njobs:\n  build: {runs-on: ubuntu-latest}\n",
    "- op: replace\n  path: /spec/replicas\n  value: 3\n",
    "resources: [a.yaml]\n",
    "{}",
    "[]",
    "Key: !Ref elsewhere\nmarkdown: !!python/name:extension\n",
    '{"name": "package", "version": "1.0.0"}',
]


@pytest.mark.parametrize("text", NO_MANIFESTS)
def test_yaml_of_other_trades_is_passed_over(text: str):
    assert documents(text) == []


NEARLY_MANIFESTS = [
    ("apiVersion: v1\nmetadata: {name: a}\n", "f1:1: kind is missing"),
    ("kind: Pod\nspec: {}\n", "f1:1: apiVersion is missing"),
    ("metadata: {name: a}\nspec: {}\n", "f1:1: apiVersion is missing"),
    ("apiVersion: v1\nkind:\n", "f1:1: kind is missing"),
    ("apiVersion: 1\nkind: Pod\n", "f1:1: apiVersion must be text"),
    ("apiVersion: v1\nkind: [Pod]\n", "f1:1: kind must be text"),
    ("just words\n", "f1:1: the document must be an object with apiVersion and kind, not a single value"),
    ("# c\n42\n", "f1:2: the document must be an object with apiVersion and kind, not a single value"),
    (
        "- apiVersion: v1\n  kind: Pod\n",
        "f1:1: a document must be one object; put several under `items` of a `kind: List`, or apart with ---",
    ),
]


@pytest.mark.parametrize(("text", "sentence"), NEARLY_MANIFESTS)
def test_what_nearly_is_a_manifest_is_an_error(text: str, sentence: str):
    assert problems(text) == [sentence]


NOT_YAML = "(document 2): the document is not valid YAML:"
TEMPLATE = "(document 2): the file looks like a template ({{ ... }}), which has to be rendered first"
CONTROL = "(document 2): the document holds a control character, which YAML forbids"
BROKEN = [
    ("{", f"f1:7 {NOT_YAML} while parsing a flow node did not find expected node content"),
    ("a: b: c", f"f1:6 {NOT_YAML} mapping values are not allowed in this context"),
    ("a: 'b", f"f1:7 {NOT_YAML} while scanning a quoted scalar found unexpected end of stream"),
    ("a:\n\tb: c", f"f1:7 {NOT_YAML} while scanning for the next token found character that cannot start any token"),
    ("a: b\0c", f"f1:6 {CONTROL}"),
    ("a: b\n# \x1b", f"f1:7 {CONTROL}"),
    ("\ufeffa: b", "f1:6 (document 2): a byte order mark stands within the file"),
    (f"{OBJECT}a: {{{{ .Values.a }}}}", f"f1:8 {TEMPLATE}"),
    ("{{ if }}\na: b", f"f1:7 {TEMPLATE}"),
]


@pytest.mark.parametrize(("text", "sentence"), BROKEN)
def test_a_broken_document_costs_itself_alone_and_is_said_once(text: str, sentence: str):
    found, diagnostics = read([source(f"{A}---\n{text}\n---\n{C}", "f1")])
    assert names(found) == ["a", "c"]
    assert [str(one) for one in diagnostics] == [sentence]


def test_bytes_that_are_not_utf8_cost_their_document_alone():
    text = f"{A}---\n{OBJECT}a: §\n---\n{C}".encode().replace("§".encode(), b"\xe9")
    found, diagnostics = read([source(text, "f1")])
    assert names(found) == ["a", "c"]
    assert [str(one) for one in diagnostics] == ["f1:8 (document 2): the document holds bytes that are not UTF-8"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_other_encodings_are_named(encoding: str):
    (sentence,) = problems(A.encode(encoding))
    assert "UTF-16" in sentence or "UTF-32" in sentence
    assert sentence.endswith("Kubernetes reads UTF-8 only, so save it as UTF-8")


def test_all_problems_of_all_files_are_said_and_the_good_part_is_read():
    texts = [f"a: [\n---\n{A}", "kind: Pod\nspec: {}\n", B]
    found, diagnostics = read(source(text, f"f{number}") for number, text in enumerate(texts))
    assert names(found) == ["a", "b"]
    assert [one.origin.path for one in diagnostics] == ["f0", "f1"]


def test_a_template_is_said_once_a_file():
    template = "---\n{{- if .Values.on }}\napiVersion: v1\n{{- end }}\n"
    assert len(problems(template * 3, template)) == 2


def test_a_thousand_broken_documents_are_not_a_thousand_sentences():
    sentences = problems("---\na: [\n" * 1000)
    assert len(sentences) == 101
    assert sentences[-1] == "f1: 900 more documents of this file cannot be used"


def test_a_secret_value_is_in_no_sentence():
    secret = "apiVersion: v1\nkind: Secret\nstringData:\n  password: {}\n"
    for value in ("hunter2: hunter2", "'hunter2", "!hunter !!binary hunter2", "hunter2\n hunter2: x", "[hunter2"):
        assert "hunter2" not in " ".join(problems(secret.format(value)))
