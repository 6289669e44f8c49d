from __future__ import annotations

import pytest
from manifest_text import cluster, findings

from netpol_action.model.cluster import Cluster

SHOP = """
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80, targetPort: 8080}, {name: admin, port: 9000, targetPort: adm}]
---
apiVersion: v1
kind: Service
metadata: {name: copy, namespace: shop}
spec: {selector: {app: copy}, ports: [{port: 7}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{ports: [{name: adm, containerPort: 9443}]}]}
"""


def exposed(found: Cluster) -> list[tuple[str, int | str | None, str]]:
    return [(f"{each.service_namespace}/{each.service}", each.port, each.path) for each in found.exposures]


def object_of(api_version: str, kind: str, spec: str, namespace: str = "shop") -> Cluster:
    metadata = f"{{name: r, namespace: {namespace}}}"
    return cluster(SHOP, f"{{apiVersion: {api_version}, kind: {kind}, metadata: {metadata}, spec: {spec}}}")


class TestIngress:
    @pytest.mark.parametrize(
        ("spec", "expected"),
        [
            (
                (
                    "{rules: [{host: a.b,"
                    " http: {paths: [{path: /x, backend: {service: {name: web, port: {number: 80}}}}]}}]}"
                ),
                [("shop/web", 80, "a.b/x")],
            ),
            (
                "{rules: [{http: {paths: [{backend: {service: {name: web, port: {name: http}}}}]}}]}",
                [("shop/web", "http", "")],
            ),
            ("{defaultBackend: {service: {name: web, port: {number: 9000}}}}", [("shop/web", 9000, "")]),
            ("{rules: [{host: a.b}, {}]}", []),
            ("{}", []),
        ],
    )
    def test_of_v1(self, spec: str, expected: list[tuple[str, int | str, str]]):
        found = object_of("networking.k8s.io/v1", "Ingress", spec)

        assert exposed(found) == expected
        assert findings(found) == []
        assert [each.kind for each in found.resources] == ["Ingress"], "kept for its annotations"

    @pytest.mark.parametrize("api_version", ["networking.k8s.io/v1beta1", "extensions/v1beta1"])
    @pytest.mark.parametrize(
        ("spec", "port"),
        [
            ("{backend: {serviceName: web, servicePort: 80}}", 80),
            ("{rules: [{http: {paths: [{backend: {serviceName: web, servicePort: http}}]}}]}", "http"),
        ],
    )
    def test_of_the_versions_before(self, api_version: str, spec: str, port: int | str):
        assert exposed(object_of(api_version, "Ingress", spec)) == [("shop/web", port, "")]

    @pytest.mark.parametrize(
        ("backend", "finding"),
        [
            ("{service: {name: nobody, port: {number: 80}}}", "warning unknown-backend: "),
            ("{service: {name: web, port: {number: 81}}}", "warning unknown-backend-port: "),
            ("{resource: {kind: Bucket, name: b}}", "warning unsupported-backend: "),
            ("{service: {name: web}}", "error broken-object: spec.defaultBackend.service.port must have either"),
            ("{service: {port: {number: 80}}}", "error broken-object: spec.defaultBackend.service must name a Service"),
            ("[]", "error broken-object: spec.defaultBackend must be a mapping"),
        ],
    )
    def test_backends_that_lead_nowhere_are_said(self, backend: str, finding: str):
        found = object_of("networking.k8s.io/v1", "Ingress", f"{{defaultBackend: {backend}}}")

        assert exposed(found) == []
        assert [each.startswith(finding) for each in findings(found)] == [True]


