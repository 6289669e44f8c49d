"""The hand-written labels: what each application requires, and whether a run found it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any

import yaml

from netpol_action.model.connections import ConnectionSet
from netpol_action.model.demands import Demand, Requirements, Unresolved
from netpol_action.model.endpoints import (
    Anywhere,
    DomainName,
    Endpoint,
    IngressController,
    IpBlock,
    Node,
    Unseen,
    Workload,
)

FOLDER = Path(__file__).parent / "labels"


@dataclass(frozen=True, slots=True)
class Label:
    """One required connection. `given`: whether the input says all of it. `word`: what an unresolved row must hold."""

    source: str
    destination: str
    ports: ConnectionSet
    given: bool
    word: str

    def __str__(self) -> str:
        return f"{self.source} -> {self.destination}{f' ({self.word})' if self.word else ''}: {self.ports}"


@dataclass(frozen=True, slots=True)
class Application:
    """One form of an application: what is read, and what it requires."""

    name: str
    inputs: tuple[str, ...]
    components: tuple[str, ...]
    left_out: tuple[str, ...]
    labels: tuple[Label, ...]


def applications() -> Iterator[Application]:
    """All that are labelled, in the order of their files."""
    for path in sorted(FOLDER.glob("*.yaml")):
        body = yaml.safe_load(path.read_text())
        labels = tuple(_labels(path.name))
        components, left_out = tuple(body.get("components", ())), tuple(body.get("leftOut", ()))
        yield Application(body["application"], tuple(body["input"]), components, left_out, labels)


def found_as(label: Label, found: Requirements) -> str:
    """How a run has the label: `demand`, `candidate`, `unresolved`, or `lost`."""
    for name, demands in (("demand", found.demands), ("candidate", found.candidates)):
        mine = [demand.connections for demand in demands if is_of(demand, label)]
        if mine and label.ports <= reduce(or_, mine):
            return name
    return "unresolved" if any(_covers(row, label) for row in found.unresolved) else "lost"


def is_of(demand: Demand, label: Label) -> bool:
    """Whether the demand is between the label's ends."""
    return _is(demand.source, label.source) and _is(demand.destination, label.destination)


def is_right(demand: Demand, labels: tuple[Label, ...]) -> bool:
    """Whether labels ask for all that the demand allows."""
    wanted = [label.ports for label in labels if is_of(demand, label)]
    return bool(wanted) and demand.connections <= reduce(or_, wanted)


def _is(endpoint: Endpoint, text: str) -> bool:  # noqa: PLR0911  # one answer for each kind of endpoint
    kind, _, name = text.partition(" ")
    match endpoint:
        case Workload():
            return text in (endpoint.name, f"{endpoint.namespace}/{endpoint.name}")
        case Anywhere():
            return kind in ("internet", "api-server")
        case IngressController():
            return kind == "internet"
        case DomainName():
            return kind == "host" and endpoint.name == name
        case IpBlock():
            return kind == "cidr" and endpoint.range.cidrs() == (name,)
        case Unseen():
            return kind in ("pods", "?")
        case Node():
            return kind == "nodes"


def _covers(row: Unresolved, label: Label) -> bool:
    """Whether the row is about the label: at its source with the word that it asks for, or at its destination."""
    if row.outbound:
        return _is(row.workload, label.source) and _mentions(row, label.destination, label.word)
    touches = bool(row.connections & label.ports) and _is(row.workload, label.destination)
    return touches and (not label.word or label.word.lower() in _text(row))


def _mentions(row: Unresolved, destination: str, word: str) -> bool:
    kind, _, name = destination.partition(" ")
    if kind == "api-server":
        return row.key == "host/kubernetes"
    if kind == "cidr":
        return row.key == f"host/{name.partition('/')[0]}"
    if kind == "host":
        return name in row.key or row.key.startswith("secret/")
    return bool(word) and kind == "?" and word.lower() in _text(row)


def _text(row: Unresolved) -> str:
    return " ".join((row.key, row.message, *map(str, row.evidence))).lower()


def _labels(file: str) -> list[Label]:
    body = yaml.safe_load((FOLDER / file).read_text())
    inherited = _labels(body["extends"]) if "extends" in body else []
    without = set(body.get("without", ()))
    kept = [label for label in inherited if f"{label.source} -> {label.destination}" not in without]
    return [*kept, *map(_label, body["dependencies"])]


def _label(body: Mapping[str, Any]) -> Label:
    ports = reduce(or_, (ConnectionSet.parse(each.strip()) for each in body["ports"].split(",")))
    return Label(body["from"], body["to"], ports, body["given"] == "manifest", body.get("names", ""))
