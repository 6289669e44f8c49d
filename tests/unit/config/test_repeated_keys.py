"""A key that stands twice in netpol.yaml: YAML keeps the last, which would lose decisions without a word."""

import pytest

from netpol_action.config import read_config
from netpol_action.model.documents import SourceText

TWICE = """\
dependencies:
- {from: web, to: internet, ports: [TCP 443]}
ignore: [callers/web]
dependencies:
- {from: web, to: cluster, ports: [TCP 80]}
"""


def problems(text: str) -> list[str]:
    return [str(each) for each in read_config(SourceText("netpol.yaml", text.encode()))[1]]


def test_a_section_that_stands_twice_is_an_error_at_its_second_place():
    assert problems(TWICE) == [
        "netpol.yaml:4: dependencies stands here a second time (first on line 1); put both together"
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("ignore:\n- key: a\n  note: why\n  key: b\n", 4),
        ('{"ignore": ["a"],\n "ignore": ["b"]}', 2),
        ("# why\n---\nignore: [a]\n'ignore': [b]\n", 4),
    ],
    ids=["in an item", "as JSON", "quoted, after a comment"],
)
def test_however_it_is_written(text: str, line: int):
    (problem,) = problems(text)
    assert problem.startswith(f"netpol.yaml:{line}: ")


def test_equal_keys_of_different_mappings_and_merged_ones_are_not_repetitions():
    text = """\
dependencies:
- &base {from: web, to: internet, ports: [TCP 443], note: why}
- <<: *base
  ports: [TCP 80]
"""
    assert problems(text) == []
