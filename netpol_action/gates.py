"""Gates: what a user may want a run to fail on, and whether it happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from netpol_action.arguments import GATES
from netpol_action.errors import UsageError
from netpol_action.model.demands import Requirements
from netpol_action.model.diagnostics import Diagnostic, Severity


def chosen(text: str) -> tuple[str, ...]:
    """The gates of a `--fail-on` list; empty for `none`. Raises UsageError on an unknown one."""
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if names == ("none",):
        return ()
    unknown = [name for name in names if name not in GATES]
    if unknown or not names:
        given = ", ".join(unknown) or "nothing"
        raise UsageError(f"--fail-on takes a list of {', '.join(GATES)}, or none; not {given}")
    return names


def is_partial(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether a part of the input could not be used."""
    return any(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics)


def failures(
    gates: Iterable[str],
    diagnostics: Iterable[Diagnostic],
    requirements: Requirements | None = None,
    *,
    outdated: str = "",
) -> tuple[str, ...]:
    """One sentence for each of these gates that fails. `outdated` names the files that are out of date."""
    diagnostics = tuple(diagnostics)
    errors = sum(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics)
    blocked = sum(diagnostic.rule == "blocked-required" for diagnostic in diagnostics)
    unresolved = len(requirements.unresolved) if requirements else 0
    happened: Mapping[str, str] = {
        "partial": f"the result is partial: {_count(errors, 'error')} above" if errors else "",
        "unresolved": f"{_count(unresolved, 'dependency', 'dependencies')} unresolved" if unresolved else "",
        "blocked-required": f"the policies block {_count(blocked, 'required connection')}" if blocked else "",
        "outdated": f"{outdated} out of date: run `netpol-action generate` again" if outdated else "",
    }
    return tuple(sentence for gate in gates if (sentence := happened.get(gate, "")))


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
