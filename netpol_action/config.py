"""netpol.yaml to a `Config`: the reviewed decisions of a team, read strictly.

An unknown key, a wrong type or a value that means nothing is an error with its place and a suggestion, and costs one
item; the rest of the file still counts. The tables of keys are those of docs/netpol.schema.json.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from netpol_action.discovery.platform import packs
from netpol_action.manifests.events import Loaded, ReadingError
from netpol_action.manifests.fields import FieldError, cidr, labels, mapping, sequence, shown, text
from netpol_action.manifests.load import load
from netpol_action.manifests.places import repeated_keys
from netpol_action.manifests.stream import Chunk, EncodingError, split, text_of
from netpol_action.model.addresses import AddressRange
from netpol_action.model.config import (
    ENDPOINT_KINDS,
    STRICTNESS,
    CidrRef,
    ClusterRef,
    Config,
    Dependency,
    DnsServer,
    EndpointKind,
    HostRef,
    Ignored,
    InternetRef,
    NamedEndpoint,
    NamespaceRules,
    Party,
    PodsRef,
    Strictness,
    WorkloadRef,
)
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.diagnostics import Diagnostic, error
from netpol_action.model.documents import SourceText
from netpol_action.model.endpoints import Json
from netpol_action.model.labels import NAMESPACE_NAME_LABEL, SELECT_ALL, Selector
from netpol_action.origin import Origin

RULE = "broken-config"
VERSION = 1
_PODS = ("namespace", "namespaceLabels", "pods")
KEYS: Mapping[str, tuple[str, ...]] = {
    "config": (
        *("version", "dependencies", "ignore", "endpoints", "platform"),
        *("dns", "ingressControllers", "clusterDomain", "podCIDRs", "namespaces", "strictness"),
    ),
    "dependency": ("from", "to", "ports", "note", "resolves"),
    "party": ("workload", "host", "cidr", "internet", "cluster", "endpoint", *_PODS),
    "ignored": ("key", "workload", "note"),
    "dnsServer": ("cidr", *_PODS, "ports"),
    "ingressController": ("workload", "cidr", *_PODS),
    "endpoint": ("cidr", "kind"),
    "namespaces": ("excluded", "protected"),
}
"""The keys of each mapping, under the names that the schema gives them."""

_WORKLOAD = re.compile(r"(?:(?P<namespace>[a-z0-9.-]+)/)?(?P<name>[A-Za-z0-9._-]+)(?:\[(?P<kind>[A-Za-z]+)\])?")
_NAMESPACE_PATTERN = re.compile(r"[a-z0-9*](?:[a-z0-9*-]*[a-z0-9*])?")
_HOST = re.compile(r"(?:\*\.)?[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9_])?\.?")
_T = TypeVar("_T")


def read_config(source: SourceText) -> tuple[Config, list[Diagnostic]]:
    """The configuration, and an error for each part of it that does not count."""
    start = Origin(source.path, 1, 1)
    try:
        loaded = [each for chunk in split(text_of(source.content)) for each in load(chunk)]
    except ReadingError as problem:
        return Config(), [error(RULE, str(problem), replace(start, line=1 + problem.line))]
    except EncodingError as problem:
        return Config(), [error(RULE, str(problem), start)]
    documents = [(one, piece) for one, piece in loaded if one.value is not None or one.flaw]
    if len(documents) > 1:
        place = replace(start, document=2, line=documents[1][1].content_line)
        return Config(), [error(RULE, "the configuration must be one document", place)]
    return _read_document(documents[0], start) if documents else (Config(origin=start), [])


def _read_document(document: tuple[Loaded, Chunk], start: Origin) -> tuple[Config, list[Diagnostic]]:
    loaded, piece = document
    if loaded.flaw:
        return Config(), [error(RULE, str(loaded.flaw), replace(start, line=piece.line + loaded.flaw.line))]
    config, problems = _Reader(replace(start, line=piece.content_line)).read(loaded.value)
    return config, [*_repeated(piece, start), *problems]


def _repeated(piece: Chunk, start: Origin) -> Iterator[Diagnostic]:
    """An error for each key that stands twice: YAML would keep the last and lose the other without a word."""
    for repeated in repeated_keys(piece):
        message = f"{shown(repeated.key)} stands here a second time (first on line {repeated.first}); put both together"
        yield error(RULE, message, replace(start, line=repeated.line))


class _Reader:
    """Reads one file, item by item; `problems` are what it could not use."""

    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self._problems: list[Diagnostic] = []
        self._endpoints: dict[str, NamedEndpoint] = {}

    def read(self, value: Json) -> tuple[Config, list[Diagnostic]]:
        nothing: dict[str, Json] = {}
        body = self._or(lambda: mapping(value), nothing)
        for key in body:
            self._or(lambda key=key: _only_known({key: None}, "config"), None)  # type: ignore[misc]
        self._or(lambda: _version(body.get("version", VERSION)), None)
        for name in self._or(lambda: mapping(body.get("endpoints"), "endpoints"), nothing):
            self._or(lambda name=name: self._read_endpoint(name, body["endpoints"][name]), None)  # type: ignore[misc]
        config = Config(
            dependencies=self._items(body, "dependencies", self._dependency),
            ignore=self._items(body, "ignore", self._ignored),
            platform=self._items(body, "platform", _platform),
            cluster_domain=self._or(lambda: _domain(body.get("clusterDomain")), Config().cluster_domain),
            pod_cidrs=self._items(body, "podCIDRs", cidr),
            ingress_controllers=self._items(body, "ingressControllers", self._controller),
            dns=self._items(body, "dns", self._dns),
            endpoints=tuple(self._endpoints.values()),
            namespaces=self._namespaces(body.get("namespaces")),
            strictness=self._or(lambda: _strictness(body.get("strictness")), Config().strictness),
            origin=self._origin,
        )
        return config, self._problems

    def _or(self, reading: Callable[[], _T], fallback: _T) -> _T:
        """What `reading` gives; the fallback, and an error noted, where it raises."""
        try:
            return reading()
        except FieldError as problem:
            self._problems.append(problem.diagnostic(RULE, self._origin))
            return fallback

    def _items(self, body: Mapping[str, Json], key: str, reading: Callable[..., _T]) -> tuple[_T, ...]:
        values: list[Json] = self._or(lambda: sequence(body.get(key), key), [])
        found: list[_T] = []
        for index, value in enumerate(values):
            found += self._or(lambda index=index, value=value: [reading(value, key, index)], [])  # type: ignore[misc]
        return tuple(found)

    def _namespaces(self, value: Json) -> NamespaceRules:
        nothing: Mapping[str, Json] = {}
        body = nothing if value is None else self._or(lambda: _known(value, "namespaces", "namespaces"), nothing)

        def names(key: str) -> tuple[str, ...]:
            return self._or(lambda: _patterns(body.get(key), "namespaces", key), NamespaceRules().excluded)

        return NamespaceRules(excluded=names("excluded"), protected=names("protected"))

    def _read_endpoint(self, name: str, value: Json) -> None:
        path = ("endpoints", name)
        body = _known(value, "endpoint", *path)
        addresses = CidrRef(_cidrs(_present(body, "cidr", *path), *path, "cidr"), name)
        self._endpoints[name] = NamedEndpoint(addresses, _kind(body.get("kind"), *path, "kind"))

    def _dependency(self, value: Json, *path: str | int) -> Dependency:
        body = _known(value, "dependency", *path)
        source = self._party(_present(body, "from", *path), *path, "from")
        destination = self._party(_present(body, "to", *path), *path, "to")
        if isinstance(source, HostRef) and not source.ranges:
            raise FieldError("names a host, which no policy can tell as a source; give its cidr", *path, "from")
        if not isinstance(source, WorkloadRef | PodsRef) and not isinstance(destination, WorkloadRef | PodsRef):
            raise FieldError("must have a workload at one end: `from`, `to` or both", *path)
        return Dependency(
            source=source,
            destination=destination,
            ports=_ports(_present(body, "ports", *path), *path, "ports"),
            note=text(body.get("note"), *path, "note"),
            resolves=_texts(body.get("resolves"), *path, "resolves"),
            origin=self._origin.at(*path),
        )

    def _party(self, value: Json, *path: str | int) -> Party:
        if isinstance(value, str):
            return _party_of_text(value, *path)
        body = _known(value, "party", *path)
        kinds = {"pods" if key in _PODS else key for key in body}
        if kinds == {"host", "cidr"}:
            return HostRef(_host(body["host"], *path, "host"), _cidrs(body["cidr"], *path, "cidr"))
        if len(kinds) != 1:
            raise FieldError(f"must have exactly one of {', '.join(KEYS['party'])}", *path)
        (kind,) = kinds
        return _pods(body, *path) if kind == "pods" else self._party_of(kind, body[kind], *path, kind)

    def _party_of(self, kind: str, value: Json, *path: str | int) -> Party:
        """A party that one key gives."""
        match kind:
            case "workload":
                return _workload(value, *path)
            case "host":
                return HostRef(_host(value, *path))
            case "cidr":
                return CidrRef(_cidrs(value, *path))
            case "endpoint":
                return self._endpoint(text(value, *path), *path)
            case _:
                if value is not True:
                    raise FieldError("must be true", *path)
                return InternetRef() if kind == "internet" else ClusterRef()

    def _endpoint(self, name: str, *path: str | int) -> CidrRef:
        if name not in self._endpoints:
            raise FieldError(f"is {shown(name)}, which `endpoints` does not have{_meant(name, self._endpoints)}", *path)
        return self._endpoints[name].addresses

    def _ignored(self, value: Json, *path: str | int) -> Ignored:
        if isinstance(value, str):
            return Ignored(value, origin=self._origin.at(*path))
        body = _known(value, "ignored", *path)
        workload = _workload(body["workload"], *path, "workload") if "workload" in body else None
        note = text(body.get("note"), *path, "note")
        key = text(_present(body, "key", *path), *path, "key")
        return Ignored(key, workload, note, self._origin.at(*path))

    def _controller(self, value: Json, *path: str | int) -> WorkloadRef | PodsRef | CidrRef:
        if isinstance(value, str):
            return _workload(value, *path)
        body = _known(value, "ingressController", *path)
        if len([key for key in body if key not in _PODS]) + any(key in body for key in _PODS) != 1:
            raise FieldError("must have either workload, cidr, or namespace and pods", *path)
        if "workload" in body:
            return _workload(body["workload"], *path, "workload")
        return CidrRef(_cidrs(body["cidr"], *path, "cidr")) if "cidr" in body else _pods(body, *path)

    @staticmethod
    def _dns(value: Json, *path: str | int) -> DnsServer:
        body = _known(value, "dnsServer", *path)
        default = ["TCP 53", "UDP 53"]
        ports = _ports(body.get("ports", default), *path, "ports")
        if "cidr" in body and any(key in body for key in _PODS):
            raise FieldError("must have either cidr, or namespace and pods", *path)
        server = CidrRef(_cidrs(body["cidr"], *path, "cidr")) if "cidr" in body else _pods(body, *path)
        return DnsServer(server, ports)


def _only_known(body: Mapping[str, Json], kind: str, *path: str | int) -> None:
    for key in body:
        if key not in KEYS[kind]:
            raise FieldError(f"is not a key that netpol.yaml has here{_meant(key, KEYS[kind])}", *path, key)


def _known(value: Json, kind: str, *path: str | int) -> Mapping[str, Json]:
    if not isinstance(value, dict):
        raise FieldError(f"must be a mapping with {', '.join(KEYS[kind])}", *path)
    _only_known(value, kind, *path)
    return value


def _present(body: Mapping[str, Json], key: str, *path: str | int) -> Json:
    if body.get(key) is None:
        raise FieldError(f"must have {key}", *path)
    return body[key]


def _meant(word: str, known: Sequence[str] | Mapping[str, object]) -> str:
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f"; did you mean {close[0]}?" if close else f"; it knows {', '.join(known)}" if known else ""


def _version(value: Json) -> None:
    if value != VERSION or isinstance(value, bool):
        raise FieldError(f"must be {VERSION}", "version")


def _platform(value: Json, *path: str | int) -> str:
    name = text(value, *path)
    if name not in packs():
        raise FieldError(f"is {shown(name)}, which is no platform{_meant(name, packs())}", *path)
    return name


def _kind(value: Json, *path: str | int) -> EndpointKind:
    wanted = text(value, *path) or "addresses"
    for kind in ENDPOINT_KINDS:
        if kind == wanted:
            return kind
    raise FieldError(f"is {shown(wanted)}, which is no kind{_meant(wanted, ENDPOINT_KINDS)}", *path)


def _strictness(value: Json) -> Strictness:
    wanted = text(value, "strictness") or Config().strictness
    for level in STRICTNESS:
        if wanted == level:
            return level
    raise FieldError(f"is {shown(wanted)}, which is no level{_meant(wanted, STRICTNESS)}", "strictness")


def _patterns(value: Json, *path: str | int) -> tuple[str, ...]:
    names = [(where, text(each, *where)) for where, each in _several(value, *path)]
    for where, name in names:
        if not _NAMESPACE_PATTERN.fullmatch(name):
            raise FieldError("must be the name of a namespace, with * for any characters", *where)
    return tuple(name for _, name in names)


def _domain(value: Json) -> str:
    domain = text(value, "clusterDomain") or Config().cluster_domain
    if not _HOST.fullmatch(domain):
        raise FieldError("must be a domain like cluster.local", "clusterDomain")
    return domain


def _party_of_text(value: str, *path: str | int) -> Party:
    if value == "internet":
        return InternetRef()
    if value == "cluster":
        return ClusterRef()
    if re.fullmatch(r"[0-9a-fA-F.:]+/[0-9]+", value):
        return CidrRef((cidr(value, *path),))
    return _workload(value, *path)


def _workload(value: Json, *path: str | int) -> WorkloadRef:
    match = _WORKLOAD.fullmatch(text(value, *path))
    if match is None:
        raise FieldError("must name a workload like web, shop/web or shop/web[Deployment]", *path)
    return WorkloadRef(match["name"], match["namespace"] or "", match["kind"] or "")


def _host(value: Json, *path: str | int) -> str:
    host = text(value, *path)
    if not _HOST.fullmatch(host):
        raise FieldError("must be a host like db.example.com, without port or scheme", *path)
    return host


def _pods(body: Mapping[str, Json], *path: str | int) -> PodsRef:
    if "namespace" in body and "namespaceLabels" in body:
        raise FieldError("must not have both namespace and namespaceLabels", *path)
    namespaces = SELECT_ALL
    if "namespace" in body:
        name = text(body["namespace"], *path, "namespace")
        if not re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", name):
            raise FieldError("must be the name of a namespace", *path, "namespace")
        namespaces = Selector.labels({NAMESPACE_NAME_LABEL: name})
    elif "namespaceLabels" in body:
        namespaces = Selector.labels(labels(body["namespaceLabels"], *path, "namespaceLabels"))
    elif "pods" in body:
        raise FieldError("must have namespace or namespaceLabels beside pods", *path)
    else:
        raise FieldError("must have namespace, namespaceLabels or cidr", *path)
    return PodsRef(namespaces, Selector.labels(labels(body.get("pods"), *path, "pods")))


def _cidrs(value: Json, *path: str | int) -> tuple[AddressRange, ...]:
    if isinstance(value, list) and value:
        return tuple(cidr(each, *path, index) for index, each in enumerate(value))
    return (cidr(value, *path),)


def _ports(value: Json, *path: str | int) -> ConnectionSet:
    found = ConnectionSet()
    for where, each in _several(value, *path):
        if isinstance(each, bool) or not isinstance(each, str | int):
            raise FieldError("must be a port like TCP 80, TCP 8000-8080, UDP 53 or 80", *where)
        try:
            found |= ConnectionSet.parse(str(each))
        except ValueError as problem:
            raise FieldError(f"is wrong: {shown(problem)}", *where) from problem
    if not found:
        raise FieldError("must have at least one port", *path)
    return found


def _texts(value: Json, *path: str | int) -> tuple[str, ...]:
    return tuple(text(each, *where) for where, each in _several(value, *path))


def _several(value: Json, *path: str | int) -> Iterator[tuple[tuple[str | int, ...], Json]]:
    """The items of a list, or a single value in its place; nothing where it is missing."""
    if isinstance(value, list):
        yield from (((*path, index), each) for index, each in enumerate(value))
    elif value is not None:
        yield path, value
