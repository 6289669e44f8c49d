"""Branches and commits of a remote by git: real repositories behind a real server."""

from __future__ import annotations

import base64
import os
import subprocess
from pathlib import Path

import pytest
from git_server import READ_TOKEN, WRITE_TOKEN, World, git

from netpol_action.author import Author
from netpol_action.publish import git_process
from netpol_action.publish.effects import WriteFile
from netpol_action.publish.errors import ForbiddenError, PassingError, PublishingError
from netpol_action.publish.git_access import Access, by_token
from netpol_action.publish.git_repository import BOT, GitRepository, git_repository
from netpol_action.publish.repository import Commit, Entry

POLICY = WriteFile("deploy/policies.yaml", b"kind: NetworkPolicy\n")


def tip(repository: GitRepository, branch: str = "main") -> Commit:
    found = repository.tip(branch)
    assert found
    return found


def test_a_commit_on_a_branch_has_the_files_the_parent_and_the_people(world: World):
    sha = world.push(README="hello", deploy__app="app")
    repository = world.opened()
    assert tip(repository).sha == sha
    made = repository.commit(
        sha, repository.tree(sha, [POLICY]), "Update policies\n\nAll of them.\n", Author("Ada", "ada@example.com")
    )
    assert world.at() == sha, "nothing moves before it is moved"
    assert repository.move("main", sha, made.sha)
    assert world.at() == made.sha
    assert made.parents == (sha,)
    assert git(world.bare, "show", "main:deploy/policies.yaml") == POLICY.content.decode().strip()
    assert git(world.bare, "show", "--no-patch", "--format=%an %ae %cn %ce%n%B", "main").splitlines() == [
        f"Ada ada@example.com {BOT.name} {BOT.address}",
        "Update policies",
        "",
        "All of them.",
    ]
    assert [line.split("\t")[1] for line in world.listing()] == ["README", "deploy/app", "deploy/policies.yaml"]
    git(world.bare, "fsck", "--strict")


def test_without_an_author_a_commit_is_by_the_owner(plain_world: World):
    sha = plain_world.push()
    repository = plain_world.opened()
    made = repository.commit(sha, repository.tree(sha, [POLICY]), "x", None)
    repository.move("main", sha, made.sha)
    assert git(plain_world.bare, "show", "--no-patch", "--format=%an <%ae>", "main") == str(BOT)


def test_a_branch_is_made_moved_and_removed(world: World):
    sha = world.push()
    repository = world.opened()
    assert repository.tip("ours") is None
    made = repository.commit(sha, repository.tree(sha, [POLICY]), "x", None)
    assert repository.move("ours", "", made.sha)
    assert world.at("ours") == made.sha
    assert repository.move("ours", made.sha, sha), "backwards: it is ours"
    assert world.at("ours") == sha
    assert repository.move("ours", sha, "")
    assert world.at("ours") == ""
    assert repository.tip("ours") is None


@pytest.mark.parametrize("case", ["moved", "made meanwhile", "gone", "gone, to be removed", "moved, to be removed"])
def test_a_branch_that_is_elsewhere_is_not_moved(world: World, case: str):
    first = world.push()
    world.push("ours")
    repository = world.opened()
    base, ours = tip(repository).sha, tip(repository, "ours").sha
    made = repository.commit(base, repository.tree(base, [POLICY]), "x", None).sha
    if case.startswith("gone"):
        git(world.bare, "update-ref", "-d", "refs/heads/ours")
    elif case.startswith("moved"):
        world.push("ours", other="file")
    before = "" if case == "made meanwhile" else ours
    after = "" if case.endswith("removed") else made
    there = world.at("ours")
    assert repository.move("ours", before, after) is False
    assert world.at("ours") == there
    assert first == base


