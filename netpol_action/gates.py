"""Gates: what a user may want a run to fail on, and whether it happened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from netpol_action.arguments import GATES
from netpol_action.errors import UsageError
from netpol_action.model.demands import Requirements
from netpol_action.model.diagnostics import Diagnostic, Severity
from netpol_action.model.diff import Risk
from netpol_action.model.findings import BLOCKED, OPEN_FOR_NOTHING, Check
from netpol_action.model.tally import Tally
from netpol_action.render.verdict import CLAUSES


def chosen(text: str, command: str) -> tuple[str, ...]:
    """The gates of a command's `--fail-on` list; empty for `none`. Raises UsageError on one that it does not judge."""
    known = GATES[command]
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if names == ("none",):
        return ()
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        given = ", ".join(unknown) or "nothing"
        raise UsageError(f"{command} --fail-on takes a list of {', '.join(known)}, or none; not {given}")
    return names


def is_partial(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether a part of the input could not be used."""
    return any(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics)


def failures(  # noqa: PLR0913  # each is what some gates are about
    gates: Iterable[str],
    diagnostics: Iterable[Diagnostic],
    requirements: Requirements | None = None,
    *,
    check: Check | None = None,
    outdated: str = "",
    changes: Tally | None = None,
    given_up: int = 0,
) -> tuple[str, ...]:
    """One sentence for each of these gates that fails.

    `outdated` is the sentence about files that are out of date. `changes` are those of a difference: a row counts for
    each of its risks, so that none hides behind a graver one. `given_up` of its connections only the earlier
    netpol.yaml requires: policies that block them block what is required, until the change is in.
    """
    diagnostics = tuple(diagnostics)
    errors = sum(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics)
    blocked = check.count(BLOCKED) if check else sum(diagnostic.rule == BLOCKED for diagnostic in diagnostics)
    needless = check.count(*OPEN_FOR_NOTHING) if check else 0
    unresolved = len(requirements.unresolved) if requirements else 0
    risks = changes.risks if changes else {}
    happened: Mapping[str, str] = {
        **{risk: _changed(risk, number) for risk, number in risks.items()},
        **dict(_required(risks.get(Risk.CLOSED_REQUIRED, 0), blocked, given_up)),
        "partial": f"the result is partial: {_count(errors, 'error')} above" if errors else "",
        "unresolved": f"{_count(unresolved, 'dependency', 'dependencies')} unresolved" if unresolved else "",
        "not-required": f"the policies leave {needless} open that nothing requires" if needless else "",
        "outdated": outdated,
    }
    return tuple(sentence for gate in gates if (sentence := happened.get(gate, "")))


def _required(closed: int, blocked: int, given_up: int) -> Iterator[tuple[str, str]]:
    """The gates about what is required, and how much of that only the earlier netpol.yaml requires."""
    said = f", {given_up} of them required by the netpol.yaml of the base, which this change alters" if given_up else ""
    if closed:
        yield Risk.CLOSED_REQUIRED, f"{_changed(Risk.CLOSED_REQUIRED, closed)}{said}"
    if blocked or given_up:
        yield "blocked-required", f"the policies block {_count(blocked + given_up, 'required connection')}{said}"


def _changed(risk: Risk, number: int) -> str:
    return f"the change {CLAUSES[risk].format(_count(number, 'connection'))} ({risk})"


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
