"""Remotes for tests that commit by git."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from git_server import Served, World, git_server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Served]:
    root = tmp_path / "root"
    root.mkdir()
    with git_server(root) as served:
        yield served


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


@pytest.fixture(params=["sha1", "sha256"])
def world(request: pytest.FixtureRequest, tmp_path: Path, server: Served, stack: ExitStack) -> World:
    return World(tmp_path, server, stack, request.param)


@pytest.fixture
def plain_world(tmp_path: Path, server: Served, stack: ExitStack) -> World:
    return World(tmp_path, server, stack)
