"""ConfigMaps and Secrets. A Secret's value appears in no message."""

from __future__ import annotations

import base64
import binascii

from netpol_action.manifests.fields import FieldError, kind_of, mapping, shown
from netpol_action.manifests.identity import BROKEN, Manifest
from netpol_action.model.cluster import ConfigData
from netpol_action.model.diagnostics import Diagnostic, warning
from netpol_action.model.endpoints import Json


def config_data(manifest: Manifest, problems: list[Diagnostic]) -> ConfigData:
    """The text in a ConfigMap or Secret; what is no text (binaryData, base64 of other bytes) is left out."""
    if not manifest.name:
        raise FieldError("is missing", "metadata", "name")
    data = _strings(manifest, "data", problems)
    if manifest.kind == "Secret":
        data = _decoded(manifest, data, problems) | _strings(manifest, "stringData", problems)
    return ConfigData(manifest.kind, manifest.namespace, manifest.name, data, manifest.origin)


def _strings(manifest: Manifest, field: str, problems: list[Diagnostic]) -> dict[str, str]:
    found = mapping(manifest.body.get(field), field)
    if all(type(value) is str for value in found.values()):
        return found
    for key, value in found.items():
        if value is not None and not isinstance(value, str):
            problem = FieldError(f"must be a string, not {kind_of(value)}", field, key)
            problems.append(problem.diagnostic(BROKEN, manifest.origin))
    return {key: value or "" for key, value in found.items() if _is_text(value)}


def _is_text(value: Json) -> bool:
    return value is None or isinstance(value, str)


def _decoded(manifest: Manifest, data: dict[str, str], problems: list[Diagnostic]) -> dict[str, str]:
    decoded = {}
    for key, value in data.items():
        try:
            decoded[key] = base64.b64decode("".join(value.split()), validate=True).decode()
        except UnicodeDecodeError:  # binary data: a certificate store, a key
            continue
        except (binascii.Error, ValueError):
            message = f"data.{shown(key)} must be base64; plain text belongs under stringData"
            problems.append(warning("secret-not-base64", message, manifest.origin.at("data", key)))
    return decoded
