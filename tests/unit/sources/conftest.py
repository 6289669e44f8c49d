"""A directory to gather from, and the real rendering tools; tests that need a missing one skip and say so."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from netpol_action.sources.gather import Gathered, SourceOptions, gather

Write = Callable[[Mapping[str, str]], Path]
Gather = Callable[..., Gathered]
NOBODY = 65534


@pytest.fixture(autouse=True)
def tools_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """`.ci/install-tools` puts the tools beside the interpreter, which may not be on the search path."""
    monkeypatch.setenv("PATH", os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])))


@pytest.fixture
def kustomize() -> None:
    if not (shutil.which("kustomize") or shutil.which("kubectl")):
        pytest.skip("needs kustomize or kubectl: run .ci/install-tools")


@pytest.fixture
def helm() -> None:
    if not shutil.which("helm"):
        pytest.skip("needs helm: run .ci/install-tools")


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes files by name below a new working directory."""
    top = tmp_path / "repository"
    top.mkdir()
    monkeypatch.chdir(top)

    def write(files: Mapping[str, str]) -> Path:
        for name, content in files.items():
            path = top / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        return top

    return write


@pytest.fixture
def gathered() -> Gather:
    """`gathered("k8s", render="none")`: gathers from paths, with options by name."""

    def run(*paths: str, stdin: bytes = b"", **options: object) -> Gathered:
        return gather(paths, SourceOptions(**options), lambda: stdin)  # type: ignore[arg-type]

    return run


@pytest.fixture
def unprivileged(tmp_path: Path) -> Callable[[], AbstractContextManager[None]]:
    """`with unprivileged():` a user whom permissions bind, where the tests run as root."""

    @contextmanager
    def drop() -> Iterator[None]:
        user = os.geteuid()
        if user == 0:
            for directory in (tmp_path, *tmp_path.parents):
                if directory.owner() == "root" and directory.is_relative_to(Path(tempfile.gettempdir())):
                    directory.chmod(directory.stat().st_mode | 0o055)
            os.seteuid(NOBODY)
        try:
            yield
        finally:
            os.seteuid(user)

    return drop
