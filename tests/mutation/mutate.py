"""Mutation testing: changes one operator at a time, and sees whether some test notices.

    python tests/mutation/mutate.py [--every N] [--tests PATH]... MODULE...

Works on a copy of the repository. Prints each mutant that survives, and last how many were killed. A survivor is a
change of behaviour that no test notices, or a change that is none (such as a cache that is never used).
"""

from __future__ import annotations

import argparse
import ast
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).parents[2]
TESTS = [str(path.relative_to(ROOT)) for path in sorted((ROOT / "tests/contract").glob("test_semantics_*.py"))]
TESTS += ["tests/unit/connectivity", "tests/unit/decoding", "tests/laws/test_second_opinion.py"]
TIME_LIMIT = 300

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitOr,
    ast.LShift: ast.RShift,
}


@dataclass(frozen=True)
class Mutant:
    """A module's source with one change at a line."""

    line: int
    was: str
    now: str
    source: str


def mutants(source: str) -> Iterator[Mutant]:
    """Every mutant of a module."""
    tree = ast.parse(source)
    silent = set(_annotations(tree))
    for index, node in enumerate(ast.walk(tree)):
        if _can_change(node) and id(node) not in silent:
            copy = deepcopy(tree)
            target = next(islice(ast.walk(copy), index, None))
            was = ast.unparse(target)
            replacement = _changed(target)
            copy = ast.fix_missing_locations(_Replacement(target, replacement).visit(copy))
            yield Mutant(node.lineno, was, ast.unparse(replacement), ast.unparse(copy))


def _annotations(tree: ast.AST) -> Iterator[int]:
    """The nodes that say nothing at run time: annotations and decorators."""
    for node in ast.walk(tree):
        roots: list[ast.AST | None] = []
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            roots += node.decorator_list
        if isinstance(node, ast.FunctionDef):
            roots += [node.returns, *(each.annotation for each in ast.walk(node.args) if isinstance(each, ast.arg))]
        if isinstance(node, ast.AnnAssign):
            roots.append(node.annotation)
        for root in roots:
            if root is not None:
                yield from map(id, ast.walk(root))


def _can_change(node: ast.AST) -> bool:
    match node:
        case ast.Compare(ops=[operator]):
            return type(operator) in COMPARISONS
        case ast.BinOp(op=operator) | ast.AugAssign(op=operator):
            return type(operator) in OPERATORS
        case ast.BoolOp() | ast.UnaryOp(op=ast.Not() | ast.Invert()) | ast.Constant(value=bool() | int()):
            return True
        case ast.If() | ast.IfExp() | ast.Continue() | ast.Expr(value=ast.Call()):
            return True
    return False


class _Replacement(ast.NodeTransformer):
    """Puts one node in the place of another."""

    def __init__(self, target: ast.AST, replacement: ast.AST) -> None:
        self._target, self._replacement = target, replacement

    def visit(self, node: ast.AST) -> ast.AST:
        return self._replacement if node is self._target else self.generic_visit(node)


def _changed(node: ast.AST) -> ast.AST:
    match node:
        case ast.Compare(ops=[operator]):
            node.ops = [COMPARISONS[type(operator)]()]
        case ast.BinOp(op=operator) | ast.AugAssign(op=operator):
            node.op = OPERATORS[type(operator)]()
        case ast.BoolOp(op=operator):
            node.op = ast.Or() if isinstance(operator, ast.And) else ast.And()
        case ast.UnaryOp(operand=operand):
            return operand
        case ast.Constant(value=bool(value)):
            node.value = not value
        case ast.Constant(value=int(value)):
            node.value = value + 1
        case ast.If(test=test) | ast.IfExp(test=test):
            node.test = ast.UnaryOp(ast.Not(), test)
        case ast.Continue() | ast.Expr():
            return ast.Pass()
    return node


def main() -> int:
    """Runs the tests against every mutant of the modules; 1 if one survives."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("module", nargs="+", help="path of a module, relative to the repository")
    parser.add_argument("--tests", action="append", help="what may kill a mutant (default: those of the semantics)")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only each N-th mutant")
    options = parser.parse_args()
    tests = [path for path in options.tests or TESTS if (ROOT / path).exists()]
    killed = survived = 0
    with tempfile.TemporaryDirectory() as directory:
        copy = Path(directory) / "copy"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "*.egg-info", "__pycache__"))
        if not _passes(copy, tests):
            sys.exit("the tests fail without any change")
        for module in options.module:
            original = (copy / module).read_text()
            for mutant in list(mutants(original))[:: options.every]:
                (copy / module).write_text(mutant.source)
                if _passes(copy, tests):
                    survived += 1
                    _say(f"{module}:{mutant.line}: {_short(mutant.was)} -> {_short(mutant.now)}")
                else:
                    killed += 1
            (copy / module).write_text(original)
    _say(f"{killed} killed, {survived} survived")
    return 1 if survived else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _short(text: str) -> str:
    return text.splitlines()[0][:100] if text else "nothing"


def _passes(copy: Path, tests: list[str]) -> bool:
    call = [sys.executable, "-B", "-m", "pytest", "-x", "-q", "--no-header", *tests]
    environment = {**os.environ, "PYTHONPATH": str(copy), "HYPOTHESIS_PROFILE": "check"}
    try:
        done = subprocess.run(
            call, cwd=copy, env=environment, capture_output=True, check=False, timeout=TIME_LIMIT, text=True
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
