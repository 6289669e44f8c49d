"""The API server: who uses it, whom it calls, and where netpol.yaml says that it is."""

from __future__ import annotations

import pytest
from application import Json, Object, end, lines, open_questions, requirements, service, workload

OPERATOR = workload("operator", pod={"serviceAccountName": "operator"})
USES = "operator external-host host/kubernetes TCP 443,6443"
WEBHOOK = service("hook", {"port": 443, "targetPort": 9443}, selector={"app": "operator"})
ENDPOINTS = "endpoints: {cp: {kind: api-server, cidr: 192.0.2.0/28}}"


def made(kind: str, name: str, **body: Json) -> Object:
    return {"apiVersion": "example/v1", "kind": kind, "metadata": {"name": name}, **body}


def role(*verbs: str) -> Object:
    return made("ClusterRole", "r", rules=[{"apiGroups": ["*"], "resources": ["pods"], "verbs": list(verbs)}])


def binding(kind: str = "ClusterRoleBinding", **subject: str) -> Object:
    who = {"kind": "ServiceAccount", "name": "operator", "namespace": "default", **subject}
    return made(kind, "b", roleRef={"kind": "ClusterRole", "name": "r"}, subjects=[who])


@pytest.mark.parametrize(
    "objects",
    [
        (OPERATOR, binding(), role("get", "watch")),
        (OPERATOR, binding()),
        (OPERATOR, binding("RoleBinding")),
        (workload("operator", {"KUBECONFIG": "/etc/kube/config"}),),
        (workload("operator", {"WATCH_NAMESPACE": ""}),),
        (workload("operator", container={"args": ["--leader-elect"]}),),
        (workload("operator", {"API": "https://kubernetes.default.svc"}),),
    ],
)
def test_a_client_of_the_api_server_is_a_row(objects: tuple[Object, ...]):
    assert open_questions(requirements(*objects)) == [USES]


@pytest.mark.parametrize(
    "objects",
    [
        (OPERATOR,),
        (OPERATOR, binding(), role("use")),
        (OPERATOR, binding(name="other")),
        (OPERATOR, binding(namespace="elsewhere")),
        (OPERATOR, binding(kind="User")),
        (
            workload("operator", pod={"serviceAccountName": "operator", "automountServiceAccountToken": False}),
            binding(),
        ),
        (workload("operator", container={"args": ["--leader-elect=false"]}),),
    ],
)
def test_what_is_no_client_of_it(objects: tuple[Object, ...]):
    assert open_questions(requirements(*objects)) == []


def test_with_its_address_the_row_is_a_demand():
    found = requirements(OPERATOR, binding(), netpol=ENDPOINTS)
    assert lines(found.demands) == ["operator -> 192.0.2.0-192.0.2.15: TCP 443,6443"]
    assert not found.unresolved


CALLERS = {
    "a validating webhook": made(
        "ValidatingWebhookConfiguration",
        "w",
        webhooks=[{"clientConfig": {"service": {"name": "hook", "namespace": "default"}}}],
    ),
    "a mutating webhook": made(
        "MutatingWebhookConfiguration",
        "w",
        webhooks=[{}, {"clientConfig": {"service": {"name": "hook", "namespace": "default", "port": 443}}}],
    ),
    "a conversion": made(
        "CustomResourceDefinition",
        "w",
        spec={
            "conversion": {"webhook": {"clientConfig": {"service": {"name": "hook", "namespace": "default"}}}},
        },
    ),
    "an API of its own": made("APIService", "w", spec={"service": {"name": "hook", "namespace": "default"}}),
}


@pytest.mark.parametrize("caller", CALLERS.values(), ids=CALLERS)
def test_the_api_server_calls(caller: Object):
    found = requirements(OPERATOR, WEBHOOK, caller)
    assert lines(found.demands) == ["{anywhere} -> operator: TCP 9443"]
    (assumption,) = found.assumptions
    assert "the API server calls default/operator[Deployment]" in assumption.message
    known = requirements(OPERATOR, WEBHOOK, caller, netpol=ENDPOINTS)
    assert lines(known.demands) == ["192.0.2.0-192.0.2.15 -> operator: TCP 9443"]
    assert not known.assumptions


@pytest.mark.parametrize(
    "spec", [None, 3, {"service": None}, {"service": {"name": 3, "namespace": []}}, {"service": []}]
)
def test_whatever_stands_in_their_place(spec: Json):
    hostile = [
        made(kind, "w", spec=spec, webhooks=[{"clientConfig": spec}])
        for kind in ("APIService", "ValidatingWebhookConfiguration")
    ]
    assert requirements(OPERATOR, WEBHOOK, *hostile).demands == ()


def test_nodes_and_load_balancers_by_their_addresses():
    both = (workload("web"), service("lb", 80, selector={"app": "web"}, type="LoadBalancer"))
    netpol = "endpoints: {a: {kind: load-balancers, cidr: 192.0.2.0/28}, b: {kind: nodes, cidr: 192.0.2.64/28}}"
    assert [end(each.source) for each in requirements(*both, netpol=netpol).demands] == ["192.0.2.0-192.0.2.15"]
    port = service("np", 80, selector={"app": "web"}, type="NodePort")
    assert [end(each.source) for each in requirements(workload("web"), port, netpol=netpol).demands] == [
        "192.0.2.64-192.0.2.79"
    ]
    outside = service("ip", 80, selector={"app": "web"}, externalIPs=["198.51.100.9"])
    assert lines(requirements(workload("web"), outside).demands) == ["{anywhere} -> web: TCP 80"]
