"""The dependencies of netpol.yaml as demands, and the unresolved ones that they answer.

One line never silently answers two unknown dependencies: where it fits several, it has to say which by `resolves`.
"""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from netpol_action.discovery.netpol_yaml import is_example
from netpol_action.discovery.parties import Parties
from netpol_action.model.addresses import AddressRange
from netpol_action.model.config import CidrRef, Config, Dependency, HostRef, Ignored, InternetRef, Party, WorkloadRef
from netpol_action.model.demands import Confidence, Demand, Evidence, Gap, Unresolved
from netpol_action.model.diagnostics import Diagnostic, error, warning
from netpol_action.model.endpoints import Endpoint, Workload

DEAD_REFERENCE = "dead-reference"
_BY_HOST = "host/"
_UNNAMED = frozenset({Gap.SECRET_HOST, Gap.UNKNOWN_HOST, Gap.UNKNOWN_PORT})


@dataclass(frozen=True, slots=True)
class Answers:
    """What is left of the unresolved dependencies once netpol.yaml has been heard."""

    unresolved: tuple[Unresolved, ...]
    diagnostics: tuple[Diagnostic, ...]


def demands(config: Config, parties: Parties) -> tuple[list[Demand], list[Diagnostic]]:
    """The demands of every dependency; one that names a workload the input does not have is an error."""
    found: list[Demand] = []
    problems: list[Diagnostic] = []
    for dependency in config.dependencies:
        dead = [
            error(DEAD_REFERENCE, parties.trouble(party), dependency.origin.at(end))
            for end, party in (("from", dependency.source), ("to", dependency.destination))
            if isinstance(party, WorkloadRef) and not parties.workloads(party)
        ]
        problems += dead
        if not dead:
            found += _demands(dependency, parties)
    return found, problems


def answered(
    config: Config, parties: Parties, unresolved: Sequence[Unresolved], answered_by_demands: Sequence[Unresolved]
) -> Answers:
    """Takes away what the dependencies resolve and what `ignore` names.

    `answered_by_demands` are rows that the demands of the dependencies may have taken away already; a key of theirs is
    no dead reference.
    """
    problems: list[Diagnostic] = []
    done: set[int] = set()
    open_rows, gone_rows = _Rows(unresolved), _Rows(answered_by_demands)
    for dependency in config.dependencies:
        mine = open_rows.of(dependency, parties)
        if dependency.resolves:
            named = [each for each in mine if each.key in dependency.resolves]
            done.update(map(id, named))
            problems += _not_there(dependency, [*mine, *gone_rows.of(dependency, parties)])
            problems += _as_suggested(dependency, named)
        else:
            left = [each for each in mine if id(each) not in done]
            fitting = _fitting(dependency, left) if isinstance(dependency.source, WorkloadRef) else []
            if len(fitting) > 1:
                problems.append(_ambiguous(dependency, fitting))
            done.update(id(each) for each in fitting if len(fitting) == 1)
            done.update(id(each) for each in mine if _same_host(dependency, each))
    for ignored in config.ignore:
        named = [each for each in unresolved if _is_ignored(ignored, each, parties)]
        done.update(map(id, named))
        if not any(_is_ignored(ignored, each, parties) for each in (*unresolved, *answered_by_demands)):
            message = f"ignore: no unresolved dependency has the key {ignored.key}{_close(ignored.key, unresolved)}"
            problems.append(warning(DEAD_REFERENCE, message, ignored.origin))
    return Answers(tuple(each for each in unresolved if id(each) not in done), tuple(problems))


def _demands(dependency: Dependency, parties: Parties) -> Iterator[Demand]:
    evidence = (Evidence("netpol.yaml", _description(dependency), dependency.note, dependency.origin),)
    for source in parties.endpoints(dependency.source):
        for destination in parties.endpoints(dependency.destination):
            # A workload is among the pods of its namespace, or of the cluster; that it calls itself nobody has said.
            if source is destination and not _same_party(dependency):
                continue
            if isinstance(source, Workload) or isinstance(destination, Workload):
                yield Demand(source, destination, dependency.ports, evidence, Confidence.DECLARED)


