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
    """Performs the effects: those on the machine first, files before all, then those outside and what follows.

    A job that is cancelled while those outside wait for a server has lost nothing of its own results.

    `checkout` is the repository that policies are committed to, where they are.
    Returns what became of each effect outside the machine. Raises UsageError where a file cannot be written; nothing
    after it is then performed.
    """
    listed = list(effects)
    perform([effect for effect in listed if isinstance(effect, LocalEffect)], runner, commands)
    done: list[Performed] = []
    for effect in listed:
        if isinstance(effect, RemoteEffect):
            links = "".join(each.links for each in done)
            done.append(_performed(with_links(effect, links), runner, token, commands, checkout))
    perform([following for each in done for following in each.following], runner, commands)
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
