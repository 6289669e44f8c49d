"""Policies that nothing deploys: a file that the kustomization does not list, or outside of a chart's templates."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: main, image: example.com/web:1}]
"""
CHART = "apiVersion: v2\nname: shop\nversion: 0.1.0\n"
KUSTOMIZATION = "# what is deployed\nresources:\n- app.yaml  # the shop\n"
RULE = "undeployed-policies"


@pytest.fixture(autouse=True)
def tools(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])))
    missing = [tool for tool in ("kustomize", "helm") if not shutil.which(tool)]
    if missing:
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI has to have {' and '.join(missing)}")
        pytest.skip(f"needs {' and '.join(missing)}: run .ci/install-tools")
    (tmp_path / ".git").mkdir()  # the top of a repository


@pytest.fixture
def kustomization(tmp_path: Path) -> Path:
    write(tmp_path, {"app/kustomization.yaml": KUSTOMIZATION, "app/app.yaml": WEB})
    return tmp_path


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    write(tmp_path, {"app/Chart.yaml": CHART, "app/templates/web.yaml": WEB})
    return tmp_path


def write(top: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(text)


def call(top: Path, *arguments: str, **inputs: str) -> subprocess.CompletedProcess[str]:
    given = {f"INPUT_{name.upper()}": value for name, value in inputs.items()}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")} | given
    command = [sys.executable, "-m", "netpol_action", *arguments]
    return subprocess.run(command, cwd=top, env=environment, capture_output=True, text=True, check=False)


def run(top: Path, policies: str, path: str = "app", **inputs: str) -> subprocess.CompletedProcess[str]:
    given = {"path": path, "generate": "true", "policies_path": policies, "output_directory": "out", "formats": "md"}
    return call(top, "run", **{**given, **inputs})


def warnings(top: Path) -> list[str]:
    """What report.json says of policies that nothing deploys."""
    found = json.loads((top / "out/report.json").read_text())["diagnostics"]
    return [f"{each['origin']['path']}: {each['message']}" for each in found if each["rule"] == RULE]


def test_a_kustomization_that_does_not_list_the_file_is_named_from_the_first_run_on(kustomization: Path):
    sentence = (
        "app/kustomization.yaml: the kustomization does not list network-policies.yaml, so that deploying it does not "
        "apply these policies: set `kustomize: true`, or add it to the `resources` once it is there"
    )
    for _ in range(2):
        done = run(kustomization, "app/network-policies.yaml")
        assert done.returncode == 0, done.stderr
        assert warnings(kustomization) == [sentence]
        assert f"warning: {sentence}" in done.stdout + done.stderr


def test_a_kustomization_that_lists_the_file_is_fine(kustomization: Path):
    run(kustomization, "app/network-policies.yaml")
    write(kustomization, {"app/kustomization.yaml": f"{KUSTOMIZATION}- network-policies.yaml\n"})
    assert run(kustomization, "app/network-policies.yaml").returncode == 0
    assert warnings(kustomization) == []


def test_a_kustomization_cannot_list_a_file_above_it(kustomization: Path):
    assert run(kustomization, "network-policies.yaml").returncode == 0
    (sentence,) = warnings(kustomization)
    assert "uses files in and below app only" in sentence
    assert "name a place there with `policies-path`, and set `kustomize: true`" in sentence


def test_the_nearest_kustomization_is_the_one_to_edit(tmp_path: Path):
    write(
        tmp_path,
        {
            "app/kustomization.yaml": "resources: [base]\n",
            "app/base/kustomization.yaml": KUSTOMIZATION,
            "app/base/app.yaml": WEB,
        },
    )
    run(tmp_path, "app/base/policies/all.yaml")
    (sentence,) = warnings(tmp_path)
    assert sentence.startswith("app/base/kustomization.yaml: the kustomization does not list policies/all.yaml")


def test_a_file_beside_a_base_that_lists_it_is_fine(tmp_path: Path):
    write(
        tmp_path,
        {
            "app/overlay/kustomization.yaml": "resources: [../base]\n",
            "app/base/kustomization.yaml": "resources: [app.yaml, policies.yaml]\n",
            "app/base/app.yaml": WEB,
            "app/base/policies.yaml": "",
        },
    )
    assert run(tmp_path, "app/base/policies.yaml", "app/overlay").returncode == 0
    assert warnings(tmp_path) == []


def test_a_search_that_comes_across_an_unlisting_kustomization_says_so(kustomization: Path):
    run(kustomization, "app/network-policies.yaml", ".")
    assert len(warnings(kustomization)) == 1
    run(kustomization, "policies/network-policies.yaml", ".")
    assert warnings(kustomization) == []


@pytest.mark.parametrize("policies", ["app/network-policies.yaml", "network-policies.yaml", "app/templates/_np.yaml"])
def test_a_chart_renders_its_templates_only(chart: Path, policies: str):
    sentence = (
        f"app/Chart.yaml: the chart does not render {policies}, so that installing it does not apply these policies: "
        "name a place in app/templates with `policies-path`"
    )
    for _ in range(2):
        done = run(chart, policies)
        assert done.returncode == 0, done.stderr
        assert warnings(chart) == [sentence]


def test_policies_in_a_charts_templates_are_rendered_as_they_are(chart: Path):
    policies = chart / "app/templates/network-policies.yaml"
    assert run(chart, "app/templates/network-policies.yaml").returncode == 0
    assert warnings(chart) == []
    first = policies.read_bytes()
    rendered = subprocess.run(["helm", "template", "shop", chart / "app"], capture_output=True, text=True, check=True)
    assert rendered.stdout.count("kind: NetworkPolicy") == first.decode().count("kind: NetworkPolicy") > 0
    assert run(chart, "app/templates/network-policies.yaml").returncode == 0
    assert policies.read_bytes() == first


@pytest.mark.parametrize("inputs", [{"path": "app/app.yaml"}, {"render": "none"}])
def test_plain_manifests_are_deployed_by_whoever_names_them(kustomization: Path, inputs: dict[str, str]):
    (kustomization / "app/kustomization.yaml").rename(kustomization / "app/kustomization.txt")
    assert run(kustomization, "app/network-policies.yaml", **inputs).returncode == 0
    assert warnings(kustomization) == []


@pytest.mark.parametrize("arguments", [("-f", "app/np.yaml"), ("-d", "app/policies"), ("-f", "app/np.yaml", "--check")])
def test_generate_says_so_too(kustomization: Path, arguments: tuple[str, ...]):
    done = call(kustomization, "generate", "app", *arguments)
    assert "warning: app/kustomization.yaml: the kustomization does not list " in done.stderr
    assert "give --kustomize" in done.stderr
    assert RULE not in call(kustomization, "generate", "app", "-f", "app/np.yaml", "--kustomize").stderr


@pytest.mark.parametrize("place", [(), ("-f", "/dev/stdout")])
def test_generate_says_nothing_of_what_goes_elsewhere(kustomization: Path, place: tuple[str, ...]):
    assert "deploying it" not in call(kustomization, "generate", "app", *place).stderr


def test_generate_says_nothing_of_a_file_outside_of_the_repository(kustomization: Path, tmp_path: Path):
    outside = tmp_path.parent / f"{tmp_path.name}-np.yaml"
    done = call(kustomization, "generate", "app", "-f", str(outside))
    assert done.returncode == 0
    assert "deploying it" not in done.stderr
