"""The fast reader of block style against the event reader: the same values, or it declines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from netpol_action.manifests import events
from netpol_action.manifests.block import BlockReader, Declined
from netpol_action.manifests.stream import split, text_of

SHARED = Path(__file__).parents[4] / "shared"

TYPICAL = """\
---
# A comment.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web  # another
  labels: {}
  annotations:
    empty:
    number: "010"
    note: 'it''s # none'
spec:
  replicas: 3
  template:
    spec:
      containers:
        - name: web
          image: registry.example.com:5000/web:1.0
          args: ["--port", 8080, on]
          command:
          - sh
          - -c
          - |
            # a script
            while true; do

              echo "a: b"
            done

          env:
          - name: A
            value: ""
          -   name: B
              value: 1e3
        - name: sidecar
          script: |-
            exit
      volumes: []
status:
"""

BITS = (
    *(
        " ",
        "  ",
        "\n",
        ": ",
        ":",
        "- ",
        "-",
        "#",
        " #",
        "'",
        '"',
        "|",
        "|-",
        "|+",
        ">",
        "&a ",
        "*a",
        "!x ",
        "{",
        "}",
        "[",
        "]",
    ),
    *(
        ",",
        "?",
        "? ",
        "%",
        "@",
        "`",
        "\t",
        "~",
        "null",
        "y",
        "on",
        "010",
        "1e3",
        "0x1F",
        ".inf",
        "1.",
        "<<: ",
        "---",
        "...",
    ),
    *(
        "\\",
        "''",
        '""',
        "\xa0",
        "\u2028",
        "\x85",
        "\ufeff",
        "\0",
        "é",
        "=",
        "12:30:45",
        "2020-01-01",
        "{}",
        "[a, b]",
        "[a,]",
    ),
    *(
        "- - ",
        "key: |\n",
        "  x\n",
        "\n\n",
        "    ",
        "|2",
        "a: b",
        "$",
        "(",
        "<",
        "^",
        "+1",
        ";",
        "/",
        "['x, y', \"z\"]",
        "[a] # c",
    ),
)


def outcome(text: str) -> str:
    """What the event reader makes of a document, types and order of keys included."""
    try:
        loaded = events.load(text)
    except events.ReadingError as problem:
        return f"error: {problem}"
    return f"error: {loaded.flaw}" if loaded.flaw else json.dumps(loaded.value)


def agrees(text: str, reader: BlockReader) -> bool:
    """Whether the fast reader reads the document, and then as the other one does; False where it declines."""
    try:
        value = reader.read(text)
    except Declined:
        return False
    assert json.dumps(value) == outcome(text), text
    return True


def test_a_typical_manifest_is_read_fast():
    assert agrees(TYPICAL, BlockReader())


LINES = [
    *(
        "a:",
        "a: b",
        "a: 'b'",
        'a: "b"',
        "a: []",
        "a: {}",
        "a: [b, 'c', \"d\"]",
        "- a",
        "- a: b",
        "- a:\n  - b",
        "a:\n- b",
        "a: |\n  b",
    ),
    *(
        "a: b # c",
        "a: # c\n  b: c",
        "1: a",
        "y: a",
        "a: 1",
        "a: -1",
        "a: b:c",
        "a: b#c",
        "a: 010",
        "a: é",
        "  a: b\n  c: d",
        "a:\n\n  - b",
    ),
]


@pytest.mark.parametrize("text", LINES)
def test_what_manifests_are_made_of_is_read_fast(text: str):
    assert agrees(f"{text}\n", BlockReader())


LEFT = [
    *(
        "a: &x b",
        "a: *x",
        "a: !!str b",
        "a: b: c",
        "a: b:",
        "a: - b",
        "a: b\n  c",
        "a: >\n  b",
        "a: |+\n  b",
        "a: |2\n  b",
        "a: {b: c}",
    ),
    *(
        "- - a",
        "- ",
        "-\n  a: b",
        "? a",
        "a",
        "'a': b",
        "<<: {}",
        "a: .inf",
        "null: a",
        "a:\tb",
        "\ta: b",
        "a: b\n- c",
        "- a\nb: c",
    ),
    *(
        "a:\n   b: c\n  d: e",
        "a: |\n",
        "a: |\n  b\n c",
        "a: |\n  b\n\tc",
        "a: |\n  b",
        "a: \ufeff",
        "a: \x85",
        "a: \0",
        "%YAML 1.1\n---\na: b",
    ),
    *(
        'a: "\\n"',
        "a: 'b' c",
        "a: [b",
        "a: [b: c]",
        "a: [.inf]",
        "a: %b",
        "a: @b",
        "a: `b",
        "a: ,b",
        "a: ]b",
        "a: ?",
        "a: -",
        "{a: b}",
        "...",
    ),
]


@pytest.mark.parametrize("text", LEFT)
def test_what_it_may_misread_it_leaves_to_the_other(text: str):
    assert not agrees(text if text == "a: |\n  b" else f"{text}\n", BlockReader())


def test_both_agree_on_every_document_of_the_shared_applications():
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is not there")
    reader, fast, total = BlockReader(), 0, 0
    for folder in ("apps", "conformance", "demo"):
        for path in sorted((SHARED / folder).rglob("*.y*ml")):
            for chunk in split(text_of(path.read_bytes())):
                total += 1
                fast += agrees(chunk.text, reader)
    assert fast > total * 0.7


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A piece of a manifest with a few things put in, taken out, moved or doubled."""
    rows = TYPICAL.split("\n")
    first = draw(st.integers(0, len(rows) - 1))
    rows = rows[first : first + draw(st.integers(1, len(rows)))]
    margin = len(rows[0]) - len(rows[0].lstrip(" "))
    rows = [row[margin:] if not row[:margin].strip() else row.lstrip(" ") for row in rows]
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(rows) - 1))
        column = draw(st.integers(0, len(rows[at])))
        match draw(st.sampled_from(("insert", "append", "value", "indent", "delete", "double", "blank"))):
            case "insert":
                rows[at] = rows[at][:column] + draw(st.sampled_from(BITS)) + rows[at][column:]
            case "append":
                rows[at] += draw(st.sampled_from(BITS))
            case "value":
                rows[at] = rows[at].partition(":")[0] + ": " + draw(st.sampled_from(BITS))
            case "indent":
                rows[at] = " " * draw(st.integers(0, 12)) + rows[at].lstrip(" ")
            case "delete":
                rows[at] = rows[at][:column]
            case "double":
                rows.insert(at, rows[draw(st.integers(0, len(rows) - 1))])
            case _:
                rows.insert(at, draw(st.sampled_from(("", "  ", "        ", "# c", "    # c"))))
    return "\n".join(rows) + draw(st.sampled_from(("\n", "", "\n\n", "\n  ")))


@settings(max_examples=1500, deadline=None)
@given(mutated())
@example("a: |\n\n    \n  b\n")
@example("a: |\n  b\n\n  \n")
@example("- a: |\n   b\n  c: d\n")
def test_both_agree_on_mutated_manifests(text: str):
    for chunk in split(text):
        agrees(chunk.text, BlockReader())


@settings(max_examples=500, deadline=None)
@given(st.text(alphabet=" -:#'\"|>&*!{}[],?%~ab1.\n\t\xa0é", max_size=40))
def test_both_agree_on_noise(text: str):
    for chunk in split(text):
        agrees(chunk.text, BlockReader())


def test_equal_lines_share_their_values():
    reader = BlockReader()
    one, two = (reader.read(f"a: {value}\nsame: a long value that stands in every document\n") for value in (1, 2))
    assert one["same"] is two["same"]
