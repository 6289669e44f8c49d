"""All that a run found as one list, the gravest first: what a reader of code scanning alerts is to see.

A change is told by its causes, not by its rows: one line that opens a thousand connections is one alert.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from netpol_action.model.demands import Evidence, Unresolved
from netpol_action.model.diagnostics import Diagnostic, Severity
from netpol_action.model.diff import Cause, ConnectivityDiff, DiffRow, Risk
from netpol_action.model.endpoints import Endpoint, Workload
from netpol_action.model.findings import BLOCKED, UNPROTECTED_EGRESS, UNPROTECTED_INGRESS, Finding
from netpol_action.model.report import Report
from netpol_action.model.risky import rows_having
from netpol_action.model.tally import tally
from netpol_action.origin import Origin
from netpol_action.render.markdown import counted
from netpol_action.render.rules import RULES
from netpol_action.render.rules.connections import CHANGES
from netpol_action.render.rules.running import LEFT_OUT, RUNNING
from netpol_action.render.verdict import CLAUSES

MOST_ROWS = 25_000
"""Rows of a change that are looked at, the gravest first."""

_NAMED = 3
"""Rows, causes or pieces of evidence that an alert names."""

_LINES = re.compile(r"(?<=:)\d+(?: \(document \d+\))?|(?<=line )\d+")
"""What a message says of lines."""


@dataclass(frozen=True, slots=True)
class Link:
    """A piece of a message that leads to another place."""

    text: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing to look at.

    `identity` says what it is about by objects and fields, never by lines: by it and the rule the alert is known again
    in the next version. `places` are where it may be shown, the best first; they may need to be refined.
    """

    rule: str
    severity: Severity
    message: tuple[str | Link, ...]
    identity: tuple[str, ...]
    places: tuple[Origin, ...] = ()


def alerts(report: Report) -> list[Alert]:
    """Everything in a report that a person should look at, the gravest first, else in the order of the report."""
    untold = {*RUNNING, BLOCKED} if report.check else RUNNING.keys()  # a check has the same, with its reasons
    found = [
        *(_changes(report.diff) if report.diff else ()),
        *(map(_finding, report.check.findings) if report.check else ()),
        *(_diagnostic(each) for each in report.diagnostics if each.rule not in untold),
        *map(_unresolved, report.requirements.unresolved),
    ]
    order = list(Severity)
    return sorted(found, key=lambda each: (order.index(each.severity), -RULES[each.rule].security))


def _diagnostic(diagnostic: Diagnostic) -> Alert:
    where = (diagnostic.origin.path, *map(str, diagnostic.origin.field))
    identity = (*where, _LINES.sub("", diagnostic.message))
    message = (f"{_capital(diagnostic.message)}.",)
    return Alert(diagnostic.rule, diagnostic.severity, message, identity, (diagnostic.origin,))


def _unresolved(unresolved: Unresolved) -> Alert:
    evidence = unresolved.evidence
    places = (*(each.origin for each in evidence), unresolved.workload.origin)
    message = (f"{_capital(unresolved.message)}.", *_said_by("Evidence:", evidence))
    return Alert(unresolved.gap, Severity.WARNING, message, (str(unresolved.workload), unresolved.key), places)


def _finding(finding: Finding) -> Alert:
    ends: tuple[Endpoint, ...] = (*finding.sources, *finding.destinations)
    workloads = [end.origin for end in ends if isinstance(end, Workload)]
    # What needs a connection comes first: a new dependency is in the change that is looked at, its policy often is not.
    evidence = (each.origin for each in finding.evidence)
    places = (*evidence, finding.origin, *(each.origin for each in finding.causes), *workloads)
    message: list[str | Link] = [f"{_capital(finding.message)}."]
    for cause in finding.causes[:_NAMED]:
        if cause.reason:
            message += [" ", Link(cause.policy, cause.origin), f" {cause.reason}."]
        elif cause.policy not in finding.message:
            message += [" Allowed by ", Link(cause.policy, cause.origin), "."]
    message += _said_by("Required by", finding.evidence)
    return Alert(finding.rule, finding.severity, tuple(message), tuple(_about(finding)), places)


