"""Building a kustomization with `kustomize` or `kubectl kustomize`.

The tool works on a copy that holds the files that the kustomization uses and no others, at the same places relative to
one another, without any symbolic link. Every kustomization file of the copy is written anew from the values that were
checked, so that the tool cannot read it differently. It never gets a flag that widens what it may do.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from netpol_action.model.diagnostics import Diagnostic, error
from netpol_action.model.documents import SourceText
from netpol_action.model.endpoints import Json
from netpol_action.origin import Origin
from netpol_action.sources import sandbox
from netpol_action.sources.files import Files
from netpol_action.sources.kustomization import Kustomization
from netpol_action.sources.places import Place
from netpol_action.sources.sandbox import Completed, ToolError

ADVICE = (
    "neither kustomize nor kubectl is installed: install one of them, use the action's image, or pass the rendered "
    "manifests (`kustomize build DIRECTORY | netpol-action ... -`)"
)
_LONGEST_MESSAGE = 500
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff]")
_WRAPPER = re.compile(r"^.*recursed (?:accumulation of|merging from) path '([^']*)': ", re.DOTALL)
_FILE = re.compile(
    r"accumulating (?:resources|components): (?:accumulation err=')?(?:accumulating|merging) (?:resources|components) "
    r"from '([^']*)': (.*?)(?:': must build at directory: .*)?",
    re.DOTALL,
)
_PREFIX = re.compile(r"^error: ", re.IGNORECASE)
_LOGGED = re.compile(r'E\d{4} .* err=(?:("(?:[^"\\]|\\["\\nt])*")|<\s*(.*?)\s*>)', re.DOTALL)
"""How some builds of kubectl write their error."""
_QUOTED_PATCH = re.compile(r"(unable to parse SM or JSON patch) from \[.*", re.DOTALL)
"""Here kustomize quotes the patch, which may be one of a Secret."""
_ORIGINS = "originAnnotations"


def tool() -> tuple[str, ...] | None:
    """The command that builds a directory, without the directory; None where none is installed."""
    kustomize = sandbox.find("kustomize")
    if kustomize:
        return (kustomize, "build")
    kubectl = sandbox.find("kubectl")
    return (kubectl, "kustomize") if kubectl else None


def build(command: Sequence[str], closure: Sequence[Kustomization], files: Files) -> SourceText | Diagnostic:
    """The objects of the first kustomization of `closure`, which holds all that it uses, itself first.

    The result's `path` is the directory. Each object carries kustomize's annotation `config.kubernetes.io/origin`. Its
    `path` (or `configuredIn`) P names the entry of `sources` with the path `normpath(join(text.path, P))`.
    """
    root = closure[0].directory
    with tempfile.TemporaryDirectory(prefix="netpol-action-") as temporary:
        scratch = Path(temporary).resolve()
        copies = _copy(closure, files, scratch / "input")
        try:
            done = sandbox.run((*command, str(copies[root.real])), scratch)
        except ToolError as problem:
            return error("render-failed", f"kustomize {problem}", Origin(root.shown))
    if done.status:
        shown = {str(copies[k.directory.real]): k.directory.shown for k in closure}
        return error("render-failed", f"kustomize: {_explained(done, shown)}", Origin(root.shown))
    return SourceText(root.shown, done.output, "kustomize", _sources(closure, files))


def _sources(closure: Sequence[Kustomization], files: Files) -> tuple[SourceText, ...]:
    root = closure[0].directory
    places = {root.reached(place.real) for kustomization in closure for place in kustomization.files}
    return tuple(_text(place, files) for place in sorted(places))


def _text(place: Place, files: Files) -> SourceText:
    return files.text(Place(place.shown, place.real.resolve()))


def _copy(closure: Sequence[Kustomization], files: Files, destination: Path) -> dict[Path, Path]:
    """Writes the copy; the result is the copied directory of each directory."""
    top = Path(os.path.commonpath([kustomization.directory.real for kustomization in closure]))
    copies: dict[Path, Path] = {}
    for index, kustomization in enumerate(closure):
        directory = destination / kustomization.directory.real.relative_to(top)
        directory.mkdir(parents=True, exist_ok=True)
        copies[kustomization.directory.real] = directory
        own_file, *used = kustomization.files
        for place in used:
            copy = directory / place.real.relative_to(kustomization.directory.real)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(_text(place, files).content)
        declaration = _with_origins(kustomization.value) if index == 0 else kustomization.value
        names = {
            name: os.path.relpath(place.real, kustomization.directory.real)
            for name, (place, _) in kustomization.directories.items()
        }
        (directory / own_file.real.name).write_text(_written(declaration, names), encoding="utf-8")
    return copies


def _with_origins(value: Mapping[str, Json]) -> dict[str, Json]:
    """The kustomization with one more field: each object says where it comes from."""
    given = value.get("buildMetadata")
    others = [entry for entry in given if entry != _ORIGINS] if isinstance(given, list) else []
    return {**value, "buildMetadata": [*others, _ORIGINS]}


def _written(value: Mapping[str, Json], directories: Mapping[str, str]) -> str:
    """The kustomization as JSON, which is YAML. Directories get their real names, as the copy has no links."""
    renamed = {
        key: [directories.get(item, item) if isinstance(item, str) else item for item in content]
        if isinstance(content, list)
        else content
        for key, content in value.items()
    }
    # YAML knows no surrogate pairs, so that characters are written as they are, but for those that it forbids.
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(renamed, ensure_ascii=False))


def _explained(done: Completed, shown: Mapping[str, str]) -> str:
    """The tool's own message: the innermost of the nested ones, with the user's paths instead of the copy's."""
    lines = [line for line in done.complaint.splitlines() if line.strip() and not line.startswith("#")]
    message = _PREFIX.sub("", " ".join(" ".join(lines).split()))
    logged = _LOGGED.fullmatch(message)
    if logged:
        message = json.loads(logged[1]) if logged[1] else logged[2]
    message = _QUOTED_PATCH.sub(r"\1", message)
    where = _WRAPPER.match(message)
    message = message[where.end() :] if where else message
    file = _FILE.fullmatch(message)
    message = f"{file[1]}: {file[2]}" if file else message
    if where:
        message = f"{message} (in {where[1]})"
    for copy in sorted(shown, key=len, reverse=True):
        message = message.replace(copy, shown[copy])
    if "buildMetadata" in message:
        message += " (kustomize 4.5 or kubectl 1.24 or later is needed)"
    return message[:_LONGEST_MESSAGE] or f"ended with status {done.status}"
