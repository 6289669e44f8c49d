"""The action's `INPUT_` variables as options.

Knows what action.yml declares and how runners pass it on. Reads no environment of its own: `cli` hands it one.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeGuard

from netpol_action.arguments import FORMATS, RENDERERS, RISKS
from netpol_action.author import Author
from netpol_action.errors import UsageError
from netpol_action.input_reader import Reader
from netpol_action.model.diagnostics import Diagnostic, warning
from netpol_action.sources.gather import RenderMode

DEFAULTS: Final[Mapping[str, str]] = {
    "path": ".",
    "render": "auto",
    "helm-values": "",
    "namespace": "",
    "config": "",
    "generate": "false",
    "policies-path": "network-policies.yaml",
    "kustomize": "false",
    "formats": "dot,png,svg,md,json",
    "output-directory": "netpol-action-output",
    "fail-on": "partial",
    "before": "",
    "summary": "true",
    "comment": "auto",
    "comment-key": "",
    "publish": "none",
    "branch": "",
    "base": "",
    "commit-message": "Update network policies",
    "author": "",
    "sign-off": "false",
    "pull-request-title": "Update network policies",
    "pull-request-body": "",
    "pull-request-labels": "",
    "pull-request-assignees": "",
    "pull-request-reviewers": "",
    "pull-request-team-reviewers": "",
    "pull-request-draft": "false",
    "pull-request-branch-suffix": "none",
    "pull-request-delete-branch": "false",
    "artifacts": "true",
    "artifact-name": "",
    "dry-run": "false",
    "token": "",
}
"""Every input and what it is when it is empty, as action.yml declares it (but for the token's expression)."""

OUTPUTS: Final = (
    "policies-path",
    "policies-changed",
    "connectivity-dot",
    "connectivity-png",
    "report",
    "unresolved-count",
    "connections-added",
    "connections-removed",
    "risk",
    "changed",
    "comment-url",
    "commit-sha",
    "commit-verified",
    "pull-request-number",
    "pull-request-url",
    "pull-request-operation",
    "artifact-url",
    "picture-url",
    "sarif-file",
    "output-directory",
)
"""Every output of action.yml."""

RUN_GATES: Final = ("partial", "unresolved", "blocked-required", "not-required", *RISKS)
"""The gates that a run judges. Others are refused: a gate that nobody looks at would always be green."""

COMMENTING: Final = ("auto", "always", "never")
"""When a pull request gets a comment: where something changes, with every comparison, or never."""

PUBLISHING: Final = ("none", "commit", "pull-request")
"""Where generated policies go besides the workspace."""

DRAFTS: Final = ("false", "true", "always-true")
"""Whether a pull request is a draft: when it is made, or also when it is updated."""

SUFFIXES: Final = ("none", "random", "timestamp", "short-commit-hash")
"""What may be added to the name of a pull request's branch, so that each run has its own."""

PULL_REQUEST_BRANCH: Final = "netpol-action/policies"
"""The branch of the pull request where the input names none."""

MOST_OF_A_NAME: Final = 200
"""Characters of an artifact's name; a number may follow."""

MOST_OF_A_BODY = 16_000
"""Characters of the user's own text in a pull request, so that there is room below it."""

_OF_RUNNERS = frozenset({"ARGS", "ENTRYPOINT"})
_KEY = re.compile(r"[\w.,:/ -]{0,100}", re.ASCII)
_AUTHOR = re.compile(r"([^<>\s](?:[^<>]*[^<>\s])?) ?<([^<>\s]+)>")
_BRANCH = re.compile(r"(?![-/.])(?!@$)(?!.*(?:\.\.|@\{|//|/\.|\.lock(?:/|$)|[/.]$))[^\x00-\x20\x7f~^:?*\[\\]{1,250}")


@dataclass(frozen=True, slots=True)
class PullRequestOptions:
    """How the pull request with the policies is to look. `body` stands above what the program writes."""

    title: str = "Update network policies"
    body: str = ""
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    team_reviewers: tuple[str, ...] = ()
    draft: str = "false"
    branch_suffix: str = "none"
    delete_branch: bool = False


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What a run is to do. Paths are as given; `publish.files` holds those that are written to the workspace.

    `fail_on` is empty where no gate is to fail the run.
    """

    paths: tuple[str, ...] = (".",)
    render: RenderMode = "auto"
    helm_values: tuple[str, ...] = ()
    namespace: str = ""
    config: str = ""
    generate: bool = False
    policies_path: str = "network-policies.yaml"
    kustomize: bool = False
    formats: tuple[str, ...] = ("dot", "png", "svg", "md", "json")
    output_directory: str = "netpol-action-output"
    fail_on: tuple[str, ...] = ("partial",)
    before: str = ""
    summary: bool = True
    comment: str = "auto"
    comment_key: str = ""
    publish: str = "none"
    branch: str = ""
    base: str = ""
    commit_message: str = "Update network policies"
    author: Author | None = None
    sign_off: bool = False
    pull_request: PullRequestOptions = PullRequestOptions()
    artifacts: bool = True
    artifact_name: str = ""
    dry_run: bool = False
    token: str = field(default="", repr=False)


def read_inputs(environment: Mapping[str, str]) -> RunOptions:
    """The options that the `INPUT_` variables give; an empty or missing one counts as its default.

    Lists are separated by newlines or commas. Raises UsageError with all problems, one a line.
    """
    reader = Reader(environment, DEFAULTS)
    options = RunOptions(
        paths=reader.items("path"),
        render=_render(reader),
        helm_values=reader.items("helm-values"),
        namespace=reader.line("namespace"),
        config=reader.line("config"),
        generate=reader.truth("generate"),
        policies_path=reader.line("policies-path"),
        kustomize=reader.truth("kustomize"),
        formats=reader.choices("formats", FORMATS),
        output_directory=reader.line("output-directory"),
        fail_on=reader.choices("fail-on", RUN_GATES, none="none"),
        before=reader.line("before"),
        summary=reader.truth("summary"),
        comment=reader.choice("comment", COMMENTING),
        comment_key=_key(reader, "comment-key"),
        publish=reader.choice("publish", PUBLISHING),
        branch=_branch(reader, "branch"),
        base=_branch(reader, "base"),
        commit_message=reader.text("commit-message"),
        author=_author(reader, "author"),
        sign_off=reader.truth("sign-off"),
        pull_request=_pull_request(reader),
        artifacts=reader.truth("artifacts"),
        artifact_name=_artifact_name(reader, "artifact-name"),
        dry_run=reader.truth("dry-run"),
        token=reader.text("token"),
    )
    problems = (*reader.problems, *_without_policies(options))
    if problems:
        raise UsageError("\n".join(problems))
    return options


def _without_policies(options: RunOptions) -> Iterator[str]:
    """What is asked for of generated policies where none are generated."""
    if options.publish != "none" and not options.generate:
        yield "publish needs generate: true, since generated policies are what it publishes"
    if options.kustomize and not options.generate:
        yield "kustomize needs generate: true, since generated policies are what it lists"


def unknown_inputs(environment: Mapping[str, str]) -> tuple[Diagnostic, ...]:
    """A warning for each `INPUT_` variable that is no input: GitHub names misspelt ones, other runners do not.

    Values are not shown. Runners of GitHub's kind set the variables `args` and `entrypoint` for containers.
    """
    known = {name.upper().replace("-", "_"): name for name in DEFAULTS}
    found = []
    for variable in sorted(environment):
        name = variable.removeprefix("INPUT_").replace("-", "_").upper()
        if variable.startswith("INPUT_") and name not in known and name not in _OF_RUNNERS:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {known[close[0]]}?" if close else ""
            found.append(warning("unknown-input", f"{variable} is no input, and is ignored{hint}"))
    return tuple(found)


def _pull_request(reader: Reader) -> PullRequestOptions:
    return PullRequestOptions(
        title=reader.line("pull-request-title"),
        body=_body(reader, "pull-request-body"),
        labels=reader.items("pull-request-labels"),
        assignees=reader.items("pull-request-assignees"),
        reviewers=reader.items("pull-request-reviewers"),
        team_reviewers=reader.items("pull-request-team-reviewers"),
        draft=reader.choice("pull-request-draft", DRAFTS),
        branch_suffix=reader.choice("pull-request-branch-suffix", SUFFIXES),
        delete_branch=reader.truth("pull-request-delete-branch"),
    )


def _body(reader: Reader, name: str) -> str:
    value = reader.text(name)
    if len(value) > MOST_OF_A_BODY:
        reader.problems.append(f"{name} takes up to {MOST_OF_A_BODY:,} characters, and has {len(value):,}")
    return value


def _render(reader: Reader) -> RenderMode:
    value = reader.text("render")
    if _is_mode(value):
        return value
    reader.problems.append(f"render must be one of {', '.join(RENDERERS)}, not {value!r}")
    return "auto"


def _is_mode(text: str) -> TypeGuard[RenderMode]:
    return text in RENDERERS


def _key(reader: Reader, name: str) -> str:
    """A value that stands in a hidden mark: nothing that could end it."""
    value = reader.text(name)
    if not _KEY.fullmatch(value) or "--" in value:
        reader.problems.append(f"{name} takes up to 100 letters, digits, spaces and .,:/_- without two dashes in a row")
    return value


def _branch(reader: Reader, name: str) -> str:
    """The name of a branch, by the rules of git-check-ref-format; what begins with `refs/heads/` loses that."""
    value = reader.line(name).removeprefix("refs/heads/")
    if value == "HEAD" or (value and (not _BRANCH.fullmatch(value) or value.startswith("refs/"))):
        reader.problems.append(f"{name} must be the name of a branch, not {value!r}")
    return value


def _author(reader: Reader, name: str) -> Author | None:
    value = reader.line(name)
    found = _AUTHOR.fullmatch(value)
    if value and not found:
        reader.problems.append(f"{name} must be of the form `Name <address>`, not {value!r}")
    return Author(found[1], found[2]) if found else None


def _artifact_name(reader: Reader, name: str) -> str:
    """A name as the service of artifacts takes it (actions/toolkit, path-and-artifact-name-validation.ts)."""
    value = reader.line(name)
    if re.search(r'["<>:|*?\\/]', value) or len(value) > MOST_OF_A_NAME:
        reader.problems.append(f'{name} takes up to {MOST_OF_A_NAME} characters, and none of " : < > | * ? \\ /')
    return value
