"""Whether policies are still made from what stands on the branch that they go to.

A workload that somebody adds while a run is at work would be denied all that it needs by the policies of the run, which
never saw it, and nobody would say so.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from netpol_action.publish.effects import Change, WriteFile
from netpol_action.publish.errors import MissingError, PublishingError
from netpol_action.publish.repository import Repository

_READ: Final = (".yaml", ".yml", ".json", ".tpl")
"""Files that manifests, kustomizations and charts are made of. Others change too often to mean anything."""


def refuse_stale(repository: Repository, change: Change, branch: str, tip: str) -> None:
    """Raises PublishingError where a file that the change was made from is another one at the branch's tip, a commit.

    A commit of the run that the repository does not have tells nothing.
    """
    if change.seen in ("", tip):
        return
    own = {file.path for file in change.files if isinstance(file, WriteFile)}
    try:
        changed = {path for each in change.inputs for path in _changed(repository, (change.seen, tip), each)} - own
    except MissingError:
        return
    if changed:
        raise PublishingError(
            f"the branch {branch} moved while this ran, and {min(changed)}, which the policies are made from, changed "
            "there: run again"
        )


def _changed(repository: Repository, commits: tuple[str, str], path: str) -> Iterator[str]:
    """The files at or below a path that two commits do not have in common; the path of the top is empty."""
    before, after = commits
    if path:
        old, new = repository.entry(before, path), repository.entry(after, path)
        if old == new:
            return
        if "tree" not in {each.kind for each in (old, new) if each}:
            if path.endswith(_READ):
                yield path
            return
    old_names, new_names = repository.directory(before, path), repository.directory(after, path)
    for name in sorted({*old_names, *new_names}):
        if old_names.get(name) != new_names.get(name):
            yield from _changed(repository, commits, f"{path}/{name}" if path else name)
