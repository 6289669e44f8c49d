"""The rules about a run itself: what it compared, drew and wrote."""

from __future__ import annotations

from typing import Final

from netpol_action.render.rules.rule import Rule, Rules

LEFT_OUT: Final = "left-out"

RUNNING: Final[Rules] = {
    "changed-configuration": Rule(
        "The change touches netpol.yaml",
        "netpol.yaml says by which rules the change is looked at. What it says of the cluster is taken from the "
        "version before the change.",
        "Look at the change of netpol.yaml first.",
    ),
    "no-comparison": Rule(
        "The change is not compared",
        "There is nothing to compare the manifests with, so that nothing is said of what the change opens and closes.",
        "The message says what is missing; often actions/checkout needs a larger `fetch-depth`.",
    ),
    "no-picture": Rule(
        "A picture cannot be drawn",
        "Graphviz is missing, or the map is too large for a picture.",
        "Install Graphviz, or look at the tables.",
    ),
    "not-pruned": Rule(
        "A policy that nothing needs any more is left",
        "The file holds generated policies that are no longer generated, beside other documents.",
        "Remove them by hand.",
    ),
    LEFT_OUT: Rule(
        "Some findings are left out",
        "GitHub takes 25,000 results and 10 MB; the gravest come first.",
        "Look at report.json in the output directory, which has all of them.",
    ),
}
