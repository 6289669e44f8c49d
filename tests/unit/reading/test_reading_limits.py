"""Hostile input ends in one sentence, quickly and in little memory; large honest input is read."""

from __future__ import annotations

import subprocess
import sys

import pytest
from reading_words import OBJECT, documents, named, problems, source

from netpol_action.manifests import limits
from netpol_action.manifests.reader import read

DEEP = f"f1:1: the document nests more than {limits.DEPTH} levels deep"
MANY_NODES = f"aliases and merge keys expand to more than {limits.ALIASED_NODES} nodes"

FOREVER = "f1:2: the document is not valid YAML: while parsing a flow node did not find expected node content"
FULL = "the rest of this file and the files after it are not read"
NESTED_LISTS = (
    r"'a0: &a0 x\n' + ''.join('a%d: &a%d [%s]\n' % (i, i, ','.join(['*a%d' % (i - 1)] * 10)) for i in range(1, 30))"
)

# Each is Python that makes the text; it runs in a process of its own, where nothing but the reader is loaded.
BOMBS = {
    "a merge-key bomb of 463 bytes": (
        NESTED_LISTS.replace("a0 x", "a0 {k: v}").replace("[%s]", "{<<: [%s]}").replace("30", "9"),
        f"f1:6: {MANY_NODES}",
    ),
    "an alias bomb": (NESTED_LISTS, f"f1:6: {MANY_NODES}"),
    "400 KB of [": ("'[' * 400_000", DEEP),
    "400 KB of {": ("'{' * 400_000", DEEP),
    "400 KB of dashes": ("'- ' * 200_000", DEEP),
    "400 KB of question marks": ("'? ' * 200_000", DEEP),
    "400 KB of [ on lines of their own": (r"'[\n' * 200_000", DEEP),
    "mappings in mappings": (r"''.join(' ' * i + 'a:\n' for i in range(1000))", DEEP.replace(":1:", ":101:")),
    "deep JSON objects": ("""'{"a":' * 100_000 + '1' + '}' * 100_000""", DEEP),
    "deep JSON arrays": ("'[' * 100_000 + ']' * 100_000", DEEP),
    "JSON a little too deep": (f"'[' * {limits.DEPTH + 1} + ']' * {limits.DEPTH + 1}", DEEP),
    "an alias that leads too deep": (
        r"'a: &a ' + '[' * 60 + ']' * 60 + '\nb: ' + '[' * 60 + '*a' + ']' * 60",
        DEEP.replace(":1:", ":2:"),
    ),
    "two million empty documents": (
        r"'---\n' * 2_000_000",
        f"f1: the input holds more than {limits.DOCUMENTS} documents; {FULL}",
    ),
    "JSON objects without end": (
        "'{}' * 1_000_000",
        f"f1:1: more than {limits.DOCUMENTS} JSON values follow one another",
    ),
    "tag directives": (
        r"''.join('%%TAG !e%d! tag:e,2000:\n' % i for i in range(50_000)) + '---\na: b'",
        f"f1:1: the document has more than {limits.DIRECTIVES} directives",
    ),
    "a long list in flow style that never ends": ("'a: [' + 'b,' * 500_000", FOREVER),
}

PROGRAM = """
import resource
from netpol_action.manifests.reader import read
from netpol_action.model.documents import SourceText
text = {text}
source = SourceText('f1', text.encode())
resource.setrlimit(resource.RLIMIT_AS, (512 << 20, 512 << 20))
resource.setrlimit(resource.RLIMIT_CPU, (5, 5))
_, diagnostics = read([source])
print(*diagnostics, sep='\\n')
# Not ru_maxrss: a process inherits that of the one which started it, here all of pytest.
peak = next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM'))
print(int(peak) < 200 << 10)
"""


@pytest.mark.parametrize(("text", "sentence"), BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_ends_in_one_sentence(text: str, sentence: str):
    """In less than 200 MB and one second; the limit is five, so that a slow machine cannot fail the test."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(text=text)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [sentence, "True"]


def test_what_stays_within_the_depth_is_read():
    levels = limits.DEPTH - 1
    for text in (
        f"{OBJECT}a: {'[' * levels}{']' * levels}\n",
        f"""{{"apiVersion": "v1", "kind": "X", "a": {"[" * levels}{"]" * levels}}}""",
        OBJECT + "".join(" " * i + "a:\n" for i in range(levels)) + " " * levels + "a: b\n",
    ):
        (found,) = documents(text)
        value, depth = found.value["a"], 1
        while isinstance(value, list | dict):
            value, depth = next(iter(value.values() if isinstance(value, dict) else value), None), depth + 1
        assert depth == limits.DEPTH


def test_honest_aliases_are_read():
    shared = "&shared {" + ", ".join(f"k{i}: {i}" for i in range(100)) + "}"
    (found,) = documents(f"{OBJECT}a: {shared}\nb: [{', '.join(['*shared'] * 100)}]\nc: {{<<: *shared}}\n")
    assert found.value["b"] == [found.value["a"]] * 100
    assert found.value["c"] == found.value["a"]


def test_a_file_too_large_is_not_read_and_the_others_are(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("netpol_action.manifests.reader.FILE_BYTES", 1024 * 1024)
    found, diagnostics = read([source("#" * 1024 * 1024 + "#", "large"), source(named("a"), "small")])
    assert len(found) == 1
    assert [str(one) for one in diagnostics] == ["large: the file is larger than 1 MiB and is not read"]


def test_files_beyond_the_total_are_each_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("netpol_action.manifests.reader.TOTAL_BYTES", 1024 * 1024)
    assert problems(named("a"), "#" * 1024 * 1024, named("b")) == [
        "f2: the input is larger than 1 MiB in all; this file is not read",
        "f3: the input is larger than 1 MiB in all; this file is not read",
    ]


def test_more_documents_than_the_limit_are_said_and_the_first_are_read(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("netpol_action.manifests.reader.DOCUMENTS", 3)
    found, diagnostics = read([source(f"---\n{named('a')}" * 2, "f1"), source(f"---\n{named('a')}" * 2, "f2")])
    assert len(found) == 3
    assert [str(one) for one in diagnostics] == [f"f2: the input holds more than 3 documents; {FULL}"]


def test_twenty_thousand_workloads_with_service_and_policy_fit():
    trio = "".join(f"---\n{named(kind)}" for kind in ("workload", "service", "policy"))
    assert len(documents(trio * 20_000)) == 60_000
