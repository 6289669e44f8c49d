"""The event that started a workflow, of whose payload a run needs to know which pull request it is about."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PullRequest:
    """The pull request of an event. `base_sha` is the tip of its base when the event happened, which may have moved.

    `base_repository` and `head_repository` are `owner/name`; the latter is empty where a fork has been deleted.
    """

    number: int
    base_ref: str
    base_sha: str
    head_sha: str
    head_ref: str = ""
    base_repository: str = ""
    head_repository: str = ""

    @property
    def from_fork(self) -> bool:
        """Whether it comes from another repository, whose runs get a token that may only read."""
        return self.head_repository != self.base_repository


def pull_request(payload: bytes) -> PullRequest | None:
    """The pull request that the payload (GitHub's JSON) names, None where it names none or is none."""
    try:
        event = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    found = _member(event, "pull_request")
    number = found.get("number")
    if not isinstance(number, int) or number <= 0:
        return None
    base, head = _member(found, "base"), _member(found, "head")
    return PullRequest(
        number,
        _text(base, "ref"),
        _text(base, "sha"),
        _text(head, "sha"),
        _text(head, "ref"),
        _text(_member(base, "repo"), "full_name"),
        _text(_member(head, "repo"), "full_name"),
    )


def _member(value: object, name: str) -> Mapping[str, object]:
    member = value.get(name) if isinstance(value, dict) else None
    return member if isinstance(member, dict) else {}


def _text(value: Mapping[str, object], name: str) -> str:
    text = value.get(name)
    return text if isinstance(text, str) else ""