def test_two_at_once_on_one_branch_do_not_overwrite_each_other(plain_world: World):
    """The other one comes after the lease was looked at and before the push arrives."""
    sha = plain_world.push()
    repository = plain_world.opened()
    made = repository.commit(sha, repository.tree(sha, [POLICY]), "x", None)
    others: list[str] = []

    def between(request: str) -> None:
        if request == "POST receive-pack" and not others:
            others.append(plain_world.push(other="file"))

    plain_world.server.before = between
    assert repository.move("main", sha, made.sha) is False
    assert plain_world.at() == others[0]


def test_a_rejecting_hook_is_a_refusal_with_its_reason(plain_world: World):
    sha = plain_world.push()
    hook = plain_world.bare / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nprintf 'GH006: Protected branch\\n\\033[31m::error::owned\\n' >&2\nexit 1\n")
    hook.chmod(0o755)
    repository = plain_world.opened()
    made = repository.commit(sha, repository.tree(sha, [POLICY]), "x", None)
    with pytest.raises(ForbiddenError, match="GH006: Protected branch") as caught:
        repository.move("main", sha, made.sha)
    assert "\x1b" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert plain_world.at() == sha


def test_a_remote_that_takes_no_rewriting_is_a_refusal(plain_world: World):
    first = plain_world.push()
    second = plain_world.push()
    git(plain_world.bare, "config", "receive.denyNonFastForwards", "true")
    repository = plain_world.opened()
    with pytest.raises(ForbiddenError):
        repository.move("main", second, first)
    assert plain_world.at() == second


@pytest.mark.parametrize("token", ["", "ghs_wrong"])
def test_who_is_not_let_in_is_refused(plain_world: World, token: str):
    plain_world.push()
    with pytest.raises(ForbiddenError) as caught:
        plain_world.opened(token).tip("main")
    assert "x-access-token" not in str(caught.value)


def test_who_may_only_read_is_refused_when_writing(plain_world: World):
    sha = plain_world.push()
    repository = plain_world.opened(READ_TOKEN)
    assert tip(repository).sha == sha
    made = repository.commit(sha, repository.tree(sha, [POLICY]), "x", None)
    with pytest.raises(ForbiddenError, match="403"):
        repository.move("main", sha, made.sha)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("request_", ["GET upload-pack", "POST upload-pack"])
def test_a_dropped_connection_while_reading_may_pass(plain_world: World, when: str, request_: str):
    sha = plain_world.push()
    drops = plain_world.server.drops_before if when == "before" else plain_world.server.drops_after
    drops += [request_] * 3  # curl tries again by itself where a connection was open already
    repository = plain_world.opened()
    with pytest.raises(PassingError):
        repository.tip("main")
    drops.clear()
    assert tip(repository).sha == sha


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_dropped_connection_while_pushing_may_pass_and_the_next_look_tells(plain_world: World, when: str):
    sha = plain_world.push()
    repository = plain_world.opened()
    made = repository.commit(sha, repository.tree(sha, [POLICY]), "x", None)
    drops = plain_world.server.drops_before if when == "before" else plain_world.server.drops_after
    drops += ["POST receive-pack"] * 3
    with pytest.raises(PassingError):
        repository.move("main", sha, made.sha)
    drops.clear()
    assert tip(repository).sha == (made.sha if when == "after" else sha)


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_a_server_in_trouble_may_pass(plain_world: World, status: int):
    plain_world.push()
    plain_world.server.answers["GET upload-pack"] = status
    with pytest.raises(PassingError, match=str(status)):
        plain_world.opened().tip("main")


def test_nobody_there_may_pass(plain_world: World):
    plain_world.url = "http://127.0.0.1:9/x/y.git"
    repository = plain_world.opened()
    with pytest.raises(PassingError):
        repository.tip("main")


def test_another_protocol_is_refused(plain_world: World, tmp_path: Path):
    plain_world.url = f"ext::touch% {tmp_path}/touched"
    repository = plain_world.opened()
    with pytest.raises(PublishingError, match="not allowed"):
        repository.tip("main")
    assert not (tmp_path / "touched").exists()


