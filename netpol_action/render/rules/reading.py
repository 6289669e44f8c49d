"""The rules about input that could not be used: then the result is partial, and says less than there is."""

from __future__ import annotations

from typing import Final

from netpol_action.model.diagnostics import Severity
from netpol_action.render.rules.rule import Rule, Rules

READING: Final[Rules] = {
    "broken-document": Rule(
        "A document is no valid YAML",
        "The document cannot be read, so that nothing of it counts.",
        "Correct it; kubectl would not take it either.",
        Severity.ERROR,
    ),
    "not-an-object": Rule(
        "A document is no Kubernetes object",
        "The document has no usable apiVersion, kind or items, so that nothing of it counts.",
        "Correct it, or keep it apart from the manifests.",
        Severity.ERROR,
    ),
    "broken-object": Rule(
        "An object has a field of a wrong form",
        "A field does not hold what Kubernetes wants, so that the object, or this part of it, does not count.",
        "Correct the field.",
        Severity.ERROR,
    ),
    "broken-policy": Rule(
        "A policy has a field of a wrong form",
        "A field of a policy does not hold what Kubernetes wants. What the policy then allows is not certain.",
        "Correct the field: a cluster would refuse the policy.",
        Severity.ERROR,
    ),
    "unsupported-policy": Rule(
        "A policy of a kind that is not evaluated",
        "The object may allow or deny connections, and is not part of the result.",
        "Look at what it does beside this result, or leave it out of the input.",
        Severity.ERROR,
    ),
    "unrendered-template": Rule(
        "A file is a template",
        "The file holds template expressions, so that it is no manifest before it is rendered.",
        "Give the chart's directory as input, or the rendered manifests.",
        Severity.ERROR,
    ),
    "limit": Rule(
        "The input is beyond a limit",
        "A file or document is too large, too deep or has too many aliases. It is not read, for safety.",
        "Split it, or leave out what is no manifest.",
        Severity.ERROR,
    ),
    "unreadable-file": Rule(
        "A file cannot be read",
        "The file is there and could not be read, so that nothing of it counts.",
        "Check its permissions and its kind.",
        Severity.ERROR,
    ),
    "unreadable-directory": Rule(
        "A directory cannot be read",
        "The directory is there and could not be searched, so that nothing in it counts.",
        "Check its permissions.",
        Severity.ERROR,
    ),
    "broken-link": Rule(
        "A symbolic link leads nowhere",
        "What the link names does not exist.",
        "Correct or remove the link.",
        Severity.ERROR,
    ),
    "link-leads-out": Rule(
        "A symbolic link leads out of the workspace",
        "Such links are not followed: they could lead to files that are none of the input's.",
        "Put the file itself in the place of the link.",
        Severity.ERROR,
    ),
    "lfs-pointer": Rule(
        "A file is a pointer of Git LFS",
        "The content of the file is not in this version of the repository.",
        "Keep manifests out of Git LFS.",
        Severity.ERROR,
    ),
    "submodule": Rule(
        "A submodule is not read",
        "Files of a submodule are no part of the repository's versions.",
        "Compare directories instead of versions where manifests stand in a submodule.",
    ),
    "broken-config": Rule(
        "netpol.yaml has a mistake",
        "A part of netpol.yaml cannot be used, so that what it says does not count.",
        "Correct it; docs/netpol-yaml.md describes the file.",
        Severity.ERROR,
    ),
    "unknown-platform": Rule(
        "netpol.yaml names an unknown platform",
        "There is no pack of this name, so that nothing is required by it.",
        "Use one of the names that the message lists.",
        Severity.ERROR,
    ),
    "dead-reference": Rule(
        "netpol.yaml names what the input does not have",
        "A dependency in netpol.yaml is about a workload or an unresolved dependency that is not there (any more).",
        "Correct the name, or remove the entry.",
        Severity.ERROR,
    ),
    "broken-declaration": Rule(
        "A kustomization or chart cannot be read",
        "The file that declares the kustomization or chart is not of the form that it must have.",
        "Correct it: kustomize or Helm would not take it either.",
        Severity.ERROR,
    ),
    "broken-kustomization": Rule(
        "A kustomization cannot be built",
        "The kustomization names what is not there, or uses itself.",
        "Correct it: kustomize would not build it either.",
        Severity.ERROR,
    ),
    "remote-reference": Rule(
        "A kustomization names a remote source",
        "Nothing is fetched, so that this part of the kustomization is missing.",
        "Put the remote base into the repository, or give the rendered manifests as input.",
        Severity.ERROR,
    ),
    "reference-leads-out": Rule(
        "A kustomization leads out of the repository",
        "Directories outside of the workspace are not read.",
        "Keep what the kustomization uses in the repository.",
        Severity.ERROR,
    ),
    "plugin": Rule(
        "A kustomization uses a plugin",
        "Plugins are programs, and are not started.",
        "Give the rendered manifests as input.",
        Severity.ERROR,
    ),
    "chart-inflation": Rule(
        "A kustomization inflates a chart",
        "kustomize would start Helm and fetch the chart; neither is done.",
        "Render the chart with `helm template`, and refer to the result.",
        Severity.ERROR,
    ),
    "missing-dependency": Rule(
        "A chart lacks a dependency",
        "A chart that this one depends on is not beside it, and nothing is fetched.",
        "Run `helm dependency build` before, and keep the result in `charts/`.",
        Severity.ERROR,
    ),
    "render-failed": Rule(
        "kustomize or Helm failed",
        "The directory could not be rendered, so that nothing of it counts.",
        "Run the same tool by hand; the message has what it said.",
        Severity.ERROR,
    ),
    "missing-tool": Rule(
        "A tool for rendering is not installed",
        "The directory has to be rendered with kustomize or Helm, and the program is not there.",
        "Install it, or give the rendered manifests as input.",
        Severity.ERROR,
    ),
    "two-renderings": Rule(
        "A directory is both a kustomization and a chart",
        "It is not clear which of the two is meant, so that neither is rendered.",
        "Say which with `render`.",
        Severity.ERROR,
    ),
    "not-rendered": Rule(
        "Some directories are not rendered",
        "The option `render` names one tool, and these directories need the other.",
        "Leave `render` at `auto` if they belong to the input.",
    ),
    "nothing-to-render": Rule(
        "There is nothing to render",
        "The option `render` asks for a tool that no directory of the input needs.",
        "Leave `render` at `auto`, or correct the path.",
    ),
    "no-workloads": Rule(
        "The input has no workloads",
        "Without workloads there is nothing to show and nothing to protect.",
        "Check the path: the manifests are probably elsewhere.",
    ),
}
