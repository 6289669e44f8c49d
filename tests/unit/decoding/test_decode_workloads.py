from __future__ import annotations

import pytest
from manifest_text import cluster, findings

from netpol_action.model.endpoints import ContainerPort
from netpol_action.model.labels import Selector

TEMPLATE = "template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, ports: [{containerPort: 80}]}]}}"


@pytest.mark.parametrize(
    ("api_version", "kind", "spec"),
    [
        ("apps/v1", "Deployment", TEMPLATE),
        ("extensions/v1beta1", "Deployment", TEMPLATE),
        ("apps/v1", "StatefulSet", TEMPLATE),
        ("apps/v1", "DaemonSet", TEMPLATE),
        ("apps/v1", "ReplicaSet", TEMPLATE),
        ("v1", "ReplicationController", TEMPLATE),
        ("batch/v1", "Job", TEMPLATE),
        ("batch/v1", "CronJob", f"jobTemplate: {{spec: {{{TEMPLATE}}}}}"),
        ("argoproj.io/v1alpha1", "Rollout", TEMPLATE),
        ("apps.openshift.io/v1", "DeploymentConfig", TEMPLATE),
        ("example.com/v7", "Whatever", TEMPLATE),
    ],
)
def test_every_kind_with_a_pod_template_is_a_workload(api_version: str, kind: str, spec: str):
    found = cluster(f"{{apiVersion: {api_version}, kind: {kind}, metadata: {{name: w}}, spec: {{{spec}}}}}")

    (workload,) = found.workloads
    assert str(workload) == f"default/w[{kind}]"
    assert {key: value for key, value in workload.labels.items() if "job-name" not in key} == {"app": "web"}
    assert workload.ports == (ContainerPort("", "TCP", 80),)
    assert findings(found) == []


@pytest.mark.parametrize(
    ("api_version", "kind"),
    [("v1", "PodTemplate"), ("apiextensions.k8s.io/v1", "CustomResourceDefinition"), ("example.com/v1", "Thing")],
)
def test_objects_without_a_pod_template_are_kept_as_they_are(api_version: str, kind: str):
    found = cluster(f"{{apiVersion: {api_version}, kind: {kind}, metadata: {{name: x}}, spec: {{template: {{}}}}}}")

    assert found.workloads == ()
    assert [each.kind for each in found.resources] == [kind]
    assert findings(found) == []


@pytest.mark.parametrize(
    ("api_version", "kind", "spec", "selector"),
    [
        ("apps/v1", "Deployment", "selector: {matchLabels: {app: web}}", Selector.labels({"app": "web"})),
        ("v1", "ReplicationController", "selector: {app: web}", Selector.labels({"app": "web"})),
        ("apps.openshift.io/v1", "DeploymentConfig", "selector: {app: web}", Selector.labels({"app": "web"})),
        ("apps/v1", "StatefulSet", "replicas: 3", None),
    ],
)
def test_a_workload_keeps_its_own_selector(api_version: str, kind: str, spec: str, selector: Selector | None):
    text = f"{{apiVersion: {api_version}, kind: {kind}, metadata: {{name: w}}, spec: {{{spec}, {TEMPLATE}}}}}"

    assert cluster(text).workloads[0].selector == selector


def test_a_virtual_machine_has_its_template_s_labels_and_the_ports_of_its_interfaces():
    found = cluster("""
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {name: vm, namespace: lab}
spec:
  template:
    metadata: {labels: {kubevirt.io/vm: vm}}
    spec: {domain: {devices: {interfaces: [{name: default, ports: [{name: ssh, port: 22}]}]}}}
""")

    assert str(found.workloads[0]) == "lab/vm[VirtualMachine]"
    assert found.workloads[0].labels == {"kubevirt.io/vm": "vm"}
    assert found.workloads[0].ports == (ContainerPort("ssh", "TCP", 22),)


def test_the_instance_that_a_virtual_machine_runs_is_the_virtual_machine():
    found = cluster("""
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {name: vm}
spec: {template: {metadata: {labels: {a: b}}, spec: {domain: {}}}}
---
apiVersion: kubevirt.io/v1
kind: VirtualMachineInstance
metadata:
  name: vm
  labels: {a: b}
  ownerReferences: [{kind: VirtualMachine, name: vm, controller: true}]
spec: {domain: {}}
""")

    assert [str(each) for each in found.workloads] == ["default/vm[VirtualMachine]"]


