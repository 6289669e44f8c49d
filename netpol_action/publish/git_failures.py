"""What git's complaints mean. Pure: what git wrote comes in, an error for the user comes out.

git says the same with the same words in every version, as long as it is asked for English, and has exit code 128 for
nearly all of it.
"""

from __future__ import annotations

import re
from typing import Final

from netpol_action.publish.errors import ForbiddenError, PassingError, PublishingError
from netpol_action.render.text import plain, shortened

LONGEST: Final = 300
_LINES: Final = 3

_NO_BRANCH: Final = re.compile(r"couldn't find remote ref ")
_NO_COMMIT: Final = re.compile(r"not our ref|unadvertised object|couldn't find remote ref")
_REFUSED: Final = re.compile(
    r"Authentication failed|could not read (?:Username|Password)|Permission denied|returned error: 40[134]"
    r"|HTTP Basic: Access denied|repository .* not found|Repository not found|access denied|not permitted",
    re.IGNORECASE,
)
_PASSING: Final = re.compile(
    r"Could not resolve host|Failed to connect|Couldn't connect|Connection (?:refused|reset|timed out|was reset|closed)"
    r"|returned error: (?:5\d\d|429)|hung up unexpectedly|early EOF|RPC failed|Empty reply|Operation (?:too slow|timed)"
    r"|expected flush|unexpected disconnect|transfer closed|Recv failure|Send failure|bad pack header"
    r"|invalid server resp|expected '?packfile'?|Network is unreachable|No route to host"
    r"|(?:GnuTLS|SSL|TLS)[^\n]*(?:recv|closed|EOF)",
    re.IGNORECASE,
)
_MOVED: Final = re.compile(
    r"stale info|fetch first|cannot lock ref|failed to update ref|reference already exists|incorrect old value"
    r"|remote ref updated|failed to lock|unable to lock|couldn't set|non-existent|unable to resolve reference"
    r"|shallow update not allowed",
    re.IGNORECASE,
)
"""The last is said where a commit is based on what no branch there has any more: somebody has rewritten the base."""

_STATUS: Final = re.compile(r"^!\t[^\t]*\t(?P<said>.*)$", re.MULTILINE)
_REMOTE: Final = re.compile(r"^remote: ?(?P<said>.*\S)\s*$", re.MULTILINE)
_GONE: Final = re.compile(r"unable to delete '.*': remote ref does not exist")
_PREFIX: Final = re.compile(r"^(?:(?:fatal|error|remote): ?)*")
_EMPTY_TALK: Final = re.compile(
    r"\s*$|warning: |hint: |Could not read from remote repository|Please make sure you have|and the repository exists"
)
"""Lines that do not say why."""


def names_no_branch(complaint: str) -> bool:
    """Whether a fetch failed since there is no such branch."""
    return bool(_NO_BRANCH.search(complaint))


def names_no_commit(complaint: str) -> bool:
    """Whether a fetch failed since the remote does not have, or does not hand out, a commit."""
    return bool(_NO_COMMIT.search(complaint))


def failure(complaint: str) -> PublishingError:
    """Why git could not do something with the remote."""
    said = _said(complaint)
    if _REFUSED.search(complaint):
        return ForbiddenError(f"the remote does not allow it: {said}")
    if _PASSING.search(complaint):
        return PassingError(f"the remote could not be reached: {said}")
    return PublishingError(f"git failed: {said}")


def refusal(output: str, complaint: str) -> PublishingError | None:
    """Why a push (`--porcelain`) of one branch failed; None where the branch was not at what the push began with."""
    if _GONE.search(complaint):
        return None
    status = _STATUS.search(output)
    if not status:
        return failure(complaint)
    said = status["said"]
    if _MOVED.search(said):
        return None
    told = _shown([match["said"] for match in _REMOTE.finditer(complaint)])
    return ForbiddenError(f"the remote does not take it: {plain(said)}{f' ({told})' if told else ''}")


def _said(complaint: str) -> str:
    """What git, the remote or SSH says of the reason."""
    lines = [_PREFIX.sub("", line) for line in complaint.splitlines()]
    return _shown([line for line in lines if not _EMPTY_TALK.match(line)]) or "without a reason"


def _shown(lines: list[str]) -> str:
    """The first lines on one, without what a terminal or a log would obey."""
    return shortened("; ".join(plain(line.strip()) for line in lines[:_LINES] if line.strip()), LONGEST)
