"""Whatever a manifest holds, decoding ends in a Cluster and in diagnostics, never in an exception."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from netpol_action.manifests.decode import decode
from netpol_action.model.documents import Document
from netpol_action.origin import Origin

OBJECTS = list(
    yaml.safe_load_all("""
apiVersion: v1
kind: Namespace
metadata: {name: n, labels: {a: b}}
---
apiVersion: v1
kind: Pod
metadata: {name: p, labels: {a: b}, ownerReferences: [{kind: ReplicaSet, name: r, controller: true}]}
spec: {hostNetwork: false, initContainers: [{restartPolicy: Always, ports: [{containerPort: 1}]}], containers: []}
status: {phase: Running}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: d}
spec:
  replicas: 1
  selector: {matchLabels: {a: b}, matchExpressions: [{key: a, operator: In, values: [b]}]}
  template:
    metadata: {labels: {a: b}, annotations: {a: b}}
    spec: {containers: [{ports: [{name: http, containerPort: 80, protocol: TCP}]}]}
---
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: r}
spec: {workloadRef: {kind: Deployment, name: d}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: c}
spec: {jobTemplate: {spec: {template: {spec: {containers: []}}}}}
---
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {name: v}
spec: {template: {metadata: {labels: {a: b}}, spec: {domain: {devices: {interfaces: [{ports: [{port: 22}]}]}}}}}
---
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: k}
spec: {template: {metadata: {name: k-1}, spec: {containers: []}}}
---
apiVersion: v1
kind: Service
metadata: {name: s, annotations: {service.beta.kubernetes.io/load-balancer-source-ranges: 10.0.0.0/8}}
spec:
  type: LoadBalancer
  clusterIP: None
  externalName: x
  loadBalancerSourceRanges: [10.0.0.0/8]
  selector: {a: b}
  ports: [{name: http, port: 80, targetPort: http, protocol: TCP, nodePort: 30000}]
---
apiVersion: v1
kind: Secret
metadata: {name: s}
data: {a: YQ==}
stringData: {b: c}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p, labels: {a: b}}
spec:
  podSelector: {matchLabels: {a: b}}
  policyTypes: [Ingress, Egress]
  ingress: [{from: [{namespaceSelector: {}, podSelector: {}}, {ipBlock: {cidr: 10.0.0.0/8, except: [10.0.0.0/9]}}]}]
  egress: [{to: [], ports: [{port: 80, endPort: 90, protocol: TCP}]}]
---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: p}
spec:
  priority: 1
  subject: {pods: {namespaceSelector: {}, podSelector: {}}}
  ingress: [{action: Allow, name: x, from: [{namespaces: {}}], ports: [{portNumber: {port: 1, protocol: TCP}}]}]
  egress: [{action: Deny, to: [{networks: [10.0.0.0/8]}, {nodes: {}}], ports: [{portRange: {start: 1, end: 2}}]}]
---
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: p}
spec:
  tier: Admin
  priority: 1
  subject: {namespaces: {}}
  egress:
  - action: Accept
    to: [{domainNames: [a.b]}]
    protocols: [{tcp: {destinationPort: {range: {start: 1, end: 2}}}}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: i}
spec:
  defaultBackend: {service: {name: s, port: {name: http}}}
  rules: [{host: a.b, http: {paths: [{path: /, backend: {serviceName: s, servicePort: 80}}]}}]
---
apiVersion: route.openshift.io/v1
kind: Route
metadata: {name: r}
spec: {host: a.b, path: /, to: {kind: Service, name: s}, alternateBackends: [{name: s}], port: {targetPort: http}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: h}
spec:
  parentRefs: [{kind: Gateway, name: g}]
  hostnames: [a.b]
  rules:
  - filters: [{requestMirror: {backendRef: {name: s, port: 80}}}]
    backendRefs: [{name: s, namespace: n, port: 80}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: {name: g, namespace: n}
spec: {from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: default}], to: [{kind: Service, name: s}]}
""")
)

_scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.sampled_from(["None", "a/b"])
)
_json: st.SearchStrategy[Any] = st.recursive(
    _scalars, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
)


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:  # noqa: ANN401  # JSON
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, child in children for found in _paths(child, (*path, key)))]


PLACES = [(index, path) for index, value in enumerate(OBJECTS) for path in _paths(value)]


def _with(objects: list[Any], index: int, path: tuple[str | int, ...], value: Any) -> list[Any]:  # noqa: ANN401  # JSON
    changed = deepcopy(objects)
    if not path:
        changed[index] = value
        return changed
    parent = changed[index]
    for key in path[:-1]:
        parent = parent[key]
    parent[path[-1]] = value
    return changed


@settings(max_examples=len(PLACES))
@given(st.sampled_from(PLACES), _json)
@example(PLACES[0], [])
def test_any_value_in_any_place(place: tuple[int, tuple[str | int, ...]], value: Any):  # noqa: ANN401  # JSON
    _decode(_with(OBJECTS, *place, value))


def test_every_wrong_type_in_every_place():
    for place in PLACES:
        for value in (None, True, 0, -1, 1.5, "", "\n", [], {}, [[]], [{}], {"x": []}, {"": {}}):
            _decode(_with(OBJECTS, *place, value))


def _decode(objects: list[Any]) -> None:
    found = decode([Document(value, Origin("k8s.yaml", n)) for n, value in enumerate(objects, 1)])
    for diagnostic in found.diagnostics:
        assert diagnostic.message.isprintable(), "one line, fit for a terminal"
