"""Holds requests and answers to GitHub's own description of its API (@octokit/openapi, pinned in .ci/package.json)."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator, ValidationError, validators
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

FILE = Path(__file__).parents[2] / ".ci/node_modules/@octokit/openapi/generated/api.github.com.json"


def _type(
    validator: Draft4Validator, types: object, instance: object, schema: dict[str, Any]
) -> Iterator[ValidationError]:
    if instance is not None or not schema.get("nullable"):
        yield from Draft4Validator.VALIDATORS["type"](validator, types, instance, schema)


_Validator = validators.extend(Draft4Validator, {"type": _type})
"""Draft 4 with OpenAPI's way to allow null."""


@functools.cache
def description() -> Description | None:
    """GitHub's description, None where `.ci/install-tools` has not installed it yet."""
    return Description(json.loads(FILE.read_text())) if FILE.exists() else None


@dataclass(frozen=True, eq=False)
class Description:
    """The description as JSON. It is OpenAPI 3.0, whose schemas are those of JSON Schema's draft 4 but for null."""

    content: dict[str, Any]
    _validators: dict[int, Draft4Validator] = field(default_factory=dict)

    @functools.cached_property
    def registry(self) -> Registry[Any]:
        return Registry().with_resource("urn:github", Resource(contents=self.content, specification=DRAFT4)).crawl()

    def problems(self, method: str, path: str, sent: object, status: int, answer: object) -> list[str]:
        """What of a request and its answer is not as described; nothing where all is."""
        operation = self._operation(method, path)
        if operation is None:
            return [f"there is no {method} {path}"]
        found = []
        body = self._resolved(operation.get("requestBody", {}))
        if sent is not None:
            found += self._mismatches(body.get("content", {}).get("application/json", {}).get("schema"), sent)
        elif body.get("required"):
            found.append("a body is required")
        described = operation["responses"].get(str(status))
        if described is None:
            # Of errors it names only some: it has no 404 for the change of a comment that is gone.
            return [*found, f"{method} {path} never answers {status}"] if status < 400 else found
        content = self._resolved(described).get("content", {}).get("application/json")
        return found + (self._mismatches(content["schema"], answer) if content else [])

    @functools.cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], dict[str, Any]]]:
        """The paths of operations on repositories; a `ref` has slashes of its own."""
        return [
            (re.compile(re.sub(r"\\\{[^}]+\\\}", "[^/]+", re.escape(path).replace(r"\{ref\}", "heads/.+"))), operations)
            for path, operations in self.content["paths"].items()
            if path.startswith("/repos/{owner}/{repo}/")
        ]

    def _operation(self, method: str, path: str) -> dict[str, Any] | None:
        found = (operations for pattern, operations in self._patterns if pattern.fullmatch(path))
        return next((each[method.lower()] for each in found if method.lower() in each), None)

    def _resolved(self, value: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in value:
            value = functools.reduce(lambda node, key: node[key], value["$ref"].split("/")[1:], self.content)
        return value

    def _mismatches(self, schema: dict[str, Any] | None, value: object) -> list[str]:
        if schema is None:
            return [f"no body is described, but there is one: {value!r:.80}"]
        known = self._validators.get(id(schema))
        if known is None:
            anchored = json.loads(json.dumps(schema).replace('"$ref": "#/', '"$ref": "urn:github#/'))
            known = self._validators[id(schema)] = _Validator(anchored, registry=self.registry)
        return [f"{error.json_path}: {error.message:.200}" for error in known.iter_errors(value)]
