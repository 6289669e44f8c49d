"""Kustomizations and charts through the command line: what comes out, and what broken ones are answered."""

from __future__ import annotations

import os
import posixpath
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from netpol_action.errors import InputError
from netpol_action.manifests.reader import read
from netpol_action.sources.gather import SourceOptions, gather

COMMAND = Path(sys.executable).parent / "netpol-action"
SHARED = Path(__file__).parents[2] / ".." / "shared"
APPS = SHARED / "apps"
DEPLOYMENT = (
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n"
    "spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, "
    "spec: {containers: [{name: main, image: x}]}}}\n"
)

pytestmark = pytest.mark.skipif(not APPS.is_dir(), reason="needs ../shared/apps beside the checkout")


@pytest.fixture(autouse=True)
def tools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.pathsep.join((str(COMMAND.parent), os.environ["PATH"])))
    missing = [tool for tool in ("kustomize", "helm") if not shutil.which(tool)]
    if missing:
        pytest.skip(f"needs {' and '.join(missing)}: run .ci/install-tools")


def run(*arguments: str | Path, directory: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([COMMAND, *arguments], cwd=directory, capture_output=True, text=True, check=False)


def kustomizations(top: Path) -> list[Path]:
    return sorted(path.parent for path in top.rglob("kustomization.yaml"))


def test_the_demo_application_is_mapped_from_its_overlay():
    done = run("map", SHARED / "demo/apps/overlays/dev")
    assert done.returncode == 0
    assert "default/graph[Deployment] => default/eventscheduler[Deployment] : All Connections" in done.stdout


def test_the_overlays_of_an_application_are_told_apart_by_the_user():
    done = run("map", "bank-of-anthos/src", directory=APPS)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "name one of each line as PATH" in done.stderr
    assert "frontend/k8s/overlays/production, " in done.stderr
    assert run("map", "bank-of-anthos/src/frontend/k8s/overlays/production", directory=APPS).returncode == 0


def test_a_kustomization_that_does_not_build_costs_itself_alone(tmp_path: Path):
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad/kustomization.yaml").write_text("resources: [web.yaml]\nunknown: 1\n")
    (tmp_path / "bad/web.yaml").write_text(DEPLOYMENT)
    (tmp_path / "good.yaml").write_text(DEPLOYMENT.replace("web", "good"))
    done = run("map", ".", directory=tmp_path)
    assert done.returncode == 1
    assert "default/good[Deployment]" in done.stdout
    assert 'bad: kustomize: invalid Kustomization: json: unknown field "unknown"' in done.stderr
    assert run("map", "bad", directory=tmp_path).returncode == 2


def test_a_chart_without_values_says_how_to_give_them(tmp_path: Path):
    (tmp_path / "templates").mkdir()
    (tmp_path / "Chart.yaml").write_text("apiVersion: v2\nname: shop\nversion: 0.1.0\n")
    template = DEPLOYMENT.replace("image: x", 'image: {{ required "an image is needed" .Values.image }}')
    (tmp_path / "templates/web.yaml").write_text(template)
    done = run("map", ".", directory=tmp_path)
    assert done.returncode == 2
    assert "templates/web.yaml:4: helm: an image is needed; give the chart its values with --helm-values" in done.stderr
    done = run("map", ".", "--helm-set", "image=y", directory=tmp_path)
    assert done.returncode == 0
    assert "default/web[Deployment]" in done.stdout


@pytest.mark.parametrize("path", kustomizations(APPS / "online-boutique"), ids=lambda p: str(p.relative_to(APPS)))
def test_every_object_of_a_real_kustomization_names_a_source(path: Path):
    if "components" in path.parts:
        with pytest.raises(InputError, match="a component cannot be rendered by itself"):
            gather([str(path)], SourceOptions(), bytes)
        return
    (text,) = gather([str(path)], SourceOptions(), bytes).texts
    written = re.findall(rb"config.kubernetes.io/origin: \|\n +(?:path|configuredIn): (\S+)", text.content)
    documents, problems = read((text,))
    assert problems == []
    assert len(written) == len(documents)
    named = {posixpath.normpath(posixpath.join(text.path, name.decode())) for name in written}
    assert named <= {source.path for source in text.sources}


@pytest.mark.parametrize("path", kustomizations(APPS / "bank-of-anthos"), ids=lambda p: str(p.relative_to(APPS)))
def test_every_real_kustomization_is_built_or_named(path: Path):
    """Many of these name components that were links in their repository and are missing here."""
    try:
        gathered = gather([str(path)], SourceOptions(), bytes)
    except InputError as problem:
        for line in str(problem).splitlines():
            assert re.search(r"does not exist$|a component cannot be rendered by itself|(?:^|/)\S+: kustomize: ", line)
            assert "/tmp" not in line
    else:
        assert [text.rendered_by for text in gathered.texts] == ["kustomize"]


@pytest.mark.parametrize("name", ["online-boutique", "sock-shop"])
def test_real_charts(name: str):
    done = run("map", f"{name}/helm-chart", directory=APPS)
    if name == "sock-shop":
        assert done.returncode == 2
        assert "requirements.yaml:2: the chart depends on `nginx-ingress`" in done.stderr
    else:
        assert done.returncode == 0
        assert "default/frontend[Deployment]" in done.stdout
