"""A grouped map as txt, Markdown, CSV and JSON: one row for each pair of groups, and who is in which group."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator

from netpol_action.model.diagnostics import Diagnostic
from netpol_action.model.groups import Group, GroupedMap
from netpol_action.render.report import answer_lines
from netpol_action.render.table import MD_HEADER, Shown
from netpol_action.render.text import code, csv_field, plain

SCHEMA = "netpol-action/groups/v1"


def txt_lines(grouped: GroupedMap) -> Iterator[str]:
    """Lines `src => dst : conn` between groups, then the members of each group of more than one, a line each."""
    names, conns = _names(grouped, plain), Shown(str)
    for row in grouped.rows:
        yield f"{names[row.source]} => {names[row.destination]} : {conns[row.allowed]}"
    for number, group in grouped.shared():
        yield ""
        yield f"{names[number]}:"
        for member in group.members:
            yield plain(f"  {member}")


def md_lines(grouped: GroupedMap) -> Iterator[str]:
    """A table of the rows, then a folded list of the members of each group of more than one."""
    names, conns = _names(grouped, code), Shown(str)
    yield from MD_HEADER
    for row in grouped.rows:
        yield f"| {names[row.source]} | {names[row.destination]} | {conns[row.allowed]} |"
    for number, group in grouped.shared():
        yield ""
        yield f"<details><summary>{names[number].strip('`')}</summary>"
        yield ""
        for member in group.members:
            yield f"- {code(str(member))}"
        yield ""
        yield "</details>"


def csv_lines(grouped: GroupedMap) -> Iterator[str]:
    """The header `src,dst,conn` and the rows; the members of a group stand in one field, with a space between."""
    members = _once(grouped, lambda group: csv_field(" ".join(str(member) for member in group.members)))
    conns = Shown(csv_field)
    yield "src,dst,conn"
    for row in grouped.rows:
        yield f"{members(row.source)},{members(row.destination)},{conns[row.allowed]}"


def json_lines(grouped: GroupedMap, diagnostics: Iterable[Diagnostic]) -> Iterator[str]:
    """The JSON answer: each row has the members of both groups as lists; `diagnostics` are those of the whole run."""
    members = _once(grouped, lambda group: json.dumps([plain(str(member)) for member in group.members]))
    conns = Shown(json.dumps)
    rows = (
        f'{{"src": {members(row.source)}, "dst": {members(row.destination)}, "conn": {conns[row.allowed]}}}'
        for row in grouped.rows
    )
    yield from answer_lines(SCHEMA, rows, diagnostics)


def _names(grouped: GroupedMap, shown: Callable[[str], str]) -> list[str]:
    """For each group the text of its only member, or its number among the groups of several, and its size."""
    numbers = {number: i for i, (number, _) in enumerate(grouped.shared(), start=1)}
    return [
        shown(
            f"{{group {numbers[number]}: {len(group.members)} endpoints}}"
            if number in numbers
            else str(group.members[0])
        )
        for number, group in enumerate(grouped.groups)
    ]


def _once(grouped: GroupedMap, text: Callable[[Group], str]) -> Callable[[int], str]:
    """A function from a group's number to its text, which is made once."""
    known: dict[int, str] = {}

    def shown(number: int) -> str:
        if number not in known:
            known[number] = text(grouped.groups[number])
        return known[number]

    return shown
