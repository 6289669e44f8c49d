"""The README is true: its output is what the program prints, its workflow a file, its tables action.yml's.

`pytest tests/contract/test_readme.py --update-golden` writes the blocks anew.
"""

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
BLOCK = re.compile(r"(<!-- (output|file|workflow): (.+?) -->\n```\w+\n)(.*?)(```\n)", re.DOTALL)
TABLE = re.compile(r"(<!-- table: (inputs|outputs) -->\n)(.*?)(\n\n|\Z)", re.DOTALL)


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """A copy of the example application to run commands in."""
    shutil.copytree(ROOT / "examples/sessionize/manifests", tmp_path / "manifests")
    return tmp_path


def printed(arguments: str, directory: Path) -> str:
    command = [sys.executable, "-m", "netpol_action", *shlex.split(arguments)]
    run = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return f"$ netpol-action {arguments}\n{run.stdout}{run.stderr}"


def block_text(kind: str, what: str, directory: Path) -> str:
    match kind:
        case "output":
            return printed(what, directory)
        case "file":
            return (directory / what).read_text()
        case _:
            return (ROOT / "examples/workflows" / what).read_text()


def table_text(what: str) -> str:
    declared = yaml.safe_load((ROOT / "action.yml").read_text())[what]
    if what == "inputs":
        rows = [f"| `{name}` | {one['description']} | {_default(one['default'])} |" for name, one in declared.items()]
        return "\n".join(["| Input | What it is | Default |", "| --- | --- | --- |", *rows])
    rows = [f"| `{name}` | {each['description']} |" for name, each in declared.items()]
    return "\n".join(["| Output | What it is |", "| --- | --- |", *rows])


def _default(value: str) -> str:
    return f"`{value}`" if value else ""


def rewritten(text: str, directory: Path) -> str:
    """The README as it should be."""
    fill: Callable[[re.Match[str]], str] = lambda m: m[1] + block_text(m[2], m[3], directory) + m[5]  # noqa: E731
    text = BLOCK.sub(fill, text)
    return TABLE.sub(lambda m: f"{m[1]}{table_text(m[2])}{m[4]}", text)


def test_the_readme_shows_what_is_so(example: Path, request: pytest.FixtureRequest) -> None:
    text = README.read_text()
    wanted = rewritten(text, example)
    if request.config.getoption("--update-golden"):
        README.write_text(wanted)
    assert README.read_text() == wanted


def test_the_readme_names_only_files_that_exist() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README.read_text())
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
