"""Performs all effects in their order, and says what became of those outside the machine."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO, assert_never

from netpol_action.publish.comments import commented
from netpol_action.publish.effects import (
    Effect,
    LocalEffect,
    PushCommit,
    RemoteEffect,
    UploadArtifacts,
    UpsertComment,
    UpsertPullRequest,
    WriteFile,
)
from netpol_action.publish.links import with_links
from netpol_action.publish.performed import Performed
from netpol_action.publish.policies import committed, proposed
from netpol_action.publish.target import Checkout
from netpol_action.publish.uploads import uploaded
from netpol_action.publish.workflow import perform
from netpol_action.runner import Runner


def perform_all(
    effects: Iterable[Effect], runner: Runner, token: str, commands: TextIO, checkout: Checkout | None = None
) -> tuple[Performed, ...]:
    """Performs the effects: files first, then those outside the machine, then the others and what follows from those.

    `checkout` is the repository that policies are committed to, where they are.
    Returns what became of each effect outside the machine. Raises UsageError where a file cannot be written; nothing
    after it is then performed.
    """
    listed = list(effects)
    perform([effect for effect in listed if isinstance(effect, WriteFile)], runner, commands)
    done: list[Performed] = []
    for effect in listed:
        if isinstance(effect, RemoteEffect):
            links = "".join(each.links for each in done)
            done.append(_performed(with_links(effect, links), runner, token, commands, checkout))
    rest = [effect for effect in listed if isinstance(effect, LocalEffect) and not isinstance(effect, WriteFile)]
    perform([*(following for each in done for following in each.following), *rest], runner, commands)
    return tuple(done)


def _performed(
    effect: RemoteEffect, runner: Runner, token: str, commands: TextIO, checkout: Checkout | None
) -> Performed:
    match effect:
        case UploadArtifacts():
            return uploaded(effect, runner, commands)
        case PushCommit():
            return committed(effect, runner, token, checkout, commands)
        case UpsertPullRequest():
            return proposed(effect, runner, token)
        case UpsertComment():
            return commented(effect, runner, token)
        case _:
            assert_never(effect)
