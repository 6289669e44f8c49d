"""What each command does: options in, an answer out. Files are written here; printing is left to `cli`.

Each is a module of this package that is loaded when it is asked for, with a function `command`.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from importlib import import_module
from typing import TextIO, cast

from netpol_action.commands.call import Answer, Command, Stdin

__all__ = ["Answer", "perform"]


def perform(options: argparse.Namespace, stdin: Stdin, environment: Mapping[str, str], workflow: TextIO) -> Answer:
    """Does what the command line asks. Raises NetpolActionError where the call or its input is unusable.

    `workflow` is where a workflow's runner reads its commands.
    """
    if options.command == "run":
        from netpol_action.action import run  # noqa: PLC0415  # the other commands need none of it

        ended = run(environment, stdin, workflow, dry_run=options.dry_run)
        return Answer((), ended.log, ended.failed)
    module = import_module(f"{__name__}.{options.command}")
    return cast("Command", module.command)(options, stdin)
