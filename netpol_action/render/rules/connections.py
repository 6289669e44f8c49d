"""The rules about connections: what a change opens and closes, what policies block or leave open, what is unresolved.

None of them has a security severity of 7 or above, at which GitHub fails the check of a pull request by itself: whether
a connection may be opened is for the gates (`fail-on`) to say. What breaks the application is an error.
"""

from __future__ import annotations

from typing import Final

from netpol_action.model.demands import Gap
from netpol_action.model.diagnostics import Severity
from netpol_action.model.diff import Risk
from netpol_action.model.findings import BLOCKED, NOT_REQUIRED, UNPROTECTED_EGRESS, UNPROTECTED_INGRESS
from netpol_action.render.rules.rule import Rule, Rules

CHANGES: Final[Rules] = {
    Risk.CLOSED_REQUIRED: Rule(
        "A required connection is closed",
        "After this change the policies no longer allow a connection that the application needs, which will break it.",
        "Keep the rule that allowed the connection, or remove what needs it. Where it is needed no more, but the "
        "manifests still say so, correct them.",
        Severity.ERROR,
    ),
    Risk.OPENED_INTERNET: Rule(
        "A connection to or from outside the cluster is opened",
        "After this change a workload can be reached from outside the cluster, or can reach addresses there, where it "
        "could not before.",
        "If that is what you want, approve the change. Otherwise give the rule a narrower peer, or a port.",
        Severity.WARNING,
        6.5,
    ),
    Risk.OPENED_BETWEEN_NAMESPACES: Rule(
        "A connection between namespaces is opened",
        "After this change a workload can reach one in another namespace, or pods that are not in the input, which it "
        "could not before.",
        "If that is what you want, approve the change. Otherwise narrow the rule's namespaceSelector and podSelector.",
        Severity.WARNING,
        5.0,
    ),
    Risk.OPENED_WITHIN_NAMESPACE: Rule(
        "A connection within a namespace is opened",
        "After this change a workload can reach another of its namespace which it could not reach before.",
        "If that is what you want, approve the change. Otherwise narrow the rule's podSelector.",
        Severity.WARNING,
        3.5,
    ),
    Risk.WIDENED: Rule(
        "A connection is widened",
        "Two endpoints that could talk to each other before can do so on further ports after this change.",
        "If that is what you want, approve the change. Otherwise list the ports in the rule.",
        Severity.WARNING,
        3.5,
    ),
}
"""The risks of a change that need a look; what is only closed or narrowed needs none."""

