"""The event that started a workflow, of whose payload a run needs to know which pull request it is about."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PullRequest:
    """The pull request of an event. `base_sha` is the tip of its base when the event happened, which may have moved."""

    number: int
    base_ref: str
    base_sha: str
    head_sha: str


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
    return PullRequest(number, _text(base, "ref"), _text(base, "sha"), _text(head, "sha"))


def _member(value: object, name: str) -> Mapping[str, object]:
    member = value.get(name) if isinstance(value, dict) else None
    return member if isinstance(member, dict) else {}


def _text(value: Mapping[str, object], name: str) -> str:
    text = value.get(name)
    return text if isinstance(text, str) else ""