def test_pods_of_a_knative_service_carry_its_name():
    found = cluster("""
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: hello}
spec: {template: {metadata: {name: hello-blue}, spec: {containers: [{image: x}]}}}
""")

    assert found.services == ()
    assert found.workloads[0].labels == {
        "app": "hello-blue",
        "serving.knative.dev/configuration": "hello",
        "serving.knative.dev/revision": "hello-blue",
        "serving.knative.dev/service": "hello",
    }


def job(metadata: str, spec: str = "", version: str = "batch/v1") -> str:
    return f"{{apiVersion: {version}, kind: Job, metadata: {{{metadata}}}, spec: {{{spec} {TEMPLATE}}}}}"


def test_pods_of_a_job_carry_its_name():
    (found,) = cluster(job("name: migrate")).workloads
    assert found.labels["job-name"] == found.labels["batch.kubernetes.io/job-name"] == "migrate"


@pytest.mark.parametrize(
    "text",
    [
        job("generateName: migrate-"),
        job("name: migrate", "manualSelector: true,"),
        job("name: migrate", version="batch.example.com/v1"),
        job(f"name: {'x' * 64}"),
        job("name: migrate-1, ownerReferences: [{kind: CronJob, name: migrate, controller: true}]"),
    ],
)
def test_what_is_not_known_to_carry_the_name_of_a_job(text: str):
    assert not any("job-name" in key for each in cluster(text).workloads for key in each.labels)


def test_a_rollout_that_refers_to_a_deployment_takes_its_pods_over():
    found = cluster(
        f"{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: web}}, spec: {{{TEMPLATE}}}}}",
        "{apiVersion: argoproj.io/v1alpha1, kind: Rollout, metadata: {name: web-rollout},"
        " spec: {workloadRef: {apiVersion: apps/v1, kind: Deployment, name: web}}}",
    )

    assert [str(each) for each in found.workloads] == ["default/web-rollout[Rollout]"]
    assert found.workloads[0].labels == {"app": "web"}
    assert found.workloads[0].origin.document == 1, "the pod template stands in the Deployment"
    assert findings(found) == []


def test_a_rollout_that_refers_to_nothing_in_the_input_is_an_error():
    found = cluster(
        "{apiVersion: argoproj.io/v1alpha1, kind: Rollout, metadata: {name: r},"
        " spec: {workloadRef: {apiVersion: apps/v1, kind: Deployment, name: web}}}"
    )

    assert found.workloads == ()
    assert findings(found) == [
        "error broken-object: spec.workloadRef names Deployment default/web, which is not in the input"
    ]


class TestNamespaces:
    def test_an_object_without_one_lives_in_the_default(self):
        text = f"{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: w}}, spec: {{{TEMPLATE}}}}}"

        for given, lives in (("", "default"), ("shop", "shop")):
            (workload,) = cluster(text, namespace=given).workloads
            assert (workload.namespace, workload.declared_namespace) == (lives, "")

    def test_the_name_s_label_is_always_there_and_right(self):
        found = cluster(
            "{apiVersion: v1, kind: Namespace, metadata: {name: a, labels: {kubernetes.io/metadata.name: b}}}"
        )

        assert found.namespaces["a"].labels == {"kubernetes.io/metadata.name": "a"}

    def test_namespaces_that_are_only_named_exist(self):
        found = cluster("{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: shop}, spec: {}}")

        assert found.namespaces["shop"].labels == {"kubernetes.io/metadata.name": "shop"}


def pod(name: str, labels: str = "{}", owner: str = "", extra: str = ""):
    owners = f", ownerReferences: [{owner}]" if owner else ""
    return f"{{apiVersion: v1, kind: Pod, metadata: {{name: {name}, labels: {labels}{owners}}}, spec: {{}}{extra}}}"


