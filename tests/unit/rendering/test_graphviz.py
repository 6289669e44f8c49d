"""Starting Graphviz: with the real program where that shows the case, else with a stand-in that behaves as it can."""

import os
import time
from pathlib import Path

import pytest

from netpol_action.publish.graphviz import NoPicture, Picture, draw

GOOD = "digraph { a -> b }"
BROKEN = "digraph { a -> "
FALSE_PICTURE = "digraph { a -> b [lhead=cluster_none] ; compound=true }"


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Puts a shell script in the place of `dot`."""

    def install(script: str) -> Path:
        program = tmp_path / "dot"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        return tmp_path

    return install


def test_a_picture():
    png = draw([GOOD], "png")
    svg = draw([GOOD], "svg")
    assert isinstance(png, Picture)
    assert isinstance(svg, Picture)
    assert png.content.startswith(b"\x89PNG")
    assert b"<svg" in svg.content
    assert svg.simplified == 0


def test_the_same_drawing_gives_the_same_bytes_without_the_version():
    assert draw([GOOD], "svg") == draw([GOOD], "svg")
    assert draw([GOOD], "png") == draw([GOOD], "png")
    svg = draw([GOOD], "svg")
    assert isinstance(svg, Picture)
    assert b"<!--" not in svg.content
    assert b"Generated" not in svg.content


@pytest.mark.parametrize("bad", [BROKEN, FALSE_PICTURE])
def test_what_graphviz_complains_about_is_drawn_simpler(bad: str):
    picture = draw([bad, bad, GOOD], "svg")
    assert isinstance(picture, Picture)
    assert picture.simplified == 2
    assert picture.content == getattr(draw([GOOD], "svg"), "content", None)


@pytest.mark.parametrize("bad", [BROKEN, FALSE_PICTURE])
def test_and_never_shown(bad: str):
    nothing = draw([bad, bad], "png")
    assert isinstance(nothing, NoPicture)
    assert nothing.reason.startswith("no picture was drawn: Graphviz says")


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("cat >/dev/null; echo picture; exit 1", "failed with exit code 1"),
        ("cat >/dev/null; echo picture; echo 'Error: trouble in init_rank' >&2", "trouble in init_rank"),
        ("cat >/dev/null; echo picture; echo 'graph is too large for cairo-renderer bitmaps' >&2", "too large"),
        ("cat >/dev/null", "wrote nothing"),
        ("kill -SEGV $$", "SIGSEGV"),
    ],
)
def test_every_kind_of_failure_has_a_sentence(stand_in, script: str, reason: str):  # noqa: ANN001
    stand_in(script)
    nothing = draw([GOOD], "png")
    assert isinstance(nothing, NoPicture)
    assert reason in nothing.reason


def test_complaints_about_fonts_are_no_failure(stand_in):  # noqa: ANN001
    stand_in("cat >/dev/null; echo picture; echo 'Fontconfig warning: no cache' >&2; echo 'Pango-WARNING: x' >&2")
    assert isinstance(draw([GOOD], "png"), Picture)


def test_after_the_time_limit_the_program_and_its_children_are_gone(stand_in):  # noqa: ANN001
    place = stand_in('sleep 600 & echo $! > "$0.child"; wait')
    nothing = draw([GOOD, GOOD], "png", timeout=1.0)
    assert isinstance(nothing, NoPicture)
    assert "had not finished" in nothing.reason
    child = Path(f"/proc/{(place / 'dot.child').read_text().strip()}")
    for _ in range(100):  # an orphan is reaped by init in its own time
        if not child.exists() or child.joinpath("stat").read_text().split()[2] == "Z":
            break
        time.sleep(0.02)
    else:
        pytest.fail("the child runs on")


def test_drawings_are_made_only_when_they_are_needed():
    def drawings():  # noqa: ANN202
        yield GOOD
        pytest.fail("a second drawing was asked for")

    assert isinstance(draw(drawings(), "svg"), Picture)


def test_graphviz_sees_no_secrets_of_the_environment(stand_in, monkeypatch: pytest.MonkeyPatch):  # noqa: ANN001
    monkeypatch.setenv("INPUT_TOKEN", "hunter2")
    stand_in("cat >/dev/null; env")
    picture = draw([GOOD], "png")
    assert isinstance(picture, Picture)
    assert b"hunter2" not in picture.content


def test_without_graphviz_the_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("PATH", str(tmp_path))
    nothing = draw([GOOD], "png")
    assert isinstance(nothing, NoPicture)
    assert "install Graphviz" in nothing.reason


def test_nothing_to_draw():
    assert draw([], "png") == NoPicture("no picture was drawn: there is nothing to draw")
