"""What the commands have in common: reading the input as the options say, and answering."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from netpol_action import gates, pipeline
from netpol_action.connectivity import EvaluationOptions
from netpol_action.errors import UsageError
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.diagnostics import Diagnostic, Severity
from netpol_action.model.tally import Tally
from netpol_action.publish.files import is_stdout, write_output
from netpol_action.render.markdown import partial_first
from netpol_action.render.messages import diagnostic_lines
from netpol_action.sources.gather import SourceOptions
from netpol_action.synthesis import COVERS_OTHERS
from netpol_action.views import FORMATS_BY_ENDING

Stdin = Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Answer:
    """`output` is for standard output, in lines without their ends or as bytes; `notices` are for standard error.

    `failed` holds a sentence for each gate that failed.
    """

    output: Iterable[str] | bytes = ()
    notices: Sequence[str] = ()
    failed: tuple[str, ...] = ()


Command = Callable[[argparse.Namespace, Stdin], Answer]


def load(options: argparse.Namespace, stdin: Stdin) -> pipeline.Loaded:
    """The input that the options name."""
    return load_from(options, options.paths, stdin)


def load_from(options: argparse.Namespace, paths: Iterable[str], stdin: Stdin) -> pipeline.Loaded:
    """The input at these paths, read as the options say."""
    sources = SourceOptions(
        render=options.render,
        helm_values=tuple(options.helm_values),
        helm_set=tuple(options.helm_set),
        kube_version=options.kube_version,
        release_name=options.release_name,
        namespace=options.namespace,
    )
    return pipeline.load(pipeline.InputOptions(tuple(paths), sources, options.config or ""), stdin)


def evaluation_options(options: argparse.Namespace, loaded: pipeline.Loaded) -> EvaluationOptions:
    """How to evaluate, by the options and by netpol.yaml."""
    given = EvaluationOptions(ip_family=options.ip_family, host_network=options.host_network)
    return pipeline.configured(given, loaded)


@contextmanager
def names_looked_up(loaded: pipeline.Loaded) -> Iterator[None]:
    """Lets the error about a name that is not known say too which parts of the input could not be used."""
    try:
        yield
    except UsageError as problem:
        unused = [d for d in loaded.diagnostics if d.severity is Severity.ERROR]
        places = map(str, pipeline.refined(unused, loaded.locator))
        raise UsageError("\n".join((str(problem), *places))) from problem


def judged(
    options: argparse.Namespace, diagnostics: Iterable[Diagnostic], loaded: pipeline.Loaded
) -> tuple[Diagnostic, ...]:
    """The diagnostics with their lines; `--strict` takes warnings as errors."""
    return strictly(options, pipeline.refined(diagnostics, loaded.locator))


def strictly(options: argparse.Namespace, diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The diagnostics, their warnings as errors where the options ask for it.

    What is said of every default deny stays a warning: it is no doubt about the input, and no input is without it.
    """
    if not options.strict:
        return tuple(diagnostics)
    errors = (replace(d, severity=Severity.ERROR) if _is_doubt(d) else d for d in diagnostics)
    return tuple(sorted(errors, key=lambda d: d.severity is not Severity.ERROR))


def _is_doubt(diagnostic: Diagnostic) -> bool:
    return diagnostic.severity is Severity.WARNING and diagnostic.rule != COVERS_OTHERS


def answered(  # noqa: PLR0913  # what may be said about an answer
    options: argparse.Namespace,
    output: Iterable[str] | bytes,
    diagnostics: Sequence[Diagnostic],
    default_name: str = "",
    *,
    checked: pipeline.Checked | None = None,
    changes: Tally | None = None,
) -> Answer:
    """The answer of a command that shows something: to the file that the options name, or to standard output.

    `diagnostics` are judged already; where they make the result partial, a document says so first. `default_name` is
    the file of roxctl's `--save-to-file`. `checked` is for the gates that are about requirements and findings,
    `changes` for those about a difference.
    """
    requirements, check = (checked.requirements, checked.check) if checked else (None, None)
    wanted = gates.chosen(options.fail_on, options.command)
    failed = gates.failures(wanted, diagnostics, requirements, check=check, changes=changes)
    notices = (*diagnostic_lines(diagnostics), *verdicts(failed))
    if not isinstance(output, bytes) and format_of(options) == "md" and gates.is_partial(diagnostics):
        output = partial_first(output)
    path = options.output_file or (default_name if options.save_to_file else "")
    if not path or is_stdout(Path(path)):
        return Answer(output, notices, failed)
    write_output(Path(path), output if isinstance(output, bytes) else (f"{line}\n".encode() for line in output))
    return Answer((), notices, failed)


def ports_of(options: argparse.Namespace) -> ConnectionSet | None:
    """The connections that `--port` names, None where it is not given. Raises UsageError where it cannot be read."""
    try:
        return ConnectionSet.parse(options.port) if options.port else None
    except ValueError as problem:
        raise UsageError(f"--port: {problem}") from problem


def format_of(options: argparse.Namespace) -> str:
    """The format that the options name, or else the ending of the file's name, or else txt.

    Raises UsageError where the ending is not known, or not to the command: a table in a file called `.jpg` helps
    nobody.
    """
    if options.output_format:
        return str(options.output_format)
    ending = Path(options.output_file or "").suffix
    if ending and ending not in FORMATS_BY_ENDING:
        raise UsageError(f"{options.output_file}: {ending} is no known format; use {_ENDINGS}, or say which with -o")
    found = FORMATS_BY_ENDING.get(ending, "txt")
    if found not in options.formats:
        known = ", ".join(options.formats)
        raise UsageError(f"{options.output_file}: {options.command} writes {known}, and no {found}; say which with -o")
    return found


_ENDINGS = ", ".join(FORMATS_BY_ENDING)


def verdicts(failed: Iterable[str]) -> list[str]:
    """The lines for standard error that say which gates failed."""
    return [f"failed: {sentence}" for sentence in failed]
