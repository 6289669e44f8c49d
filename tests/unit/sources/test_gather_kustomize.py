"""Kustomizations: which are built, what is refused before anything starts, and what is said about broken ones."""

from __future__ import annotations

import os
import posixpath
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from netpol_action.errors import InputError
from netpol_action.manifests.reader import read
from netpol_action.sources.gather import Gathered

Write = Callable[[Mapping[str, str]], Path]
Gather = Callable[..., Gathered]

pytestmark = pytest.mark.usefixtures("kustomize")


def deployment(name: str) -> str:
    return (
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\n"
        "spec: {template: {spec: {containers: [{name: main, image: x}]}}}\n"
    )


BASE = {"base/kustomization.yaml": "resources: [web.yaml]\n", "base/web.yaml": deployment("web")}
OVERLAY = {**BASE, "dev/kustomization.yaml": "resources: [../base]\nnamespace: dev\n"}


def objects(gathered: Gathered) -> list[str]:
    found = []
    for document in read(gathered.texts)[0]:
        metadata = document.value["metadata"]
        assert isinstance(metadata, dict)
        found.append(f"{document.value['kind']} {metadata.get('namespace', '')}/{metadata['name']}")
    return sorted(found)


def paths(gathered: Gathered) -> list[str]:
    return [text.path for text in gathered.texts]


def said(gathered: Gathered) -> list[str]:
    return [f"{diagnostic.severity} {diagnostic}" for diagnostic in gathered.diagnostics]


@pytest.mark.parametrize("name", ["kustomization.yaml", "kustomization.yml", "Kustomization"])
@pytest.mark.parametrize("path", ["app", "app/.", "."])
def test_a_directory_with_a_kustomization_is_built(tree: Write, gathered: Gather, name: str, path: str):
    tree({f"app/{name}": "resources: [web.yaml]\nnamePrefix: my-\n", "app/web.yaml": deployment("web")})
    result = gathered(path)
    assert paths(result) == ["app"]
    assert result.texts[0].rendered_by == "kustomize"
    assert objects(result) == ["Deployment /my-web"]
    assert said(result) == []


def test_of_a_tree_only_the_roots_are_built(tree: Write, gathered: Gather):
    tree(
        {
            **OVERLAY,
            "dev/kustomization.yaml": "resources: [../base]\ncomponents: [../component]\n",
            "component/kustomization.yaml": "kind: Component\nnamePrefix: my-\n",
            "plain/db.yaml": deployment("db"),
        }
    )
    result = gathered(".")
    assert paths(result) == ["dev", "plain/db.yaml"]
    assert objects(result) == ["Deployment /db", "Deployment /my-web"]
    assert said(result) == []


def test_a_kustomization_that_is_named_is_built_though_others_use_it(tree: Write, gathered: Gather):
    tree(OVERLAY)
    assert objects(gathered("base")) == ["Deployment /web"]
    assert objects(gathered("base/kustomization.yaml")) == ["Deployment /web"]


def test_what_is_below_a_kustomization_that_is_named_is_its_own_matter(tree: Write, gathered: Gather):
    tree({"app/kustomization.yaml": "resources: [base]\n", **{f"app/{k}": v for k, v in OVERLAY.items()}})
    assert paths(gathered("app")) == ["app"]


def test_bases_above_the_path_are_found(tree: Write, gathered: Gather):
    tree({f"deploy/{name}": content for name, content in OVERLAY.items()})
    assert objects(gathered("deploy/dev")) == ["Deployment dev/web"]


def test_without_rendering_all_files_are_read_as_they_are(tree: Write, gathered: Gather):
    tree(OVERLAY)
    assert paths(gathered(".", render="none")) == ["base/web.yaml"]


def test_files_that_a_kustomization_uses_are_not_read_again(tree: Write, gathered: Gather):
    tree(
        {
            "app/kustomization.yaml": (
                "resources: [web.yaml]\n"
                "patches: [{path: patches/replicas.yaml}]\n"
                "patchesStrategicMerge: [merge.yaml]\n"
                "configMapGenerator: [{name: settings, files: [key=settings.yaml, other.json], envs: [some.env]}]\n"
            ),
            "app/web.yaml": deployment("web"),
            "app/patches/replicas.yaml": deployment("web"),
            "app/merge.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, labels: {a: b}}\n",
            "app/settings.yaml": "kind: Nothing\n",
            "app/other.json": "{}",
            "app/some.env": "A=b\n",
            "app/more/db.yaml": deployment("db"),
        }
    )
    result = gathered(".")
    assert paths(result) == ["app", "app/more/db.yaml"]
    assert [name for name in objects(result) if "Deployment" in name] == ["Deployment /db", "Deployment /web"]