def _same_party(dependency: Dependency) -> bool:
    return isinstance(dependency.source, WorkloadRef) and isinstance(dependency.destination, WorkloadRef)


def _description(dependency: Dependency) -> str:
    return f"{dependency.source} to {dependency.destination}"


class _Rows:
    """Unresolved dependencies by their workloads: netpol.yaml may have as many lines as there are rows."""

    def __init__(self, rows: Sequence[Unresolved]) -> None:
        self._of: dict[tuple[Endpoint, bool], list[Unresolved]] = defaultdict(list)
        for each in rows:
            self._of[each.workload, each.outbound].append(each)

    def of(self, dependency: Dependency, parties: Parties) -> list[Unresolved]:
        """Those of the workloads that are the dependency's end on the row's side."""
        found: list[Unresolved] = []
        for party, outbound in ((dependency.source, True), (dependency.destination, False)):
            for end in parties.endpoints(party):
                found += self._of.get((end, outbound), ())
        return found


def _same_host(dependency: Dependency, unresolved: Unresolved) -> bool:
    """Whether the dependency names the host that is unresolved, with its ports."""
    if not unresolved.key.startswith(_BY_HOST) or not unresolved.connections <= dependency.ports:
        return False
    host = unresolved.key.removeprefix(_BY_HOST)
    return _names(dependency.destination, host)


def _names(party: Party, host: str) -> bool:
    match party:
        case HostRef():
            return party.name.rstrip(".").lower() == host
        case CidrRef() | InternetRef():
            try:
                address = AddressRange.parse(host)
            except ValueError:
                return False
            return isinstance(party, InternetRef) or any(address in block for block in party.ranges)
        case _:
            return False


def _fitting(dependency: Dependency, unresolved: Sequence[Unresolved]) -> list[Unresolved]:
    """The unknown ends that the dependency could be the answer to: its ports are those that they need."""
    if any(_same_host(dependency, each) for each in unresolved):
        return []
    return [
        each
        for each in unresolved
        if each.outbound and each.gap in _UNNAMED and each.connections and each.connections <= dependency.ports
    ]


def _not_there(dependency: Dependency, mine: Sequence[Unresolved]) -> Iterator[Diagnostic]:
    keys = {each.key for each in mine}
    for key in dependency.resolves:
        if key not in keys:
            message = (
                f"resolves: {_description(dependency)} has nothing unresolved with the key {key}{_close(key, mine)}"
            )
            yield warning(DEAD_REFERENCE, message, dependency.origin.at("resolves"))


def _as_suggested(dependency: Dependency, resolved: Sequence[Unresolved]) -> Iterator[Diagnostic]:
    """What is said of a suggestion kept as it was: its host is made up, and its ports mostly are a guess."""
    host = dependency.destination
    if not isinstance(host, HostRef) or host.ranges or not is_example(host.name):
        return
    for each in resolved:
        if not each.key.startswith(_BY_HOST) and host.name in each.resolution:
            message = f"{host.name} is the example that was suggested for {each.key}: write the host that it really is"
            yield warning("example-host", message, dependency.origin.at("to"))


def _ambiguous(dependency: Dependency, fitting: Sequence[Unresolved]) -> Diagnostic:
    keys = ", ".join(each.key for each in fitting)
    message = f"{_description(dependency)} could resolve any of {keys}; add `resolves:` with the one that it does"
    return warning("ambiguous-dependency", message, dependency.origin)


def _is_ignored(ignored: Ignored, unresolved: Unresolved, parties: Parties) -> bool:
    of_workload = ignored.workload is None or unresolved.workload in parties.workloads(ignored.workload)
    return ignored.key == unresolved.key and of_workload


def _close(key: str, unresolved: Sequence[Unresolved]) -> str:
    close = difflib.get_close_matches(key, sorted({each.key for each in unresolved}), n=1)
    return f"; did you mean {close[0]}?" if close else ""