OWNED_BY_RS = "{kind: ReplicaSet, name: web-5d4, controller: true}"
REPLICA_SET = """
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: web-5d4, ownerReferences: [{kind: Deployment, name: web, controller: true}]}
spec: {replicas: 2, template: {metadata: {labels: {app: web, pod-template-hash: 5d4}}, spec: {containers: []}}}
"""
DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {metadata: {labels: {app: web}}, spec: {containers: []}}}
"""


class TestOwners:
    @pytest.mark.parametrize(
        ("texts", "names"),
        [
            ([pod("p")], ["default/p[Pod]"]),
            ([pod("p", owner=OWNED_BY_RS)], ["default/web-5d4[ReplicaSet]"]),
            ([pod("p", owner="{name: app, controller: true}")], ["default/app[Pod]"]),
            ([pod("p", owner="{kind: Node, name: n1, controller: true}")], ["default/p[Pod]"]),
            ([pod("p", owner="{kind: ReplicaSet, name: web-5d4}")], ["default/p[Pod]"]),
            ([pod("p", "{app: web}", OWNED_BY_RS), REPLICA_SET], ["default/web[Deployment]"]),
            ([pod("p", "{app: web}", OWNED_BY_RS), REPLICA_SET, DEPLOYMENT], ["default/web[Deployment]"]),
            (
                [pod("p", "{app: web}", OWNED_BY_RS), pod("q", "{app: web}", OWNED_BY_RS)],
                ["default/web-5d4[ReplicaSet]"],
            ),
        ],
    )
    def test_the_topmost_one_names_the_workload(self, texts: list[str], names: list[str]):
        assert [str(each) for each in cluster(*texts).workloads] == names

    def test_pods_that_differ_are_variants_named_by_what_differs(self):
        first = pod("p1", "{app: query, tier: agent}", OWNED_BY_RS)
        second = pod("p2", "{app: query, tier: analyzer}", OWNED_BY_RS)

        assert [str(each) for each in cluster(first, second).workloads] == [
            "default/web-5d4[ReplicaSet]{tier=agent}",
            "default/web-5d4[ReplicaSet]{tier=analyzer}",
        ]

    def test_a_stray_pod_of_a_deployment_is_a_variant_beside_its_template(self):
        found = cluster(DEPLOYMENT, REPLICA_SET, pod("p", "{app: web, debug: on-call}", OWNED_BY_RS))

        assert [str(each) for each in found.workloads] == [
            "default/web[Deployment]{!debug}",
            "default/web[Deployment]{debug=on-call}",
        ]

    def test_generated_labels_make_no_variants(self):
        found = cluster(*(pod(f"p{n}", f"{{app: web, controller-revision-hash: h{n}}}", OWNED_BY_RS) for n in (1, 2)))

        assert len(found.workloads) == 1

    def test_generated_labels_make_variants_where_a_policy_speaks_of_them(self):
        policy = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: one}
spec: {podSelector: {matchLabels: {statefulset.kubernetes.io/pod-name: db-0}}}
"""
        owner = "{kind: StatefulSet, name: db, controller: true}"
        pods = [pod(f"db-{n}", f"{{statefulset.kubernetes.io/pod-name: db-{n}}}", owner) for n in (0, 1)]

        assert [each.variant for each in cluster(policy, *pods).workloads] == [
            "statefulset.kubernetes.io/pod-name=db-0",
            "statefulset.kubernetes.io/pod-name=db-1",
        ]

    def test_an_old_revision_without_replicas_is_no_workload(self):
        old = REPLICA_SET.replace("replicas: 2", "replicas: 0").replace("app: web,", "app: web, version: old,")

        assert [str(each) for each in cluster(DEPLOYMENT, old).workloads] == ["default/web[Deployment]"]

    def test_a_workload_scaled_to_nothing_is_one_all_the_same(self):
        text = f"""
apiVersion: apps/v1
kind: StatefulSet
metadata: {{name: kafka, ownerReferences: [{{kind: Kafka, name: my-cluster, controller: true}}]}}
spec: {{replicas: 0, {TEMPLATE}}}
"""
        assert [each.replicas for each in cluster(text).workloads] == [0]

    def test_owners_in_a_circle_end(self):
        circle = REPLICA_SET.replace("kind: Deployment, name: web,", "kind: ReplicaSet, name: web-5d4,")

        assert [str(each) for each in cluster(circle).workloads] == ["default/web-5d4[ReplicaSet]"]

    def test_a_stateful_set_of_an_operator_keeps_its_name(self):
        text = f"""
apiVersion: apps/v1
kind: StatefulSet
metadata: {{name: kafka-0, ownerReferences: [{{kind: Kafka, name: my-cluster, controller: true}}]}}
spec: {{{TEMPLATE}}}
"""
        assert [str(each) for each in cluster(text).workloads] == ["default/kafka-0[StatefulSet]"]


