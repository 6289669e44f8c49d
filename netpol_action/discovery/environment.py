"""The environment of a container, as the kubelet builds it: `envFrom`, then `env`, then `$(VAR)`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from netpol_action.discovery.addresses import NODE, placeholder, without_placeholders
from netpol_action.model.cluster import ConfigData
from netpol_action.model.endpoints import Json
from netpol_action.origin import FieldPath

_REFERENCE = re.compile(r"\$\$|\$\(([A-Za-z_][\w.\-]*)\)")
_SHELL_REFERENCE = re.compile(r"\$\$|\$\(([A-Za-z_][\w.\-]*)\)|\$\{([A-Za-z_]\w*)(?::?-[^}]*)?\}|\$([A-Za-z_]\w*)")
MAX_VALUE = 1 << 17
"""The longest string that Linux gives a process (MAX_ARG_STRLEN); a container with a longer one does not start."""
MAX_EXPANSIONS = 1 << 18
"""By how much all references of a workload together may lengthen its values: each may double the one before."""


@dataclass(frozen=True, slots=True)
class Value:
    """A variable's value. `secret` names the Secret and key that it, or a part of it, comes from: never show it."""

    text: str = field(repr=False)
    secret: str = ""


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of a container, where it stands, and the object and key that it comes from, if it does."""

    name: str
    value: Value
    path: FieldPath
    source: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference to an object that is not in the input; `key` is empty where it takes all keys."""

    kind: str
    name: str
    key: str
    variable: str
    path: FieldPath


Lookup = Callable[[str, str], ConfigData | None]
"""The ConfigMap or Secret of a kind and a name in the container's namespace."""


class Environment:
    """One container's variables. `missing[i]` is what `placeholder(first + i)` stands for in their values.

    `used` are the names that other values and expanded texts refer to. `room` is what is left of the characters that
    expansion may add.
    """

    def __init__(
        self,
        container: Mapping[str, Json],
        lookup: Lookup,
        given: Mapping[str, str],
        first: int = 0,
        room: int = MAX_EXPANSIONS,
    ) -> None:
        self.variables: dict[str, Variable] = {}
        self.missing: list[Reference] = []
        self.used: set[str] = set()
        self.room = room
        self._lookup, self._first, self._given = lookup, first, given
        self._values: dict[str, Value] = {}
        for index, source in enumerate(mappings(container.get("envFrom"))):
            self._take_all(source, ("envFrom", index))
        for index, variable in enumerate(mappings(container.get("env"))):
            name = variable.get("name")
            if isinstance(name, str) and name:
                self._take(name, variable, ("env", index))

    def expand(self, text: str, *, in_shell: bool = False) -> Value:
        """The text with its references to variables replaced, as Kubernetes does, and a shell where one reads it.

        A text that would become too long stays as it is written: one cut off could name another host.
        """
        if "$" not in text:
            return Value(text)
        limit = min(MAX_VALUE, len(text) + self.room)
        parts: list[str] = []
        length, position, secret = 0, 0, ""
        for match in (_SHELL_REFERENCE if in_shell else _REFERENCE).finditer(text):
            value = self._referred(match)
            parts += (text[position : match.start()], value.text)
            length += match.start() - position + len(value.text)
            position, secret = match.end(), secret or value.secret
            if length > limit:
                return Value(text)
        if length + len(text) - position > limit:
            return Value(text)
        expanded = "".join((*parts, text[position:]))
        self.room -= max(0, len(expanded) - len(text))
        return Value(expanded, secret)

    def _referred(self, match: re.Match[str]) -> Value:
        """What a reference stands for: itself where there is no such variable, `$` for `$$`."""
        name = next((group for group in match.groups() if group), None)
        if name is None:
            return Value("$")
        self.used.add(name)
        return self._values.get(name) or Value(self._given.get(name, match[0]))

    def _take_all(self, source: Mapping[str, Json], path: FieldPath) -> None:
        prefix = source.get("prefix")
        for kind, field_name in (("ConfigMap", "configMapRef"), ("Secret", "secretRef")):
            name = name_of(source.get(field_name))
            if not name:
                continue
            data = self._lookup(kind, name)
            if data is None:
                self.missing.append(Reference(kind, name, "", "", path))
                continue
            for key in sorted(data.data):
                variable = f"{prefix if isinstance(prefix, str) else ''}{key}"
                self._set(variable, self._of(data, key), path, f"{kind} {name}, key {key}")

    def _take(self, name: str, variable: Mapping[str, Json], path: FieldPath) -> None:
        text = variable.get("value")
        if isinstance(text, str):
            self._set(name, self.expand(without_placeholders(text)), (*path, "value"), "")
            return
        source = variable.get("valueFrom")
        field_ref = source.get("fieldRef") if isinstance(source, dict) else None
        if isinstance(field_ref, dict) and field_ref.get("fieldPath") == "status.hostIP":
            self._set(name, Value(NODE), (*path, "valueFrom", "fieldRef"), "")
            return
        for kind, field_name in (("ConfigMap", "configMapKeyRef"), ("Secret", "secretKeyRef")):
            reference = source.get(field_name) if isinstance(source, dict) else None
            object_name, key = name_of(reference), reference.get("key") if isinstance(reference, dict) else None
            if not object_name or not isinstance(key, str):
                continue
            where = (*path, "valueFrom", field_name)
            data = self._lookup(kind, object_name)
            if data is None or key not in data.data:
                self.missing.append(Reference(kind, object_name, key, name, where))
                unknown = placeholder(self._first + len(self.missing) - 1)
                self._values[name] = Value(unknown, f"{object_name}/{key}" if kind == "Secret" else "")
                self.variables.pop(name, None)
            else:
                self._set(name, self._of(data, key), where, f"{kind} {object_name}, key {key}")

    def _of(self, data: ConfigData, key: str) -> Value:
        text = without_placeholders(data.data[key])
        return Value(text, f"{data.name}/{key}" if data.kind == "Secret" else "")

    def _set(self, name: str, value: Value, path: FieldPath, source: str) -> None:
        self._values[name] = value
        self.variables[name] = Variable(name, value, path, source)


def mappings(value: Json) -> Iterator[Mapping[str, Json]]:
    """The mappings in a list; whatever else a manifest has in its place counts as none, so that indices hold."""
    for item in value if isinstance(value, list) else ():
        yield item if isinstance(item, dict) else {}


def name_of(reference: Json) -> str:
    """The `name` of a reference to an object; empty where there is none."""
    name = reference.get("name") if isinstance(reference, dict) else None
    return name if isinstance(name, str) else ""
