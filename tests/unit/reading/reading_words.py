"""The words in which the tests of reading speak: texts in, values and sentences out."""

from __future__ import annotations

from typing import Any

from netpol_action.manifests.reader import read
from netpol_action.model.documents import Document, SourceText

OBJECT = "apiVersion: v1\nkind: ConfigMap\n"


def documents(text: str | bytes, path: str = "k8s/a.yaml") -> list[Document]:
    """The objects in one file that must be without fault."""
    found, diagnostics = read([source(text, path)])
    assert [str(one) for one in diagnostics] == []
    return found


def problems(*texts: str | bytes) -> list[str]:
    """What is said about files named f1, f2..., all of it errors."""
    _, diagnostics = read(source(text, f"f{number}") for number, text in enumerate(texts, start=1))
    assert all(one.severity == "error" for one in diagnostics)
    return [str(one) for one in diagnostics]


def names(found: list[Document]) -> list[str]:
    return [one.value["metadata"]["name"] for one in found]


def named(name: str) -> str:
    return f"{OBJECT}metadata:\n  name: {name}\n"


def data(text: str) -> Any:  # noqa: ANN401  # whatever the YAML says
    """What `value: text` in an object means."""
    (found,) = documents(f"{OBJECT}value: {text}\n")
    return found.value["value"]


def source(text: str | bytes, path: str, rendered_by: str = "", sources: tuple[SourceText, ...] = ()) -> SourceText:
    return SourceText(path, text.encode() if isinstance(text, str) else text, rendered_by, sources)