def test_manifests_beside_a_kustomization_that_does_not_use_them_are_named(tree: Write, gathered: Gather):
    tree({**OVERLAY, "dev/old.yaml": deployment("old"), "dev/values.yaml": "a: b\n"})
    for path in (".", "dev"):
        result = gathered(path)
        assert objects(result) == ["Deployment dev/web"]
        assert said(result) == [
            "note dev: the kustomization does not use old.yaml beside it, so that nothing of it is read"
        ]


def test_a_file_beside_a_kustomization_is_read_where_it_is_named(tree: Write, gathered: Gather):
    tree({**OVERLAY, "dev/policies.yaml": deployment("policies"), "dev/old.yaml": deployment("old")})
    result = gathered("dev", "dev/policies.yaml")
    assert paths(result) == ["dev", "dev/policies.yaml"]
    assert [line.startswith("note dev: the kustomization does not use old.yaml") for line in said(result)] == [True]


def test_objects_lead_back_to_the_files_they_come_from(tree: Write, gathered: Gather):
    tree(
        {
            **{f"deploy/{name}": content for name, content in OVERLAY.items()},
            "deploy/dev/kustomization.yaml": (
                "resources: [../base]\nbuildMetadata: [managedByLabel]\n"
                "configMapGenerator: [{name: settings, literals: [A=b]}]\n"
            ),
        }
    )
    (text,) = gathered("deploy/dev").texts
    sources = {source.path: source.content for source in text.sources}
    assert sorted(sources) == [
        "deploy/base/kustomization.yaml",
        "deploy/base/web.yaml",
        "deploy/dev/kustomization.yaml",
    ]
    assert sources["deploy/base/web.yaml"] == deployment("web").encode()
    written = re.findall(rb"(?:path|configuredIn): (\S+)", text.content)
    found = {posixpath.normpath(posixpath.join(text.path, name.decode())) for name in written}
    assert found == {"deploy/base/web.yaml", "deploy/dev/kustomization.yaml"}
    assert b"app.kubernetes.io/managed-by: kustomize" in text.content


def test_scalars_keep_their_meaning(tree: Write, gathered: Gather):
    literal = "x: y\\u2028\U0001f600"
    tree(
        {
            **BASE,
            "base/kustomization.yaml": (
                'resources: [web.yaml]\ncommonAnnotations: {a: "y", b: "0o10", c: "12:30", d: "1e3", e: "~"}\n'
                "generatorOptions: {disableNameSuffixHash: true}\n"
                f'configMapGenerator: [{{name: s, literals: ["k={literal}"]}}]\n'
            ),
        }
    )
    documents = {str(d.value["kind"]): d.value for d in read(gathered("base").texts)[0]}
    metadata, data = documents["Deployment"]["metadata"], documents["ConfigMap"]["data"]
    assert isinstance(metadata, dict)
    assert metadata["annotations"] == {"a": "y", "b": "0o10", "c": "12:30", "d": "1e3", "e": "~"}
    assert data == {"k": "x: y\u2028\U0001f600"}


def test_old_spellings_still_build(tree: Write, gathered: Gather):
    tree(
        {
            **BASE,
            "dev/kustomization.yaml": "bases: [../base]\npatchesStrategicMerge: [p.yaml]\n",
            "dev/p.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, labels: {patched: 'yes'}}\n",
        }
    )
    (text,) = gathered("dev").texts
    assert b'patched: "yes"' in text.content


