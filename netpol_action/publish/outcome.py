"""What a run found, as the plan of what to publish needs it."""

from __future__ import annotations

from dataclasses import dataclass, field

from netpol_action.event import PullRequest
from netpol_action.model.demands import Unresolved
from netpol_action.model.diagnostics import Diagnostic
from netpol_action.model.findings import Finding


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file of the output directory, by its name there."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Listing:
    """The kustomization that lists the policies, as it was and as it is to be: `resource` is what it calls them.

    `path` is that of its file, from the top of the workspace.
    """

    path: str
    resource: str
    before: bytes = field(repr=False)
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed against another version: how many rows were added and removed, the gravest risk, empty for none.

    `changed` also counts what is allowed differently, and is None where nothing was seen to change, but not all was
    read; `worth_a_comment` what else a reviewer should see. `comment` is
    Markdown within `plan.COMMENT_CHARACTERS`.
    """

    added: int = 0
    removed: int = 0
    risk: str = ""
    changed: bool | None = False
    worth_a_comment: bool = False
    comment: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run found, ready to be published.

    `policies` is None where the run was not to generate any, `policies_before` None where their file did not exist;
    `listing` is what makes a kustomization deploy them, where the run is to see to that.
    `failures` are sentences, one for each gate that failed. The origins of diagnostics and findings are
    refined already. `summary` is Markdown within `plan.SUMMARY_BYTES`; `proposal` is Markdown for the body of a pull
    request with the policies, below the user's own text, within `plan.proposal_characters`. `not_compared` is Markdown
    that says why there is no `difference`, where there was to be one. `follows_fork` is whether the run follows that of
    a fork, whose manifests it may have read.
    """

    artifacts: tuple[Artifact, ...] = ()
    policies: bytes | None = field(default=None, repr=False)
    policies_before: bytes | None = field(default=None, repr=False)
    listing: Listing | None = None
    summary: str = field(default="", repr=False)
    diagnostics: tuple[Diagnostic, ...] = ()
    unresolved: tuple[Unresolved, ...] = ()
    findings: tuple[Finding, ...] = ()
    failures: tuple[str, ...] = ()
    difference: Difference | None = None
    pull_request: PullRequest | None = None
    proposal: str = field(default="", repr=False)
    not_compared: str = ""
    follows_fork: bool = False