def test_an_empty_remote_has_no_branch(world: World):
    assert world.opened().tip("main") is None


@pytest.mark.parametrize("filtered", ["true", "false"])
def test_entries_and_contents_of_a_tree(world: World, filtered: str):
    git(world.bare, "config", "uploadpack.allowFilter", filtered)
    (world.workshop / "link").symlink_to("deploy")
    (world.workshop / "tool").write_text("#!/bin/sh\n")
    (world.workshop / "tool").chmod(0o755)
    zero = "1" * (40 if world.form == "sha1" else 64)
    git(world.workshop, "update-index", "--add", "--cacheinfo", f"160000,{zero},vendored")
    sha = world.push(deploy__app="app " * 1000)
    repository = world.opened()
    for commit in (tip(repository).sha, sha):
        app = repository.entry(commit, "deploy/app")
        assert app
        assert (app.mode, app.kind) == ("100644", "blob")
        assert repository.content(app.id, 10)[:10] == b"app app ap"
        assert repository.content(app.id, 10_000) == b"app " * 1000
        tool = repository.entry(commit, "tool")
        assert tool
        assert tool.mode == "100755"
        deploy = repository.entry(commit, "deploy")
        assert deploy
        assert deploy.kind == "tree"
        link = repository.entry(commit, "link")
        assert link
        assert link.mode == "120000"
        assert repository.entry(commit, "missing") is None
        assert repository.entry(commit, "deploy/missing/deeper") is None


def test_a_way_through_a_submodule_ends_at_it(plain_world: World):
    plain_world.push()
    git(plain_world.workshop, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},vendored")
    git(plain_world.workshop, "commit", "--quiet", "--message", "module")
    git(plain_world.workshop, "push", "--quiet", str(plain_world.bare), "HEAD:main")
    repository = plain_world.opened()
    sha = tip(repository).sha
    assert repository.entry(sha, "vendored/policies.yaml") == Entry("160000", "commit", "1" * 40)
    made = repository.commit(sha, repository.tree(sha, [POLICY]), "x", None)
    assert repository.move("main", sha, made.sha)
    assert f"160000 commit {'1' * 40}\tvendored" in plain_world.listing()


def test_pointers_and_attributes_of_the_repository_have_no_say(plain_world: World, tmp_path: Path):
    """A filter that would run, line ends that would change: neither what is there nor what is new is touched."""
    touched = tmp_path / "touched"
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n"
    attributes = "* text eol=crlf\n*.yaml filter=evil\n*.bin filter=lfs\n"
    sha = plain_world.push(big="x")
    (plain_world.workshop / ".gitattributes").write_text(attributes)
    (plain_world.workshop / "model.bin").write_text(pointer)
    git(plain_world.workshop, "-c", "core.attributesFile=/dev/null", "add", "--all")
    sha = plain_world.push()
    config = tmp_path / "home/.gitconfig"
    config.parent.mkdir()
    config.write_text(f'[filter "evil"]\n\tclean = touch {touched}; cat\n\tsmudge = touch {touched}; cat\n')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(config.parent))
        repository = plain_world.opened()
        made = repository.commit(sha, repository.tree(sha, [WriteFile("p.yaml", b"a\r\nb\n")]), "x", None)
        assert repository.move("main", sha, made.sha)
    assert not touched.exists()
    assert git(plain_world.bare, "cat-file", "-s", "main:p.yaml") == "5"
    assert git(plain_world.bare, "rev-parse", "main:model.bin") == git(
        plain_world.bare, "rev-parse", f"{sha}:model.bin"
    )


