"""The rules about a run itself, of which code scanning is not told: they are about no file, and pass with the run."""

from __future__ import annotations

from typing import Final

from netpol_action.model.diagnostics import Severity
from netpol_action.render.rules.rule import Rule, Rules

LEFT_OUT: Final = "left-out"
TOO_MANY_ROWS: Final = "too-many-rows"

RUNNING: Final[Rules] = {
    "no-comparison": Rule(
        "The change is not compared",
        "There is nothing to compare the manifests with, so that nothing is said of what the change opens and closes.",
        "The message says what is missing; often actions/checkout needs a larger `fetch-depth`.",
    ),
    "unknown-input": Rule(
        "A variable looks like an input, and is none",
        "Variables that begin with `INPUT_` are the action's inputs. This one is ignored.",
        "Correct its name; the README lists the inputs.",
    ),
    "counts-as-empty": Rule(
        "A version does not have the path that is compared",
        "The other version has it, so that everything in it is new, or is gone.",
        "Nothing is to be done where the change adds or removes the manifests.",
        Severity.NOTE,
    ),
    "pods-beyond-the-input": Rule(
        "A list for scripts leaves out changes",
        "What a change opens or closes to pods that are not in the input has no rows in csv and json, which keep to "
        "the workloads of the input as the map does. Gates count it.",
        "Nothing. The formats txt and md show it, and so does report.json of the action.",
        Severity.NOTE,
    ),
    "generated-policies": Rule(
        "Generated policies are read from elsewhere",
        "The file of generated policies lies where the input does not lead, and is read along with it, since what an "
        "earlier run wrote is in place.",
        "Nothing, where they are deployed with the application. Otherwise name another file in `policies-path`.",
    ),
    "no-picture": Rule(
        "A picture cannot be drawn",
        "Graphviz is missing, or the map is too large for a picture.",
        "Install Graphviz, or look at the tables.",
    ),
    TOO_MANY_ROWS: Rule(
        "A list is not written",
        "The map or the difference has more than 200,000 connections: a list of all would be a file of hundreds of "
        "megabytes, and one of some would be wrong.",
        "Run the command that the message names where you need all of them. The numbers are those of all connections, "
        "and diff.md has the gravest.",
    ),
    "no-pull-request": Rule(
        "The pull request cannot be found",
        "The run is about the commit of a pull request that cannot be looked up, or not for certain.",
        "The message says what is missing; the result is in the job summary and in the output directory.",
    ),
    LEFT_OUT: Rule(
        "Some findings are left out",
        "GitHub takes 25,000 results and 10 MB; the gravest come first.",
        "Look at report.json in the output directory, which has all of them.",
    ),
}
