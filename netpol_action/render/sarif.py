"""SARIF 2.1.0, in the form that GitHub's code scanning takes (docs.github.com, "SARIF support for code scanning").

GitHub drops a result without a place, so each result gets the best there is: the line that caused it, else the
workload's, else the first file of the input; what a message is really about stands at its end then. Only where nothing
but standard input was read, results have no place.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, Protocol
from urllib.parse import quote

from netpol_action import __version__
from netpol_action.model.diagnostics import Severity
from netpol_action.model.endpoints import Json
from netpol_action.model.report import Report
from netpol_action.origin import UNKNOWN, Origin
from netpol_action.render.alerts import Alert, alerts
from netpol_action.render.rules import RULES, Rule
from netpol_action.render.rules.running import LEFT_OUT
from netpol_action.render.text import plain, shortened

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"

MOST_RESULTS: Final = 25_000
"""Results that GitHub takes from one run."""

MOST_BYTES: Final = 10_000_000
"""Bytes of a file, compressed by gzip, that GitHub takes."""

_MOST_OF_A_MESSAGE: Final = 2_000
_MOST_OF_A_LINK: Final = 200
_ROOT: Final = "%SRCROOT%"


class Sources(Protocol):
    """What knows the input files; `manifests.locate.Locator` does."""

    def refine(self, origin: Origin) -> Origin:
        """The origin with its exact line."""

    def line(self, origin: Origin) -> str | None:
        """The text of the line; None where the origin is in no input file."""

    def file(self, path: str) -> str:
        """The file that the path of an origin means, without the version before it."""

    def file_near(self, path: str) -> Origin:
        """An input file below the path, or else any; UNKNOWN where there is none."""


def sarif_lines(report: Report, sources: Sources, category: str = "") -> list[str]:
    """The lines of a SARIF file of all that a report has to say.

    `category` tells the results apart from those of other runs on the same commit. What is above GitHub's limits is
    left out, the least grave first, and a result says how much that is.
    """
    found = alerts(report)
    names = {name: number for number, name in enumerate(dict.fromkeys((*(each.rule for each in found), LEFT_OUT)))}
    seen: Counter[str] = Counter()
    results = [_result(each, names[each.rule], sources, seen) for each in found]
    left = min(len(results), MOST_RESULTS)
    while True:
        chosen = results[:left]
        if left < len(results):
            chosen = results[: left - 1]
            notice = _notice(len(results) - len(chosen))
            chosen.append(_result(notice, names[LEFT_OUT], sources, Counter()))
        lines = list(_document(chosen, list(names), sources.file(category)))
        if left < 2 or _size(lines) <= MOST_BYTES:  # noqa: PLR2004  # one result and the notice
            return lines
        left //= 2


def _size(lines: Sequence[str]) -> int:
    """Bytes as they are uploaded. Compressing takes a while, and nothing grows by much under it."""
    raw = "\n".join(lines).encode()
    return len(gzip.compress(raw)) if len(raw) > MOST_BYTES // 2 else len(raw)


def _notice(number: int) -> Alert:
    sentence = f"{number:,} more findings do not fit into this file; report.json has all of them."
    return Alert(LEFT_OUT, Severity.WARNING, (sentence,), ("results",))


def _document(results: Sequence[str], names: Sequence[str], category: str) -> Iterator[str]:
    driver = {
        "name": "netpol-action",
        "semanticVersion": __version__,
        "rules": [_rule(name, RULES[name]) for name in names],
    }
    path = plain(category).strip("./")
    yield f'{{"$schema": {json.dumps(SCHEMA)}, "version": "2.1.0", "runs": [{{'
    yield f'"tool": {{"driver": {json.dumps(driver)}}},'
    yield f'"automationDetails": {json.dumps({"id": f"netpol-action/{path}/" if path else "netpol-action/"})},'
    yield f'"originalUriBaseIds": {json.dumps({_ROOT: {"description": {"text": "The workspace."}}})},'
    yield '"columnKind": "utf16CodeUnits",'
    yield '"results": ['
    yield from (f"{result}," for result in results[:-1])
    yield from results[-1:]
    yield "]}]}"


def _rule(name: str, rule: Rule) -> Json:
    tags = ["kubernetes", "network-policy", *(["security"] if rule.security else [])]
    severity = {"security-severity": f"{rule.security:.1f}"} if rule.security else {}
    return {
        "id": name,
        "shortDescription": {"text": f"{rule.title}."},
        "fullDescription": {"text": rule.meaning},
        "help": {
            "text": f"{rule.meaning}\n{rule.advice}".replace("`", ""),
            "markdown": f"{rule.meaning}\n\n**What to do:** {rule.advice}",
        },
        "defaultConfiguration": {"level": str(rule.severity)},
        "properties": {"tags": tags, "precision": "high", **severity},
    }


def _result(alert: Alert, rule: int, sources: Sources, seen: Counter[str]) -> str:
    places = [sources.refine(origin) for origin in alert.places if origin.path]
    place = next((each for each in places if sources.line(each) is not None), UNKNOWN)
    message, related = _message(alert, place, sources)
    if places and sources.line(places[0]) is None:
        message += f" This is about {_literal(str(places[0]))}."
    if place == UNKNOWN:
        place = sources.file_near(places[0].path if places else "")
    result: dict[str, Json] = {
        "ruleId": alert.rule,
        "ruleIndex": rule,
        "level": str(alert.severity),
        "message": {"text": shortened(message, _MOST_OF_A_MESSAGE)},
        "locations": [{"physicalLocation": _physical(place, sources)}] if place.path else [],
        "partialFingerprints": {"primaryLocationLineHash": _fingerprint(alert, seen)},
    }
    if related:
        result["relatedLocations"] = [
            {"id": number, "physicalLocation": _physical(each, sources)} for each, number in related.items()
        ]
    return json.dumps(result)


def _message(alert: Alert, place: Origin, sources: Sources) -> tuple[str, dict[Origin, int]]:
    """The text, with links to the related places, and these with their numbers."""
    text, related = "", dict[Origin, int]()
    for part in alert.message:
        if isinstance(part, str):
            text += _literal(part)
            continue
        origin = sources.refine(part.origin)
        if origin == place or sources.line(origin) is None:
            text += _literal(part.text)
        else:
            number = related.setdefault(origin, len(related) + 1)
            inside = shortened(plain(part.text), _MOST_OF_A_LINK).replace("[", "(").replace("]", ")")
            text += f"[{inside}]({number})"
    return text, related


def _literal(text: str) -> str:
    """Text in which nothing is a link."""
    return plain(text).replace("](", "] (")


def _physical(origin: Origin, sources: Sources) -> Json:
    text = sources.line(origin) or ""
    number = max(origin.line, 1)
    first = len(text) - len(text.lstrip(" ")) + 1
    end = len(text.rstrip().encode("utf-16-le", "replace")) // 2 + 1
    region = {"startLine": number, "startColumn": min(first, end), "endLine": number, "endColumn": end}
    return {"artifactLocation": _artifact(sources.file(origin.path)), "region": region}


def _artifact(path: str) -> Json:
    """The file as a reference relative to the workspace, so that no name is taken for a host or a scheme."""
    uri = quote(path, safe="/", errors="replace")
    return {"uri": f"file://{uri}"} if path.startswith("/") else {"uri": uri, "uriBaseId": _ROOT}


def _fingerprint(alert: Alert, seen: Counter[str]) -> str:
    """What the alert is about, hashed, and its number among those that are about the same."""
    about = "\0".join((alert.rule, *alert.identity))
    digest = hashlib.sha256(about.encode("utf-8", "replace")).hexdigest()[:16]
    seen[digest] += 1
    return f"{digest}:{seen[digest]}"