def test_the_mode_of_a_file_is_kept_and_a_link_in_its_place_is_replaced(plain_world: World):
    plain_world.push(a="a")
    (plain_world.workshop / "a").chmod(0o755)
    (plain_world.workshop / "b").symlink_to("a")
    sha = plain_world.push()
    repository = plain_world.opened()
    made = repository.commit(sha, repository.tree(sha, [WriteFile("a", b"1"), WriteFile("b", b"2")]), "x", None)
    repository.move("main", sha, made.sha)
    assert [line.split()[0] for line in plain_world.listing()] == ["100755", "100644"]


@pytest.mark.parametrize("path", ["link/p.yaml", "file/p.yaml", "file/deeper/p.yaml", "vendored/p.yaml", "deploy"])
def test_nothing_that_is_no_file_gives_way_to_one(plain_world: World, path: str):
    (plain_world.workshop / "link").symlink_to("deploy")
    git(plain_world.workshop, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},vendored")
    git(plain_world.workshop, "commit", "--quiet", "--message", "module")
    (plain_world.workshop / "vendored").mkdir()
    sha = plain_world.push(file="x", deploy__app="x")
    repository = plain_world.opened()
    with pytest.raises(PublishingError, match="something else is in its place"):
        repository.commit(sha, repository.tree(sha, [WriteFile(path, b"x")]), "x", None)


def test_what_the_server_makes_itself_is_known_by_its_committer(plain_world: World):
    plain_world.push()
    environment = {"GIT_COMMITTER_NAME": "GitHub", "GIT_COMMITTER_EMAIL": "noreply@github.com"}
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--allow-empty", "-m", "Merge"],
        cwd=plain_world.workshop,
        env={**os.environ, **environment},
        check=True,
    )
    git(plain_world.workshop, "push", "--quiet", str(plain_world.bare), "HEAD:update")
    repository = plain_world.opened()
    assert not tip(repository).by_github
    assert tip(repository, "update").by_github
    assert not tip(repository, "update").verified


