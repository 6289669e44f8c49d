"""What a workload's manifests set: variables, arguments and configuration files, each with its evidence.

Reads pod specs, ConfigMaps, and Secrets that are in the input. Judges nothing: `outbound` says what is an address.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from netpol_action.discovery.addresses import without_placeholders
from netpol_action.discovery.commands import words_of_command
from netpol_action.discovery.configfiles import Entry, entries, json_entries, pairs
from netpol_action.discovery.environment import MAX_EXPANSIONS, Environment, Lookup, Reference, mappings, name_of
from netpol_action.discovery.scripts import is_script, run_by_shell, script_entries
from netpol_action.model.cluster import ConfigData
from netpol_action.model.demands import Evidence
from netpol_action.model.endpoints import Json, Workload
from netpol_action.origin import FieldPath

_CONTAINERS = (("initContainers", "init container "), ("containers", "container "))
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_NOT_CONFIGURATION = frozenset({"kube-root-ca.crt", "openshift-service-ca.crt"})


@dataclass(frozen=True, slots=True)
class Setting:
    """A named value. `group` joins the settings among which a host finds its port.

    `secret` names the Secret and key that the value, or a part of it, comes from; such a value must not be shown.
    `strict`: a part of a connection string, in which only a plain name such as `Host` makes a bare value an address.
    `from_file`: a file has it, but not as the argument of a command.
    `part`: other settings are made of it, by `$(VAR)`.
    """

    name: str
    value: str = field(repr=False)
    evidence: Evidence
    group: str
    secret: str = ""
    strict: bool = False
    from_file: bool = False
    part: bool = False


@dataclass(frozen=True, slots=True)
class Missing:
    """A reference to a Secret or ConfigMap that is not in the input; `mounted` as a volume, not taken into variables.

    `hints` are the names around it, the nearest first, from which its software may be guessed.
    """

    reference: Reference
    evidence: Evidence
    hints: tuple[str, ...] = ()
    group: str = ""
    mounted: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """All that one workload sets. `missing[i]` is what `addresses.placeholder(i)` stands for in a value."""

    settings: tuple[Setting, ...]
    missing: tuple[Missing, ...]


def images_of(workload: Workload) -> Iterator[str]:
    """The images of the containers that stay, sidecars among them."""
    for kind, _ in _CONTAINERS:
        for container in mappings(workload.pod_spec.get(kind)):
            stays = kind == "containers" or container.get("restartPolicy") == "Always"
            if stays and isinstance(container.get("image"), str):
                yield container["image"]


def aliases_of(workload: Workload) -> Mapping[str, str]:
    """The addresses that the pod's `hostAliases` give to names."""
    found: dict[str, str] = {}
    for alias in mappings(workload.pod_spec.get("hostAliases")):
        for name in _list(alias.get("hostnames")):
            if isinstance(name, str) and isinstance(alias.get("ip"), str):
                found[name.lower()] = alias["ip"]
    return found


