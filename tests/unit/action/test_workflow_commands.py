"""What reaches the runner, and what of the input must never reach it as a command."""

from __future__ import annotations

import io
import re
import sys
import traceback
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpol_action.errors import UsageError
from netpol_action.publish.effects import Annotate, AppendSummary, Level, SetOutput, WriteFile
from netpol_action.publish.workflow import (
    Disarmed,
    annotation_command,
    disarm,
    disarmed_streams,
    output_entry,
    perform,
)
from netpol_action.runner import Runner

HOSTILE = [
    "::error::injected",
    "  ::add-mask::e",
    "\u00a0\u3000::stop-commands::x",
    "\ufeff::error::x",
    "\x1b::error::x",
    "fine\n::set-output name=a::b",
    "fine\r\n::error::x",
    "fine\r::error::x",
    "##[error]injected",
    "in the middle ##[add-mask]e",
    "fine\n \t##[group]x",
    "#\x00#[error]x",
    ":\x00:error::x",
    "\x85::error::x",
    "\u2028::error::x",
    ":::error::x",
    "###[error]x",
]


def commands_in(log: str) -> list[str]:
    """The lines that a runner would obey, as actions/runner's ActionCommand.cs decides it, on the wide side."""
    lines = re.split(r"\r\n|\r|\n", log)
    return [line for line in lines if line.strip("\ufeff \t\u200b").strip().startswith("::") or "##[" in line]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_would_be_a_command(text: str):
    assert commands_in(text.replace("\x00", "").replace("\x1b", ""))


@pytest.mark.parametrize("text", HOSTILE)
def test_disarmed_text_is_no_command(text: str):
    assert commands_in(disarm(text)) == []


@given(st.text(alphabet=st.sampled_from(" \t\n\r:#[]ax\x00\x85\u2028\u200b\ufeff\u00a0\u3000")))
def test_no_text_is_a_command_once_disarmed(text: str):
    assert commands_in(disarm(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "a plain sentence",
        "::1 is no loopback when it stands first"[1:],
        "default/web[Deployment] => 2001:db8::-2001:db8::ffff : TCP 80",
        "two\nlines\tand a tab",
        "a # b ## c #[d]",
        "ünïcode ✓",
    ],
)
def test_ordinary_text_stays_as_it_is(text: str):
    assert disarm(text) == text


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_a_stream_disarms_lines_that_are_written_in_pieces(text: str, size: int):
    target = io.StringIO()
    stream = Disarmed(target)
    for start in range(0, len(text), size):
        stream.write(text[start : start + size])
        stream.flush()
    stream.close()
    assert commands_in(target.getvalue()) == []
    assert target.getvalue().endswith("\n")


def test_a_stream_passes_whole_lines_on_at_once():
    target = io.StringIO()
    stream = Disarmed(target)
    stream.write("one\ntwo\nthr")
    assert target.getvalue() == "one\ntwo\n"
    stream.write("ee\n")
    assert target.getvalue() == "one\ntwo\nthree\n"


def test_in_a_workflow_both_streams_and_tracebacks_are_disarmed(capfd: pytest.CaptureFixture[str]):
    with disarmed_streams(Runner(in_workflow=True)) as commands:
        sys.stdout.write("::error::out\n")
        sys.stderr.write("##[error]err\n")
        traceback.print_exception(ValueError("boom\n::error::trace"))
        commands.write("::notice::meant\n")
    out, err = capfd.readouterr()
    assert commands_in(out) == ["::notice::meant"]
    assert commands_in(err) == []
    assert "trace" in err


def test_outside_a_workflow_nothing_is_changed(capfd: pytest.CaptureFixture[str]):
    with disarmed_streams(Runner()):
        sys.stdout.write("::1\n")
    assert capfd.readouterr().out == "::1\n"