def test_no_token_is_written_down_or_shown(
    plain_world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    """Variables of the parent that make git write all it sends, and command lines, which everybody can read."""
    for name in ("GIT_TRACE", "GIT_CURL_VERBOSE", "GIT_TRACE_CURL", "GIT_TRACE_PACKET", "GIT_TRACE2"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    seen: list[bytes] = []

    def look(_request: str) -> None:
        seen.extend(path.read_bytes() for path in tmp_path.glob("netpol-action-*/**/*") if path.is_file())
        for line in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                seen.append(line.read_bytes())
            except OSError:
                continue  # it has ended

    plain_world.server.before = look
    sha = plain_world.push()
    repository = plain_world.opened()
    made = repository.commit(tip(repository).sha, repository.tree(tip(repository).sha, [POLICY]), "x", None)
    repository.move("main", sha, made.sha)
    with pytest.raises(ForbiddenError) as caught:
        plain_world.opened(READ_TOKEN).move("main", made.sha, sha)
    out, err = capfd.readouterr()
    texts = [out.encode(), err.encode(), str(caught.value).encode(), repr(caught.value).encode(), *seen]
    assert any(b"remote-http" in text for text in seen), "looked while git was at work"
    for token in (WRITE_TOKEN, READ_TOKEN):
        encoded = base64.b64encode(f"x-access-token:{token}".encode())
        assert not any(token.encode() in text or encoded in text for text in texts)
    assert repr(by_token("https://example.com/a/b", WRITE_TOKEN)).count("ghs_") == 0


def test_nothing_is_left_behind(plain_world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    plain_world.push()
    with git_repository(plain_world.workshop, by_token(plain_world.url, WRITE_TOKEN), in_workflow=True) as repository:
        repository.tip("main")
        assert list(tmp_path.glob("netpol-action-*"))
    assert not list(tmp_path.glob("netpol-action-*"))


def chain(world: World, branch: str, start: str, count: int) -> str:
    """Many commits on a branch, quickly."""
    lines = []
    for number in range(count):
        lines.append(f"commit refs/heads/{branch}\ncommitter A <a@b> {1_700_000_000 + number} +0000\ndata 1\nx\n")
        lines.append(f"from {start}\n" if number == 0 else "")
    git(world.bare, "fast-import", "--quiet", given="".join(lines).encode())
    return world.at(branch)


def test_what_a_branch_has_beyond_another(world: World):
    """One of ours on an old base, a merge of the base into it, and a base that has gone on meanwhile."""
    world.push()
    for _ in range(4):
        base = world.push()
    git(world.workshop, "checkout", "--quiet", "-b", "ours", "HEAD~2")
    first = world.push("ours", file="1")
    git(world.workshop, "merge", "--quiet", "--no-edit", "main")
    merge = world.push("ours", file="2")
    repository = world.opened()
    found = repository.beyond(base, merge)
    assert {commit.sha for commit in found} == set(git(world.bare, "rev-list", merge, f"^{base}").split())
    assert first in {commit.sha for commit in found}
    assert repository.beyond(merge, base) == []
    assert repository.beyond(base, base) == []
    assert next(commit for commit in found if commit.sha == first).message == "work\n"


def test_a_branch_that_the_base_has_left_far_behind_has_nothing_beyond_it(plain_world: World):
    old = plain_world.push()
    far = chain(plain_world, "main", old, 3000)
    assert plain_world.opened().beyond(far, old) == []


def test_thousands_of_commits_beyond_the_base_are_too_many(plain_world: World):
    base = plain_world.push()
    far = chain(plain_world, "ours", base, 2500)
    with pytest.raises(PublishingError, match="more than 1000 commits"):
        plain_world.opened().beyond(base, far)


def test_branches_without_a_common_beginning(plain_world: World):
    base = plain_world.push()
    git(plain_world.workshop, "checkout", "--quiet", "--orphan", "other")
    other = plain_world.push("other", another="root")
    assert [commit.sha for commit in plain_world.opened().beyond(base, other)] == [other]


def test_a_commit_on_a_base_that_has_moved_on(plain_world: World):
    """Its parent is then at the tip of nothing, and not all of that was fetched."""
    sha = plain_world.push(README="hello", deploy__app="app")
    repository = plain_world.opened()
    made = repository.commit(tip(repository).sha, repository.tree(tip(repository).sha, [POLICY]), "x", None)
    plain_world.push()
    assert repository.move("ours", "", made.sha)
    assert git(plain_world.bare, "rev-parse", "ours~1") == sha


def test_a_commit_on_a_base_that_was_rewritten_has_to_be_made_anew(plain_world: World):
    plain_world.push(README="hello", deploy__app="app")
    repository = plain_world.opened()
    made = repository.commit(tip(repository).sha, repository.tree(tip(repository).sha, [POLICY]), "x", None)
    git(plain_world.workshop, "commit", "--quiet", "--amend", "--message", "rewritten")
    plain_world.push()
    assert repository.move("ours", "", made.sha) is False
    made = repository.commit(tip(repository).sha, repository.tree(tip(repository).sha, [POLICY]), "x", None)
    assert repository.move("ours", "", made.sha)


def test_a_commit_that_was_not_pushed_is_named(plain_world: World):
    plain_world.push()
    git(plain_world.workshop, "commit", "--quiet", "--allow-empty", "--message", "here only")
    here = git(plain_world.workshop, "rev-parse", "HEAD")
    with pytest.raises(PublishingError, match=f"does not have the commit {here}: push it first"):
        plain_world.opened().entry(here, "README")


@pytest.mark.parametrize("script", ["sleep 30", "printf 12345; sleep 30", "exec 1>&-; sleep 30"])
def test_a_git_that_stands_still_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str):
    """A filter of the clone has git fetch a file's content when it is first read."""
    program = tmp_path / "bin/git"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(git_process, "SECONDS", 0.5)
    with pytest.raises(PassingError, match="git cat-file took more than"):
        git_process.Git(tmp_path, Access("ssh://x/y")).beginning(10, "cat-file", "blob", "x")
