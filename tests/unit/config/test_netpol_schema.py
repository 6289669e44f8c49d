"""The published schema, the documentation and the reader say the same."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from netpol_action.config import KEYS, read_config
from netpol_action.discovery.platform import packs
from netpol_action.model.documents import SourceText

DOCS = Path(__file__).parents[3] / "docs"
SCHEMA = json.loads((DOCS / "netpol.schema.json").read_text(encoding="utf-8"))
GUIDE = (DOCS / "netpol-yaml.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)

ACCEPTED = [
    "{}",
    "{version: 1, dependencies: null}",
    "{dependencies: [{from: web, to: internet, ports: 80, note: x, resolves: [a, b]}]}",
    "{dependencies: [{from: {cidr: 10.0.0.0/8}, to: 'shop/web[Deployment]', ports: [UDP 53]}]}",
    "{ignore: [a, {key: b, workload: web}]}",
    "{endpoints: {a: {cidr: 10.0.0.0/8}}, platform: [istio, openshift]}",
    "{dns: [{namespace: a, pods: {b: c}, ports: [53]}], ingressControllers: [web, {cidr: [10.0.0.0/8]}]}",
    "{clusterDomain: a.b, podCIDRs: ['2001:db8::/32']}",
    "{namespaces: {excluded: [a, openshift-*], protected: b}, strictness: strict}",
    "{namespaces: null, strictness: null}",
    "{namespaces: {excluded: null}, strictness: ingress-only}",
]
REFUSED = [
    "[]",
    "{version: 2}",
    "{dependancies: []}",
    "{dependencies: {}}",
    "{dependencies: [{from: web, to: db}]}",
    "{dependencies: [{from: web, to: db, ports: []}]}",
    "{dependencies: [{from: web, to: db, ports: [true]}]}",
    "{dependencies: [{from: web, to: 'd b', ports: [80]}]}",
    "{dependencies: [{from: web, to: {}, ports: [80]}]}",
    "{dependencies: [{from: web, to: {hosts: a}, ports: [80]}]}",
    "{dependencies: [{from: web, to: {internet: false}, ports: [80]}]}",
    "{dependencies: [{from: web, to: {cidr: 10.0.0.1}, ports: [80]}]}",
    "{dependencies: [{from: web, to: db, ports: [80], note: 3}]}",
    "{ignore: [{workload: web}]}",
    "{endpoints: {a: {}}}",
    "{endpoints: {a: {cidr: 10.0.0.0/8, kind: node}}}",
    "{platform: [nothing]}",
    "{dns: [{port: 53}]}",
    "{clusterDomain: 3}",
    "{podCIDRs: [a]}",
    "{namespaces: [a]}",
    "{namespaces: {included: [a]}}",
    "{namespaces: {excluded: ['A b']}}",
    "{namespaces: {protected: [3]}}",
    "{strictness: lax}",
    "{strictness: 3}",
]


def test_the_schema_has_the_readers_keys():
    mappings = {name: body for name, body in SCHEMA["$defs"].items() if "properties" in body}
    assert {name: set(body["properties"]) for name, body in mappings.items()} == {
        name: set(keys) for name, keys in KEYS.items()
    }
    assert all(body["additionalProperties"] is False for body in mappings.values())


def test_the_schema_and_the_guide_have_every_pack():
    assert SCHEMA["$defs"]["config"]["properties"]["platform"]["items"]["enum"] == list(packs())
    for name in packs():
        assert f"| `{name}` |" in GUIDE


def test_the_guide_names_every_key():
    for keys in KEYS.values():
        for key in keys:
            assert re.search(rf"\b{key}\b", GUIDE), key


@pytest.mark.parametrize("text", [*EXAMPLES, *ACCEPTED])
def test_what_both_accept(text: str):
    assert read_config(SourceText("netpol.yaml", text.encode()))[1] == []
    assert fits(yaml.safe_load(text), SCHEMA)


@pytest.mark.parametrize("text", REFUSED)
def test_what_both_refuse(text: str):
    assert read_config(SourceText("netpol.yaml", text.encode()))[1] != []
    assert not fits(yaml.safe_load(text), SCHEMA)


TYPES = {"object": dict, "array": list, "string": str, "null": type(None), "integer": int}


def fits(value: Any, schema: dict[str, Any]) -> bool:  # noqa: ANN401  # any value
    """Whether a value is valid: those keywords of JSON Schema that netpol.schema.json uses, and no other."""
    checks = {
        "$ref": lambda ref: fits(value, SCHEMA["$defs"][ref.rpartition("/")[2]]),
        "anyOf": lambda options: any(fits(value, option) for option in options),
        "type": lambda kinds: any(
            isinstance(value, TYPES[kind]) and not (kind == "integer" and isinstance(value, bool))
            for kind in ([kinds] if isinstance(kinds, str) else kinds)
        ),
        "const": lambda wanted: value == wanted and type(value) is type(wanted),
        "enum": lambda wanted: value in wanted,
        "pattern": lambda pattern: not isinstance(value, str) or re.search(pattern, value) is not None,
        "items": lambda items: not isinstance(value, list) or all(fits(each, items) for each in value),
        "minItems": lambda least: not isinstance(value, list) or len(value) >= least,
        "minProperties": lambda least: not isinstance(value, dict) or len(value) >= least,
        "required": lambda keys: not isinstance(value, dict) or set(keys) <= value.keys(),
        "properties": lambda known: (
            not isinstance(value, dict) or all(fits(value[key], known[key]) for key in value.keys() & known.keys())
        ),
        "additionalProperties": lambda rest: (
            not isinstance(value, dict)
            or all(
                rest is not False and fits(value[key], rest)
                for key in value.keys() - schema.get("properties", {}).keys()
            )
        ),
    }
    return all(
        checks[key](wanted) for key, wanted in schema.items() if key not in ("$schema", "$defs", "title", "description")
    )
