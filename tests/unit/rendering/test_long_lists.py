"""The files of maps and differences with more connections than anybody reads."""

import json

import pytest

from netpol_action import output_files
from netpol_action.model.connections import EVERYTHING, NOTHING
from netpol_action.model.connectivity import Block, ConnectivityMap
from netpol_action.model.demands import Requirements
from netpol_action.model.diff import Change, ConnectivityDiff
from netpol_action.model.endpoints import Workload
from netpol_action.model.report import Report
from netpol_action.output_files import diff_files, map_files
from netpol_action.render import diff, table

ENDS = tuple(Workload("a", name, "Deployment") for name in ("u", "v", "w", "x"))
MAP = ConnectivityMap(ENDS, (Block(0b1111, 0b1111, EVERYTHING),))
DIFF = ConnectivityDiff(
    ENDS,
    ((0b1110, 0b1111, Change(EVERYTHING, NOTHING)), (0b0001, 0b1111, Change(EVERYTHING, NOTHING, EVERYTHING))),
)


def _rows(lines: list[str]) -> list[str]:
    return [line for line in lines if line.startswith("| `")]


@pytest.mark.parametrize("most", range(13))
def test_a_table_of_a_difference_has_the_gravest_and_counts_the_rest(most: int):
    everything, lines = list(diff.md_lines(DIFF)), list(diff.md_lines(DIFF, most=most))
    assert _rows(lines) == _rows(everything)[:most]
    if most < 12:
        rest = "1 connection" if most == 11 else f"{12 - most} connections"
        assert lines[-1] == f"{rest} more, none of them graver: `netpol-action diff BEFORE AFTER -o md` shows all."
    else:
        assert lines == everything


@pytest.mark.parametrize("most", range(13))
def test_a_table_of_a_map_says_that_it_is_not_all(most: int):
    everything, lines = list(table.md_lines(MAP)), list(table.md_lines(MAP, most))
    assert _rows(lines) == _rows(everything)[:most]
    assert ("shows all" in lines[-1]) is (most < 12)


@pytest.mark.parametrize("limit", [11, 12])
def test_a_list_is_complete_or_missing_with_a_warning(monkeypatch: pytest.MonkeyPatch, limit: int):
    monkeypatch.setattr(output_files, "MOST_LISTED", limit)
    report = Report(Requirements(), (), None, MAP, ())
    formats = ("json", "csv", "txt", "md", "dot")
    written, warnings = map_files(report, formats)
    changed, further = diff_files(DIFF, partial=False, unresolved=0)
    found = {each.name: each.content for each in (*written, *changed)}
    assert {"connectivity.md", "connectivity.dot", "diff.md"} <= found.keys()
    said = [each.message for each in (*warnings, *further) if each.rule == "too-many-rows"]
    if limit < 12:
        assert [sentence.partition(" ")[0] for sentence in said if "connectivity.json" in sentence]
        assert any("`netpol-action diff BEFORE AFTER -o json` prints all" in sentence for sentence in said)
        assert not {"connectivity.json", "diff.json"} & found.keys()
    else:
        assert said == []
        assert len(json.loads(found["connectivity.json"])) == len(json.loads(found["diff.json"])) == 12
