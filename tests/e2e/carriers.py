"""Every way that a text which somebody else chose comes in: a small application for each, in files of their own.

Each stands alone, so that one whose objects are refused does not hide another's. Manifests are written as JSON, which
is YAML, so that any text can stand in them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

Object = dict[str, Any]
Files = dict[str, bytes]


def pod_spec(env: Mapping[str, str] | None = None, **fields: Any) -> Object:  # noqa: ANN401  # fields of an object
    container = {"name": "main", "image": "main", "env": [{"name": k, "value": v} for k, v in (env or {}).items()]}
    container["ports"] = [{"containerPort": 80}]
    return {"containers": [{**container, **fields.pop("container", {})}], **fields}


def workload(name: str, app: str = "", labels: Object | None = None, **spec: Any) -> Object:  # noqa: ANN401  # fields of an object
    """A Deployment; `meta` adds to its metadata, `template` to its pods', the rest to the pods' specification."""
    wanted = {"app": app or name, **(labels or {})}
    meta, template, kind = spec.pop("meta", {}), spec.pop("template", {}), spec.pop("kind", "Deployment")
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": "shop", **meta},
        "spec": {
            "selector": {"matchLabels": {"app": wanted["app"]}},
            "template": {"metadata": {"labels": wanted, **template}, "spec": pod_spec(**spec)},
        },
    }


def thing(kind: str, name: str, api: str = "v1", **fields: Any) -> Object:  # noqa: ANN401  # fields of an object
    meta = {"name": name, "namespace": "shop", **fields.pop("meta", {})}
    return {"apiVersion": api, "kind": kind, "metadata": meta, **fields}


def service(name: str, app: str, **fields: Any) -> Object:  # noqa: ANN401  # fields of an object
    spec = {"selector": {"app": app}, "ports": [{"port": 80}], **fields}
    return thing("Service", name, spec=spec)


def policy(name: str, **spec: Any) -> Object:  # noqa: ANN401  # fields of an object
    return thing("NetworkPolicy", name, "networking.k8s.io/v1", spec={"podSelector": {}, **spec})


def web(place: str, env: Mapping[str, str] | None = None, **spec: Any) -> list[Object]:  # noqa: ANN401  # fields of an object
    """A workload of this carrier, and another that it calls."""
    other = f"{place}-db"
    return [
        workload(place, env={"DB_URL": f"http://{other}", **(env or {})}, **spec),
        workload(other),
        service(other, other),
    ]


def variable(name: str, **source: Object) -> Object:
    return {"container": {"env": [{"name": name, "valueFrom": source}]}}


OBJECTS: dict[str, Callable[[str, str], list[Object]]] = {}
"""The carriers that are made of manifests: their own name and the text, to objects."""


def carrier(make: Callable[[str, str], list[Object]]) -> Callable[[str, str], list[Object]]:
    """Takes a function of its own name up as a carrier."""
    OBJECTS[make.__name__.replace("_", "-")] = make
    return make


@carrier
def name(place: str, text: str) -> list[Object]:
    mine = {"matchLabels": {"app": place}}
    return [*web(place), workload(text, app=place), service(text, place), policy(text, podSelector=mine)]


@carrier
def generated_name(place: str, text: str) -> list[Object]:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"generateName": text, "namespace": "shop"}}
    return [*web(place), {**pod, "spec": pod_spec()}]


@carrier
def namespace(place: str, text: str) -> list[Object]:
    return [workload(place, meta={"namespace": text}), thing("Namespace", text)]


@carrier
def label_key(place: str, text: str) -> list[Object]:
    return web(place, labels={text: "x"})


@carrier
def variant(place: str, text: str) -> list[Object]:
    """Pods of one owner that differ in a label, which is then a part of their name."""
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": place, "uid": "u", "controller": True}
    found = web(place)[1:]
    for number, labels in enumerate(({text: text}, {"team": "x"})):
        meta = {"ownerReferences": [owner], "labels": {"app": place, **labels}}
        spec = pod_spec({"DB_URL": f"http://{place}-db"})
        found.append(thing("Pod", f"{place}-{number}", meta=meta, spec=spec))
    return found


@carrier
def label_value(place: str, text: str) -> list[Object]:
    label = {"matchLabels": {"team": text}}
    return [*web(place, labels={"team": text}), policy(place, podSelector=label, policyTypes=["Ingress"])]


@carrier
def namespace_label(place: str, text: str) -> list[Object]:
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": place, "labels": {"team": text}}}
    return [namespace, *web(place, meta={"namespace": place})]


@carrier
def selector(place: str, text: str) -> list[Object]:
    label = {"matchLabels": {"team": text}}
    expression = {"key": text, "operator": "In", "values": [text, "x"]}
    peers = [
        {"podSelector": label},
        {"namespaceSelector": label},
        {"podSelector": {"matchExpressions": [expression]}},
        {"namespaceSelector": {"matchExpressions": [expression]}},
    ]
    mine = {"matchLabels": {"app": place}}
    return [*web(place), policy(place, podSelector=mine, ingress=[{"from": peers}], egress=[{"to": peers}])]


@carrier
def operator(place: str, text: str) -> list[Object]:
    expression = {"key": "a", "operator": text, "values": ["b"]}
    return [*web(place), policy(place, podSelector={"matchExpressions": [expression]})]


@carrier
def policy_fields(place: str, text: str) -> list[Object]:
    rules = [{"from": [{"ipBlock": {"cidr": text}}]}, {"ports": [{"port": text, "protocol": text}]}]
    return [*web(place), policy(place, ingress=rules, policyTypes=[text]), policy(f"{place}-2", **{text: text})]


@carrier
def admin_policy(place: str, text: str) -> list[Object]:
    peer = [{"namespaces": {}}]
    rule = {"name": text, "action": "Deny", "from": peer}
    names = {"name": text, "action": "Allow", "to": [{"domainNames": [text]}]}
    subject = {"namespaces": {"matchLabels": {"kubernetes.io/metadata.name": place}}}
    api = "policy.networking.k8s.io/v1alpha1"
    policies = [
        thing("AdminNetworkPolicy", f"{place}-{number}", api, spec={"priority": number, "subject": subject, **rules})
        for number, rules in enumerate(({"ingress": [rule]}, {"egress": [names]}))
    ]
    return [*web(place, meta={"namespace": place}), *policies]


@carrier
def annotation(place: str, text: str) -> list[Object]:
    scraped = {"prometheus.io/scrape": "true", "prometheus.io/port": text, "prometheus.io/path": text}
    return web(place, template={"annotations": {**scraped, text: text, "dapr.io/app-port": text}})


@carrier
def kind(place: str, text: str) -> list[Object]:
    return [*web(place), {**workload(f"{place}-2"), "kind": text, "apiVersion": "example.com/v1"}]


@carrier
def api_version(place: str, text: str) -> list[Object]:
    return [*web(place), {**workload(f"{place}-2"), "apiVersion": text}]


@carrier
def owner(place: str, text: str) -> list[Object]:
    owner = {"apiVersion": "x/v1", "kind": text, "name": text, "uid": "u", "controller": True}
    return [*web(place), workload(f"{place}-2", kind="ReplicaSet", meta={"ownerReferences": [owner]})]


@carrier
def container(place: str, text: str) -> list[Object]:
    fields = {"name": text, "image": text, "ports": [{"name": text, "containerPort": 80, "protocol": text}]}
    return web(place, container={**fields, "env": [{"name": "A_HOST", "value": f"{place}-db:80"}]})


@carrier
def second_container(place: str, text: str) -> list[Object]:
    spec = workload(place)
    spec["spec"]["template"]["spec"]["containers"].append(
        {"name": text, "image": text, "env": [{"name": "X_HOST", "value": "gone.example.com:5432"}]}
    )
    return [spec]


@carrier
def port_name(place: str, text: str) -> list[Object]:
    return web(place, container={"ports": [{"name": text, "containerPort": 80}]})


@carrier
def variable_name(place: str, text: str) -> list[Object]:
    return web(place, env={text: f"http://{place}-db", f"{text}_HOST": "gone.example.com", "X": text})


@carrier
def variable_value(place: str, text: str) -> list[Object]:
    values = {"A_URL": f"http://{place}-db/{text}", "B_URL": f"http://{text}@{place}-db", "C_HOST": text}
    others = {"D_URL": f"{text}://{place}-db", "E_URL": f"http://{text}:80/x", "F_ADDR": f"{place}-db:{text}"}
    return web(place, env={**values, **others})


@carrier
def arguments(place: str, text: str) -> list[Object]:
    words = [text, f"--db-host={text}", f"--{text}=http://{place}-db", f"http://{text}:80"]
    probe = {"exec": {"command": ["sh", "-c", f"nc {text} 80; curl http://{place}-db/{text}"]}}
    return web(place, container={"command": words, "args": words, "livenessProbe": probe})


@carrier
def missing_secret(place: str, text: str) -> list[Object]:
    return [workload(place, **variable("DB_HOST", secretKeyRef={"name": text, "key": text}))]


@carrier
def missing_config(place: str, text: str) -> list[Object]:
    return [workload(place, container={"envFrom": [{"configMapRef": {"name": text}, "prefix": text}]})]


@carrier
def missing_volume(place: str, text: str) -> list[Object]:
    volumes = [{"name": text, "configMap": {"name": text}}, {"name": "s", "secret": {"secretName": text}}]
    return [workload(place, volumes=volumes)]


@carrier
def config_key(place: str, text: str) -> list[Object]:
    data = {text: f"host = {place}-db:80\n", f"{text}_HOST": f"{place}-db"}
    config = thing("ConfigMap", place, data=data)
    taken = {"envFrom": [{"configMapRef": {"name": place}}]}
    return [config, *web(place, volumes=[{"name": "v", "configMap": {"name": place}}], container=taken)]


@carrier
def config_value(place: str, text: str) -> list[Object]:
    file = f"{text}:\n  host: {place}-db\nurl: http://{text}:80/{text}\nhost: {text}\n"
    data = {"app.yaml": file, "A_HOST": text, "app.json": json.dumps({text: {"host": f"{place}-db"}})}
    taken = {"envFrom": [{"configMapRef": {"name": place}}]}
    volumes = [{"name": "v", "configMap": {"name": place}}]
    return [thing("ConfigMap", place, data=data), *web(place, volumes=volumes, container=taken)]


@carrier
def a_service(place: str, text: str) -> list[Object]:
    made = service(f"{place}-2", place, selector={"app": text}, type=text)
    made["spec"]["ports"] = [{"name": text, "port": 80, "targetPort": text, "protocol": "TCP"}]
    outside = service(f"{place}-3", place, type="ExternalName", externalName=text)
    return [*web(place, env={"A_HOST": f"{place}-2", "B_HOST": f"{place}-3"}), made, outside]


@carrier
def ingress(place: str, text: str) -> list[Object]:
    backend = {"service": {"name": text, "port": {"name": text}}}
    mine = {"service": {"name": f"{place}-db", "port": {"number": 80}}}
    paths = [{"path": text, "pathType": text, "backend": each} for each in (backend, mine)]
    spec = {"ingressClassName": text, "rules": [{"host": text, "http": {"paths": paths}}]}
    return [*web(place), thing("Ingress", place, "networking.k8s.io/v1", spec=spec)]


@carrier
def route(place: str, text: str) -> list[Object]:
    to = {"kind": text, "name": text}
    return [*web(place), thing("Route", place, "route.openshift.io/v1", spec={"host": text, "to": to})]


@carrier
def gateway(place: str, text: str) -> list[Object]:
    rules = [{"backendRefs": [{"name": text, "port": 80}, {"name": f"{place}-db", "port": 80}]}]
    spec = {"parentRefs": [{"name": text}], "hostnames": [text], "rules": rules}
    return [*web(place), thing("HTTPRoute", place, "gateway.networking.k8s.io/v1", spec=spec)]


@carrier
def aliases(place: str, text: str) -> list[Object]:
    aliases = [{"ip": "192.0.2.7", "hostnames": [text, "alias.example"]}]
    return web(place, env={"A_URL": f"http://{text}:80", "B_URL": "http://alias.example:80"}, hostAliases=aliases)


@carrier
def unknown_field(place: str, text: str) -> list[Object]:
    return [{**workload(place), text: text}, thing("CiliumNetworkPolicy", text, "cilium.io/v2", **{text: text})]


@carrier
def endpoints(place: str, text: str) -> list[Object]:
    ports = [{"port": 80, "name": text}]
    subsets = [{"addresses": [{"ip": text, "hostname": text}, {"ip": "192.0.2.9"}], "ports": ports}]
    bare = service(f"{place}-2", place, selector={})
    return [*web(place, env={"A_HOST": f"{place}-2"}), bare, thing("Endpoints", f"{place}-2", subsets=subsets)]


@carrier
def service_account(place: str, text: str) -> list[Object]:
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": text}
    subjects = [{"kind": "ServiceAccount", "name": text, "namespace": "shop"}]
    binding = thing("RoleBinding", place, "rbac.authorization.k8s.io/v1", roleRef=role, subjects=subjects)
    return [*web(place, serviceAccountName=text), binding]


@carrier
def monitor(place: str, text: str) -> list[Object]:
    spec = {"selector": {"matchLabels": {"app": text}}, "endpoints": [{"port": text, "path": text}]}
    return [*web(place), thing("ServiceMonitor", place, "monitoring.coreos.com/v1", spec=spec)]


def manifest(place: str, text: str) -> bytes:
    """The objects of a carrier as one file."""
    return "".join(f"---\n{json.dumps(each)}\n" for each in OBJECTS[place](place, text)).encode()


def file_name(text: str) -> str | None:
    """The text as a part of a path, where the file system takes one."""
    try:
        name = text.replace("/", "\u2215").replace("\0", "")[:60].encode("utf-8", "surrogatepass")
    except UnicodeEncodeError:
        return None
    return None if name in (b".", b"..") else name.decode("utf-8", "surrogateescape")


NETPOL_YAML = """\
version: 1
dependencies:
- {{from: {0}, to: {{host: {0}}}, ports: [{0}], resolves: {0}}}
- {{from: shop/name, to: {{host: db.example.com}}, ports: [TCP 5432], resolves: {0}}}
ignore: [{0}, {{key: secret/x/y, workload: {0}, note: {0}}}]
endpoints: {{{0}: {{cidr: [{0}]}}}}
platform: [{0}]
ingressControllers: [{{workload: {0}}}]
namespaces: {{excluded: [{0}]}}
{0}: {0}
"""


def _texts(text: str) -> Files:
    """Files that are broken by the text."""
    broken = text.encode("utf-8", "surrogatepass")
    made = b"apiVersion: v1\nkind: Pod\nmetadata: {name: x, namespace: shop}\n"
    return {
        "raw/whole.yaml": b"apiVersion: v1\nkind: Pod\n" + broken,
        "raw/key.yaml": made + broken + b": [\n",
        "raw/tag.yaml": made + b"spec: !" + broken + b" x\n",
        "raw/alias.yaml": made + b"spec: *" + broken + b"\n",
        "raw/twice.yaml": made + b'"' + json.dumps(text).encode()[1:-1] + b'": 1\n' * 2,
        "raw/json.json": b'{"apiVersion": "v1", "kind": "' + broken + b'"',
        "raw/values.yaml": made + b"{{ .Values." + broken + b" }}\n",
    }


CARRIERS: Mapping[str, Callable[[str], Files]] = {
    **{place: (lambda text, place=place: {f"{place}.yaml": manifest(place, text)}) for place in OBJECTS},
    "raw": _texts,
    "file-name": lambda text: {f"{file_name(text)}.yaml": manifest("name", "file-name")},
    "broken-file-name": lambda text: {f"broken-{file_name(text)}.yaml": b"apiVersion: v1\nkind: ["},
    "directory-name": lambda text: {f"{file_name(text)}/inside.yaml": b"apiVersion: v1\nkind: ["},
}
"""For each way, the files below the input that carry a text."""


def files(text: str) -> Files:
    """All of them at once."""
    found: Files = {}
    for carrier in CARRIERS.values():
        found |= carrier(text)
    return found


def netpol_yaml(text: str) -> bytes:
    """A netpol.yaml with the text wherever one may stand."""
    return NETPOL_YAML.format(json.dumps(text)).encode()
