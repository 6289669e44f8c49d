"""The command line's words: which commands there are, their options, and what each means.

Kept apart from `cli`, which acts on them, so that this module alone is loaded for `--help`. The options of
`roxctl netpol` are accepted where they have a meaning here.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import NoReturn, TypeAlias

from netpol_action import __version__

FORMATS = ("txt", "md", "csv", "json", "dot", "png", "svg", "mermaid")
SARIF = "sarif"
"""The format for code scanning, of those commands that find something."""

RISKS = (
    "closed-required",
    "opened-internet",
    "opened-between-namespaces",
    "opened-within-namespace",
    "widened",
    "narrowed",
    "closed",
)
"""What a change may mean, the gravest first: the gates of `diff` beside `partial` (a test holds `Risk` to it)."""

GATES = {
    "generate": ("partial", "unresolved", "blocked-required"),
    "map": ("partial",),
    "diff": ("partial", *RISKS),
    "explain": ("partial",),
    "reach": ("partial",),
    "check": ("partial", "unresolved", "blocked-required", "not-required"),
    "init": ("partial", "unresolved"),
}
"""What each command judges, and may be asked to fail on: a gate that nobody looks at would always be green."""

_PORT_NAME = re.compile(r"(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*")  # as the API server takes it (RFC 6335)
LAYOUTS = ("workload", "namespace")
RENDERERS = ("auto", "none", "kustomize", "helm")


class _Parser(argparse.ArgumentParser):
    """A parser that says what is wrong in one line, not below the whole usage."""

    def error(self, message: str) -> NoReturn:
        from netpol_action.render.text import plain  # noqa: PLC0415  # only for calls that are wrong

        if "invalid choice: 'netpol'" in message:
            message = "there is no command netpol: docs/migration.md has what takes the place of roxctl's commands"
        self.exit(2, f"error: {plain(message)} (see {self.prog} --help)\n")


_Commands: TypeAlias = "argparse._SubParsersAction[_Parser]"  # noqa: SLF001  # the only name of what add_subparsers returns


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    top = _Parser(
        prog="netpol-action",
        description="Finds the connections that a Kubernetes application needs, writes the network policies that "
        "allow exactly those, and shows what is allowed.",
        epilog="Exit codes: 0 done; 1 a gate failed (--fail-on); 2 the call or its input is unusable.",
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"netpol-action {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _generate(commands)
    _map(commands)
    _diff(commands)
    _explain(commands)
    _reach(commands)
    _check(commands)
    _init(commands)
    _run(commands)
    return top


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The options of a call, and as `call` its words; ends the program with exit code 2 where they are unusable."""
    return parser().parse_args(argv, argparse.Namespace(call=tuple(argv)))