@pytest.mark.parametrize(("phase", "count"), [("Succeeded", 0), ("Failed", 0), ("Running", 1), ("Pending", 1)])
def test_finished_pods_do_not_count(phase: str, count: int):
    assert len(cluster(pod("p", extra=f", status: {{phase: {phase}}}")).workloads) == count


@pytest.mark.parametrize(
    ("restart", "ports"), [("restartPolicy: Always, ", [15090, 80]), ("", [80]), ("restartPolicy: Never, ", [80])]
)
def test_init_containers_that_keep_running_count_for_ports(restart: str, ports: list[int]):
    found = cluster(f"""
apiVersion: v1
kind: Pod
metadata: {{name: p}}
spec:
  initContainers: [{{{restart}name: proxy, ports: [{{containerPort: 15090}}]}}]
  containers: [{{name: c, ports: [{{containerPort: 80}}]}}]
""")

    assert sorted(port.number for port in found.workloads[0].ports) == sorted(ports)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("{}", "spec.template is missing"),
        ("{template: []}", "spec.template must be a mapping"),
        (
            "{template: {metadata: {labels: {tier: true}}}}",
            "spec.template.metadata.labels.tier must be a string, not a boolean",
        ),
        ("{template: {metadata: {labels: [a]}}}", "spec.template.metadata.labels must be a mapping"),
        ("{template: {spec: {containers: 1}}}", "spec.template.spec.containers must be a list"),
        ("[]", "spec must be a mapping"),
    ],
)
def test_a_workload_that_cannot_be_read_is_an_error(spec: str, message: str):
    found = cluster(f"{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: w}}, spec: {spec}}}", pod("good"))

    assert findings(found) == [f"error broken-object: {message}"]
    assert [each.name for each in found.workloads] == ["good"], "the others are still there"


def test_a_port_that_cannot_be_read_costs_that_port_alone():
    found = cluster("""
apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  containers:
  - ports: [{containerPort: 0}, {containerport: 1}, {containerPort: 80, protocol: tcp}, {containerPort: 81}]
""")

    assert [port.number for port in found.workloads[0].ports] == [81]
    assert findings(found) == [
        "error broken-object: spec.containers[0].ports[0].containerPort must be between 1 and 65535",
        "error broken-object: spec.containers[0].ports[1].containerPort is missing",
        "error broken-object: spec.containers[0].ports[2].protocol must be one of SCTP, TCP, UDP",
    ]
    assert found.diagnostics[0].origin.field == ("spec", "containers", 0, "ports", 0, "containerPort")


def test_of_two_objects_of_one_name_the_last_counts():
    found = cluster(pod("p", "{v: one}"), pod("p", "{v: two}"))

    assert found.workloads[0].labels == {"v": "two"}
    assert findings(found) == [
        "warning duplicate-object: Pod default/p is given a second time: this one counts, not the one at k8s.yaml"
    ]


def test_objects_with_generated_names_are_not_duplicates():
    job = f"{{apiVersion: batch/v1, kind: Job, metadata: {{generateName: j-}}, spec: {{{TEMPLATE}}}}}"

    assert len(cluster(job, job).workloads) == 2


@pytest.mark.parametrize("name", ['"a\\nb"', '"::error::x y"', "[1]", "7"])
def test_a_name_that_kubernetes_would_not_take_is_an_error(name: str):
    found = cluster(pod(name))

    assert found.workloads == ()
    assert [each.rule for each in found.diagnostics] == ["broken-object"]
    assert "\n" not in str(found.diagnostics[0])


NO_CONTAINERS = "template: {spec: {containers: []}}"
UNSUPPORTED = "is not supported: it may allow or deny what the result says otherwise"


