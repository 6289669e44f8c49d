"""A map in any format, drawn or written; where Graphviz cannot draw one, the sentence that says so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from netpol_action.errors import UsageError
from netpol_action.model.connectivity import ConnectivityMap

FORMATS_BY_ENDING = {
    ".txt": "txt",
    ".md": "md",
    ".csv": "csv",
    ".json": "json",
    ".dot": "dot",
    ".gv": "dot",
    ".png": "png",
    ".svg": "svg",
    ".mmd": "mermaid",
}
