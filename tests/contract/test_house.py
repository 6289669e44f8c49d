"""The rules of the house that no linter knows: sizes, what may be imported, what may be locked, what may be run."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "netpol_action"
MODULES = sorted(PACKAGE.rglob("*.py"))
LOCKS = [ROOT / "requirements.txt", ROOT / "requirements-dev.txt", ROOT / ".ci/requirements.txt"]

MODULE_LINES = 400
FUNCTION_LINES = 40


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """The functions of a module and their lengths, less those that say why they are long (`noqa: PLR0915  # why`)."""
    text = path.read_text().splitlines()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if re.search(r"# noqa: .*PLR0915  # \w", text[node.lineno - 1]):
                continue
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def imported(path: Path) -> set[str]:
    """The packages that a module imports, also inside its functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_modules_and_functions_stay_small(module: Path):
    assert len(module.read_text().splitlines()) <= MODULE_LINES
    assert [(called, lines) for called, lines in functions(module) if lines >= FUNCTION_LINES] == []


def test_no_module_is_a_drawer_for_everything():
    assert not [name(path) for path in MODULES if path.stem in {"utils", "util", "common", "helpers", "misc"}]


def test_what_the_package_imports_is_what_it_depends_on():
    distributions = metadata.packages_distributions()
    used = set().union(*map(imported, MODULES)) - sys.stdlib_module_names - {"netpol_action"}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {re.split(r"[^\w-]", requirement)[0].lower() for requirement in project["dependencies"]}
    assert {distribution.lower() for package in used for distribution in distributions[package]} == declared


@pytest.mark.parametrize("lock", LOCKS, ids=name)
def test_locks_pin_everything_by_hash_and_name_no_registry(lock: Path):
    text = lock.read_text()
    requirements = [part for part in re.split(r"\n(?=\S)", text) if part and not part.startswith("#")]
    assert requirements
    assert all(re.match(r"[\w.-]+==\S+( ; .*)? \\\n", part) for part in requirements)
    assert all("--hash=sha256:" in part for part in requirements)
    assert not re.search(r"://|--(extra-)?index-url|--find-links|--trusted-host", text)


@pytest.mark.parametrize("directory", [".ci", ".ci/artifacts"])
def test_the_npm_locks_pin_everything_by_hash_and_name_no_registry(directory: str):
    text = (ROOT / directory / "package-lock.json").read_text()
    assert '"resolved"' not in text
    assert text.count('"integrity"') == text.count('"node_modules/') > 0


def test_what_tests_and_benchmarks_import_is_locked():
    scripts = [*(ROOT / "tests").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")]
    own = {path.stem for path in scripts} | {path.parent.name for path in scripts} | {"netpol_action"}
    locked = set(re.findall(r"^([\w.-]+)==", (ROOT / "requirements-dev.txt").read_text(), re.MULTILINE))
    distributions = metadata.packages_distributions()
    used = set().union(*map(imported, scripts)) - sys.stdlib_module_names - own
    missing = {package for package in used if not {d.lower() for d in distributions.get(package, ())} & locked}
    assert not missing