POLICIES: Final[Rules] = {
    BLOCKED: Rule(
        "A required connection is blocked",
        "The application needs a connection that the policies in place do not allow.",
        "Let the policies of both ends allow it; `netpol-action generate` writes such rules, and "
        "`netpol-action explain` says what each policy does to the connection.",
        Severity.ERROR,
    ),
    "undecided-required": Rule(
        "Nobody can tell whether a required connection is allowed",
        "The application needs a connection to something that no policy names the way the manifests do, such as a host "
        "by name. Whether the policies allow it depends on what is not in the input.",
        "Say in netpol.yaml which addresses it has, or add the manifests of the other end.",
        Severity.NOTE,
    ),
    "dns-over-tcp": Rule(
        "DNS is allowed over UDP and not over TCP",
        "Long answers of DNS come over TCP. Names with many addresses may not resolve.",
        "Allow port 53 over TCP as well.",
        Severity.NOTE,
    ),
    NOT_REQUIRED: Rule(
        "A connection is allowed that nothing requires",
        "A policy allows more than the application needs as far as its manifests say: with workloads, addresses, or "
        "with pods that are not in the input, such as those of another namespace.",
        "Narrow the rule to what is needed. If the connection is needed, declare it in netpol.yaml.",
        Severity.WARNING,
        4.0,
    ),
    "unresolved-allowed": Rule(
        "A connection is allowed that may serve an unresolved dependency",
        "Nothing requires this connection, but the workload has a dependency whose other end the input does not give.",
        "Resolve the dependency in netpol.yaml; then it is known whether the connection is needed.",
        Severity.NOTE,
    ),
    UNPROTECTED_INGRESS: Rule(
        "Workloads accept everything from everywhere",
        "No policy selects these workloads for ingress, so that every pod of the cluster can reach all of their ports.",
        "Write policies for them, by hand or with `netpol-action generate`.",
        Severity.WARNING,
        6.0,
    ),
    UNPROTECTED_EGRESS: Rule(
        "Workloads may open connections to everywhere",
        "No policy selects these workloads for egress, so that an intruder in one could reach anything from there.",
        "Write policies for them, by hand or with `netpol-action generate`.",
        Severity.WARNING,
        5.0,
    ),
    "policy-selects-nothing": Rule(
        "A policy selects no workload",
        "No workload of the input has the labels that the policy selects, so that it does nothing here.",
        "Correct its podSelector, or remove the policy. Often a label was changed elsewhere.",
    ),
    "peer-matches-nothing": Rule(
        "A peer matches no workload",
        "No workload of the input has the labels of this peer, so that the rule opens nothing by it here.",
        "Correct the selector, or leave it where the pods are deployed elsewhere.",
        Severity.NOTE,
    ),
    "unknown-port-name": Rule(
        "A rule names a port that no pod has",
        "None of the pods that the rule is about gives a port this name, so that the rule opens nothing by it.",
        "Use the name of a containerPort of these pods, or the number.",
    ),
    "cluster-ip-peer": Rule(
        "A rule names the cluster IP of a Service",
        "Policies act on the addresses of pods, into which that of a Service is translated before, so that the rule "
        "mostly opens nothing.",
        "Select the pods behind the Service instead.",
    ),
    "blocked-exposure": Rule(
        "What is exposed cannot be reached",
        "An Ingress, Route or Gateway exposes a workload, but its policies do not let the ingress controller through.",
        "Allow ingress from the ingress controller, or do not expose the workload. `ingressControllers` in netpol.yaml "
        "says which workload the controller is.",
    ),
    "changed-by-kustomize": Rule(
        "Rendering changes what the generated policies allow",
        "Transformers of the kustomization change labels, names or namespaces that the policies refer to.",
        "Write the policies for what is rendered: run `netpol-action generate` on the overlay.",
    ),
}

UNRESOLVED: Final[Rules] = {
    Gap.SECRET_HOST: Rule(
        "A dependency's host stands in a Secret",
        "The workload takes an address from a Secret that is not in the input. Generated policies do not allow the "
        "connection.",
        "Say in netpol.yaml where it leads; `netpol-action init` writes the lines.",
    ),
    Gap.UNKNOWN_HOST: Rule(
        "A dependency's host is not in the input",
        "The workload names a Service or host that no manifest of the input explains.",
        "Add its manifests to the input, or say in netpol.yaml what it is; `netpol-action init` writes the lines.",
    ),
    Gap.EXTERNAL_HOST: Rule(
        "A dependency is a host outside the cluster",
        "The workload connects to a host by name, and NetworkPolicy knows only addresses.",
        "Say in netpol.yaml which addresses it has, or that the port is to be open to any; `netpol-action init` writes "
        "the lines.",
    ),
    Gap.UNKNOWN_CALLERS: Rule(
        "Nobody is known to call a Service",
        "Nothing in the input calls this Service, and nothing exposes it. Generated policies let nobody in.",
        "Say in netpol.yaml who calls it, or remove it; `netpol-action init` writes the lines.",
    ),
    Gap.PLATFORM: Rule(
        "A workload needs a part of the platform",
        "The workload uses something of the cluster's platform, such as a sidecar's control plane, that is not in the "
        "input.",
        "Name the platform in netpol.yaml (`platform:`), or declare the connection.",
    ),
    Gap.UNKNOWN_PORT: Rule(
        "The port of a dependency is not known",
        "The other end of this dependency is known, but no manifest gives its port.",
        "Give the port in the manifest or in netpol.yaml; `netpol-action init` writes the lines.",
    ),
    Gap.NO_PEER: Rule(
        "No policy can name the other end of a dependency",
        "The other end is known, but it has nothing that a policy can select it by.",
        "Say in netpol.yaml which addresses it has, or give its pods labels.",
    ),
}
"""What the application may need and the generated policies do not allow."""
