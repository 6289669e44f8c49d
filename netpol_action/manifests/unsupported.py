"""Kinds that change who may talk to whom and that the program does not evaluate: said, never passed over."""

from __future__ import annotations

from netpol_action.manifests.fields import shown
from netpol_action.manifests.identity import Manifest
from netpol_action.model.diagnostics import Diagnostic, error, note, warning

_POLICIES = frozenset(
    {
        ("cilium.io", "CiliumNetworkPolicy"),
        ("cilium.io", "CiliumClusterwideNetworkPolicy"),
        ("crd.antrea.io", "ClusterNetworkPolicy"),
        ("crd.antrea.io", "NetworkPolicy"),
        ("crd.projectcalico.org", "GlobalNetworkPolicy"),
        ("crd.projectcalico.org", "NetworkPolicy"),
        ("k8s.ovn.org", "EgressFirewall"),
        ("network.openshift.io", "EgressNetworkPolicy"),
        ("networking.k8s.io", "NetworkPolicy"),
        ("policy.networking.k8s.io", "AdminNetworkPolicy"),
        ("policy.networking.k8s.io", "BaselineAdminNetworkPolicy"),
        ("policy.networking.k8s.io", "ClusterNetworkPolicy"),
        ("projectcalico.org", "GlobalNetworkPolicy"),
        ("projectcalico.org", "NetworkPolicy"),
    }
)
_NETWORKS = frozenset({("k8s.ovn.org", "ClusterUserDefinedNetwork"), ("k8s.ovn.org", "UserDefinedNetwork")})
_MESH = frozenset({("security.istio.io", "AuthorizationPolicy"), ("policy.linkerd.io", "AuthorizationPolicy")})
_STAGED = frozenset(
    {
        (group, kind)
        for group in ("crd.projectcalico.org", "projectcalico.org")
        for kind in ("StagedGlobalNetworkPolicy", "StagedKubernetesNetworkPolicy", "StagedNetworkPolicy")
    }
)
_OTHER_NETWORKS = frozenset({("k8s.cni.cncf.io", "MultiNetworkPolicy")})


def unsupported(manifest: Manifest) -> Diagnostic | None:
    """What to say about an object whose meaning for connectivity is not evaluated; None for all others."""
    key = (manifest.group, manifest.kind)
    what = f"{shown(manifest.kind)} {shown(manifest.name)} ({shown(manifest.api_version)})"
    rule = "unsupported-policy"
    if key in _POLICIES:
        return error(
            rule, f"{what} is not supported: it may allow or deny what the result says otherwise", manifest.origin
        )
    if key in _NETWORKS:
        return error(rule, f"{what} is not supported: pods on a network of their own are isolated", manifest.origin)
    if key in _MESH:
        return warning(
            rule, f"{what} was not used: the mesh may deny connections that are allowed here", manifest.origin
        )
    if key in _STAGED:
        return note(rule, f"{what} was not used: a staged policy changes nothing", manifest.origin)
    if key in _OTHER_NETWORKS:
        return note(rule, f"{what} was not used: it governs secondary networks only", manifest.origin)
    return None
