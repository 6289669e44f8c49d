"""Helm charts: which are rendered, with which values, and what is said about those that are not."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from netpol_action.errors import InputError, UsageError
from netpol_action.sources.gather import Gathered

Write = Callable[[Mapping[str, str]], Path]
Gather = Callable[..., Gathered]

pytestmark = pytest.mark.usefixtures("helm")

ADVICE = "give the chart its values with --helm-values FILE or --helm-set KEY=VALUE"
METADATA = "apiVersion: v2\nname: shop\nversion: 0.1.0\n"
TEMPLATE = (
    "apiVersion: v1\nkind: Service\n"
    "metadata: {name: '{{ .Release.Name }}-web', namespace: '{{ .Release.Namespace }}'}\n"
    "spec: {ports: [{port: {{ .Values.port }}}], version: '{{ .Capabilities.KubeVersion }}'}\n"
)
CHART = {
    "shop/Chart.yaml": METADATA,
    "shop/values.yaml": "port: 80\n",
    "shop/templates/web.yaml": TEMPLATE,
    "shop/crds/crd.yaml": "kind: CustomResourceDefinition\nmetadata: {name: a}\n",
}


def output(gathered: Gathered) -> str:
    (text,) = gathered.texts
    assert text.rendered_by == "helm"
    return text.content.decode()


def paths(gathered: Gathered) -> list[str]:
    return [text.path for text in gathered.texts]


def said(gathered: Gathered) -> list[str]:
    return [f"{diagnostic.severity} {diagnostic}" for diagnostic in gathered.diagnostics]


@pytest.mark.parametrize("path", ["shop", "shop/Chart.yaml", "."])
def test_a_chart_is_rendered_with_its_own_values(tree: Write, gathered: Gather, path: str):
    tree(CHART)
    result = gathered(path)
    assert paths(result) == ["shop"]
    assert "{name: 'shop-web', namespace: 'default'}" in output(result)
    assert "port: 80" in output(result)
    assert "CustomResourceDefinition" in output(result)
    assert said(result) == []


@pytest.mark.parametrize(
    ("options", "written"),
    [
        ({"helm_values": ("a.yaml",)}, "port: 1"),
        ({"helm_values": ("a.yaml", "sub/b.yaml")}, "port: 2"),
        ({"helm_set": ("port=3",), "helm_values": ("a.yaml",)}, "port: 3"),
        ({"release_name": "other"}, "name: 'other-web'"),
        ({"namespace": "prod"}, "namespace: 'prod'"),
        ({"kube_version": "1.29"}, "version: 'v1.29"),
    ],
)
def test_options_reach_helm(tree: Write, gathered: Gather, options: dict[str, object], written: str):
    tree({**CHART, "a.yaml": "port: 1\n", "sub/b.yaml": "port: 2\n"})
    assert written in output(gathered("shop", **options))


def test_all_in_a_chart_belongs_to_it(tree: Write, gathered: Gather):
    tree(
        {
            **CHART,
            "shop/charts/db/Chart.yaml": METADATA.replace("shop", "db"),
            "shop/charts/db/templates/db.yaml": "kind: Service\nmetadata: {name: db}\n",
            "plain/web.yaml": "kind: Service\n",
        }
    )
    result = gathered(".")
    assert paths(result) == ["plain/web.yaml", "shop"]
    assert b"name: db" in result.texts[1].content


def test_objects_lead_back_to_their_templates(tree: Write, gathered: Gather):
    tree(
        {
            **{f"deploy/{name}": content for name, content in CHART.items()},
            "deploy/shop/charts/db/Chart.yaml": METADATA.replace("shop", "db"),
            "deploy/shop/charts/db/templates/db.yaml": "kind: Service\nmetadata: {name: db}\n",
        }
    )
    (text,) = gathered("deploy").texts
    sources = {source.path: source.content for source in text.sources}
    named = {
        posixpath.normpath(posixpath.join(text.path, name.decode()))
        for name in re.findall(rb"# Source: shop/(\S+)", text.content)
    }
    assert named == {
        "deploy/shop/charts/db/templates/db.yaml",
        "deploy/shop/crds/crd.yaml",
        "deploy/shop/templates/web.yaml",
    }
    assert named < sources.keys()
    assert sources["deploy/shop/templates/web.yaml"] == TEMPLATE.encode()


def test_libraries_and_charts_that_others_use_are_no_roots(tree: Write, gathered: Gather):
    library = METADATA.replace("shop", "lib") + "type: library\n"
    tree(
        {
            **CHART,
            "shop/Chart.yaml": METADATA
            + "dependencies: [{name: lib, version: 0.1.0, repository: 'file://../lib'},"
            + " {name: db, version: 0.1.0, repository: 'file://../db'}]\n",
            "shop/charts/lib/Chart.yaml": library,
            "shop/charts/db/Chart.yaml": METADATA.replace("shop", "db"),
            "lib/Chart.yaml": library,
            "db/Chart.yaml": METADATA.replace("shop", "db"),
            "unused/Chart.yaml": library.replace("lib\n", "unused\n"),
        }
    )
    result = gathered(".")
    assert paths(result) == ["shop"]
    assert said(result) == ["note unused: the library chart is not rendered, since no chart of the input uses it"]


class TestRefused:
    @pytest.mark.parametrize("file", ["Chart.yaml", "requirements.yaml"])
    def test_dependencies_that_are_not_there(self, tree: Write, gathered: Gather, file: str):
        given = METADATA.replace("v2", "v1") if file == "requirements.yaml" else METADATA
        dependencies = "dependencies:\n- name: redis\n  version: 1.0.0\n  repository: https://charts.example.com\n"
        tree({**CHART, "shop/Chart.yaml": given})
        (Path("shop") / file).write_text(dependencies if file == "requirements.yaml" else given + dependencies)
        line = 2 if file == "requirements.yaml" else 5
        with pytest.raises(InputError) as problem:
            gathered(".")
        assert str(problem.value) == (
            f"shop/{file}:{line}: the chart depends on `redis`, which is not in its charts directory, and nothing is "
            "downloaded: run `helm dependency build` first"
        )

    def test_values_and_release_names_that_are_none(self, tree: Write, gathered: Gather):
        tree(CHART)
        with pytest.raises(UsageError, match=r"^the values file https://example.com/v.yaml does not exist$"):
            gathered("shop", helm_values=("https://example.com/v.yaml",))
        with pytest.raises(UsageError, match="is no name for a release"):
            gathered("shop", release_name="--post-renderer=./evil")

    def test_links_out_of_the_input(self, tree: Write, gathered: Gather):
        top = tree({**CHART, "secret.yaml": "kind: Leak\n"})
        (top / "shop/templates/link.yaml").symlink_to("../../secret.yaml")
        (top / "shop/templates/environ.yaml").symlink_to("/proc/self/environ")
        result = gathered("shop")
        assert "Leak" not in output(result)
        assert said(result) == [
            "error shop/templates/environ.yaml: the symbolic link leads out of the input and is not followed",
            "error shop/templates/link.yaml: the symbolic link leads out of the input and is not followed",
        ]

    def test_a_schema_that_would_be_downloaded(self, tree: Write, gathered: Gather):
        # With this one helm fails without network, where it is not told to leave schemas alone.
        tree({**CHART, "shop/values.schema.json": '{"$ref": "https://schema.invalid/s.json"}'})
        assert "port: 80" in output(gathered("shop"))


def test_links_within_the_repository_are_part_of_the_chart(tree: Write, gathered: Gather):
    top = tree({".git/HEAD": "", **CHART, "common/db.yaml": "kind: Service\nmetadata: {name: db}\n"})
    (top / "shop/templates/db.yaml").symlink_to("../../common/db.yaml")
    (top / "shop/templates/loop").symlink_to("..")
    result = gathered("shop")
    assert "name: db" in output(result)
    assert said(result) == []


class TestBroken:
    @pytest.mark.parametrize(
        ("template", "sentence"),
        [
            (
                'kind: {{ required "a password is needed" .Values.password }}',
                f"shop/templates/web.yaml:1: helm: a password is needed; {ADVICE}",
            ),
            (
                "kind: Service\nname: {{ .Values.db.host.name }}",
                f"shop/templates/web.yaml:2: helm: `.Values.db.host.name` is not set; {ADVICE}",
            ),
            ("kind: {{ nothing }}", 'shop/templates/web.yaml:1: helm: function "nothing" not defined'),
            (
                "kind: [Service",
                "shop/templates/web.yaml: helm: the template does not give valid YAML: yaml: line 1: did not find",
            ),
            ("{{ fail .Values.missing.x }}", "shop/templates/web.yaml:1: helm: `.Values.missing.x` is not set"),
        ],
    )
    def test_templates_are_named(self, tree: Write, gathered: Gather, template: str, sentence: str):
        tree({**CHART, "shop/templates/web.yaml": template, "plain/web.yaml": "kind: Service\n"})
        result = gathered(".")
        assert paths(result) == ["plain/web.yaml"]
        (line,) = said(result)
        assert line.startswith(f"error {sentence}")

    def test_a_template_that_eats_all_memory_is_ended(self, tree: Write, gathered: Gather):
        tree({**CHART, "shop/templates/web.yaml": '{{ repeat 3000000000 "x" }}\n'})
        with pytest.raises(InputError, match=r"^shop: helm needed more than 1024 MB of memory and was ended$"):
            gathered("shop")

    @pytest.mark.parametrize(
        ("files", "options", "sentence"),
        [
            ({"shop/values.yaml": "a: ["}, {}, "shop: helm: cannot load values.yaml"),
            ({"v.yaml": "a: ["}, {"helm_values": ("v.yaml",)}, "shop: helm: failed to parse v.yaml"),
            ({}, {"helm_set": ("port",)}, 'shop: helm: failed parsing --set data: key "port" has no value'),
            ({}, {"kube_version": "new"}, "shop: helm: invalid kube version 'new'"),
            (
                {"shop/values.schema.json": '{"required": ["db"]}'},
                {},
                "shop: helm: values don't meet the specifications",
            ),
            ({"shop/Chart.yaml": "name: [x"}, {}, "shop/Chart.yaml:2: the document is not valid YAML"),
            (
                {"shop/Chart.yaml": METADATA + "kubeVersion: '<1.10'\n"},
                {},
                "shop: helm: chart requires kubeVersion: <1.10",
            ),
        ],
    )
    def test_everything_else_is_named_by_the_users_paths(
        self, tree: Write, gathered: Gather, files: dict[str, str], options: dict[str, object], sentence: str
    ):
        tree({**CHART, **files})
        with pytest.raises(InputError) as problem:
            gathered("shop", **options)
        assert str(problem.value).startswith(sentence)
        assert "/tmp" not in str(problem.value)


def test_both_a_chart_and_a_kustomization(tree: Write, gathered: Gather):
    tree({**CHART, "shop/kustomization.yaml": "resources: []\n"})
    with pytest.raises(InputError, match=r"^shop: the directory holds both a kustomization and a chart: choose with"):
        gathered("shop")
    assert paths(gathered("shop", render="helm")) == ["shop"]


def test_a_missing_tool_is_named_with_what_to_do(tree: Write, gathered: Gather, monkeypatch: pytest.MonkeyPatch):
    tree(CHART)
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(
        InputError, match=r"^shop: this directory is not rendered: helm is not installed: install it, use"
    ):
        gathered(".")


def test_the_environment_of_the_caller_is_kept_from_helm(
    tree: Write, gathered: Gather, monkeypatch: pytest.MonkeyPatch
):
    """A chart sees no environment, but a plugin or a cluster named by it would be started or asked."""
    tree({**CHART, "shop/templates/web.yaml": 'kind: "{{ lookup "v1" "Secret" "kube-system" "a" }}"\n'})
    monkeypatch.setenv("KUBECONFIG", "/nonexistent/config")
    monkeypatch.setenv("HELM_NAMESPACE", "elsewhere")
    monkeypatch.setenv("HELM_DEBUG", "not-a-boolean")
    assert 'kind: "map[]"' in output(gathered("shop"))
