"""From the paths of a call to the texts that `manifests` reads: files, standard input, renderings.

A directory that the user names and that holds a kustomization or a chart is rendered, and that is all that is read of
it. Any other directory is searched; of the kustomizations and charts in it those count that no other one uses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from netpol_action.errors import InputError, UsageError
from netpol_action.manifests.limits import FILE_BYTES
from netpol_action.model.diagnostics import Diagnostic, Severity, error, note
from netpol_action.model.documents import STDIN, SourceText
from netpol_action.origin import Origin
from netpol_action.sources import git, overlaps, tree
from netpol_action.sources.chart import RELEASE_NAME
from netpol_action.sources.configfile import find_configs, free_place
from netpol_action.sources.coverage import Coverage
from netpol_action.sources.files import Files, UnreadableError
from netpol_action.sources.helm import HelmOptions
from netpol_action.sources.places import (
    Bounds,
    Place,
    bounds_of,
    exists,
    is_directory,
    is_file,
    place_of,
    repository_of,
)
from netpol_action.sources.rendering import Rendering, Targets, render

RenderMode = Literal["auto", "none", "kustomize", "helm"]
_NAMESPACE = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")  # a label as in RFC 1123, as the API server demands


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """How to read. `render` names the tools that may be started.

    `helm_values` are files, `helm_set` KEY=VALUE, both as `helm template` takes them; without `release_name` a release
    has its chart's name. `workspace`: where set, nothing outside of this directory is read. `pending` are files that
    are yet to be written, by their real paths: a kustomization that uses them is rendered as it will be.
    """

    render: RenderMode = "auto"
    helm_values: tuple[str, ...] = ()
    helm_set: tuple[str, ...] = ()
    kube_version: str = ""
    release_name: str = ""
    namespace: str = ""
    workspace: str = ""
    pending: Mapping[Path, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Gathered:
    """The texts, sorted by path, what could not be read, and the netpol.yaml of the input or its repository.

    `coverage` is what else would be read, if it were there.
    """

    texts: tuple[SourceText, ...]
    diagnostics: tuple[Diagnostic, ...]
    config_path: str | None
    coverage: Coverage = field(default_factory=Coverage)


def gather(paths: Sequence[str], options: SourceOptions, stdin: Callable[[], bytes]) -> Gathered:
    """Reads the input that `paths` name: files, directories, `-` for standard input.

    What cannot be read is an ERROR among the diagnostics, and the rest is read all the same. Raises UsageError for
    paths that do not exist or lie outside of the workspace and for a namespace that can be none, InputError where
    nothing at all can be read or several directories render the same objects.
    """
    if options.namespace and not _NAMESPACE.fullmatch(options.namespace):
        wanted = "lower-case letters, digits and dashes inside, 63 characters at most"
        raise UsageError(f"{options.namespace!r} is no name for a namespace: {wanted}")
    files = Files(pending=options.pending)
    places = _places(dict.fromkeys(path for path in paths if path != STDIN), options.workspace)
    configs = find_configs([place for place, _ in places], options.workspace)
    found = _find(places, options.render)
    helm_options = _helm_options(options)
    rendering = render(found.targets, options.render, helm_options, files) if options.render != "none" else Rendering()
    skipped = rendering.used | {place.real for place in configs}
    texts, diagnostics = _read_plain([p for p in found.manifests if p.real.resolve() not in skipped], files)
    if STDIN in paths:
        texts.append(_stdin_text(stdin))
    diagnostics = [*found.diagnostics, *diagnostics, *rendering.diagnostics, *_unused(configs)]
    _check(texts, rendering, diagnostics, paths)
    everything = sorted((*texts, *rendering.texts), key=lambda text: text.path)
    plain = [p.real for p, _ in places if p not in found.targets.named or not is_directory(p.real)]
    coverage = Coverage((*plain, *found.linked), tuple(rendering.rendered))
    return Gathered(tuple(everything), tuple(diagnostics), configs[0].shown if configs else None, coverage)


def read_text(path: str) -> SourceText:
    """One file that the user named. Raises UsageError where it does not exist, InputError where it cannot be read."""
    if not exists(path):
        raise UsageError(f"{path} does not exist")
    place = place_of(path)
    try:
        return Files().text(place)
    except UnreadableError as problem:
        raise InputError(f"{place.shown} {problem}") from problem


def config_place(paths: Sequence[str]) -> str:
    """The netpol.yaml of the input that `paths` name, or where one has to be written to count.

    Raises UsageError where there is no such place.
    """
    places = [place for place, _ in _places(dict.fromkeys(path for path in paths if path != STDIN), "")]
    place = next(iter(find_configs(places, "")), None) or free_place(places)
    if place is None:
        raise UsageError("there is no place for a netpol.yaml that would be found: say where with -f")
    return place.shown


def _places(paths: Iterable[str], workspace: str) -> list[tuple[Place, Bounds]]:
    top = Path(workspace).resolve() if workspace else None
    places, problems = [], []
    for path in paths:
        if not exists(path):
            problems.append(f"{path} does not exist{_hint(path)}")
            continue
        place = place_of(_directory_meant(path))
        bounds = bounds_of(place.real, top)
        if top and not bounds.allow_link(place.real):
            problems.append(f"{path} leads out of the workspace")
        places.append((place, bounds))
    if problems:
        raise UsageError("; ".join(problems))
    return places


def _hint(path: str) -> str:
    """What somebody may have meant by a path that does not exist."""
    if any(exists(part) for part in path.split()[:-1]) or set("*?[") & set(path):
        return ": separate paths by newlines or commas, on the command line by spaces; there are no patterns"
    here = repository_of(Path.cwd().resolve())
    if here and git.is_version(here, path):
        return ": to compare versions write REF:PATH"
    return ""


def _directory_meant(path: str) -> str:
    """A kustomization or Chart.yaml named by itself stands for its directory."""
    return str(Path(path).parent) if Path(path).name in (*tree.KUSTOMIZATION_NAMES, tree.CHART_NAME) else path


@dataclass(slots=True)
class _Found:
    manifests: list[Place]
    targets: Targets
    diagnostics: list[Diagnostic]
    linked: list[Path]


def _find(places: Sequence[tuple[Place, Bounds]], mode: RenderMode) -> _Found:
    """The plain files of the input, and the directories that a tool has to render."""
    found = _Found([], Targets(), [], [])
    for place, bounds in places:
        if not is_directory(place.real):
            found.manifests.append(place)
            found.targets.named.add(place)
        elif mode != "none" and found.targets.name(place, bounds):
            continue
        else:
            content = tree.walk(place, bounds, charts_apart=mode != "none")
            found.manifests += content.manifests
            found.diagnostics += content.diagnostics
            found.linked += content.linked
            if mode != "none":
                found.targets.kustomizations |= dict.fromkeys(content.kustomizations, bounds)
                found.targets.charts |= dict.fromkeys(content.charts, bounds)
    unique = {place.real: place for place in reversed(found.manifests)}
    found.manifests = sorted(unique.values())
    return found


def _helm_options(options: SourceOptions) -> HelmOptions:
    if options.release_name and not RELEASE_NAME.fullmatch(options.release_name):
        raise UsageError(f"{options.release_name} is no name for a release: lower-case letters, digits and dashes only")
    missing = [path for path in options.helm_values if not is_file(Path(path))]
    if missing:
        raise UsageError("; ".join(f"the values file {path} does not exist" for path in missing))
    values = [place for place, _ in _places(options.helm_values, options.workspace)]
    return HelmOptions(tuple(values), options.helm_set, options.kube_version, options.release_name, options.namespace)


def _read_plain(places: Iterable[Place], files: Files) -> tuple[list[SourceText], list[Diagnostic]]:
    texts: list[SourceText] = []
    diagnostics: list[Diagnostic] = []
    for place in places:
        try:
            texts.append(files.text(place))
        except UnreadableError as problem:
            diagnostics.append(error("unreadable-file", f"the file {problem}", Origin(place.shown)))
    return texts, diagnostics


def _unused(configs: Sequence[Place]) -> list[Diagnostic]:
    """What to say about each netpol.yaml after the first."""
    return [
        note("unused-configuration", f"the file is not read, since {configs[0].shown} counts", Origin(place.shown))
        for place in configs[1:]
    ]


def _stdin_text(stdin: Callable[[], bytes]) -> SourceText:
    content = stdin()
    if len(content) > FILE_BYTES:
        raise InputError(f"standard input holds more than {FILE_BYTES // 1024**2} MB, the limit for one file")
    return SourceText(STDIN, content)


def _check(
    texts: Sequence[SourceText], rendering: Rendering, diagnostics: Sequence[Diagnostic], paths: Sequence[str]
) -> None:
    """Raises InputError where there is nothing to go on with, or no telling what belongs together."""
    errors = [str(diagnostic) for diagnostic in diagnostics if diagnostic.severity is Severity.ERROR]
    if overlap := overlaps.sentence(rendering.texts):
        raise InputError("\n".join((overlap, *errors)))
    if not texts and not rendering.texts:
        ways = f"{', '.join(tree.MANIFEST_ENDINGS)}, a kustomization or a chart"
        nothing = (f"there are no manifests ({ways}) in {', '.join(paths)}", *map(str, diagnostics))
        raise InputError("\n".join(errors or nothing))
