"""What a workflow's runner says of the run in its variables, and where it wants things."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Runner:
    """Where a workflow's runner wants things, and what it says of the run.

    `run` is the number of the workflow's run, by which later ones are larger, and of the attempt at it. `branch` is
    the one that the run is for, empty for tags and pull requests.
    Outside a workflow, `in_workflow` is false, the texts are empty and the workspace is the working directory.
    """

    workspace: str = "."
    output_file: str = ""
    summary_file: str = ""
    in_workflow: bool = False
    event_name: str = ""
    event_file: str = ""
    repository: str = ""
    api_url: str = ""
    server_url: str = ""
    workflow: str = ""
    job: str = ""
    run: tuple[int, int] = (0, 0)
    actor: str = ""
    branch: str = ""
    sha: str = ""
    results_url: str = ""
    runtime_token: str = field(default="", repr=False)


def read_runner(environment: Mapping[str, str]) -> Runner:
    """What the runner's own variables say."""
    get = environment.get
    return Runner(
        workspace=get("GITHUB_WORKSPACE") or ".",
        output_file=get("GITHUB_OUTPUT", ""),
        summary_file=get("GITHUB_STEP_SUMMARY", ""),
        in_workflow=get("GITHUB_ACTIONS") == "true",
        event_name=get("GITHUB_EVENT_NAME", ""),
        event_file=get("GITHUB_EVENT_PATH", ""),
        repository=get("GITHUB_REPOSITORY", ""),
        api_url=get("GITHUB_API_URL", ""),
        server_url=get("GITHUB_SERVER_URL", ""),
        workflow=get("GITHUB_WORKFLOW", ""),
        job=get("GITHUB_JOB", ""),
        run=(_number(get("GITHUB_RUN_ID", "")), _number(get("GITHUB_RUN_ATTEMPT", ""))),
        actor=get("GITHUB_ACTOR", ""),
        branch=get("GITHUB_REF_NAME", "") if get("GITHUB_REF", "").startswith("refs/heads/") else "",
        sha=get("GITHUB_SHA", ""),
        results_url=get("ACTIONS_RESULTS_URL", ""),
        runtime_token=get("ACTIONS_RUNTIME_TOKEN", ""),
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() else 0
