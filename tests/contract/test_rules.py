"""Every rule id that the code can emit is described, in render/rules and so in docs/rules.md.

`pytest tests/contract/test_rules.py --update-golden` writes the page anew.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from netpol_action.model.demands import Gap
from netpol_action.model.diff import Risk
from netpol_action.render.rules import RULES, SECTIONS
from netpol_action.render.rules.connections import CHANGES, UNRESOLVED
from netpol_action.render.rules.running import LEFT_OUT

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/rules.md"
MODULES = sorted((ROOT / "netpol_action").rglob("*.py"))

MAKERS = {"error": 0, "warning": 0, "note": 0, "Finding": 0, "_refuse": 0, "diagnostic": 0, "ReadingError": 2}
MAKERS |= {"_note": 2, "_finding": 0}
"""What makes a diagnostic or a finding, and which of its arguments is the rule."""
PASSED_ON = {
    "check.py": {"unresolved.gap"},
    "blocked.py": {"kind", "judgement", "first"},
    "cluster_ips.py": {"name"},
    "decode.py": {"rule"},
    "events.py": {"rule"},
    "diagnostics.py": {"Severity.ERROR", "Severity.WARNING", "Severity.NOTE"},
    "fields.py": {"rule"},
    "idle.py": {"rule"},
    "kustomization.py": {"rule"},
    "needless.py": {"kind", "_UNPROTECTED[direction]"},
    "reader.py": {"problem.rule"},
    "unsupported.py": {"rule"},
}
"""Arguments that are no id themselves: what they hold is made elsewhere, and collected there."""
ID = re.compile(r"[a-z]+(-[a-z0-9]+)*")


def constants() -> dict[str, set[str]]:
    """The texts that the names of constants stand for, in any module."""
    found: dict[str, set[str]] = {}
    for module in MODULES:
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant):
                for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                    if isinstance(target, ast.Name) and target.id.isupper() and isinstance(node.value.value, str):
                        found.setdefault(target.id, set()).add(node.value.value)
    return found


def rule_arguments(module: Path) -> Iterator[ast.expr]:
    """The expressions that say which rule it is, and those that are kept for that."""
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            for argument in node.args[MAKERS.get(called, len(node.args)) :][:1]:
                yield argument.value if isinstance(argument, ast.Starred) else argument
        elif (
            module.parent.name == "checks"
            and isinstance(node, ast.Tuple)
            and len(node.elts) == 2
            and ast.unparse(node.elts[1]).startswith("Severity.")
        ):
            yield node.elts[0]  # the `kind` of a finding
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_UNPROTECTED":
            yield from node.value.values if isinstance(node.value, ast.Dict) else ()
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "rule" and module.name in PASSED_ON:
            yield from [node.value.body, node.value.orelse] if isinstance(node.value, ast.IfExp) else [node.value]


def emitted() -> set[str]:
    """The rule ids that the code names. Where one cannot be made out, the test that asks fails."""
    known = constants()
    found: set[str] = set()
    for module in MODULES:
        for argument in rule_arguments(module):
            text = ast.unparse(argument)
            if isinstance(argument, ast.Constant):
                found.add(str(argument.value))
            elif text not in PASSED_ON.get(module.name, ()):
                name = text.rpartition(".")[2]
                assert name in known, f"{module.name}: which rule is {text}?"
                found |= known[name]
    return {name for name in found if ID.fullmatch(name)}


def test_every_rule_that_the_code_can_emit_is_described():
    assert len(emitted()) > 50
    assert emitted() - RULES.keys() == set()


def test_every_described_rule_can_be_emitted():
    assert RULES.keys() - emitted() - {*Gap, *Risk, LEFT_OUT} == set()


def test_every_gap_and_every_risk_that_needs_a_look_is_described():
    assert list(UNRESOLVED) == list(Gap)
    assert list(CHANGES) == [risk for risk in Risk if risk not in (Risk.CLOSED, Risk.NARROWED)]


def test_no_id_means_two_things():
    assert sum(map(len, SECTIONS.values())) == len(RULES)


@pytest.mark.parametrize("name", sorted(RULES))
def test_descriptions_are_whole_sentences_within_githubs_limits(name: str):
    rule = RULES[name]
    assert ID.fullmatch(name)
    assert not rule.title.endswith(".")
    for text in (rule.meaning, rule.advice):
        assert text.endswith(".")
        assert text.count("`") % 2 == 0
        assert len(text) <= 1024
    assert len(rule.title) <= 80
    assert 0 <= rule.security < 7


def page() -> str:
    parts = [PAGE.read_text().partition("\n## ")[0].rstrip("\n") + "\n"]
    for title, rules in SECTIONS.items():
        parts.append(f"\n## {title}\n")
        for name, rule in rules.items():
            severity = f"{rule.severity}, security {rule.security:.1f}" if rule.security else str(rule.severity)
            parts.append(f"\n### {name}\n\n**{rule.title}** ({severity}). {rule.meaning} *What to do:* {rule.advice}\n")
    return "".join(parts)


def test_the_page_says_what_the_table_says(update_golden: bool):
    if update_golden:
        PAGE.write_text(page())
    assert PAGE.read_text() == page()
