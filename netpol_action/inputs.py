"""The action's `INPUT_` variables as options.

Knows what action.yml declares and how runners pass it on. Reads no environment of its own: `cli` hands it one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeGuard

from netpol_action.arguments import FORMATS, RENDERERS, RISKS
from netpol_action.errors import UsageError
from netpol_action.sources.gather import RenderMode

DEFAULTS: Final[Mapping[str, str]] = {
    "path": ".",
    "render": "auto",
    "helm-values": "",
    "namespace": "",
    "config": "",
    "generate": "false",
    "policies-path": "network-policies.yaml",
    "formats": "dot,png,svg,md,json",
    "output-directory": "netpol-action-output",
    "fail-on": "partial",
    "before": "",
    "summary": "true",
    "comment": "auto",
    "comment-key": "",
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
)
"""Every output of action.yml."""

RUN_GATES: Final = ("partial", "unresolved", "blocked-required", "not-required", *RISKS)
"""The gates that a run judges. Others are refused: a gate that nobody looks at would always be green."""

COMMENTING: Final = ("auto", "always", "never")
"""When a pull request gets a comment: where something changes, with every comparison, or never."""

_KEY = re.compile(r"[\w.,:/ -]{0,100}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


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
    formats: tuple[str, ...] = ("dot", "png", "svg", "md", "json")
    output_directory: str = "netpol-action-output"
    fail_on: tuple[str, ...] = ("partial",)
    before: str = ""
    summary: bool = True
    comment: str = "auto"
    comment_key: str = ""
    dry_run: bool = False
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Runner:
    """Where a workflow's runner wants things, and what it says of the run.

    `run` is the number of the workflow's run, by which later ones are larger, and of the attempt at it. Outside a
    workflow, `in_workflow` is false, the texts are empty and the workspace is the working directory.
    """

    workspace: str = "."
    output_file: str = ""
    summary_file: str = ""
    in_workflow: bool = False
    event_name: str = ""
    event_file: str = ""
    repository: str = ""
    api_url: str = ""
    workflow: str = ""
    job: str = ""
    run: tuple[int, int] = (0, 0)


def read_inputs(environment: Mapping[str, str]) -> RunOptions:
    """The options that the `INPUT_` variables give; an empty or missing one counts as its default.

    Lists are separated by newlines or commas. Raises UsageError with all problems, one a line.
    """
    reader = _Reader(environment)
    options = RunOptions(
        paths=reader.items("path"),
        render=reader.render(),
        helm_values=reader.items("helm-values"),
        namespace=reader.line("namespace"),
        config=reader.line("config"),
        generate=reader.truth("generate"),
        policies_path=reader.line("policies-path"),
        formats=reader.choices("formats", FORMATS),
        output_directory=reader.line("output-directory"),
        fail_on=reader.choices("fail-on", RUN_GATES, none="none"),
        before=reader.line("before"),
        summary=reader.truth("summary"),
        comment=reader.choice("comment", COMMENTING),
        comment_key=reader.key("comment-key"),
        dry_run=reader.truth("dry-run"),
        token=reader.text("token"),
    )
    if reader.problems:
        raise UsageError("\n".join(reader.problems))
    return options


def read_runner(environment: Mapping[str, str]) -> Runner:
    """What the runner's own variables say."""
    return Runner(
        workspace=environment.get("GITHUB_WORKSPACE") or ".",
        output_file=environment.get("GITHUB_OUTPUT", ""),
        summary_file=environment.get("GITHUB_STEP_SUMMARY", ""),
        in_workflow=environment.get("GITHUB_ACTIONS") == "true",
        event_name=environment.get("GITHUB_EVENT_NAME", ""),
        event_file=environment.get("GITHUB_EVENT_PATH", ""),
        repository=environment.get("GITHUB_REPOSITORY", ""),
        api_url=environment.get("GITHUB_API_URL", ""),
        workflow=environment.get("GITHUB_WORKFLOW", ""),
        job=environment.get("GITHUB_JOB", ""),
        run=(_number(environment.get("GITHUB_RUN_ID", "")), _number(environment.get("GITHUB_RUN_ATTEMPT", ""))),
    )


class _Reader:
    """Reads inputs of one environment and collects the problems, so that a user sees all of them at once."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment
        self.problems: list[str] = []

    def text(self, name: str) -> str:
        """The value without surrounding space. Runners keep the dashes of a name; shells and some runners cannot."""
        variable = f"INPUT_{name.upper()}"
        given = (self.environment.get(spelling, "").strip() for spelling in (variable, variable.replace("-", "_")))
        return next(filter(None, given), DEFAULTS[name])

    def line(self, name: str) -> str:
        value = self.text(name)
        if _CONTROL.search(value):
            self.problems.append(f"{name} must be one line of text without control characters")
        return value

    def items(self, name: str) -> tuple[str, ...]:
        """The distinct items; a list of separators alone is as empty as an empty input."""
        items = _split(self.text(name)) or _split(DEFAULTS[name])
        if any(map(_CONTROL.search, items)):
            self.problems.append(f"{name} must not hold control characters")
        return items

    def render(self) -> RenderMode:
        value = self.text("render")
        if _is_mode(value):
            return value
        self.problems.append(f"render must be one of {', '.join(RENDERERS)}, not {value!r}")
        return "auto"

    def choice(self, name: str, allowed: tuple[str, ...]) -> str:
        value = self.text(name)
        if value not in allowed:
            self.problems.append(f"{name} must be one of {', '.join(allowed)}, not {value!r}")
        return value

    def key(self, name: str) -> str:
        """A value that stands in a hidden mark: nothing that could end it."""
        value = self.text(name)
        if not _KEY.fullmatch(value) or "--" in value:
            self.problems.append(
                f"{name} takes up to 100 letters, digits, spaces and .,:/_- without two dashes in a row"
            )
        return value

    def choices(self, name: str, allowed: tuple[str, ...], none: str = "") -> tuple[str, ...]:
        """A list of the allowed values; `none`, where it is given, stands alone and means the empty list."""
        items = self.items(name)
        if none and items == (none,):
            return ()
        for item in items:
            if item == none:
                self.problems.append(f"{name} takes {none} only by itself")
            elif item not in allowed:
                self.problems.append(f"{name} takes a list of {', '.join(allowed)}, not {item!r}")
        return items

    def truth(self, name: str) -> bool:
        value = self.text(name).lower()
        if value not in ("true", "false"):
            self.problems.append(f"{name} must be true or false, not {self.text(name)!r}")
        return value == "true"


def _is_mode(text: str) -> TypeGuard[RenderMode]:
    return text in RENDERERS


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() else 0


def _split(text: str) -> tuple[str, ...]:
    parts = (part.strip() for part in re.split(r"[\n,]", text))
    return tuple(dict.fromkeys(filter(None, parts)))