def image_name(image: str) -> str:
    """The last part of an image's name, without tag and digest: `prometheus` of `quay.io/prometheus/prometheus:v3`."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[0]


class SettingsReader:
    """Reads workloads; parses each configuration file once, however many workloads mount it."""

    def __init__(self, config: Sequence[ConfigData]) -> None:
        self._config = {(each.kind, each.namespace, each.name): each for each in config}
        self._files: dict[tuple[str, str, str, str, bool], tuple[Entry, ...]] = {}

    def read(self, workload: Workload, given: Mapping[str, str]) -> Reading:
        """The settings of a workload. `given`: the variables that Kubernetes itself sets for Services."""
        settings: list[Setting] = []
        missing: list[Missing] = []
        room = MAX_EXPANSIONS
        several = sum(len(_list(workload.pod_spec.get(kind))) for kind, _ in _CONTAINERS) > 1
        for kind, title in _CONTAINERS:
            for index, container in enumerate(mappings(workload.pod_spec.get(kind))):
                place = _Place(workload, (*workload.pod_path, kind, index), _title(title, container, several=several))
                environment = Environment(container, self._lookup_in(workload), given, len(missing), room)
                commands = [*_arguments(place, environment, container), *_hooks(place, environment, container)]
                room = environment.room
                settings += _variables(place, environment)
                settings += commands
                missing += _missing(place, environment.missing, container)
        self._read_volumes(workload, settings, missing)
        return Reading(tuple(settings), tuple(missing))

    def _lookup_in(self, workload: Workload) -> Lookup:
        return lambda kind, name: self._config.get((kind, workload.namespace, name))

    def _read_volumes(self, workload: Workload, settings: list[Setting], missing: list[Missing]) -> None:
        run = frozenset(run_by_shell(list(_texts(workload))))
        for path, kind, name, keys in _mounted(workload):
            data = self._config.get((kind, workload.namespace, name))
            subject = subject_of(workload)
            if data is None:
                evidence = Evidence(subject, f"volume from {kind} {name}", "", workload.origin.at(*path))
                reference = Reference(kind, name, "", "", path)
                missing.append(Missing(reference, evidence, (name,), mounted=True))
                continue
            for key in sorted(data.data if keys is None else data.data.keys() & keys):
                file = (keys or {}).get(key, key).rpartition("/")[2]
                found = self._entries(data, key, file, run=file in run)
                settings += (_of_file(subject, data, key, entry) for entry in found)

    def _entries(self, data: ConfigData, key: str, file: str, *, run: bool) -> tuple[Entry, ...]:
        text = without_placeholders(data.data[key])
        as_script = run or is_script(key, text) or is_script(file, "")
        place = (data.kind, data.namespace, data.name, key, as_script)
        if place not in self._files:
            self._files[place] = tuple((script_entries if as_script else entries)(text, key))
        return self._files[place]


def subject_of(workload: Workload) -> str:
    """A workload as messages name it: `Deployment shop/web`, without a namespace where the manifest names none."""
    name = f"{workload.declared_namespace}/{workload.name}" if workload.declared_namespace else workload.name
    return f"{workload.kind} {name}"


@dataclass(frozen=True, slots=True)
class _Place:
    workload: Workload
    path: FieldPath
    container: str

    def evidence(self, field_name: str, path: FieldPath) -> Evidence:
        origin = self.workload.origin.at(*self.path, *path)
        return Evidence(subject_of(self.workload), self.container + field_name, "", origin)

    @property
    def group(self) -> str:
        return ".".join(map(str, self.path))


def _variables(place: _Place, environment: Environment) -> Iterator[Setting]:
    for variable in environment.variables.values():
        source = f" from {variable.source}" if variable.source else ""
        evidence = place.evidence(f"env {variable.name}{source}", variable.path)
        value, group = variable.value, place.group
        part_of_others = variable.name in environment.used
        yield Setting(variable.name, value.text, evidence, group, value.secret, part=part_of_others)
        for part in pairs(variable.name, value.text):
            yield Setting(part.name, part.value, evidence, f"{group}/{variable.name}", value.secret, strict=True)
        for entry in json_entries(value.text) or ():
            name, inner = f"{variable.name}.{entry.name}", f"{group}/{variable.name}"
            yield Setting(name, entry.value, evidence, inner, value.secret, strict=entry.strict)


def _arguments(place: _Place, environment: Environment, container: Mapping[str, Json]) -> Iterator[Setting]:
    command, args = (_words(container.get(key)) for key in ("command", "args"))
    where = "args" if args else "command"
    # Without a command, the image's own program reads the arguments: the first word is then an argument too.
    for name, text in words_of_command([*(command or [""]), *args]):
        value = environment.expand(without_placeholders(text), in_shell=True)
        evidence = place.evidence(f"{where} {name}" if name else where, (where,))
        yield Setting(name, value.text, evidence, f"{place.group}/command", value.secret)
        for part in pairs(name, value.text):
            yield Setting(part.name, part.value, evidence, f"{place.group}/command/{name}", value.secret, strict=True)


def _hooks(place: _Place, environment: Environment, container: Mapping[str, Json]) -> Iterator[Setting]:
    """What the commands of probes and lifecycle hooks hold; they run in the container.

    `httpGet`, `tcpSocket` and `grpc` are the kubelet's own connections, wherever they go.
    """
    hooks: list[tuple[FieldPath, Json]] = [((name,), container.get(name)) for name in _PROBES]
    lifecycle = container.get("lifecycle")
    if isinstance(lifecycle, dict):
        hooks += [(("lifecycle", name), lifecycle.get(name)) for name in ("postStart", "preStop")]
    for path, hook in hooks:
        action = hook.get("exec") if isinstance(hook, dict) else None
        command = action.get("command") if isinstance(action, dict) else None
        for name, text in words_of_command(_words(command)):
            value = environment.expand(without_placeholders(text), in_shell=True)
            evidence = place.evidence(f"{path[-1]} {name}".strip(), (*path, "exec", "command"))
            yield Setting(name, value.text, evidence, f"{place.group}/{path[-1]}", value.secret)


def _missing(place: _Place, references: Sequence[Reference], container: Mapping[str, Json]) -> Iterator[Missing]:
    image = container.get("image")
    for reference in references:
        beside = [each.variable for each in references if each.name == reference.name]
        hints = [reference.variable, reference.key, reference.name, *beside]
        if isinstance(image, str):
            hints.append(image.split("@")[0].rpartition("/")[2])
        where = f"env {reference.variable}" if reference.variable else "envFrom"
        key = f", key {reference.key}" if reference.key else ""
        evidence = place.evidence(f"{where} from {reference.kind} {reference.name}{key}", reference.path)
        yield Missing(reference, evidence, tuple(filter(None, hints)), place.group)


def _mounted(workload: Workload) -> Iterator[tuple[FieldPath, str, str, Mapping[str, str] | None]]:
    """The ConfigMaps and Secrets among the volumes: where, kind, name, the keys taken and their paths (None: all)."""
    for index, volume in enumerate(mappings(workload.pod_spec.get("volumes"))):
        path = (*workload.pod_path, "volumes", index)
        projected = volume.get("projected")
        parts = mappings(projected.get("sources")) if isinstance(projected, dict) else ()
        for each in (volume, *parts):
            for kind, field_name in (("ConfigMap", "configMap"), ("Secret", "secret")):
                source = each.get(field_name)
                name = name_of(source)
                if isinstance(source, dict) and isinstance(source.get("secretName"), str):
                    name = source["secretName"]
                if isinstance(source, dict) and name and name not in _NOT_CONFIGURATION:
                    items = source.get("items")
                    yield path, kind, name, dict(_items(items)) if items else None


def _items(items: Json) -> Iterator[tuple[str, str]]:
    for item in mappings(items):
        key, path = item.get("key"), item.get("path")
        if isinstance(key, str):
            yield key, path if isinstance(path, str) else key


def _texts(workload: Workload) -> Iterator[str]:
    """The commands and arguments of all containers."""
    for kind, _ in _CONTAINERS:
        for container in mappings(workload.pod_spec.get(kind)):
            yield from _words(container.get("command"))
            yield from _words(container.get("args"))


def _of_file(subject: str, data: ConfigData, key: str, entry: Entry) -> Setting:
    """An entry of a mounted file."""
    field_name = f"{data.kind} {data.name}, key {key}"
    if data.kind != "Secret" and entry.name and entry.name != key:  # a key in a Secret's file is its text
        # Positions in lists would change with every edit elsewhere in the file.
        field_name += ", " + ".".join(part for part in entry.name.split(".") if not part.isdigit())
    return Setting(
        entry.name,
        entry.value,
        Evidence(subject, field_name, "", data.origin.at("data", key)),
        f"{data.kind}/{data.name}/{key}",
        f"{data.name}/{key}" if data.kind == "Secret" else "",
        strict=entry.strict,
        from_file=not entry.argument,
    )


def _title(title: str, container: Mapping[str, Json], *, several: bool) -> str:
    """What tells the container apart in evidence; nothing where it is the only one."""
    return f"{title}{name_of(container)}, " if several or title.startswith("init") else ""


def _words(value: Json) -> list[str]:
    return [word for word in _list(value) if isinstance(word, str)]


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
