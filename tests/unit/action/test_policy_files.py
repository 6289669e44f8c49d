"""Which files of policies are written, removed and left alone, and that a failure leaves all of them as they were."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from netpol_action.errors import UsageError
from netpol_action.publish.policy_files import Holding, holding, perform, planned

OURS = b"kind: NetworkPolicy\nmetadata: {name: a, labels: {app.kubernetes.io/managed-by: netpol-action}}\n"
THEIRS = b"kind: NetworkPolicy\nmetadata: {name: b}\n"

HOLDING = {
    "nothing": (b"", Holding.NOTHING),
    "comments": (b"# a\n---\n# b\n", Holding.NOTHING),
    "ours": (OURS + b"---\n" + OURS, Holding.OURS),
    "ours and theirs": (OURS + b"---\n" + THEIRS, Holding.MIXED),
    "theirs": (THEIRS, Holding.OTHERS),
    "values of a chart": (b"replicas: 3\n", Holding.OTHERS),
    "ours and something else": (OURS + b"---\nreplicas: 3\n", Holding.MIXED),
    "no YAML": (b"a: [", Holding.OTHERS),
    "no text": (b"\xff\xfe\x00\xd8", Holding.OTHERS),
    "another kind with our label": (OURS.replace(b"NetworkPolicy", b"Role"), Holding.OTHERS),
    "labels that are none": (b"kind: NetworkPolicy\nmetadata: {labels: [a]}\n", Holding.OTHERS),
}


@pytest.mark.parametrize(("content", "expected"), HOLDING.values(), ids=HOLDING)
def test_whose_a_file_is(content: bytes, expected: Holding):
    assert holding(content) is expected


def test_what_is_as_it_should_be_is_not_touched(tmp_path: Path):
    (tmp_path / "a.yaml").write_bytes(OURS)
    assert planned({tmp_path / "a.yaml": OURS}, tmp_path).changes == {}


def test_what_is_no_longer_generated_is_removed_only_where_all_of_it_is_ours(tmp_path: Path):
    for name, content in (("old.yaml", OURS), ("mixed.yml", OURS + b"---\n" + THEIRS), ("b.yaml", THEIRS)):
        (tmp_path / name).write_bytes(content)
    (tmp_path / "empty.yaml").touch()
    (tmp_path / "notes.txt").write_bytes(OURS)
    (tmp_path / "link.yaml").symlink_to("old.yaml")
    below = tmp_path / "below"
    below.mkdir()
    (below / "old.yaml").write_bytes(OURS)
    plan = planned({tmp_path / "new.yaml": OURS}, tmp_path)
    assert plan.changes == {tmp_path / "new.yaml": OURS, tmp_path / "old.yaml": None}
    (left,) = plan.diagnostics
    assert (left.rule, left.origin.path) == ("not-pruned", str(tmp_path / "mixed.yml"))
    perform(plan)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("b.yaml", "below", "empty.yaml", "link.yaml", "mixed.yml", "new.yaml", "notes.txt"),
    ]
    assert (below / "old.yaml").exists()


@pytest.mark.parametrize("content", [THEIRS, OURS + b"---\n" + THEIRS, b"replicas: 3\n"])
def test_what_others_wrote_is_replaced_only_on_demand(tmp_path: Path, content: bytes):
    (tmp_path / "a.yaml").write_bytes(content)
    with pytest.raises(UsageError, match="did not write"):
        planned({tmp_path / "a.yaml": OURS})
    perform(planned({tmp_path / "a.yaml": OURS}, force=True))
    assert (tmp_path / "a.yaml").read_bytes() == OURS


def test_where_one_file_cannot_be_written_none_is(tmp_path: Path):
    (tmp_path / "a.yaml").write_bytes(OURS)
    (tmp_path / "old.yaml").write_bytes(OURS)
    (tmp_path / "file").touch()
    new = OURS + b"# new\n"
    plan = planned({tmp_path / "a.yaml": new, tmp_path / "new" / "b.yaml": new}, tmp_path)
    (tmp_path / "new").touch()  # a file where the directory should be
    with pytest.raises(UsageError):
        perform(plan)
    assert (tmp_path / "a.yaml").read_bytes() == OURS
    assert (tmp_path / "old.yaml").exists()
    assert not [path for path in tmp_path.iterdir() if path.suffix == ".tmp"]


def test_a_plan_can_be_taken_back(tmp_path: Path):
    (tmp_path / "a.yaml").write_bytes(OURS)
    (tmp_path / "old.yaml").write_bytes(OURS)
    plan = planned({tmp_path / "a.yaml": b"# x\n", tmp_path / "b.yaml": OURS}, tmp_path)
    perform(plan)
    perform(plan.reverse)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.yaml": OURS, "old.yaml": OURS}


def test_permissions_are_kept(tmp_path: Path):
    (tmp_path / "a.yaml").write_bytes(OURS)
    (tmp_path / "a.yaml").chmod(0o640)
    perform(planned({tmp_path / "a.yaml": b"# x\n"}))
    assert (tmp_path / "a.yaml").stat().st_mode & 0o777 == 0o640


def test_a_directory_in_the_place_of_a_file_is_an_error(tmp_path: Path):
    (tmp_path / "a.yaml").mkdir()
    with pytest.raises(UsageError, match="cannot be read"):
        planned({tmp_path / "a.yaml": OURS})


def test_many_files_are_no_problem(tmp_path: Path):
    files = {tmp_path / f"{number}.yaml": OURS for number in range(os.sysconf("SC_OPEN_MAX") % 3000 + 1100)}
    perform(planned(files, tmp_path))
    assert len(list(tmp_path.iterdir())) == len(files)