def _about(finding: Finding) -> Iterator[str]:
    """The ends, where each is one; of many the namespaces, since one workload more does not make it another finding."""
    for ends in (finding.sources, finding.destinations):
        if len(ends) == 1 and finding.rule not in (UNPROTECTED_INGRESS, UNPROTECTED_EGRESS):
            yield str(ends[0])
        else:
            yield ",".join(sorted({end.namespace for end in ends if isinstance(end, Workload)}))
    yield from (cause.policy for cause in finding.causes)


def _said_by(words: str, evidence: Sequence[Evidence]) -> Iterator[str | Link]:
    for number, each in enumerate(evidence[:_NAMED]):
        yield f" {words} " if number == 0 else ", "
        yield Link(str(each), each.origin)
    if evidence:
        yield "."


@dataclass(slots=True)
class _Group:
    """The rows of one risk that have one cause: a few of them, and how many there are."""

    risk: Risk
    cause: Cause | None
    first: DiffRow
    rows: list[str] = field(default_factory=list)
    number: int = 0
    further: dict[Cause, None] = field(default_factory=dict)

    def add(self, row: DiffRow, others: Iterable[Cause]) -> None:
        self.number += 1
        if self.number <= _NAMED:
            conn = row.change.broken if self.risk is Risk.CLOSED_REQUIRED else row.change.opened
            self.rows.append(f"{row.source} => {row.destination} : {conn}")
            self.further.update(dict.fromkeys(others))

    def alert(self) -> Alert:
        ends = [end for end in (self.first.source, self.first.destination) if isinstance(end, Workload)]
        subject = (self.cause.what, *map(str, self.cause.origin.field)) if self.cause else (_name(ends),)
        what = CLAUSES[self.risk].format(counted(self.number, "connection"))
        more = f"; and {self.number - len(self.rows):,} more" if self.number > len(self.rows) else ""
        start = f"{_capital(self.cause.what)}: this {what}" if self.cause else f"This change {what}"
        message: list[str | Link] = [f"{start}: {'; '.join(self.rows)}{more}."]
        for number, cause in enumerate(islice(self.further, _NAMED)):
            message += [" See also " if number == 0 else ", ", Link(cause.what, cause.origin)]
        message += ["."] if self.further else []
        places = (*((self.cause.origin,) if self.cause else ()), *(end.origin for end in ends))
        return Alert(self.risk, CHANGES[self.risk].severity, tuple(message), subject, places)


def _changes(diff: ConnectivityDiff) -> Iterator[Alert]:
    counts, left = tally(diff), MOST_ROWS
    for risk in CHANGES:
        groups: dict[tuple[object, ...], _Group] = {}
        for row in islice(rows_having(diff, Risk(risk)), left):
            left -= 1
            causes = diff.explain(row)
            cause = causes[0] if causes else None
            ends = [end for end in (row.source, row.destination) if isinstance(end, Workload)]
            group = groups.setdefault((cause, _name(ends) if cause is None else ""), _Group(Risk(risk), cause, row))
            group.add(row, causes[1:])
        yield from (group.alert() for group in groups.values())
    unseen = sum(counts.risks.get(Risk(risk), 0) for risk in CHANGES) - (MOST_ROWS - left)
    if unseen:
        sentence = f"{counted(unseen, 'connection')} more that this change opens: `netpol-action diff` shows all."
        yield Alert(LEFT_OUT, Severity.WARNING, (sentence,), ("changes",))


def _name(ends: Sequence[Endpoint]) -> str:
    return str(ends[0]) if ends else ""


def _capital(sentence: str) -> str:
    """The sentence with a capital letter, unless it begins with a name."""
    first = sentence.partition(" ")[0]
    return sentence[:1].upper() + sentence[1:] if first.isalpha() and first.islower() else sentence