class TestRefused:
    """Before any tool starts: each with the file, the line and what to do."""

    @pytest.mark.parametrize(
        ("field", "sentence"),
        [
            ("resources: [https://example.com/web.yaml]", "`https://example.com/web.yaml` is remote"),
            ("resources: [github.com/org/repo//path?ref=v1]", "`github.com/org/repo//path?ref=v1` is remote"),
            ("resources: ['git@example.com:org/repo.git']", "`git@example.com:org/repo.git` is remote"),
            ("bases: ['git::https://example.com/repo']", "`git::https://example.com/repo` is remote"),
            ("components: [ssh://example.com/repo]", "`ssh://example.com/repo` is remote"),
            ("RESOURCES: [https://example.com/a]", "`https://example.com/a` is remote"),
            ("<<: {resources: [https://example.com/a]}", "`https://example.com/a` is remote"),
            ("crds: [https://example.com/crd.json]", "`https://example.com/crd.json` is remote"),
            ("configurations: [https://example.com/c]", "`https://example.com/c` is remote"),
            ("openapi: {path: 'https://example.com/o'}", "`https://example.com/o` is remote"),
            ("patches: [{path: 'https://example.com/p'}]", "`https://example.com/p` is remote"),
            ("patchesJson6902: [{path: 'https://example.com/p'}]", "`https://example.com/p` is remote"),
            ("patchesStrategicMerge: ['https://example.com/p']", "`https://example.com/p` is remote"),
            ("replacements: [{path: 'https://example.com/p'}]", "`https://example.com/p` is remote"),
            (
                "configMapGenerator: [{name: a, files: ['k=https://example.com/f']}]",
                "`https://example.com/f` is remote",
            ),
            ("secretGenerator: [{name: a, envs: ['https://example.com/f']}]", "`https://example.com/f` is remote"),
            ("transformers: [https://example.com/t]", "`https://example.com/t` is remote"),
            ("resources: [gitlab.example.com/org/repo]", "`gitlab.example.com/org/repo` does not exist"),
            ("resources: [/etc]", "`/etc` must be a relative path"),
            ("resources: [nowhere.yaml]", "`nowhere.yaml` does not exist"),
            ("resources: [../base/web.yaml]", "`../base/web.yaml` is not in or below the kustomization's directory"),
            ("resources: [..]", "`..` holds no kustomization"),
            ("helmCharts: [{name: a, repo: 'https://example.com'}]", "`helmCharts` is not supported"),
            ("generators: [plugin.yaml]", "generators and transformers that start programs or containers are not run"),
            ("validators: [plugin.yaml]", "generators and transformers that start programs or containers are not run"),
            ("transformers: ['{apiVersion: evil/v1, kind: X}']", "generators and transformers that start programs"),
            ("transformers: [remote.yaml]", "`https://example.com/patch` is remote"),
            ("generators: [inflate.yaml]", "charts are not inflated"),
            ("transformers: [transformers]", "generators and transformers that start programs"),
        ],
    )
    def test_with_one_sentence(self, tree: Write, gathered: Gather, field: str, sentence: str):
        tree(
            {
                **BASE,
                "dev/kustomization.yaml": f"# The development overlay.\nnamespace: dev\n{field}\n",
                "dev/plugin.yaml": (
                    "apiVersion: example.com/v1\nkind: Exec\nmetadata: {name: x, annotations: "
                    "{config.kubernetes.io/function: 'exec: {path: ./run}'}}\n"
                ),
                "dev/remote.yaml": (
                    "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: x}\npath: https://example.com/patch\n"
                ),
                "dev/inflate.yaml": "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: x}\n",
                "dev/transformers/kustomization.yaml": "resources: [t.yaml]\n",
                "dev/transformers/t.yaml": "apiVersion: example.com/v1\nkind: Exec\nmetadata: {name: x}\n",
                "plain/db.yaml": deployment("db"),
            }
        )
        result = gathered("dev", "plain")
        assert paths(result) == ["plain/db.yaml"]
        errors = [line for line in said(result) if line.startswith("error")]
        assert len(errors) == 1
        assert re.match(rf"error dev/(transformers/)?kustomization.yaml:\d: {re.escape(sentence)}", errors[0])

    def test_kustomizes_own_transformers_are_not(self, tree: Write, gathered: Gather):
        suffix = (
            "{apiVersion: builtin, kind: SuffixTransformer, metadata: {name: s}, "
            "suffix: -z, fieldSpecs: [{path: metadata/name}]}"
        )
        tree(
            {
                **BASE,
                "dev/kustomization.yaml": f"resources: [../base]\ntransformers: [prefix.yaml, '{suffix}']\n",
                "dev/prefix.yaml": (
                    "apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: p}\n"
                    "prefix: a-\nfieldSpecs: [{path: metadata/name}]\n"
                ),
            }
        )
        assert objects(gathered("dev")) == ["Deployment /a-web-z"]

    def test_all_problems_are_named_at_once(self, tree: Write, gathered: Gather):
        tree(
            {
                "a/kustomization.yaml": "resources:\n- https://example.com/a\n- gone.yaml\n- ../b\n",
                "b/kustomization.yaml": "resources: [missing]\n",
            }
        )
        with pytest.raises(InputError) as problem:
            gathered(".")
        assert [line.split(": ")[0] for line in str(problem.value).splitlines()] == [
            "a/kustomization.yaml:2",
            "a/kustomization.yaml:3",
            "b/kustomization.yaml:1",
        ]

    def test_a_reference_out_of_the_repository(self, tree: Write, gathered: Gather, tmp_path: Path):
        tree({".git/HEAD": "", "dev/kustomization.yaml": "resources: [../../outside]\n"})
        (tmp_path / "outside").mkdir()
        (tmp_path / "outside/kustomization.yaml").write_text("resources: []\n")
        with pytest.raises(InputError, match=r"`../../outside` leads out of the repository or working directory"):
            gathered("dev")

    def test_links_out_of_a_kustomizations_directory(self, tree: Write, gathered: Gather):
        top = tree({**BASE, "dev/kustomization.yaml": "resources: [link.yaml, ../base]\n", "secret.yaml": "a: b"})
        (top / "dev/link.yaml").symlink_to("../secret.yaml")
        with pytest.raises(InputError, match=r"`link.yaml` is not in or below the kustomization's directory"):
            gathered("dev")


