"""The git data of the small GitHub: a real bare repository, so that what lands in it is a real commit."""

from __future__ import annotations

import base64
import os
import re
import subprocess
from pathlib import Path
from typing import Any

from github_shapes import API, SITE, ref, user

BY_GITHUB = ("GitHub", "noreply@github.com")
BRANCHES = "refs/heads/"


class Refused(Exception):  # noqa: N818  # no error of the test
    """The answer to a request that makes no sense as things are."""

    def __init__(self, message: str, status: int = 422) -> None:
        super().__init__(message)
        self.message, self.status = message, status


class GitData:
    """Objects and references, read and written by git.

    `verified` are the commits that GitHub signed, `protected` the branches with rules.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.verified: set[str] = set()
        self.protected: set[str] = set()
        if not (directory / "HEAD").exists():
            subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", directory], check=True)

    def git(self, *arguments: str, given: bytes = b"", people: tuple[str, str] = ("Ada", "ada@example.com")) -> str:
        return self.raw(*arguments, given=given, people=people).decode().strip()

    def raw(self, *arguments: str, given: bytes = b"", people: tuple[str, str] = ("Ada", "ada@example.com")) -> bytes:
        names = {
            f"GIT_{role}_{part}": people[i]
            for role in ("AUTHOR", "COMMITTER")
            for i, part in enumerate(("NAME", "EMAIL"))
        }
        command = ["git", "--git-dir", str(self.directory), *arguments]
        done = subprocess.run(command, input=given, capture_output=True, env={**os.environ, **names}, check=False)
        if done.returncode:
            raise Refused(done.stderr.decode(), 404)
        return done.stdout

    def branches(self) -> dict[str, str]:
        lines = self.git("for-each-ref", "--format=%(refname) %(objectname)", BRANCHES).splitlines()
        return {line.split()[0].removeprefix(BRANCHES): line.split()[1] for line in lines}

    def commit(
        self,
        files: dict[str, bytes],
        *parents: str,
        message: str = "by hand",
        people: tuple[str, str] = ("Ada", "ada@example.com"),
    ) -> str:
        """A commit that adds or replaces files."""
        entries = [
            {"path": path, "mode": "100644", "sha": self.git("hash-object", "-w", "--stdin", given=content)}
            for path, content in files.items()
        ]
        tree = self.tree(entries, parents[0] if parents else "")
        arguments = [word for parent in parents for word in ("-p", parent)]
        return self.git("commit-tree", tree, *arguments, given=message.encode(), people=people)

    def tree(self, entries: list[dict[str, str]], base: str = "") -> str:
        """A tree like another, with some entries replaced."""
        index = self.directory / "index"
        index.unlink(missing_ok=True)
        if base:
            self.git("read-tree", base)
        for entry in entries:
            self.git("update-index", "--add", "--cacheinfo", f"{entry['mode']},{entry['sha']},{entry['path']}")
        return self.git("write-tree")

    def point(self, branch: str, sha: str) -> None:
        self.git("update-ref", f"{BRANCHES}{branch}", sha)

    def content(self, branch: str, path: str) -> bytes:
        return self.raw("cat-file", "blob", f"{branch}:{path}")

    # What the API answers with.

    def read_ref(self, branch: str) -> dict[str, Any]:
        found = self.branches().get(branch)
        if found is None:
            raise Refused("Not Found", 404)
        return ref(f"{BRANCHES}{branch}", found)

    def create_ref(self, name: str, sha: str) -> dict[str, Any]:
        if name.removeprefix(BRANCHES) in self.branches():
            raise Refused("Reference already exists")
        self.point(name.removeprefix(BRANCHES), sha)
        return ref(name, sha)

    def update_ref(self, branch: str, sha: str, *, force: bool) -> dict[str, Any]:
        before = self.branches().get(branch)
        if before is None:
            raise Refused("Reference does not exist")
        if branch in self.protected:
            raise Refused("Repository rule violations found\n\nChanges must be made through a pull request.")
        if not force and self.git("merge-base", before, sha) != before:
            raise Refused("Update is not a fast forward")
        self.point(branch, sha)
        return ref(f"{BRANCHES}{branch}", sha)

    def delete_ref(self, branch: str) -> None:
        if branch not in self.branches():
            raise Refused("Reference does not exist")
        if branch in self.protected:
            raise Refused("Repository rule violations found\n\nCannot delete this branch")
        self.git("update-ref", "-d", f"{BRANCHES}{branch}")

    def swap(self, name: str, before: str, after: str, *, force: bool) -> None:
        """What updateRefs does with one reference."""
        branch = name.removeprefix(BRANCHES)
        if self.branches().get(branch, "0" * 40) != before:
            raise Refused(f"{name} is not at {before}")
        if branch in self.protected:
            raise Refused("Repository rule violations found\n\nChanges must be made through a pull request.")
        if after != "0" * 40 and not force and self.git("merge-base", before, after) != before:
            raise Refused("Update is not a fast forward")
        if after == "0" * 40:
            self.delete_ref(branch)
        else:
            self.point(branch, after)

    def create_tree(self, sent: dict[str, Any]) -> dict[str, Any]:
        entries = [
            {**each, "sha": each.get("sha") or self.git("hash-object", "-w", "--stdin", given=each["content"].encode())}
            for each in sent["tree"]
        ]
        return self.read_tree(self.tree(entries, sent.get("base_tree", "")))

    def read_tree(self, sha: str) -> dict[str, Any]:
        lines = self.raw("ls-tree", "-z", sha).decode().split("\0")
        found = [re.split(r"[ \t]", line, maxsplit=3) for line in lines if line]
        tree = [{"mode": mode, "type": kind, "sha": of, "path": path} for mode, kind, of, path in found]
        return {"sha": self.git("rev-parse", f"{sha}^{{tree}}"), "tree": tree, "truncated": False}

    def create_blob(self, sent: dict[str, Any]) -> dict[str, Any]:
        content = base64.b64decode(sent["content"]) if sent.get("encoding") == "base64" else sent["content"].encode()
        sha = self.git("hash-object", "-w", "--stdin", given=content)
        return {"sha": sha, "url": f"{API}/git/blobs/{sha}"}

    def read_blob(self, sha: str) -> dict[str, Any]:
        content = self.raw("cat-file", "blob", sha)
        fixed = {"sha": sha, "node_id": "B_7", "url": f"{API}/git/blobs/{sha}", "encoding": "base64"}
        return {**fixed, "size": len(content), "content": base64.encodebytes(content).decode()}

    def create_commit(self, sent: dict[str, Any], login: str) -> dict[str, Any]:
        author = sent.get("author")
        people = (author["name"], author["email"]) if author else BY_GITHUB
        parents = [word for parent in sent["parents"] for word in ("-p", parent)]
        sha = self.git("commit-tree", sent["tree"], *parents, given=sent["message"].encode(), people=people)
        if not author and login.endswith("[bot]"):
            self.verified.add(sha)
        return self.read_commit(sha)

    def read_commit(self, sha: str) -> dict[str, Any]:
        name, address, tree, parents = (
            self.git("show", "-s", "--format=%cn%n%ce%n%T%n%P", sha).split("\n")[:4]
            if (self.git("show", "-s", "--format=%P", sha))
            else [*self.git("show", "-s", "--format=%cn%n%ce%n%T", sha).split("\n"), ""]
        )
        who = {"name": name, "email": address, "date": "2026-11-01T00:00:00Z"}
        reason = "valid" if sha in self.verified else "unsigned"
        return {
            "sha": sha,
            "node_id": f"C_{sha}",
            "url": f"{API}/git/commits/{sha}",
            "html_url": f"{SITE}/commit/{sha}",
            "author": who,
            "committer": who,
            "tree": {"sha": tree, "url": f"{API}/git/trees/{tree}"},
            "message": self.raw("show", "-s", "--format=%B", sha).decode().rstrip("\n"),
            "parents": [
                {"sha": each, "url": f"{API}/git/commits/{each}", "html_url": f"{SITE}/commit/{each}"}
                for each in parents.split()
            ],
            "verification": {
                "verified": sha in self.verified,
                "reason": reason,
                **dict.fromkeys(("signature", "payload", "verified_at")),
            },
        }

    def listed(self, *revisions: str, size: int, page: int) -> list[dict[str, Any]]:
        shas = self.git("rev-list", *revisions).split()
        return [self._in_list(self.read_commit(sha)) for sha in shas[(page - 1) * size : page * size]]

    def compare(self, base: str, head: str, size: int, page: int) -> dict[str, Any]:
        try:
            self.git("merge-base", base, head)
        except Refused:
            raise Refused(f"No common ancestor between {base} and {head}.", 404) from None
        counts = self.git("rev-list", "--left-right", "--count", f"{base}...{head}").split()
        one = self._in_list(self.read_commit(base))
        links = ("url", "html_url", "permalink_url", "diff_url", "patch_url")
        return {
            **dict.fromkeys(links, f"{SITE}/compare/{base}...{head}"),
            "base_commit": one,
            "merge_base_commit": one,
            "status": "diverged",
            "behind_by": int(counts[0]),
            "ahead_by": int(counts[1]),
            "total_commits": int(counts[1]),
            "commits": self.listed(head, f"^{base}", size=size, page=page),
        }

    def _in_list(self, found: dict[str, Any]) -> dict[str, Any]:
        inner = {name: found[name] for name in ("author", "committer", "message", "tree", "url")}
        account = user("web-flow" if found["committer"]["email"] == BY_GITHUB[1] else "ada")
        kept = {name: found[name] for name in ("sha", "node_id", "url", "html_url", "parents")}
        return {
            **kept,
            "comments_url": f"{found['url']}/comments",
            "commit": {**inner, "comment_count": 0, "verification": found["verification"]},
            "author": account,
            "committer": account,
        }
