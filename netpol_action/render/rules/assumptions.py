"""The rules about what a result rests on: odd or unused parts of the input, and what was taken for granted."""

from __future__ import annotations

from typing import Final

from netpol_action.model.diagnostics import Severity
from netpol_action.render.rules.rule import Rule, Rules

ASSUMPTIONS: Final[Rules] = {
    "changed-configuration": Rule(
        "The change touches netpol.yaml",
        "netpol.yaml says by which rules the change is looked at. What it says of the cluster is taken from the "
        "version before the change; what the application requires counts as required where either version says so.",
        "Look at the change of netpol.yaml first.",
    ),
    "lost-policies": Rule(
        "A file loses generated policies",
        "The file held generated policies whose pods are none of the input's workloads; what is generated now takes "
        "their place.",
        "Nothing, where the workloads are gone. If another application needs them, give each its own `policies-path`.",
    ),
    "undeployed-policies": Rule(
        "Nothing deploys the generated policies",
        "The input is deployed by a kustomization that does not list the file with the policies, or by a chart in "
        "whose templates it does not lie. What is said of the policies holds once something applies them.",
        "Let the kustomization list the file (`kustomize: true`, or `generate --kustomize`), or write it into the "
        "chart's `templates`. Nothing, where another step deploys the file.",
    ),
    "incomplete-base": Rule(
        "The version before could not be read whole",
        "What the change opens and closes is judged against the part of the version before that could be read. Its "
        "errors are shown as warnings, so that they do not fail the change that repairs them.",
        "Look at the change itself where it touches what could not be read.",
    ),
    "not-pruned": Rule(
        "A policy that nothing needs any more is left",
        "The file holds generated policies that are no longer generated, beside other documents.",
        "Remove them by hand.",
    ),
    "duplicate-object": Rule(
        "An object is given twice",
        "The input holds two objects of the same kind, namespace and name; the later one counts.",
        "Remove one of them, or analyse the environments one by one.",
    ),
    "default-deny": Rule(
        "The default deny covers pods that are not in the input",
        "The generated policy `default-deny` selects every pod of its namespace, also those that others deploy there.",
        "Make sure that nothing else runs in the namespace, or exclude or protect it in netpol.yaml (`namespaces`).",
    ),
    "protected-namespace": Rule(
        "A namespace gets no default deny",
        "netpol.yaml protects the namespace, so that pods that are not in the input stay open.",
        "Nothing, if that is what you want.",
        Severity.NOTE,
    ),
    "no-labels": Rule(
        "A workload has no labels",
        "No policy can select the workload or admit it as a peer.",
        "Give its pods a label.",
    ),
    "same-labels": Rule(
        "No label tells workloads apart",
        "Policies for one of these workloads also apply to the others.",
        "Give the pods of each a label of its own, such as `app.kubernetes.io/name`.",
    ),
    "host-network": Rule(
        "Pods use the host's network",
        "With most network plugins policies do not apply to such pods, and cannot name them as a peer.",
        "Do without hostNetwork where you can.",
        Severity.NOTE,
    ),
    "networks-outside": Rule(
        "An address block is taken to lie outside the pod network",
        "The policy matches pods by address too, and the input does not say which addresses pods have.",
        "Say it in netpol.yaml (`podCIDRs`).",
        Severity.NOTE,
    ),
    "one-family": Rule(
        "A rule denies one family of addresses only",
        "Pods are taken to have IPv4 and IPv6 addresses, so that over the other family they stay open.",
        "Deny both families, or say which is in use with `--ip-family`.",
        Severity.NOTE,
    ),
    "ingress-controller": Rule(
        "A workload is taken for the ingress controller",
        "Its labels or image look like those of a known ingress controller.",
        "If it is none, name the right one in netpol.yaml (`ingressControllers`).",
        Severity.NOTE,
    ),
    "unknown-ingress-controller": Rule(
        "The ingress controller is not in the input",
        "netpol.yaml names a workload as the ingress controller that no manifest of the input describes.",
        "Give its pods' labels instead, or add its manifests.",
    ),
    "equal-priority": Rule(
        "Two admin policies have the same priority",
        "Which of them decides is not defined. They are taken in the order of their names.",
        "Give each a priority of its own.",
    ),
    "incomplete-selector": Rule(
        "A selector that the schema requires is missing",
        "The missing selector is taken as one that selects everything.",
        "Write it out: a cluster may refuse the policy.",
    ),
    "unseen-named-port": Rule(
        "A port by its name, on pods that are not in the input",
        "Which number the port has on pods that are not in the input is not known.",
        "Use the number if the answer matters.",
        Severity.NOTE,
    ),
    "replicas": Rule(
        "A workload and itself",
        "A pod always reaches itself; the answer is about two replicas of one workload.",
        "Nothing.",
        Severity.NOTE,
    ),
    "unknown-backend": Rule(
        "A route names a Service that is not in the input",
        "What the route exposes is not known, so that it is taken to expose nothing.",
        "Correct the name, or add the Service to the input.",
    ),
    "unknown-backend-port": Rule(
        "A route names a port that its Service has not",
        "The route leads nowhere, so that it is taken to expose nothing.",
        "Correct the port.",
    ),
    "unsupported-backend": Rule(
        "A route leads to something that is no Service",
        "What stands behind it is not known, so that it is taken to expose nothing.",
        "Declare the connection in netpol.yaml if the workload behind it must be reached.",
    ),
    "missing-reference-grant": Rule(
        "A route needs a ReferenceGrant",
        "It names a Service of another namespace which does not permit that, so that it exposes nothing.",
        "Add a ReferenceGrant in the Service's namespace.",
    ),
    "mesh-route": Rule(
        "A route of a service mesh is not used",
        "It belongs to a mesh and to no gateway, so that it exposes nothing.",
        "Nothing.",
        Severity.NOTE,
    ),
    "secret-not-base64": Rule(
        "A Secret's data is not base64",
        "Values below `data` must be encoded. This one is not looked at.",
        "Put plain text below `stringData`.",
    ),
    "ambiguous-dependency": Rule(
        "A dependency in netpol.yaml is ambiguous",
        "The entry could resolve any of several dependencies of its workload, and so it resolves none.",
        "Add `resolves:` with the key of the one that is meant; the message lists them.",
    ),
    "example-host": Rule(
        "A host in netpol.yaml is the example that was suggested",
        "The entry settles a dependency with the host that a suggestion made up, so that nobody has looked whether its "
        "ports are those that are needed.",
        "Write the real host, or `cidr:` or `workload:` instead, and look at the ports.",
    ),
    "unused-configuration": Rule(
        "A second netpol.yaml is not read",
        "Only one netpol.yaml counts in a run.",
        "Put both together, or name the right one with `config`.",
        Severity.NOTE,
    ),
    "beside-kustomization": Rule(
        "Manifests beside a kustomization are not used",
        "The kustomization does not name these files, so that it does not deploy them, and they are not read.",
        "Add them to its resources, or remove them.",
        Severity.NOTE,
    ),
    "unused-component": Rule(
        "A component is not used",
        "No kustomization of the input uses the component, so that nothing of it is read.",
        "Nothing, if that is what you want.",
        Severity.NOTE,
    ),
    "unused-library": Rule(
        "A library chart is not used",
        "No chart of the input uses the library, so that nothing of it is rendered.",
        "Nothing, if that is what you want.",
        Severity.NOTE,
    ),
}
