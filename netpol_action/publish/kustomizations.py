"""Kustomizations on branches: they come to list a file, and stay as they are there in all else."""

from __future__ import annotations

from netpol_action.manifests.limits import FILE_BYTES
from netpol_action.manifests.resource_list import UneditableError, edited
from netpol_action.publish.effects import ListResource, WriteFile
from netpol_action.publish.errors import PublishingError
from netpol_action.publish.repository import LFS_POINTER, LINK, Repository


def is_listed(repository: Repository, commit: str, wanted: ListResource) -> bool:
    """Whether the kustomization of a commit, by sha, lists the file. Raises PublishingError as `edited_there`."""
    return edited_there(repository, commit, wanted).content == _content(repository, commit, wanted.path)


def edited_there(repository: Repository, commit: str, wanted: ListResource) -> WriteFile:
    """The kustomization of a commit, by sha, with the file among its resources.

    Raises PublishingError where there is none, or none that can be edited: a symbolic link, a file that Git LFS keeps,
    a list that is none.
    """
    try:
        text = _content(repository, commit, wanted.path).decode()
        return WriteFile(wanted.path, edited(text, [wanted.resource], []).encode())
    except UnicodeDecodeError as problem:
        raise PublishingError(f"{wanted.path} is not UTF-8") from problem
    except UneditableError as problem:
        raise PublishingError(f"{wanted.path} {problem}") from problem


def _content(repository: Repository, commit: str, path: str) -> bytes:
    entry = repository.entry(commit, path)
    if entry is None or entry.kind != "blob" or entry.mode == LINK:
        raise PublishingError(f"{path} is no file there that could list the policies")
    content = repository.content(entry.id, FILE_BYTES + 1)
    if len(content) > FILE_BYTES or content.startswith(LFS_POINTER):
        raise PublishingError(f"{path} cannot be edited there: it is kept by Git LFS, or too large")
    return content