@pytest.mark.parametrize(
    ("annotation", "command"),
    [
        (Annotate(Level.ERROR, "broken"), "::error::broken"),
        (Annotate(Level.NOTICE, "n", title="t"), "::notice title=t::n"),
        (Annotate(Level.WARNING, "w", "t", "a/b.yaml", 7), "::warning file=a/b.yaml,line=7,title=t::w"),
        (Annotate(Level.WARNING, "w", "", "a.yaml"), "::warning file=a.yaml::w"),
        (Annotate(Level.WARNING, "w", line=7), "::warning::w"),
        (Annotate(Level.ERROR, "100%\nof it"), "::error::100%25%0Aof it"),
        (Annotate(Level.ERROR, "m", "a:b,c%"), "::error title=a%3Ab%2Cc%25::m"),
        (Annotate(Level.ERROR, "m", "", "x,line=1::boo", 2), "::error file=x%2Cline=1%3A%3Aboo,line=2::m"),
        (Annotate(Level.ERROR, "a::b ##[error]"), "::error::a::b ##\u200b[error]"),
        (Annotate(Level.ERROR, "a\r\n::error::b\x1b[31m"), "::error::a%0A::error::b\\x1b[31m"),
        (
            Annotate(Level.ERROR, "a\u202eb\u200b", "t\u2066", "\ufeffc.yaml"),
            "::error file=\\ufeffc.yaml,title=t\\u2066::a\\u202eb\\u200b",
        ),
    ],
)
def test_annotations_are_escaped(annotation: Annotate, command: str):
    assert annotation_command(annotation) == command


@given(st.text(), st.text(), st.text())
def test_an_annotation_is_always_one_command(message: str, title: str, path: str):
    command = annotation_command(Annotate(Level.ERROR, message, title, path, 1))
    assert len(re.split(r"[\r\n\u2028\u2029\x85]", command)) == 1
    assert "##[" not in command
    _, properties, _ = command.split("::", 2)
    assert len(properties.split(",")) <= 3


def test_an_output_may_hold_anything_without_opening_another_one():
    entry = output_entry("report", "a\nother=b\nother<<EOF\nc\nEOF")
    first, *body, last, empty = entry.split("\n")
    name, _, end = first.partition("<<")
    assert (name, empty) == ("report", "")
    assert last == end
    assert end not in body


def test_delimiters_cannot_be_guessed():
    assert output_entry("a", "b") != output_entry("a", "b")


def test_a_value_that_holds_its_delimiter_is_refused():
    with pytest.raises(ValueError, match="its own delimiter"):
        output_entry("a", "x\nEND\nb=c", lambda: "END")


def parsed(path: Path) -> dict[str, str]:
    """The outputs as actions/runner reads them from the file."""
    found, lines = {}, path.read_text().split("\n")
    while lines and lines[0]:
        name, _, end = lines.pop(0).partition("<<")
        value = lines[: lines.index(end)]
        del lines[: len(value) + 1]
        found[name] = "\n".join(value)
    return found


def test_effects_in_a_workflow(tmp_path: Path):
    output, summary, commands = tmp_path / "output", tmp_path / "summary", io.StringIO()
    summary.write_text("what an earlier command wrote\n")
    runner = Runner(str(tmp_path), str(output), str(summary), in_workflow=True)
    effects = [
        WriteFile("out/report.json", b"{}"),
        SetOutput("report", "out/report.json"),
        SetOutput("policies-path", "strange\nname"),
        AppendSummary("# Map\n"),
        Annotate(Level.WARNING, "careful"),
    ]
    perform(effects, runner, commands)
    assert (tmp_path / "out/report.json").read_bytes() == b"{}"
    assert parsed(output) == {"report": "out/report.json", "policies-path": "strange\nname"}
    assert summary.read_text() == "what an earlier command wrote\n# Map\n"
    assert commands.getvalue() == "::warning::careful\n"


def test_effects_outside_a_workflow_are_printed(tmp_path: Path):
    commands = io.StringIO()
    effects = [SetOutput("report", "r.json"), AppendSummary("# Map"), Annotate(Level.ERROR, "bad", "t", "a.yaml", 3)]
    perform(effects, Runner(str(tmp_path)), commands)
    assert commands.getvalue() == "report=r.json\nerror: a.yaml:3: bad\n"
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_stops_what_would_speak_of_it(tmp_path: Path):
    output = tmp_path / "output"
    runner = Runner(str(tmp_path), str(output), in_workflow=True)
    with pytest.raises(UsageError, match=r"\.\./outside cannot be written"):
        perform([SetOutput("report", "x"), WriteFile("../outside", b"")], runner, io.StringIO())
    assert not output.exists()
