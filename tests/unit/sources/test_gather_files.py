"""Which files are read, which are not, and what is said about them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from netpol_action.errors import InputError, UsageError
from netpol_action.model.diagnostics import Severity
from netpol_action.sources import files
from netpol_action.sources.files import Files, UnreadableError
from netpol_action.sources.gather import Gathered, SourceOptions, gather, read_text
from netpol_action.sources.places import Place

Write = Callable[[Mapping[str, str]], Path]
Gather = Callable[..., Gathered]

SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n"


def paths(gathered: Gathered) -> list[str]:
    return [text.path for text in gathered.texts]


def said(gathered: Gathered) -> list[str]:
    return [f"{diagnostic.severity} {diagnostic}" for diagnostic in gathered.diagnostics]


@pytest.mark.parametrize(
    "name", ["web.yaml", "web.yml", "web.json", "a/b/c/web.yaml", "name with spaces.yaml", "-web.yaml"]
)
def test_a_directory_gives_its_manifests(tree: Write, gathered: Gather, name: str):
    tree({f"k8s/{name}": SERVICE})
    assert paths(gathered("k8s")) == [f"k8s/{name}"]


@pytest.mark.parametrize(
    "name",
    [
        "README.md",
        "web.yaml.bak",
        ".git/web.yaml",
        ".hidden/web.yaml",
        ".pre-commit-config.yaml",
        ".github/workflows/ci.yaml",
    ],
)
def test_a_directory_gives_nothing_else(tree: Write, gathered: Gather, name: str):
    tree({"k8s/web.yaml": SERVICE, f"k8s/{name}": SERVICE})
    assert paths(gathered("k8s")) == ["k8s/web.yaml"]


def test_a_file_that_is_named_is_read_whatever_its_ending(tree: Write, gathered: Gather):
    tree({"manifests.txt": SERVICE})
    assert paths(gathered("manifests.txt")) == ["manifests.txt"]


def test_workflows_are_no_manifests_where_dot_github_is_named(tree: Write, gathered: Gather):
    tree({".github/web.yaml": SERVICE, ".github/workflows/ci.yaml": "on: push"})
    assert paths(gathered(".github")) == [".github/web.yaml"]


def test_a_file_counts_once_however_it_is_named(tree: Write, gathered: Gather):
    top = tree({"k8s/web.yaml": SERVICE})
    assert paths(gathered("k8s", "k8s/web.yaml", "./k8s/../k8s", str(top / "k8s"))) == ["k8s/web.yaml"]


def test_texts_are_sorted_by_path(tree: Write, gathered: Gather):
    tree({"b/x.yaml": SERVICE, "a/y.yaml": SERVICE, "a/x.yaml": SERVICE})
    assert paths(gathered("b", "a")) == ["a/x.yaml", "a/y.yaml", "b/x.yaml"]


def test_a_path_outside_of_the_working_directory_is_shown_as_given(tree: Write, gathered: Gather, tmp_path: Path):
    tree({})
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "web.yaml").write_text(SERVICE)
    assert paths(gathered("../elsewhere")) == ["../elsewhere/web.yaml"]
    assert paths(gathered(str(tmp_path / "elsewhere"))) == [str(tmp_path / "elsewhere" / "web.yaml")]


def test_a_name_that_is_not_utf8_is_shown_with_escapes(tree: Write, gathered: Gather):
    top = tree({"k8s/web.yaml": SERVICE})
    Path(os.fsdecode(os.fsencode(top / "k8s") + b"/\xff.yaml")).write_text(SERVICE)
    assert paths(gathered("k8s")) == ["k8s/\\xff.yaml", "k8s/web.yaml"]


def test_standard_input_is_read_beside_files_and_once(tree: Write, gathered: Gather):
    tree({"k8s/web.yaml": SERVICE})
    result = gathered("-", "k8s", "-", stdin=SERVICE.encode())
    assert paths(result) == ["-", "k8s/web.yaml"]
    assert result.texts[0].content == SERVICE.encode()


def test_standard_input_is_left_alone_where_it_is_not_named(tree: Write):
    tree({"web.yaml": SERVICE})

    def stdin() -> bytes:
        raise AssertionError

    assert paths(gather(["web.yaml"], SourceOptions(), stdin)) == ["web.yaml"]


def test_every_missing_path_is_named(tree: Write, gathered: Gather):
    tree({"web.yaml": SERVICE})
    with pytest.raises(UsageError, match=r"^k8s does not exist; deploy does not exist$"):
        gathered("k8s", "web.yaml", "deploy")


def test_a_directory_without_manifests_is_an_error(tree: Write, gathered: Gather):
    tree({"docs/README.md": ""})
    with pytest.raises(InputError, match=r"^there are no manifests \(\.yaml, .*\) in docs$"):
        gathered("docs")


class TestLinks:
    def test_within_the_input_they_add_nothing(self, tree: Write, gathered: Gather):
        top = tree({"k8s/web.yaml": SERVICE, "k8s/sub/db.yaml": SERVICE})
        (top / "k8s/again.yaml").symlink_to("web.yaml")
        (top / "k8s/0sub").symlink_to("sub")
        (top / "k8s/sub/loop").symlink_to("..")
        (top / "k8s/self.yaml").symlink_to("self.yaml")
        result = gathered("k8s")
        assert paths(result) == ["k8s/sub/db.yaml", "k8s/web.yaml"]
        assert said(result) == ["error k8s/self.yaml: the symbolic link leads nowhere"]

    @pytest.mark.parametrize("target", ["../secret.yaml", "/etc/hostname", "/proc/self/environ", "/proc/1/environ"])
    def test_out_of_the_input_they_are_not_followed(self, tree: Write, gathered: Gather, target: str):
        top = tree({"k8s/web.yaml": SERVICE, "secret.yaml": "password: hunter2"})
        (top / "k8s/link.yaml").symlink_to(target)
        result = gathered("k8s")
        assert paths(result) == ["k8s/web.yaml"]
        assert said(result) == ["error k8s/link.yaml: the symbolic link leads out of the input and is not followed"]

    def test_to_a_directory_out_of_the_input_only_warn(self, tree: Write, gathered: Gather):
        top = tree({"k8s/web.yaml": SERVICE, "other/db.yaml": SERVICE})
        (top / "k8s/other").symlink_to("../other")
        result = gathered("k8s")
        assert paths(result) == ["k8s/web.yaml"]
        assert said(result) == ["warning k8s/other: the symbolic link leads out of the input and is not followed"]

    def test_within_the_repository_they_are_followed(self, tree: Write, gathered: Gather):
        top = tree({".git/HEAD": "", "k8s/web.yaml": SERVICE, "common/db.yaml": SERVICE})
        (top / "k8s/common").symlink_to("../common")
        (top / "k8s/db.yaml").symlink_to("../common/db.yaml")
        result = gathered("k8s")
        assert len(paths(result)) == 2
        assert said(result) == []

    def test_into_gits_directory_they_are_not_followed(self, tree: Write, gathered: Gather):
        top = tree({".git/config": "token", "k8s/web.yaml": SERVICE})
        (top / "k8s/config.yaml").symlink_to("../.git/config")
        assert said(gathered("k8s")) == [
            "error k8s/config.yaml: the symbolic link leads out of the input and is not followed"
        ]

    def test_out_of_the_workspace_not_even_the_path_itself_may_lead(
        self, tree: Write, gathered: Gather, tmp_path: Path
    ):
        top = tree({"k8s/web.yaml": SERVICE})
        (tmp_path / "outside").mkdir()
        (tmp_path / "outside/web.yaml").write_text(SERVICE)
        (top / "deploy").symlink_to("../outside")
        with pytest.raises(UsageError, match=r"^deploy leads out of the workspace$"):
            gathered("deploy", workspace=str(top))


class TestUnreadable:
    def test_special_files_are_not_opened(self, tree: Write, gathered: Gather):
        top = tree({"k8s/web.yaml": SERVICE})
        os.mkfifo(top / "k8s/pipe.yaml")
        result = gathered("k8s")
        assert paths(result) == ["k8s/web.yaml"]
        assert said(result) == ["error k8s/pipe.yaml: the file is not a regular file"]

    def test_a_device_by_name_is_refused(self, tree: Write, gathered: Gather):
        tree({})
        with pytest.raises(InputError, match=r"^/dev/zero: the file is not a regular file$"):
            gathered("/dev/zero")

    def test_a_file_without_permission_costs_itself_alone(
        self, tree: Write, gathered: Gather, unprivileged: Callable[[], AbstractContextManager[None]]
    ):
        top = tree({"k8s/web.yaml": SERVICE, "k8s/db.yaml": SERVICE, "k8s/sub/x.yaml": SERVICE})
        (top / "k8s/db.yaml").chmod(0)
        (top / "k8s/sub").chmod(0)
        with unprivileged():
            result = gathered("k8s")
        assert paths(result) == ["k8s/web.yaml"]
        assert said(result) == [
            "error k8s/sub: the directory cannot be read: Permission denied",
            "error k8s/db.yaml: the file cannot be read: Permission denied",
        ]

    def test_a_large_file_is_not_read(self, tree: Write):
        top = tree({"large.yaml": "#" * 101})
        assert files.read(top / "large.yaml", limit=101) == b"#" * 101
        with pytest.raises(UnreadableError, match="is larger than 0 MB, the limit for such a file"):
            files.read(top / "large.yaml", limit=100)

    def test_files_above_the_limit_for_all_are_not_read(self, tree: Write):
        top = tree({"a.yaml": "#" * 60, "b.yaml": "#" * 60, "c.yaml": "#" * 30})
        known = Files(left=100)
        known.text(Place("a.yaml", top / "a.yaml"))
        with pytest.raises(UnreadableError, match="is not read, since the input has more than"):
            known.text(Place("b.yaml", top / "b.yaml"))
        known.text(Place("c.yaml", top / "c.yaml"))
        known.text(Place("a.yaml", top / "a.yaml"))


class TestConfiguration:
    @pytest.mark.parametrize(
        "name", ["k8s/netpol.yaml", "k8s/.github/netpol.yaml", "netpol.yaml", ".github/netpol.yaml"]
    )
    def test_at_a_root_it_is_found_and_no_manifest(self, tree: Write, gathered: Gather, name: str):
        tree({"k8s/web.yaml": SERVICE, name: "version: 1"})
        result = gathered("k8s")
        assert result.config_path == name
        assert paths(result) == ["k8s/web.yaml"]

    def test_the_inputs_own_comes_first(self, tree: Write, gathered: Gather):
        tree({"k8s/web.yaml": SERVICE, "k8s/netpol.yaml": "", "netpol.yaml": ""})
        result = gathered("k8s", ".")
        assert result.config_path == "k8s/netpol.yaml"
        assert paths(result) == ["k8s/web.yaml"]
        assert said(result) == ["note netpol.yaml: the file is not read, since k8s/netpol.yaml counts"]

    def test_at_the_top_of_the_repository_it_is_found_from_below(
        self, tree: Write, gathered: Gather, monkeypatch: pytest.MonkeyPatch
    ):
        top = tree({".git/HEAD": "", "apps/k8s/web.yaml": SERVICE, "netpol.yaml": ""})
        monkeypatch.chdir(top / "apps")
        assert gathered("k8s").config_path == "../netpol.yaml"

    def test_for_standard_input_it_is_the_working_directorys(self, tree: Write, gathered: Gather):
        tree({"netpol.yaml": ""})
        assert gathered("-", stdin=b"a: b").config_path == "netpol.yaml"

    def test_elsewhere_the_name_means_nothing(self, tree: Write, gathered: Gather):
        tree({"k8s/policies/netpol.yaml": SERVICE, "k8s/netpol.yml": SERVICE})
        result = gathered("k8s")
        assert result.config_path is None
        assert paths(result) == ["k8s/netpol.yml", "k8s/policies/netpol.yaml"]

    def test_a_link_does_not_count(self, tree: Write, gathered: Gather):
        top = tree({"k8s/web.yaml": SERVICE})
        (top / "netpol.yaml").symlink_to("/etc/hostname")
        assert gathered("k8s").config_path is None


def test_a_text_too_long_to_be_a_path_names_nothing(tree: Write, gathered: Gather):
    tree({"web.yaml": SERVICE})
    long = "A" * 5000
    with pytest.raises(UsageError, match=rf"^{long} does not exist$"):
        gathered(long)
    with pytest.raises(UsageError, match=rf"^{long} does not exist$"):
        read_text(long)


@pytest.mark.parametrize("path", ["closed/web.yaml", "closed"])
def test_a_place_that_may_not_be_searched_is_not_missing(
    path: str, tree: Write, gathered: Gather, unprivileged: Callable[[], AbstractContextManager[None]]
):
    closed = tree({"closed/web.yaml": SERVICE, "web.yaml": SERVICE}) / "closed"
    closed.chmod(0)
    with unprivileged():
        result = gathered(path, "web.yaml")
    assert paths(result) == ["web.yaml"]
    kind = "file" if path.endswith(".yaml") else "directory"
    assert said(result) == [f"error {path}: the {kind} cannot be read: Permission denied"]


def test_a_named_file_is_read_as_a_text(tree: Write):
    tree({"a.yaml": SERVICE})
    assert read_text("a.yaml").content == SERVICE.encode()
    with pytest.raises(UsageError, match=r"^b.yaml does not exist$"):
        read_text("b.yaml")
    with pytest.raises(InputError, match=r"^\. is not a regular file$"):
        read_text(".")


@pytest.mark.parametrize("name", ["Bad_NS!", "-shop", "shop-", "a.b", "a" * 64, "shop\n"])
def test_a_namespace_that_can_be_none_is_refused(tree: Write, gathered: Gather, name: str):
    tree({"web.yaml": "kind: Service\n"})
    with pytest.raises(UsageError, match="is no name for a namespace: lower-case letters"):
        gathered("web.yaml", namespace=name)


@pytest.mark.parametrize("name", ["shop", "a", "7", "a-b", "a" * 63])
def test_a_label_is_a_namespace(tree: Write, gathered: Gather, name: str):
    tree({"web.yaml": "kind: Service\n"})
    assert gathered("web.yaml", namespace=name).diagnostics == ()


@pytest.mark.parametrize(("mode", "what"), [("helm", "chart"), ("kustomize", "kustomization")])
def test_a_renderer_with_nothing_to_render_is_a_warning(tree: Write, gathered: Gather, mode: str, what: str):
    tree({"k8s/web.yaml": "kind: Service\n"})
    (problem,) = gathered("k8s", render=mode).diagnostics
    assert (problem.severity, problem.rule) == (Severity.WARNING, "nothing-to-render")
    assert problem.message == f"--render {mode} has nothing to render: there is no {what} in the input"