@pytest.mark.parametrize(
    ("head", "spec", "where", "found"),
    [
        (
            "apiVersion: networking.k8s.io/v1, kind: NetworkPolicy",
            "podSelector: {}",
            "policies",
            ["error broken-policy: spec.template is not a known field of NetworkPolicy"],
        ),
        (
            "apiVersion: networking.k8s.io/v2, kind: NetworkPolicy",
            "podSelector: {}",
            "resources",
            [f"error unsupported-policy: NetworkPolicy n (networking.k8s.io/v2) {UNSUPPORTED}"],
        ),
        ("apiVersion: v1, kind: Service", "ports: [{port: 80}]", "services", []),
        ("apiVersion: networking.k8s.io/v1, kind: Ingress", "rules: []", "resources", []),
        ("apiVersion: scheduling.k8s.io/v1, kind: PriorityClass", "a: b", "resources", []),
    ],
)
def test_what_is_known_as_something_else_is_no_workload(head: str, spec: str, where: str, found: list[str]):
    plain = cluster(f"{{{head}, metadata: {{name: n}}, spec: {{{spec}}}}}")
    made = cluster(f"{{{head}, metadata: {{name: n}}, spec: {{{spec}, {NO_CONTAINERS}}}}}")
    assert made.workloads == ()
    assert len(getattr(made, where)) == len(getattr(plain, where)) == 1
    assert findings(made) == found


@pytest.mark.parametrize("kind", ["ClusterNetworkPolicy", "AdminNetworkPolicy", "BaselineAdminNetworkPolicy"])
def test_what_has_no_namespace_is_no_workload(kind: str):
    head = f"apiVersion: policy.networking.k8s.io/v1alpha2, kind: {kind}"
    found = cluster(f"{{{head}, metadata: {{name: n}}, spec: {{{NO_CONTAINERS}}}}}")
    assert found.workloads == ()
    assert {each.severity for each in found.diagnostics} == {"error"}


def test_a_kind_that_nobody_knows_with_a_pod_template_is_a_workload():
    found = cluster(f"{{apiVersion: example.com/v1, kind: Runner, metadata: {{name: n}}, spec: {{{NO_CONTAINERS}}}}}")
    assert [str(each) for each in found.workloads] == ["default/n[Runner]"]
    assert found.resources == ()


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ("{n: false}", "metadata.name is missing"),
        ("{name: false}", "metadata.name must be a string, not a boolean"),
        ("{name: 0}", "metadata.name must be a string, not a number"),
        ("{generateName: []}", "metadata.generateName must be a string, not a list"),
        ('{name: "a b"}', "metadata.name is not a name that Kubernetes takes"),
        ('{name: ":a"}', "metadata.name is not a name that Kubernetes takes"),
        ('{name: "a\\tb"}', "metadata.name is not a name that Kubernetes takes"),
        ('{name: "a/b"}', "metadata.name is not a name that Kubernetes takes"),
        ("{name: w, namespace: false}", "metadata.namespace must be a string, not a boolean"),
        ("{name: w, namespace: Shop}", "metadata.namespace is not a name that Kubernetes takes"),
        ("{name: w, namespace: a.b}", "metadata.namespace is not a name that Kubernetes takes"),
        ('{name: w, namespace: "a:b"}', "metadata.namespace is not a name that Kubernetes takes"),
    ],
)
def test_what_is_no_name_is_an_error(metadata: str, message: str):
    found = cluster(f"{{apiVersion: apps/v1, kind: Deployment, metadata: {metadata}, spec: {{{NO_CONTAINERS}}}}}")
    assert found.workloads == ()
    assert findings(found) == [f"error broken-object: {message}"]


def test_the_names_of_roles_may_hold_colons():
    found = cluster("{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: 'system:a.b'}}")
    assert [each.name for each in found.resources] == ["system:a.b"]
    assert findings(found) == []


@pytest.mark.parametrize("kind", ["Job\\n", "x" * 64, "A B", "-a", "[x](y)", "\\u202e"])
def test_a_kind_that_kubernetes_does_not_take_is_an_error(kind: str):
    found = cluster(f'{{apiVersion: x/v1, kind: "{kind}", metadata: {{name: a}}, spec: {{template: {{}}}}}}')
    assert findings(found) == ["error broken-object: kind is not a kind that Kubernetes takes"]


@pytest.mark.parametrize(
    ("owner", "what"),
    [("{kind: 'a b', name: x, controller: true}", "kind"), ("{kind: A, name: 'a b', controller: true}", "name")],
)
def test_an_owner_that_cannot_be_is_an_error(owner: str, what: str):
    assert findings(cluster(pod("p", owner=owner))) == [
        f"error broken-object: metadata.ownerReferences[0].{what} is not a {what} that Kubernetes takes"
    ]
