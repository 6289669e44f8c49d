"""Rendering a Helm chart with `helm template`.

The tool works on a copy of the chart without symbolic links, with a home of its own, so that it finds no repository,
plugin, registry login or cluster. It is never told to fetch anything.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from netpol_action.manifests.limits import TOTAL_BYTES
from netpol_action.model.diagnostics import Diagnostic, error
from netpol_action.model.documents import SourceText
from netpol_action.model.endpoints import Json
from netpol_action.origin import Origin
from netpol_action.sources import sandbox
from netpol_action.sources.chart import Chart
from netpol_action.sources.files import Files, UnreadableError
from netpol_action.sources.places import GIT, Bounds, Place
from netpol_action.sources.sandbox import Completed, ToolError
from netpol_action.sources.tree import MANIFEST_ENDINGS

ADVICE = (
    "helm is not installed: install it, use the action's image, or pass the rendered manifests "
    "(`helm template DIRECTORY | netpol-action ... -`)"
)
_VALUES_ADVICE = "give the chart its values with --helm-values FILE or --helm-set KEY=VALUE"
_LONGEST_MESSAGE = 500
_MOST_FILES = 10_000
"""With links each directory may stand in many places of a chart, so that their number is no limit by itself."""
_SCHEMA = "values.schema.json"
_PLACE = re.compile(r"(?:execution error|parse error) at \(([^():]+):(\d+)(?::\d+)?\): (.*)", re.DOTALL)
_TEMPLATE = re.compile(r"template: ([^:\s]+):(\d+)(?::\d+)?: (.*)", re.DOTALL)
_NIL = re.compile(r".*at <(.*?)>: nil pointer evaluating (?:interface \{\}|.*)\.(\w+)$", re.DOTALL)
_WRONG_YAML = re.compile(r"YAML parse error on ([^:]+): (?:error converting YAML to JSON: )?(.*)", re.DOTALL)
_NOISE = re.compile(r"\s*Use --debug flag to render out invalid YAML\s*$")


@dataclass(frozen=True, slots=True)
class HelmOptions:
    """What `helm template` is told. `values` are files, already checked; `set` are KEY=VALUE."""

    values: tuple[Place, ...] = ()
    set: tuple[str, ...] = ()
    kube_version: str = ""
    release_name: str = ""
    namespace: str = ""


@dataclass(slots=True)
class _Copy:
    """The copy of a chart: where each file of it is from, and what could not be copied."""

    directory: Path
    places: dict[str, Place] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    schemas_apart: bool = False


def render(
    program: str, chart: Chart, options: HelmOptions, bounds: Bounds, files: Files
) -> tuple[SourceText | None, list[Diagnostic]]:
    """The objects of a chart, and what went wrong.

    The result's `path` is the chart's directory. Before each object stands Helm's comment `# Source: NAME/P`, with the
    chart's name first; P names the entry of `sources` with the path `normpath(join(text.path, P))`. Templates in packed
    subcharts have no such entry.
    """
    shown = chart.directory.shown
    with tempfile.TemporaryDirectory(prefix="netpol-action-") as temporary:
        scratch = Path(temporary).resolve()
        copy = _Copy(scratch / "chart")
        try:
            _copy(chart.directory, copy, bounds, files)
            values = _copied_values(options, scratch, files)
            done = sandbox.run(_command(program, chart, options, copy, values), scratch)
        except ToolError as problem:
            return None, [*copy.diagnostics, error("render-failed", f"helm {problem}", Origin(shown))]
        except UnreadableError as problem:
            return None, [*copy.diagnostics, error("unreadable-file", str(problem), Origin(shown))]
    if done.status:
        given = {str(path): place.shown for path, place in zip(values, options.values, strict=True)}
        return None, [*copy.diagnostics, _failure(done, chart, {**given, str(scratch / "chart"): shown})]
    sources = tuple(files.text(place) for name, place in sorted(copy.places.items()) if _is_source(name))
    return SourceText(shown, done.output, "helm", sources), copy.diagnostics


def _command(program: str, chart: Chart, options: HelmOptions, copy: _Copy, values: Sequence[Path]) -> tuple[str, ...]:
    command = [program, "template", options.release_name or chart.release_name, str(copy.directory), "--include-crds"]
    command += [f"--values={path}" for path in values]
    command += [f"--set={setting}" for setting in options.set]
    if options.namespace:
        command.append(f"--namespace={options.namespace}")
    if options.kube_version:
        command.append(f"--kube-version={options.kube_version}")
    if copy.schemas_apart:
        command.append("--skip-schema-validation")
    return tuple(command)


def _copied_values(options: HelmOptions, scratch: Path, files: Files) -> list[Path]:
    copies = []
    for index, place in enumerate(options.values):
        try:
            content = files.text(place).content
        except UnreadableError as problem:
            raise UnreadableError(f"the values file {place.shown} {problem}") from problem
        copies.append(scratch / f"values-{index}.yaml")
        copies[-1].write_bytes(content)
    return copies


def _copy(source: Place, copy: _Copy, bounds: Bounds, files: Files) -> None:
    """Copies the files of a chart; links become what they lead to where that is within bounds."""
    copy.directory.mkdir()
    left = TOTAL_BYTES
    for number, (name, place) in enumerate(_files_below(source, bounds, copy.diagnostics)):
        try:
            content = files.text(place).content
        except UnreadableError as problem:
            copy.diagnostics.append(error("unreadable-file", f"the file {problem}", Origin(place.shown)))
            continue
        left -= len(content)
        if number >= _MOST_FILES or left < 0:
            raise UnreadableError("the chart is too large to be rendered")
        target = copy.directory / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        copy.places[name] = place
        # A schema that names others would make helm download them, and a packed chart may hold one.
        copy.schemas_apart |= name.endswith(".tgz") or (target.name == _SCHEMA and not _is_self_contained(content))


def _files_below(root: Place, bounds: Bounds, diagnostics: list[Diagnostic]) -> Iterator[tuple[str, Place]]:
    """Every file of the chart by its name within it. A directory that links lead back to is not entered again."""
    waiting: list[tuple[str, Place, frozenset[Path]]] = [("", root, frozenset((root.real,)))]
    entered = 0
    while waiting:
        prefix, directory, above = waiting.pop()
        entered += 1
        if entered > _MOST_FILES:
            raise UnreadableError("the chart is too large to be rendered")
        try:
            entries = sorted(entry.name for entry in directory.real.iterdir() if entry.name != GIT)
        except OSError as problem:
            sentence = f"the directory cannot be read: {problem.strerror or problem}"
            diagnostics.append(error("unreadable-directory", sentence, Origin(directory.shown)))
            continue
        for entry in entries:
            name, place = os.path.join(prefix, entry), directory.below(entry)  # noqa: PTH118  # names, not places
            try:
                real = place.real.resolve(strict=True)
            except (OSError, RuntimeError):
                diagnostics.append(error("broken-link", "the symbolic link leads nowhere", Origin(place.shown)))
                continue
            if place.real.is_symlink() and not bounds.allow_link(real):
                sentence = "the symbolic link leads out of the input and is not followed"
                diagnostics.append(error("link-leads-out", sentence, Origin(place.shown)))
            elif not real.is_dir():
                yield name, Place(place.shown, real)
            elif real not in above:
                waiting.append((name, Place(place.shown, real), above | {real}))


def _is_source(name: str) -> bool:
    """Whether objects may come from this file of a chart."""
    return name.endswith((*MANIFEST_ENDINGS, ".tpl"))


def _is_self_contained(schema: bytes) -> bool:
    """Whether a JSON schema refers to nothing outside of itself but the standard's own description."""
    try:
        value: Json = json.loads(schema)
    except (ValueError, RecursionError):
        return False
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting += item
        elif isinstance(item, dict):
            waiting += item.values()
            if not all(_stays_inside(key, item[key]) for key in item if key.startswith("$")):
                return False
    return True