def test_linked_bases_and_files_within_bounds_are_built(tree: Write, gathered: Gather):
    top = tree({".git/HEAD": "", **OVERLAY, "dev/kustomization.yaml": "resources: [base, link.yaml]\n"})
    (top / "dev/base").symlink_to("../base")
    (top / "dev/files").mkdir()
    (top / "dev/files/db.yaml").write_text(deployment("db"))
    (top / "dev/link.yaml").symlink_to("files/db.yaml")
    assert objects(gathered("dev")) == ["Deployment /db", "Deployment /web"]


class TestBroken:
    @pytest.mark.parametrize(
        ("kustomization", "sentence"),
        [
            ("resources: [web.yaml\n", "kustomization.yaml:2: the document is not valid YAML"),
            ("- web.yaml\n", "kustomization.yaml:1: the file must hold one YAML mapping"),
            ("", "kustomization.yaml:1: the file must hold one YAML mapping"),
            (
                "resources: [web.yaml]\nresource: []\n",
                'bad: kustomize: invalid Kustomization: json: unknown field "resource"',
            ),
            (
                "resources: [web.yaml, web.yaml]\n",
                "bad: kustomize: web.yaml: may not add resource with an already registered id",
            ),
            ("resources: [nameless.yaml]\n", "bad: kustomize: nameless.yaml: missing metadata.name in object"),
        ],
    )
    def test_costs_itself_alone(self, tree: Write, gathered: Gather, kustomization: str, sentence: str):
        tree(
            {
                "bad/kustomization.yaml": kustomization,
                "bad/web.yaml": deployment("web"),
                "bad/nameless.yaml": "apiVersion: v1\nkind: Service\n",
                **OVERLAY,
            }
        )
        result = gathered(".")
        errors = [line for line in said(result) if line.startswith("error")]
        assert "dev" in paths(result)
        assert len(errors) == 1
        assert sentence in errors[0]
        assert "/tmp" not in "".join(errors)

    def test_in_a_base_it_is_named_by_the_users_path(self, tree: Write, gathered: Gather):
        tree({**OVERLAY, "base/web.yaml": "kind: Service\n  a: : b\n"})
        with pytest.raises(InputError) as problem:
            gathered("dev")
        assert str(problem.value).startswith("dev: kustomize: ")
        assert "web.yaml" in str(problem.value)
        assert str(problem.value).endswith("(in base)")

    def test_of_a_patch_that_is_none_nothing_is_shown(self, tree: Write, gathered: Gather):
        tree(
            {
                "bad/kustomization.yaml": "resources: [web.yaml]\npatches: [{path: patch.yaml}]\n",
                "bad/web.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: web}\n",
                "bad/patch.yaml": "kind: Secret\nstringData: {password: hunter2}\n",
            }
        )
        with pytest.raises(InputError, match=r"^bad: kustomize: .*unable to parse SM or JSON patch$") as problem:
            gathered("bad")
        assert "hunter2" not in str(problem.value)

    def test_two_kustomization_files(self, tree: Write, gathered: Gather):
        tree({"dev/kustomization.yaml": "", "dev/Kustomization": ""})
        with pytest.raises(InputError, match=r"^dev: the directory holds more than one kustomization file$"):
            gathered("dev")

    def test_a_circle(self, tree: Write, gathered: Gather):
        tree({"a/kustomization.yaml": "resources: [../b]\n", "b/kustomization.yaml": "resources: [../a]\n"})
        with pytest.raises(InputError, match=r"^a: the kustomization uses itself by way of others"):
            gathered(".")

    def test_a_component_by_itself(self, tree: Write, gathered: Gather):
        tree({"c/kustomization.yaml": "kind: Component\n", "web.yaml": deployment("web")})
        with pytest.raises(InputError, match=r"^c: a component cannot be rendered by itself"):
            gathered("c")
        assert said(gathered(".")) == [
            "note c: the component is not rendered, since no kustomization of the input uses it"
        ]


