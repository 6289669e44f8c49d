"""What can go wrong at a request, and which requests there are for it to go wrong at."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

import pytest
from github_server import Fault

SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."

_KINDS = {
    "a 500 after the work": Fault("", "", 500, "Server Error", after=True),
    "a 502 before": Fault("", "", 502),
    "a lost answer": Fault("", "", after=True),
    "a connection that breaks before": Fault("", ""),
    "a secondary rate limit": Fault("", "", 403, SECONDARY),
    "too many requests": Fault("", "", 429, "Too many requests", {"Retry-After": "7"}),
    "a conflict": Fault("", "", 409, "Conflict"),
}

QUICK = ("a 500 after the work", "a lost answer")

FAULTS = [
    pytest.param(fault, id=name, marks=() if name in QUICK else pytest.mark.slow) for name, fault in _KINDS.items()
]
"""For a parameter of tests: those in which the work was done are always tried."""


def kinds(requests: Iterable[str]) -> list[str]:
    """The requests without the objects and numbers that they name, each once: methods and patterns for paths."""
    found = (" ".join(request.split()[:2]) for request in requests)
    objects = (re.sub(r"/(commits|trees|blobs|compare)/.+", r"/\1/.+", each) for each in found)
    return list(dict.fromkeys(re.sub(r"/(pulls|issues)/\d+", r"/\1/\\d+", each) for each in objects))


def at(kind: str, fault: Fault) -> Fault:
    """The fault, where it is to happen."""
    method, path = kind.split()
    return replace(fault, method=method, path=path)
