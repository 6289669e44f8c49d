"""Which directories are rendered by which tool, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from netpol_action.model.diagnostics import Diagnostic, error, note, warning
from netpol_action.model.documents import SourceText
from netpol_action.origin import Origin
from netpol_action.sources import chart, helm, kustomize, sandbox
from netpol_action.sources.coverage import Rendered
from netpol_action.sources.files import Files, UnreadableError, read
from netpol_action.sources.helm import HelmOptions
from netpol_action.sources.kustomization import Kustomization
from netpol_action.sources.kustomize_graph import Graph, roots_among
from netpol_action.sources.places import Bounds, Place, is_file
from netpol_action.sources.tree import KUSTOMIZATION_NAMES, MANIFEST_ENDINGS, is_chart, kustomization_files

Mode = Literal["auto", "kustomize", "helm"]
_MOST_NAMES = 3


@dataclass(slots=True)
class Targets:
    """Directories that a tool may render, with their bounds.

    `named` are the directories and plain files that the user named: such a directory is always a root, and such a file
    is read though a kustomization beside it leaves it out.
    """

    kustomizations: dict[Place, Bounds] = field(default_factory=dict)
    charts: dict[Place, Bounds] = field(default_factory=dict)
    named: set[Place] = field(default_factory=set)

    def name(self, place: Place, bounds: Bounds) -> bool:
        """Takes a directory that the user named; False where it is neither a kustomization nor a chart."""
        is_named = False
        if kustomization_files(place.real):
            self.kustomizations[place] = bounds
            is_named = True
        if is_chart(place.real):
            self.charts[place] = bounds
            is_named = True
        if is_named:
            self.named.add(place)
        return is_named


@dataclass(slots=True)
class Rendering:
    """The texts that the tools made, and the real paths of the files that are therefore not read as they are.

    `rendered` are the directories that the tools were to render.
    """

    texts: list[SourceText] = field(default_factory=list)
    used: set[Path] = field(default_factory=set)
    rendered: list[Rendered] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)


def render(targets: Targets, mode: Mode, options: HelmOptions, files: Files) -> Rendering:
    """Renders what has to be rendered. `mode` is `auto`, or the one tool that may be started."""
    result = Rendering()
    kustomizations, charts = dict(targets.kustomizations), dict(targets.charts)
    for place in sorted(kustomizations.keys() & charts.keys()) if mode == "auto" else ():
        del kustomizations[place], charts[place]
        sentence = (
            "the directory holds both a kustomization and a chart: choose with --render kustomize or --render helm"
        )
        result.diagnostics.append(error("two-renderings", sentence, Origin(place.shown)))
    _kustomizations(kustomizations, targets.named, result, files, start=mode != "helm")
    if mode == "kustomize":
        result.diagnostics += _left_out("chart", charts, mode)
    else:
        _charts(charts, targets.named, options, result, files)
    if mode == "helm":
        result.diagnostics += _left_out("kustomization", kustomizations, mode)
    if mode != "auto" and not kustomizations and not charts:
        what = "kustomization" if mode == "kustomize" else "chart"
        sentence = f"--render {mode} has nothing to render: there is no {what} in the input"
        result.diagnostics.append(warning("nothing-to-render", sentence))
    result.diagnostics = list(dict.fromkeys(result.diagnostics))
    return result


def _kustomizations(
    directories: dict[Place, Bounds], named: set[Place], result: Rendering, files: Files, *, start: bool
) -> None:
    graph = Graph(files)
    found = roots_among(directories.items(), graph)
    closures = {place: graph.closure(place, bounds) for place, bounds in directories.items()}
    for closure in closures.values():
        result.used |= {place.real.resolve() for kustomization in closure for place in kustomization.files}
    members = {member.directory: member for closure in closures.values() for member in closure}
    for place in sorted(members):
        result.diagnostics += _beside(place, result.used, {place.real for place in named})
    if not start:
        return
    result.diagnostics += found.diagnostics
    command = kustomize.tool()
    roots = sorted({*found.directories, *(place for place in directories if place in named)})
    for place in roots:
        result.rendered.append(_rendered(place, directories[place], closures[place]))
        problems = _problems(closures[place], is_named=place in named)
        if problems:
            result.diagnostics += problems
        elif command:
            _keep(kustomize.build(command, closures[place], files), result)
    if roots and not command:
        result.diagnostics.append(_no_tool(kustomize.ADVICE, roots))


def _rendered(place: Place, bounds: Bounds, closure: Sequence[Kustomization]) -> Rendered:
    members = tuple(member.files[0] if member.files else member.directory for member in closure)
    return Rendered(place, bounds, members, frozenset(file.real for member in closure for file in member.files))


def _problems(closure: Sequence[Kustomization], *, is_named: bool) -> list[Diagnostic]:
    """Why a root cannot be built."""
    root = closure[0]
    if is_named and root.is_component:
        sentence = "a component cannot be rendered by itself: name a kustomization that uses it"
        return [error("broken-kustomization", sentence, Origin(root.directory.shown))]
    return [diagnostic for member in closure for diagnostic in member.diagnostics]


def _keep(built: SourceText | Diagnostic, result: Rendering) -> None:
    if isinstance(built, SourceText):
        result.texts.append(built)
    else:
        result.diagnostics.append(built)


def _beside(directory: Place, used: set[Path], named: set[Path]) -> list[Diagnostic]:
    """Manifests beside a kustomization that does not use them are not part of what it deploys: they are not read.

    They are added to `used`, so that a search leaves them out as well.
    """
    names = []
    for path in _manifests_in(directory.real):
        if path.resolve() not in used | named:
            used.add(path.resolve())
            if _looks_like_manifest(path):
                names.append(path.name)
    if not names:
        return []
    shown = ", ".join(names[:_MOST_NAMES]) + (f" and {len(names) - _MOST_NAMES} more" if names[_MOST_NAMES:] else "")
    sentence = f"the kustomization does not use {shown} beside it, so that nothing of it is read"
    return [note("beside-kustomization", sentence, Origin(directory.shown))]


def _manifests_in(directory: Path) -> list[Path]:
    try:
        entries = sorted(directory.iterdir())
    except OSError:  # named by the search, if the directory is part of one
        return []
    own = [path for path in entries if is_file(path) and not path.is_symlink()]
    return [path for path in own if path.suffix in MANIFEST_ENDINGS and path.name not in KUSTOMIZATION_NAMES]


def _looks_like_manifest(path: Path) -> bool:
    try:
        return b"apiVersion" in read(path)
    except UnreadableError:
        return False


def _charts(
    directories: dict[Place, Bounds], named: set[Place], options: HelmOptions, result: Rendering, files: Files
) -> None:
    program = sandbox.find("helm")
    charts = {place: chart.load(place, files) for place in sorted(directories)}
    used = {path for loaded in charts.values() for path in loaded.local_dependencies}
    roots = []
    for place, loaded in charts.items():
        if place not in named and (loaded.is_library or place.real in used):
            if place.real not in used:
                sentence = "the library chart is not rendered, since no chart of the input uses it"
                result.diagnostics.append(note("unused-library", sentence, Origin(place.shown)))
            continue
        roots.append(place)
        result.rendered.append(Rendered(place, directories[place]))
        if loaded.diagnostics:
            result.diagnostics += loaded.diagnostics
        elif program:
            text, problems = helm.render(program, loaded, options, directories[place], files)
            result.diagnostics += problems
            result.texts += [text] if text else []
    if roots and not program:
        result.diagnostics.append(_no_tool(helm.ADVICE, roots))


def _no_tool(advice: str, places: Sequence[Place]) -> Diagnostic:
    return error("missing-tool", f"{_several(places)} not rendered: {advice}", Origin(places[0].shown))


def _left_out(what: str, places: Iterable[Place], mode: str) -> list[Diagnostic]:
    directories = sorted(places)
    if not directories:
        return []
    sentence = f"--render {mode} leaves out every {what}: {_several(directories)} not rendered"
    return [warning("not-rendered", sentence, Origin(directories[0].shown))]


def _several(places: Sequence[Place]) -> str:
    """Some directories, of which the first is where the message says that it is about."""
    shown = ", ".join(("this directory", *(place.shown for place in places[1:_MOST_NAMES])))
    more = len(places) - _MOST_NAMES
    return f"{shown} and {more} more are" if more > 0 else f"{shown} {'is' if len(places) == 1 else 'are'}"