class TestOverlays:
    def test_of_one_application_are_told_apart_by_the_user(self, tree: Write, gathered: Gather):
        tree(
            {
                **BASE,
                "overlays/dev/kustomization.yaml": "resources: [../../base]\n",
                "overlays/prod/kustomization.yaml": "resources: [../../base]\n",
            }
        )
        with pytest.raises(InputError) as problem:
            gathered(".")
        assert str(problem.value) == (
            "several directories render the same objects, as the overlays of one application do; "
            "name one of each line as PATH:\n"
            "  overlays/dev, overlays/prod (each renders Deployment web)"
        )
        assert objects(gathered("overlays/dev")) == ["Deployment /web"]

    @pytest.mark.parametrize(
        "shared", ["apiVersion: v1\nkind: Namespace\n", "apiVersion: v1\nkind: ConfigMap\ndata: {a: b}\n"]
    )
    def test_that_share_what_applications_share_go_together(self, tree: Write, gathered: Gather, shared: str):
        files = {
            f"{name}/{file}": content
            for name in ("a", "b")
            for file, content in {
                "kustomization.yaml": "resources: [own.yaml, shared.yaml]\n",
                "own.yaml": deployment(name),
                "shared.yaml": shared + "metadata: {name: shop}\n",
            }.items()
        }
        tree(files)
        assert paths(gathered(".")) == ["a", "b"]

    def test_in_other_namespaces_go_together(self, tree: Write, gathered: Gather):
        tree({**OVERLAY, "prod/kustomization.yaml": "resources: [../base]\nnamespace: prod\n"})
        assert objects(gathered(".")) == ["Deployment dev/web", "Deployment prod/web"]


def test_a_missing_tool_is_named_with_what_to_do(tree: Write, gathered: Gather, monkeypatch: pytest.MonkeyPatch):
    tree({**OVERLAY, "plain/db.yaml": deployment("db")})
    monkeypatch.setenv("PATH", "/nonexistent")
    assert [line.split(":")[0] for line in said(gathered("."))] == ["error dev"]
    with pytest.raises(
        InputError, match=r"^dev: this directory is not rendered: neither kustomize nor kubectl is installed: install"
    ):
        gathered("dev")


def test_a_tool_in_the_input_is_not_started(tree: Write, gathered: Gather, monkeypatch: pytest.MonkeyPatch):
    top = tree({**OVERLAY, "kustomize": "#!/bin/sh\ntouch started\n"})
    (top / "kustomize").chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join((".", "", "bin")))
    with pytest.raises(InputError, match="neither kustomize nor kubectl is installed"):
        gathered("dev")
    assert not (top / "started").exists()


def test_with_helm_alone_kustomizations_are_left_out(tree: Write, gathered: Gather):
    tree({**OVERLAY, "plain/db.yaml": deployment("db")})
    result = gathered(".", render="helm")
    assert paths(result) == ["plain/db.yaml"]
    assert said(result) == [
        "warning base: --render helm leaves out every kustomization: this directory, dev are not rendered"
    ]


@pytest.mark.skipif(not shutil.which("kubectl"), reason="needs kubectl, which no script of the project installs")
def test_kubectl_does_where_kustomize_is_missing(
    tree: Write, gathered: Gather, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    tree({**OVERLAY, "bad/kustomization.yaml": "resources: [../base]\nunknown: 1\n"})
    (tmp_path / "kubectl").symlink_to(str(shutil.which("kubectl")))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert objects(gathered("dev")) == ["Deployment dev/web"]
    with pytest.raises(InputError, match=r'^bad: kustomize: invalid Kustomization: json: unknown field "unknown"$'):
        gathered("bad")
