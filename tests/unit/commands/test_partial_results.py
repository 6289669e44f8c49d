"""A result from which a part of the input is missing says so wherever it is shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from netpol_action.cli import DONE, GATE_FAILED, main

GOOD = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME, namespace: shop}
spec:
  selector: {matchLabels: {app: NAME}}
  template:
    metadata: {labels: {app: NAME}}
    spec: {containers: [{name: main, image: example.com/NAME}]}
"""
BROKEN = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: broken, namespace: shop}
spec: {podSelector: {}, ingress: 1}
"""
ASKED = {
    "map": ["map", "INPUT"],
    "map --side-by-side": ["map", "INPUT", "--side-by-side"],
    "map --group": ["map", "INPUT", "--group"],
    "map --exposure": ["map", "INPUT", "--exposure"],
    "diff": ["diff", "INPUT", "INPUT"],
    "explain": ["explain", "INPUT", "--from", "web", "--to", "db"],
    "reach": ["reach", "INPUT", "--from", "web"],
    "check": ["check", "INPUT"],
}
PICTURES = ("map", "map --side-by-side", "reach")
LISTS = ("map", "map --side-by-side", "diff")


def the_input(folder: Path, *, partial: bool) -> str:
    texts = [GOOD.replace("NAME", name) for name in ("web", "db")]
    (folder / "all.yaml").write_text("---\n".join([*texts, BROKEN] if partial else texts))
    return str(folder)


def asked(question: str, format_: str, folder: Path, *, partial: bool) -> tuple[int, str]:
    """The exit code, and what stands in the file of the answer."""
    target = folder / "answer"
    where = the_input(folder, partial=partial)
    arguments = [where if word == "INPUT" else word for word in ASKED[question]]
    code = main([*arguments, "-o", format_, "-f", str(target)])
    return code, target.read_text()


@pytest.mark.parametrize("question", ASKED)
def test_markdown_begins_with_it(question: str, tmp_path: Path):
    code, text = asked(question, "md", tmp_path, partial=True)
    assert (code, text.splitlines()[:2]) == (GATE_FAILED, ["> **Partial:** a part of the input could not be used.", ""])


@pytest.mark.parametrize("format_", ["dot", "svg", "mermaid"])
@pytest.mark.parametrize("question", PICTURES)
def test_pictures_say_it(question: str, format_: str, tmp_path: Path):
    code, text = asked(question, format_, tmp_path, partial=True)
    said = text.replace("#58;", ":")
    assert (code, said.count("Partial: a part of the input could not be used")) == (GATE_FAILED, 1)


@pytest.mark.parametrize("question", [question for question in ASKED if question not in LISTS])
def test_json_answers_have_it_as_a_member(question: str, tmp_path: Path):
    code, text = asked(question, "json", tmp_path, partial=True)
    assert (code, json.loads(text)["partial"]) == (GATE_FAILED, True)


@pytest.mark.parametrize("format_", ["txt", "csv", "json"])
@pytest.mark.parametrize("question", LISTS)
def test_bare_lists_leave_it_to_standard_error(
    question: str, format_: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    code, text = asked(question, format_, tmp_path, partial=True)
    assert (code, "artial" in text) == (GATE_FAILED, False)
    assert "the result is partial" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("question", "format_"),
    [
        *((question, format_) for question in ASKED for format_ in ("md", "json", "txt")),
        *((question, format_) for question in PICTURES for format_ in ("dot", "mermaid")),
    ],
)
def test_a_whole_result_does_not_say_it(question: str, format_: str, tmp_path: Path):
    code, text = asked(question, format_, tmp_path, partial=False)
    assert (code, "Partial" in text, '"partial": true' in text) == (DONE, False, False)


def test_the_action_says_it_in_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    the_input(tmp_path, partial=True)
    monkeypatch.chdir(tmp_path)
    for name, value in {"INPUT_PATHS": "all.yaml", "INPUT_FORMATS": "md,dot,json"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    assert main(["run"]) == GATE_FAILED
    (md,) = tmp_path.rglob("connectivity.md")
    (dot,) = tmp_path.rglob("connectivity.dot")
    (report,) = tmp_path.rglob("report.json")
    assert md.read_text().startswith("> **Partial:**")
    assert "Partial: a part" in dot.read_text()
    assert json.loads(report.read_text())["partial"] is True