def _stays_inside(key: str, value: Json) -> bool:
    match key:
        case "$ref" | "$dynamicRef" | "$recursiveRef":
            return isinstance(value, str) and value.startswith("#")
        case "$schema":
            return isinstance(value, str) and re.match(r"https?://json-schema\.org/", value) is not None
        case _:
            return True


def _failure(done: Completed, chart: Chart, shown: dict[str, str]) -> Diagnostic:
    """Helm's message as a diagnostic at the template that it names."""
    message = _NOISE.sub("", done.complaint.strip())
    message = message[message.find("Error: ") + len("Error: ") :] if "Error: " in message else message
    for copied, name in shown.items():
        message = message.replace(copied, name)
    origin, advice = Origin(chart.directory.shown), ""
    if placed := _PLACE.match(message) or _TEMPLATE.match(message):
        origin = Origin(_template(chart, placed[1]), 0, int(placed[2]))
        message = placed[3]
        advice = _VALUES_ADVICE if "parse error" not in placed[0].partition(" at ")[0] else ""
        if nil := _NIL.match(message):
            message = f"`{nil[1]}` is not set"
    elif wrong := _WRONG_YAML.match(message):
        origin = Origin(_template(chart, wrong[1]))
        message = f"the template does not give valid YAML: {wrong[2]}"
    elif "schema(s)" in message:
        advice = _VALUES_ADVICE
    message = " ".join(message.split())[:_LONGEST_MESSAGE] or f"ended with status {done.status}"
    return error("render-failed", "; ".join(filter(None, (f"helm: {message}", advice))), origin)


def _template(chart: Chart, name: str) -> str:
    """The shown path of a template that Helm names by chart and path."""
    return chart.directory.below(*name.split("/")[1:]).shown