def _command(commands: _Commands, name: str, text: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
    return command


def _generate(commands: _Commands) -> None:
    command = _command(
        commands, "generate", "Write the least-privilege policies that allow what the application needs."
    )
    _input(command)
    where = command.add_mutually_exclusive_group()
    where.add_argument("-f", "--output-file", metavar="FILE", help="write all policies to FILE")
    where.add_argument(
        "-d",
        "--output-dir",
        metavar="DIR",
        help="write files to DIR, and remove those of ours there that nothing needs",
    )
    command.add_argument("--layout", choices=LAYOUTS, help="what gets a file of its own in DIR (default: workload)")
    command.add_argument(
        "--kustomize", action="store_true", help="add the files to the kustomization, and compare what it renders"
    )
    command.add_argument("--remove", action="store_true", help="replace files that hold other documents too")
    command.add_argument("--check", action="store_true", help="write nothing; fail if the files are out of date")
    command.add_argument(
        "--default-deny",
        choices=("namespace", "none"),
        default="namespace",
        help="whether each namespace also gets a policy that denies the rest (default: namespace)",
    )
    _dns_port(command)
    _gates(command, "generate")


def _map(commands: _Commands) -> None:
    command = _command(commands, "map", "Show the connections that the policies in the input allow.")
    _input(command)
    _output(command)
    command.add_argument(
        "--generated", action="store_true", help="show what the policies that `generate` writes would allow"
    )
    command.add_argument(
        "--side-by-side",
        action="store_true",
        help="show what is allowed without policies beside what is allowed with them",
    )
    command.add_argument(
        "--group", action="store_true", help="one row for each pair of groups that no policy tells apart"
    )
    command.add_argument(
        "--exposure", action="store_true", help="show what policies open to pods that are not in the input"
    )
    _focus(command)
    _evaluation(command)
    _gates(command, "map")


def _diff(commands: _Commands) -> None:
    command = _command(commands, "diff", "Show which connections a change of the manifests opens and closes.")
    side = "a directory, a file, - for standard input, or REF:PATH for a path at a git ref, such as origin/main:deploy"
    command.add_argument("before", nargs="?", metavar="BEFORE", help=f"the version before: {side}")
    command.add_argument("after", nargs="?", metavar="AFTER", help="the version after, likewise")
    command.add_argument("--dir1", metavar="BEFORE", help=argparse.SUPPRESS)
    command.add_argument("--dir2", metavar="AFTER", help=argparse.SUPPRESS)
    _reading(command)
    _output(command, (*FORMATS, SARIF))
    _evaluation(command)
    _gates(command, "diff")


def _explain(commands: _Commands) -> None:
    command = _command(commands, "explain", "Say which policies and rules allow or deny a connection, and why.")
    _input(command)
    _output(command, ("txt", "md", "json"))
    ends = "a workload (NAMESPACE/NAME), an address, a CIDR, internet, or {ingress-controller}"
    command.add_argument("--from", dest="source", required=True, metavar="END", help=f"the source: {ends}")
    command.add_argument("--to", dest="destination", required=True, metavar="END", help="the destination, likewise")
    command.add_argument("--port", metavar="PORT", help="the connections, such as TCP-80 (default: all)")
    _evaluation(command)
    _gates(command, "explain")


def _reach(commands: _Commands) -> None:
    command = _command(commands, "reach", "Show what an intruder could get to from a workload or the internet.")
    _input(command)
    _output(command)
    command.add_argument(
        "--from", dest="source", required=True, metavar="END", help="a workload (NAMESPACE/NAME), a CIDR, or internet"
    )
    _evaluation(command)
    _gates(command, "reach")


def _check(commands: _Commands) -> None:
    command = _command(
        commands, "check", "Say which required connections the policies block, and what they leave open for nothing."
    )
    _input(command)
    _output(command, ("txt", "md", "json", SARIF))
    _dns_port(command)
    _evaluation(command)
    _gates(command, "check", "partial,blocked-required")


def _init(commands: _Commands) -> None:
    command = _command(
        commands,
        "init",
        "Write a first netpol.yaml of what is unresolved, or add what is new to the one that is there.",
    )
    _input(command)
    _dns_port(command)
    command.add_argument(
        "-f",
        "--output-file",
        metavar="FILE",
        help="the netpol.yaml to write, - for standard output (default: the one that is read, or a new one at the root "
        "of the repository)",
    )
    _gates(command, "init")


def _dns_port(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--dns-port",
        "--dnsport",
        type=_port,
        metavar="PORT",
        help="the port of the cluster's DNS pods, by number or name (default: 53)",
    )


def _port(text: str) -> int | str:
    if _PORT_NAME.fullmatch(text):
        return text
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= 5 else 0  # noqa: PLR2004  # 65535
    if not 1 <= number <= 65535:  # noqa: PLR2004  # the ports that there are
        raise argparse.ArgumentTypeError(f"{text!r} is neither a port between 1 and 65535 nor the name of one")
    return number


def _focus(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("focus")
    group.add_argument(
        "--focus",
        "--focus-workload",
        action="append",
        default=[],
        metavar="NS/NAME",
        help="only connections of this workload; may be given again",
    )
    group.add_argument(
        "--focus-peer",
        action="append",
        default=[],
        metavar="NS/NAME",
        help="only connections with this other end; may be given again; not with --exposure",
    )
    group.add_argument("--direction", choices=("ingress", "egress"), help="only this direction, seen from the focus")
    group.add_argument("--port", metavar="PORT", help="only these connections, such as TCP-80")


def _evaluation(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--ip-family",
        choices=("auto", "ipv4", "ipv6", "dual"),
        default="auto",
        help="the families of address blocks to show (default: auto, IPv6 where the input speaks of it)",
    )
    command.add_argument(
        "--host-network",
        choices=("exempt", "ordinary"),
        default="exempt",
        help="whether policies apply to host-network pods (default: exempt, as with most network plugins)",
    )


def _run(commands: _Commands) -> None:
    command = _command(commands, "run", "Do what the GitHub Action does, from its INPUT_ variables.")
    command.epilog = (
        "A variable is INPUT_ and the name of an input in capitals, with its dashes or with underscores: INPUT_FAIL-ON "
        "or INPUT_FAIL_ON is fail-on. action.yml and the README list the inputs."
    )
    command.add_argument("--dry-run", action="store_true", help="print what would be written, and write nothing")


def _input(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "paths", nargs="+", metavar="PATH", help="a file, a directory, REF:PATH, or - for standard input"
    )
    _reading(command)


def _reading(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("input")
    group.add_argument(
        "--render",
        choices=RENDERERS,
        default="auto",
        help="how to read directories with a kustomization or a chart (default: auto)",
    )
    group.add_argument(
        "--helm-values",
        action="append",
        default=[],
        metavar="FILE",
        help="a values file for the chart; may be given again",
    )
    group.add_argument(
        "--helm-set", action="append", default=[], metavar="KEY=VALUE", help="a value for the chart; may be given again"
    )
    group.add_argument(
        "--kube-version", default="", metavar="VERSION", help="the Kubernetes version to render the chart for"
    )
    group.add_argument("--release-name", default="", metavar="NAME", help="the chart's release name")
    group.add_argument(
        "-n", "--namespace", default="", help="the namespace of objects that name none (default: default)"
    )
    group.add_argument("--config", metavar="FILE", help="the netpol.yaml to use instead of the one found in the input")
    group.add_argument("--fail", action="store_true", help=argparse.SUPPRESS)
    group.add_argument("--strict", action="store_true", help="take warnings as errors: the result is then partial")


def _output(command: argparse.ArgumentParser, formats: Sequence[str] = FORMATS) -> None:
    command.set_defaults(formats=tuple(formats))
    group = command.add_argument_group("output")
    group.add_argument(
        "-o", "--output-format", choices=formats, help="txt unless the name of the output file says otherwise"
    )
    group.add_argument("-f", "--output-file", metavar="FILE", help="write to FILE instead of standard output")
    group.add_argument("--save-to-file", action="store_true", help=argparse.SUPPRESS)
    group.add_argument("--remove", action="store_true", help=argparse.SUPPRESS)


def _gates(command: argparse.ArgumentParser, name: str, default: str = "partial") -> None:
    gates = GATES[name]
    command.add_argument(
        "--fail-on",
        default=default,
        metavar="LIST",
        help=f"end with exit code 1 on any of {', '.join(gates)}; none for none (default: {default})",
    )
