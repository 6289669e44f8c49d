"""`generate`: the policies to standard output, to one file, or to a directory with a file a workload or namespace."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Mapping
from pathlib import Path

from netpol_action import gates, kustomized, pipeline
from netpol_action.belonging import belonging
from netpol_action.commands.call import Answer, Stdin, judged, load, verdicts
from netpol_action.discovery import DiscoveryOptions
from netpol_action.errors import UsageError
from netpol_action.model.diagnostics import Diagnostic
from netpol_action.model.documents import SourceText
from netpol_action.publish.files import is_stdout, is_stream
from netpol_action.publish.policy_files import FilePlan, perform, planned
from netpol_action.render.messages import diagnostic_lines, requirement_lines
from netpol_action.sources.coverage import Wording
from netpol_action.synthesis import SynthesisOptions

_WORDING = Wording("-f or -d", "give --kustomize")


def command(options: argparse.Namespace, stdin: Stdin) -> Answer:
    """Writes the policies; with `--check` it only compares, and fails where the files are out of date."""
    wanted = gates.chosen(options.fail_on, options.command)
    if options.output_file and is_stdout(Path(options.output_file)):
        options.output_file = None
    _check(options)
    loaded = load(options, stdin)
    discovery = DiscoveryOptions(dns_port=options.dns_port) if options.dns_port else DiscoveryOptions()
    generation = pipeline.generated(loaded, discovery, SynthesisOptions(default_deny=options.default_deny))
    files = _files(options, generation)
    directory = Path(options.output_dir) if options.output_dir else None
    plan = planned(files, directory, force=options.remove or options.check)
    lost = () if options.check else _lost(options, files, plan, generation)
    if options.kustomize:
        plan = kustomized.extended(plan, files, Path(options.paths[0]))
    if not options.check:
        perform(plan)
    altered = _altered(options, plan, generation, stdin)
    diagnostics = judged(options, (*loaded.diagnostics, *generation.diagnostics, *plan.diagnostics, *altered), loaded)
    undeployed = () if options.kustomize else _undeployed(files, loaded)
    diagnostics = (*diagnostics, *lost, *undeployed)  # no doubt about the input: not for `--strict`
    if options.check:
        wanted = (*wanted, "outdated")
    failed = gates.failures(wanted, diagnostics, generation.requirements, outdated=_outdated(options, plan))
    if altered:
        failed = (*failed, kustomized.ALTERED)
    notices = [*diagnostic_lines(diagnostics), *requirement_lines(generation.requirements, loaded.locator.refine)]
    output = () if files else generation.yaml().splitlines()
    return Answer(output, (*notices, *verdicts(failed)), failed)


def _check(options: argparse.Namespace) -> None:
    to_files = options.output_file or options.output_dir
    if options.check and not to_files:
        raise UsageError("--check compares files: say which with -f or -d")
    if options.kustomize and not to_files:
        raise UsageError("--kustomize adds files to a kustomization: say which with -f or -d")
    if options.layout and not options.output_dir:
        raise UsageError("--layout is about the files in a directory: name one with -d")


def _files(options: argparse.Namespace, generation: pipeline.Generation) -> dict[Path, bytes]:
    """The files that `generate` is asked to write, with their text."""
    if options.output_file:
        return {Path(options.output_file): generation.yaml().encode()}
    if not options.output_dir:
        return {}
    texts = generation.files(options.layout or "workload")
    return {Path(options.output_dir) / name: text.encode() for name, text in texts.items()}


def _lost(
    options: argparse.Namespace, files: Mapping[Path, bytes], plan: FilePlan, generation: pipeline.Generation
) -> tuple[Diagnostic, ...]:
    """What the files lose: of a directory, whose files are removed by design, and by `--remove` it may be everything.

    Raises UsageError where a file would lose the policies of another application.
    """
    now = {path: plan.before.get(path, content) for path, content in {**files, **plan.before}.items()}
    texts = [SourceText(str(path), content) for path, content in now.items() if content]
    if not plan.changes or not texts:
        return ()
    place = options.output_file or options.output_dir
    found = belonging(texts, generation.cluster, options.namespace, generation.policies)
    if found.foreign and options.output_file and not options.remove:
        raise UsageError(f"{place} {found.refusal}: name another place, or replace them with --remove")
    return found.diagnostics(place)


def _undeployed(files: Mapping[Path, bytes], loaded: pipeline.Loaded) -> tuple[Diagnostic, ...]:
    return loaded.coverage.undeployed((path for path in files if not is_stream(path)), _WORDING)


def _altered(
    options: argparse.Namespace, plan: FilePlan, generation: pipeline.Generation, stdin: Stdin
) -> tuple[Diagnostic, ...]:
    """What the kustomization makes of the policies, once they are in it."""
    if not options.kustomize or (options.check and plan.changes):
        return ()
    try:
        return kustomized.alterations(generation, load(options, stdin))
    except BaseException:
        if not options.check:
            perform(plan.reverse)
        raise


def _outdated(options: argparse.Namespace, plan: FilePlan) -> str:
    """The sentence about files that are not as they would be written, with the call that writes them."""
    if not options.check or not plan.changes:
        return ""
    missing = sorted(str(path) for path in plan.changes if plan.before[path] is None)
    stale = sorted(str(path) for path in plan.changes if plan.before[path] is not None)
    said = (
        *((f"{', '.join(missing)} {'does' if len(missing) == 1 else 'do'} not exist",) if missing else ()),
        *((f"{', '.join(stale)} {'is' if len(stale) == 1 else 'are'} out of date",) if stale else ()),
    )
    return f"{' and '.join(said)}: run `{_again(options)}`"


def _again(options: argparse.Namespace) -> str:
    """The call that writes. What `--helm-set` gives a chart may be secret, and is left out."""
    words = [word for word in options.call if word != "--check"]
    for setting in options.helm_set:
        given, hidden = (setting, f"--helm-set={setting}"), f"{setting.partition('=')[0]}=..."
        words = [word.removesuffix(setting) + hidden if word in given else word for word in words]
    return shlex.join(("netpol-action", *words))
