"""Edges from ingress controllers: the placeholder, a controller in the input, or whoever the configuration names."""

from __future__ import annotations

from dataclasses import replace

import pytest
from handmade import allow, block, cluster, pods, rows, rule, selector, workload

from netpol_action.connectivity import EvaluationOptions, evaluate
from netpol_action.connectivity.explain import explain
from netpol_action.connectivity.ingress_controllers import ingress_controllers
from netpol_action.connectivity.reach import reachable
from netpol_action.errors import UsageError
from netpol_action.model.addresses import AddressRange
from netpol_action.model.cluster import Cluster, Exposure, Service, ServicePort
from netpol_action.model.config import CidrRef, PodsRef, WorkloadRef
from netpol_action.model.endpoints import Workload
from netpol_action.model.labels import Selector
from netpol_action.model.policies import Policy

WEB = "shop/web app=web"
DEFAULTS = EvaluationOptions()
NGINX = "edge/nginx app.kubernetes.io/name=ingress-nginx app.kubernetes.io/component=controller"
FROM_EDGE = allow("shop/web", "app=web", ingress=[rule("TCP 8080", pods("*", "kubernetes.io/metadata.name=edge"))])
SEALED = allow("edge/sealed", egress=[], ingress=[])


def world(*workloads: str | Workload, policies: tuple[Policy, ...] = (), kind: str = "Ingress") -> Cluster:
    """A cluster that exposes shop/web's port 8080."""
    service = Service("shop", "web", Selector.labels({"app": "web"}), (ServicePort(80, target=8080),))
    made = cluster(WEB, *workloads, policies=policies, namespaces={"edge": "role=edge"}, services=(service,))
    return replace(made, exposures=(Exposure(kind, "shop", "web", "shop", "web", 80),))


def edges(made: Cluster, options: EvaluationOptions = DEFAULTS) -> tuple[list[str], list[str]]:
    """What reaches shop/web from the cluster, and the diagnostics' rules."""
    evaluation = evaluate(made, options)
    wanted = [row for row in rows(evaluation.map) if "=> shop/web" in row]
    return [row.partition(" => ")[0] + row[row.index(" :") :] for row in wanted], [
        d.rule for d in evaluation.diagnostics
    ]


def test_a_controller_reads_the_endpoints_of_a_headless_service():
    made = world(policies=(allow("shop/web", "app=web", ingress=[rule("TCP 8080")]),))
    headless = replace(made, services=tuple(replace(each, headless=True) for each in made.services))
    assert edges(headless) == edges(made)


def test_nobody_known_is_the_placeholder():
    assert edges(world()) == (
        ["{ingress-controller} : TCP 8080", "0.0.0.0-255.255.255.255 : All Connections"],
        [],
    )


@pytest.mark.parametrize(
    ("policies", "found", "diagnostics"),
    [
        pytest.param(
            (FROM_EDGE,), ["edge/nginx[Deployment] : TCP 8080"], ["ingress-controller"], id="as policies allow"
        ),
        pytest.param(
            (FROM_EDGE, SEALED), [], ["ingress-controller", "blocked-exposure"], id="its own egress applies too"
        ),
        pytest.param(
            (allow("shop/web", "app=web", ingress=[rule("TCP 80", pods("*", "*"))]),),
            ["edge/nginx[Deployment] : TCP 80"],
            ["ingress-controller", "blocked-exposure"],
            id="another port is no help",
        ),
    ],
)
def test_a_controller_in_the_input_takes_the_place(
    policies: tuple[Policy, ...], found: list[str], diagnostics: list[str]
):
    assert edges(world(NGINX, policies=policies)) == (found, diagnostics)


@pytest.mark.parametrize(
    "controller",
    [
        workload("edge/t app.kubernetes.io/name=traefik"),
        workload("edge/i istio=ingressgateway"),
        workload(
            "edge/c", pod_spec={"containers": [{"image": "mirror.example/ingress-nginx/controller:v1.9@sha256:0"}]}
        ),
        workload("edge/o", pod_spec={"containers": [{"image": "traefik:v3.0"}]}),
    ],
)
def test_controllers_are_known_by_label_or_image(controller: Workload):
    assert ingress_controllers(world(controller)).serving("Ingress") == (controller,)