class TestRoute:
    @pytest.mark.parametrize(
        ("port", "ports"),
        [
            ("", [None]),
            (", port: {targetPort: http}", [80]),
            (", port: {targetPort: 8080}", [80]),
            (", port: {targetPort: 9443}", [9000]),
        ],
    )
    def test_target_port_is_the_endpoints_port(self, port: str, ports: list[int | None]):
        found = object_of("route.openshift.io/v1", "Route", f"{{host: a.b, to: {{kind: Service, name: web}}{port}}}")

        assert [each.port for each in found.exposures] == ports
        assert findings(found) == []

    @pytest.mark.parametrize("port", ["80", "adm", "81"])
    def test_a_port_that_no_endpoint_has_is_said(self, port: str):
        found = object_of("route.openshift.io/v1", "Route", f"{{to: {{name: web}}, port: {{targetPort: {port}}}}}")

        assert exposed(found) == []
        assert [each.rule for each in found.diagnostics] == ["unknown-backend-port"]

    def test_alternate_backends(self):
        found = object_of(
            "route.openshift.io/v1", "Route", "{to: {name: web}, alternateBackends: [{name: copy, weight: 0}]}"
        )

        assert exposed(found) == [("shop/web", None, ""), ("shop/copy", None, "")]


GRANT = """
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: {{name: g, namespace: shop}}
spec:
  from: [{{group: gateway.networking.k8s.io, kind: {kind}, namespace: edge}}]
  to: [{{group: "", kind: Service{name}}}]
"""


class TestGateway:
    @pytest.mark.parametrize("kind", ["HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute", "UDPRoute"])
    def test_backends_of_rules(self, kind: str):
        spec = "{rules: [{backendRefs: [{name: web, port: 80}, {name: copy, port: 7, weight: 0}]}]}"
        found = object_of("gateway.networking.k8s.io/v1", kind, spec)

        assert exposed(found) == [("shop/web", 80, ""), ("shop/copy", 7, "")]
        assert findings(found) == []

    @pytest.mark.parametrize(
        "rule",
        [
            "{filters: [{type: RequestMirror, requestMirror: {backendRef: {name: copy, port: 7}}}]}",
            "{backendRefs: [{name: web, port: 80, filters: [{requestMirror: {backendRef: {name: copy, port: 7}}}]}]}",
        ],
    )
    def test_mirrors_get_traffic_too(self, rule: str):
        assert ("shop/copy", 7, "") in exposed(
            object_of("gateway.networking.k8s.io/v1", "HTTPRoute", f"{{rules: [{rule}]}}")
        )

    @pytest.mark.parametrize(
        ("grant", "granted"),
        [
            (None, False),
            (GRANT.format(kind="HTTPRoute", name=""), True),
            (GRANT.format(kind="HTTPRoute", name=", name: web"), True),
            (GRANT.format(kind="HTTPRoute", name=", name: other"), False),
            (GRANT.format(kind="TCPRoute", name=""), False),
            (GRANT.format(kind="HTTPRoute", name="").replace("edge", "elsewhere"), False),
            (GRANT.format(kind="HTTPRoute", name="").replace("namespace: shop", "namespace: edge"), False),
        ],
    )
    def test_other_namespaces_need_a_grant(self, grant: str | None, granted: bool):
        route = """
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: r, namespace: edge}
spec: {rules: [{backendRefs: [{name: web, namespace: shop, port: 80}]}]}
"""
        found = cluster(SHOP, route, *([grant] if grant else []))

        assert exposed(found) == ([("shop/web", 80, "")] if granted else [])
        assert [each.rule for each in found.diagnostics] == ([] if granted else ["missing-reference-grant"])

    @pytest.mark.parametrize(
        ("reference", "rule"),
        [
            ("{kind: Bucket, name: b}", "unsupported-backend"),
            ("{group: x.io, kind: Service, name: web, port: 80}", "unsupported-backend"),
            ("{name: web}", "broken-object"),
            ("{name: nobody, port: 80}", "unknown-backend"),
        ],
    )
    def test_backends_that_lead_nowhere_are_said(self, reference: str, rule: str):
        found = object_of("gateway.networking.k8s.io/v1", "HTTPRoute", f"{{rules: [{{backendRefs: [{reference}]}}]}}")

        assert exposed(found) == []
        assert [each.rule for each in found.diagnostics] == [rule]

    def test_a_route_of_a_mesh_is_none_of_the_gateway_s(self):
        spec = "{parentRefs: [{group: '', kind: Service, name: web}], rules: [{backendRefs: [{name: web, port: 80}]}]}"
        found = object_of("gateway.networking.k8s.io/v1", "HTTPRoute", spec)

        assert exposed(found) == []
        assert [each.rule for each in found.diagnostics] == ["mesh-route"]
