"""What belongs to a pull request beside its text: labels, assignees, reviewers, whether it is a draft.

Each is a nicety: that one cannot be had is a warning. Each is looked at before it is added, so that it can be begun
again after a lost answer, and nothing is written where nothing is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from netpol_action.publish.effects import UpsertPullRequest
from netpol_action.publish.errors import PublishingError, RefusedError
from netpol_action.publish.proposals import Proposed
from netpol_action.publish.pull_requests import PullRequests
from netpol_action.publish.runs import is_marked

Repeated = Callable[[Callable[[], None]], None]
"""Does something, and again after a failure that may pass."""

_Step = Callable[[PullRequests, UpsertPullRequest, int], None]


def decorate(pulls: PullRequests, wanted: UpsertPullRequest, proposed: Proposed, repeated: Repeated) -> Iterator[str]:
    """Adds what is missing, but to nobody else's pull request; yields a sentence for each that cannot be had."""
    found = proposed.pull_request
    if found is None or not is_marked(found.body) or proposed.operation == "closed":
        return
    number = found.number
    for step, what in _steps(wanted, updated=proposed.operation == "updated"):
        try:
            repeated(lambda step=step: step(pulls, wanted, number))  # type: ignore[misc]  # mypy does not infer defaults
        except PublishingError as problem:
            yield f"the pull request {what}: {problem}"


def _steps(wanted: UpsertPullRequest, *, updated: bool) -> Iterator[tuple[_Step, str]]:
    """What is asked for, with the words for where it cannot be had."""
    if wanted.labels:
        yield _label, "gets no labels"
    if wanted.assignees:
        yield _assign, "is not assigned to all"
    if wanted.reviewers:
        yield _ask_people, "is not sent to its reviewers"
    if wanted.team_reviewers:
        yield _ask_teams, "is not sent to the teams that are to review it"
    if wanted.draft == "always-true" and updated:
        yield _redraft, "is not made a draft again"


def _label(pulls: PullRequests, wanted: UpsertPullRequest, number: int) -> None:
    missing = _missing(wanted.labels, pulls.look(number).labels)
    if missing:
        pulls.add_labels(number, missing)


def _assign(pulls: PullRequests, wanted: UpsertPullRequest, number: int) -> None:
    missing = _missing(wanted.assignees, pulls.look(number).assignees)
    left = _missing(missing, pulls.add_assignees(number, missing)) if missing else ()
    if left:
        raise RefusedError(f"GitHub does not take {', '.join(left)}")


def _ask_people(pulls: PullRequests, wanted: UpsertPullRequest, number: int) -> None:
    """All but the author, whom GitHub does not let review; it would refuse the others as well."""
    there = pulls.look(number)
    missing = _missing(wanted.reviewers, (*there.reviewers, there.author))
    if missing:
        pulls.request_reviews(number, missing, ())


def _ask_teams(pulls: PullRequests, wanted: UpsertPullRequest, number: int) -> None:
    """By the names of teams without their organisation, which GitHub knows."""
    slugs = [team.rpartition("/")[2] for team in wanted.team_reviewers]
    missing = _missing(slugs, pulls.look(number).team_reviewers)
    if missing:
        pulls.request_reviews(number, (), missing)


def _redraft(pulls: PullRequests, _wanted: UpsertPullRequest, number: int) -> None:
    there = pulls.look(number)
    if not there.draft:
        pulls.make_draft(there.node)


def _missing(wanted: Iterable[str], there: Iterable[str]) -> tuple[str, ...]:
    """GitHub does not tell names apart by case."""
    known = {name.lower() for name in there}
    return tuple(name for name in wanted if name.lower() not in known)