@pytest.mark.parametrize(
    "other",
    [
        workload("edge/job[Job] app.kubernetes.io/name=ingress-nginx app.kubernetes.io/component=controller"),
        workload("edge/default app.kubernetes.io/name=ingress-nginx app.kubernetes.io/component=default-backend"),
        workload("edge/x", pod_spec={"containers": [{"image": "example.com/nottraefik/traefik2:v1"}]}),
        workload("edge/broken", pod_spec={"containers": {"image": "traefik"}}),
        workload("edge/broken", pod_spec={"containers": [None, {"image": 7}]}),
    ],
)
def test_others_are_not(other: Workload):
    assert ingress_controllers(world(other)).serving("Ingress") == ()


def test_a_route_is_served_by_a_router_alone():
    router = workload("edge/router ingresscontroller.operator.openshift.io/deployment-ingresscontroller=default")
    found = ingress_controllers(world(NGINX, router))
    assert [w.name for w in found.serving("Route")] == ["router"]
    assert [w.name for w in found.serving("Ingress")] == ["nginx", "router"]
    assert [w.name for w in found.serving("HTTPRoute")] == ["nginx"]
    assert "{ingress-controller} : TCP 8080" in edges(world(NGINX, kind="Route"))[0]


def test_nothing_is_looked_for_where_nothing_is_exposed():
    assert evaluate(replace(world(NGINX), exposures=())).diagnostics == ()


@pytest.mark.parametrize(
    ("ref", "policy", "found"),
    [
        pytest.param(WorkloadRef("proxy", "edge"), FROM_EDGE, ["edge/proxy[Deployment] : TCP 8080"], id="a workload"),
        pytest.param(
            PodsRef(selector("role=edge"), selector("app=proxy")),
            FROM_EDGE,
            ["edge/proxy[Deployment] : TCP 8080"],
            id="pods of the input by their labels",
        ),
        pytest.param(
            PodsRef(selector("kubernetes.io/metadata.name=ingress"), selector("app=gw")),
            allow("shop/web", "app=web", ingress=[rule(None, pods("app=gw", "kubernetes.io/metadata.name=ingress"))]),
            ["{pods app=gw in namespace ingress} : TCP 8080"],
            id="pods that are not in the input: what is exposed, as far as policies admit such pods",
        ),
        pytest.param(
            CidrRef((AddressRange.parse("10.0.0.0/24"),)),
            allow("shop/web", "app=web", ingress=[rule("TCP 8080", block("10.0.0.0/16"))]),
            ["10.0.0.0-10.0.255.255 : TCP 8080"],
            id="addresses outside",
        ),
    ],
)
def test_the_configuration_decides(ref: WorkloadRef | PodsRef | CidrRef, policy: Policy, found: list[str]):
    options = EvaluationOptions(ingress_controllers=(ref,))
    assert edges(world(NGINX, "edge/proxy app=proxy", policies=(policy, SEALED_NGINX)), options) == (found, [])


SEALED_NGINX = allow("edge/nginx", "app.kubernetes.io/name=ingress-nginx", egress=[], ingress=[])


def test_a_configured_controller_that_policies_do_not_admit_is_a_warning():
    options = EvaluationOptions(ingress_controllers=(PodsRef(selector("a=b"), selector("c=d")),))
    assert edges(world(policies=(FROM_EDGE,)), options) == ([], ["blocked-exposure"])


def test_a_configured_workload_that_is_missing_is_a_warning_and_the_placeholder_stays():
    options = EvaluationOptions(ingress_controllers=(WorkloadRef("gone", "edge"),))
    found, diagnostics = edges(world(), options)
    assert "{ingress-controller} : TCP 8080" in found
    assert diagnostics == ["unknown-ingress-controller"]


def test_explain_asks_for_the_controller_by_its_name():
    with pytest.raises(UsageError, match=r"ask for it as edge/nginx\[Deployment\]"):
        explain(world(NGINX), EvaluationOptions(), "{ingress-controller}", "web")
    unseen = "{pods app=gw in any namespace}"
    options = EvaluationOptions(ingress_controllers=(PodsRef(Selector(), selector("app=gw")),))
    verdicts = explain(world(), options, unseen, "web").verdicts
    assert {str(v.connections): v.allowed for v in verdicts if v.allowed} == {"TCP 8080": True}


def test_what_a_known_controller_publishes_is_reached_from_the_internet():
    options = EvaluationOptions(ingress_controllers=(PodsRef(Selector(), selector("app=gw")),))
    only = allow("shop/web", "app=web", ingress=[rule(None, pods("*", "*"))])
    routes = reachable(evaluate(world(policies=(only,)), options).map, "internet")
    assert [(str(each.endpoint), each.hops) for each in routes.destinations()] == [("shop/web[Deployment]", 1)]
