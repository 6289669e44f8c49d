"""Whether policies are still made from what stands on the branch that they go to.

A workload that somebody adds while a run is at work would be denied all that it needs by the policies of the run, which
never saw it, and nobody would say so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from netpol_action.manifests.limits import FILE_BYTES
from netpol_action.publish.effects import Change, MadeFrom, WriteFile
from netpol_action.publish.errors import MissingError, PublishingError
from netpol_action.publish.repository import LFS_POINTER, LINK, Entry, Repository
from netpol_action.sources.tree import CHART_NAME, KUSTOMIZATION_NAMES, MANIFEST_ENDINGS

_LEADING: Final = (*KUSTOMIZATION_NAMES, CHART_NAME)
"""Files that lead a search to others, whatever they hold."""
_MOST_READ: Final = 50
"""Of how many files the content is asked for; with more of them the branch has moved far, and they count unread."""


def refuse_stale(repository: Repository, change: Change, branch: str, tip: str) -> None:
    """Raises PublishingError where a file that the change was made from is another one at the branch's tip, a commit.

    A commit of the run that the repository does not have tells nothing.
    """
    if change.seen in ("", tip):
        return
    try:
        changed = _first_changed(repository, change, tip)
    except MissingError:
        return
    if changed:
        raise PublishingError(
            f"the branch {branch} moved while this ran, and {changed}, which the policies are made from, changed "
            "there: run again"
        )


def _first_changed(repository: Repository, change: Change, tip: str) -> str:
    """The first file that the change is made from and that differs at the tip, empty for none."""
    own = {file.path for file in change.files if isinstance(file, WriteFile)}
    read = 0
    for path, versions in _differing(repository, (change.seen, tip), change.inputs, ""):
        if path in own:
            continue
        if _is_whole(path, change.inputs):
            return path
        if _is_searched(path, versions, change.inputs):
            read += 1
            if read > _MOST_READ or any(_counts(repository, path, entry) for entry in versions):
                return path
    return ""


def _differing(
    repository: Repository, commits: tuple[str, str], inputs: MadeFrom, directory: str
) -> Iterator[tuple[str, Sequence[Entry]]]:
    """What two commits do not have in common, as far as the inputs reach: paths, and what is there in each but trees.

    The directory of the top is empty.
    """
    before, after = (repository.directory(commit, directory) for commit in commits)
    for name in sorted({*before, *after}):
        path = f"{directory}/{name}" if directory else name
        if before.get(name) == after.get(name) or not _concerns(path, inputs):
            continue
        versions = [entry for entry in (before.get(name), after.get(name)) if entry]
        files = [entry for entry in versions if entry.kind != "tree"]
        if files:
            yield path, files
        if len(files) < len(versions):
            yield from _differing(repository, commits, inputs, path)


def _concerns(path: str, inputs: MadeFrom) -> bool:
    """Whether an input is at or below a path, or holds it."""
    each = (*inputs.whole, *inputs.searched)
    return any(_below(path, top) is not None or _below(top, path) is not None for top in each)


def _is_whole(path: str, inputs: MadeFrom) -> bool:
    """What lies in GitHub's directory is for GitHub, even where the repository as a whole is a chart."""
    below = (_below(path, top) for top in inputs.whole)
    return any(each is not None and not each.startswith(".github/") for each in below)


def _is_searched(path: str, versions: Sequence[Entry], inputs: MadeFrom) -> bool:
    """Whether the search of a directory would look at a file: as `sources.tree` does, links of any name among them."""
    if not path.endswith((*MANIFEST_ENDINGS, *KUSTOMIZATION_NAMES)) and all(map(_is_file, versions)):
        return False
    below = (_below(path, top) for top in inputs.searched)
    return any(each is not None and not any(name.startswith(".") for name in each.split("/")) for each in below)


def _counts(repository: Repository, path: str, entry: Entry) -> bool:
    """Whether a file, by its content, may hold an object of Kubernetes, or leads to others."""
    if not _is_file(entry) or path.rpartition("/")[2] in _LEADING:
        return True
    content = repository.content(entry.id, FILE_BYTES)
    return content.startswith(LFS_POINTER) or (b"apiVersion" in content and b"kind" in content)


def _is_file(entry: Entry) -> bool:
    """Whether it is neither a symbolic link nor a submodule."""
    return entry.kind == "blob" and entry.mode != LINK


def _below(path: str, top: str) -> str | None:
    """The path from `top` on, empty for itself, None where it lies elsewhere; the top of the repository is empty."""
    if path == top or not top:
        return "" if path == top else path
    return path.removeprefix(f"{top}/") if path.startswith(f"{top}/") else None
