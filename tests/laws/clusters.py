"""Random clusters as raw manifests, small and full of collisions: few labels, few ports, nested address blocks."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

from hypothesis import strategies as st
from laws.forms import container
from naive.objects import Object

NAMESPACES = ("blue", "green")
HOMES = ("blue", "blue", "green")
"""Where objects are put: mostly together, or else policies would meet no pods."""
NUMBERS = (1, 53, 80, 81, 8080, 65535)
NAMES = ("http", "dns")
PROTOCOLS = ("TCP", "UDP", "SCTP")
IPV4 = (
    "0.0.0.0/0",
    "0.0.0.0/0",
    "0.0.0.0/1",
    "10.0.0.0/8",
    "10.1.0.0/16",
    "10.1.2.0/24",
    "10.1.2.3/32",
    "255.255.255.255/32",
)
IPV6 = ("::/0", "::/0", "8000::/1", "2001:db8::/32", "2001:db8:1::/48", "2001:db8:1::1/128")
WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Pod", "Job", "CronJob")

labels = st.dictionaries(st.sampled_from(("app", "tier")), st.sampled_from(("a", "b")), max_size=2)


def _maybe(field: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Object]:
    """The field with a value, or, one time in four, an object without it."""
    present = values.map(lambda value: {field: value})
    return st.integers(0, 3).flatmap(lambda dice: present if dice else st.just({}))


def _several(items: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    """One to three items, and none one time in eight: hypothesis by itself likes short lists too much to meet much."""
    return st.sampled_from((0, 1, 1, 2, 2, 2, 2, 3)).flatmap(lambda size: st.lists(items, min_size=size, max_size=size))


def _one_of(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Object]:
    """An object with exactly one of the fields."""
    return st.one_of([values.map(lambda value, field=field: {field: value}) for field, values in fields.items()])


@st.composite
def selectors(draw: st.DrawFn, keys: tuple[str, ...] = ("app", "app", "tier", "job-name")) -> Object:
    """A label selector; `{}` is as likely as any other form."""
    selector: Object = {}
    form = draw(st.sampled_from(("all", "labels", "all", "expressions", "both")))
    if form in ("labels", "both"):
        selector["matchLabels"] = draw(
            st.dictionaries(st.sampled_from(keys), st.sampled_from(("a", "b")), min_size=1, max_size=1)
        )
    if form in ("expressions", "both"):
        selector["matchExpressions"] = draw(st.lists(_requirements(keys), min_size=1, max_size=2))
    return selector


@st.composite
def _requirements(draw: st.DrawFn, keys: tuple[str, ...]) -> Object:
    requirement: Object = {
        "key": draw(st.sampled_from(keys)),
        "operator": draw(st.sampled_from(("In", "NotIn", "Exists", "DoesNotExist"))),
    }
    if requirement["operator"] in ("In", "NotIn"):
        requirement["values"] = draw(st.lists(st.sampled_from(("a", "b", "c")), min_size=1, max_size=2, unique=True))
    return requirement


@st.composite
def namespace_selectors(draw: st.DrawFn) -> Object:
    """A selector of namespaces, by their own labels or by name."""
    if draw(st.booleans()):
        return {"matchLabels": {"kubernetes.io/metadata.name": draw(st.sampled_from(NAMESPACES))}}
    return draw(selectors(keys=("team",)))


@st.composite
def _namespace_objects(draw: st.DrawFn) -> list[Object]:
    declared = draw(st.lists(st.sampled_from(NAMESPACES), unique=True, max_size=3))
    team = st.dictionaries(st.just("team"), st.sampled_from(("a", "b")))
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": draw(team)}} for name in declared
    ]


@st.composite
def _container_ports(draw: st.DrawFn) -> list[str]:
    ports = draw(
        _several(st.tuples(st.sampled_from(("", *NAMES)), st.sampled_from(("", *PROTOCOLS)), st.sampled_from(NUMBERS)))
    )
    return [f"{name}:{protocol}:{number}" for name, protocol, number in ports]


@st.composite
def _workload(draw: st.DrawFn, number: int) -> Object:
    kind = draw(st.sampled_from(WORKLOADS))
    own = draw(labels)
    spec: Object = {"containers": [container(*draw(_container_ports()))]}
    if draw(st.integers(0, 7)) == 7:
        spec["hostNetwork"] = True
    if draw(st.integers(0, 5)) == 5:
        restart = draw(st.sampled_from(({}, {"restartPolicy": "Always"})))
        spec["initContainers"] = [container(*draw(_container_ports())) | restart]
    metadata = {"name": f"w{number}", "namespace": draw(st.sampled_from(HOMES))}
    if kind == "Pod":
        phase = draw(st.sampled_from(({}, {}, {"status": {"phase": "Running"}}, {"status": {"phase": "Failed"}})))
        return {"apiVersion": "v1", "kind": kind, "metadata": metadata | {"labels": own}, "spec": spec} | phase
    template = {"metadata": {"labels": own}, "spec": spec}
    if kind == "CronJob":
        return {
            "apiVersion": "batch/v1",
            "kind": kind,
            "metadata": metadata,
            "spec": {"jobTemplate": {"spec": {"template": template}}},
        }
    if kind == "Job":
        by_hand = draw(st.sampled_from(({}, {}, {"manualSelector": True, "selector": {"matchLabels": own}})))
        return {"apiVersion": "batch/v1", "kind": kind, "metadata": metadata, "spec": {"template": template} | by_hand}
    selector = {"selector": {"matchLabels": own}} if own else {}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": metadata, "spec": {"template": template} | selector}


@st.composite
def _ip_blocks(draw: st.DrawFn) -> Object:
    family = draw(st.sampled_from((IPV4, IPV4, IPV6)))
    cidr = draw(st.sampled_from(family))
    inside = [cut for cut in family if cut != cidr and ip_network(cut).subnet_of(ip_network(cidr))]  # type: ignore[arg-type]
    cuts = draw(st.lists(st.sampled_from(inside), max_size=2, unique=True)) if inside else []
    return {"cidr": cidr} | ({"except": cuts} if cuts or draw(st.booleans()) else {})


def _network_policy_peers() -> st.SearchStrategy[Object]:
    broken = st.sampled_from(
        (
            {},
            {"planets": {}},
            {"podSelector": {}, "planets": {}},
            {"podSelector": {}, "ipBlock": {"cidr": "10.0.0.0/8"}},
        )
    )
    sound = st.one_of(
        selectors().map(lambda pods: {"podSelector": pods}),
        namespace_selectors().map(lambda spaces: {"namespaceSelector": spaces}),
        st.builds(lambda n, p: {"namespaceSelector": n, "podSelector": p}, namespace_selectors(), selectors()),
        _ip_blocks().map(lambda block: {"ipBlock": block}),
        _ip_blocks().map(lambda block: {"ipBlock": block}),
    )
    return st.integers(0, 19).flatmap(lambda dice: sound if dice < 19 else broken)


@st.composite
def _network_policy_port(draw: st.DrawFn) -> Object:
    entry: Object = {}
    protocol = draw(st.sampled_from((None, *PROTOCOLS)))
    if protocol:
        entry["protocol"] = protocol
    form = draw(st.sampled_from(("none", "number", "number", "name", "range")))
    if form in ("number", "range"):
        entry["port"] = draw(st.sampled_from(NUMBERS))
    if form == "name":
        entry["port"] = draw(st.sampled_from((*NAMES, "absent")))
    if form == "range":
        entry["endPort"] = draw(st.sampled_from([number for number in NUMBERS if number >= entry["port"]]))
    return entry


def _network_policy_rules(peers: str) -> st.SearchStrategy[list[Object]]:
    rule = st.builds(
        lambda ends, ports: ends | ports,
        _maybe(peers, _several(_network_policy_peers())),
        _maybe("ports", _several(_network_policy_port())),
    )
    return _several(rule)


@st.composite
def network_policies(draw: st.DrawFn, name: str) -> Object:
    """A NetworkPolicy, each field missing, empty or filled."""
    types = st.sampled_from(([], ["Ingress"], ["Egress"], ["Ingress", "Egress"], ["Egress", "Ingress"]))
    spec: Object = {
        **draw(_maybe("podSelector", st.one_of(st.just({}), selectors()))),
        **draw(_maybe("policyTypes", types)),
        **draw(_maybe("ingress", _network_policy_rules("from"))),
        **draw(_maybe("egress", _network_policy_rules("to"))),
    }
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": draw(st.sampled_from(HOMES))},
        "spec": spec,
    }


def _admin_peers(*, egress: bool, action: str) -> st.SearchStrategy[Object]:
    pods = st.fixed_dictionaries({"namespaceSelector": namespace_selectors(), "podSelector": selectors()})
    known: dict[str, st.SearchStrategy[Any]] = {"namespaces": namespace_selectors(), "pods": pods}
    if egress:
        known["networks"] = st.lists(st.sampled_from((*IPV4, *IPV6)), min_size=1, max_size=2, unique=True)
        known["nodes"] = selectors()
    if egress and action in ("Allow", "Accept"):
        known["domainNames"] = st.just(["*.example.com"])
    broken = st.sampled_from(({}, {"planets": {}}))
    return st.integers(0, 19).flatmap(lambda dice: _one_of(**known) if dice < 19 else broken)


def _range(ends: tuple[int, int]) -> Object:
    return {"start": min(ends), "end": max(ends)}


def _v1alpha1_ports() -> st.SearchStrategy[Object]:
    protocol = _maybe("protocol", st.sampled_from(PROTOCOLS))
    numbers = st.sampled_from(NUMBERS)
    spans = st.tuples(numbers, numbers).filter(lambda ends: ends[0] != ends[1]).map(_range)
    return _one_of(
        portNumber=st.builds(lambda number, of: {"port": number} | of, numbers, protocol),
        portRange=st.builds(lambda span, of: span | of, spans, protocol),
        namedPort=st.sampled_from((*NAMES, "absent")),
    )


def _v1alpha2_protocols() -> st.SearchStrategy[Object]:
    numbers = st.sampled_from(NUMBERS)
    spans = st.tuples(numbers, numbers).filter(lambda ends: ends[0] != ends[1]).map(_range)
    port = _one_of(number=numbers, range=spans).map(lambda choice: {"destinationPort": choice})
    return _one_of(tcp=port, udp=port, sctp=port, destinationNamedPort=st.sampled_from((*NAMES, "absent")))


@st.composite
def _admin_rules(draw: st.DrawFn, version: str, actions: tuple[str, ...], *, egress: bool) -> list[Object]:
    rules = []
    for number in range(draw(st.sampled_from((0, 1, 1, 2, 2, 2, 3, 3)))):
        action = draw(st.sampled_from(actions))
        peers = draw(st.lists(_admin_peers(egress=egress, action=action), min_size=1, max_size=2))
        rule: Object = {"name": f"rule-{number}", "action": action, "to" if egress else "from": peers}
        # A named port beside networks, nodes or names is rejected by the API server.
        numbers_only = any(peer.keys() & {"networks", "nodes", "domainNames"} for peer in peers)
        field, entries = ("ports", _v1alpha1_ports()) if version == "v1alpha1" else ("protocols", _v1alpha2_protocols())
        if numbers_only:
            entries = entries.filter(lambda entry: not entry.keys() & {"namedPort", "destinationNamedPort"})
        rule |= draw(_maybe(field, st.lists(entries, min_size=1, max_size=2)))
        rules.append(rule)
    return rules


@st.composite
def _admin_policy(draw: st.DrawFn, kind: str, name: str) -> Object:
    version = "v1alpha2" if kind == "ClusterNetworkPolicy" else "v1alpha1"
    actions = ("Accept" if version == "v1alpha2" else "Allow", "Deny", "Pass")
    if kind == "BaselineAdminNetworkPolicy":
        actions = actions[:2]
    pods = st.fixed_dictionaries({"namespaceSelector": namespace_selectors(), "podSelector": selectors()})
    spec: Object = {
        "subject": draw(_one_of(namespaces=namespace_selectors(), pods=pods)),
        **draw(_maybe("ingress", _admin_rules(version, actions, egress=False))),
        **draw(_maybe("egress", _admin_rules(version, actions, egress=True))),
    }
    if kind != "BaselineAdminNetworkPolicy":
        spec["priority"] = draw(st.sampled_from((0, 1, 1, 1000)))
    if kind == "ClusterNetworkPolicy":
        spec["tier"] = draw(st.sampled_from(("Admin", "Baseline")))
    api = f"policy.networking.k8s.io/{version}"
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name}, "spec": spec}


@st.composite
def _admin_policies(draw: st.DrawFn) -> list[Object]:
    generation = draw(st.sampled_from(("none", "v1alpha1", "v1alpha2")))
    if generation == "none":
        return []
    kind = "AdminNetworkPolicy" if generation == "v1alpha1" else "ClusterNetworkPolicy"
    policies = [draw(_admin_policy(kind, f"admin-{number}")) for number in range(draw(st.integers(1, 3)))]
    if generation == "v1alpha1" and draw(st.booleans()):
        policies.append(draw(_admin_policy("BaselineAdminNetworkPolicy", "default")))
    return policies


@st.composite
def clusters(draw: st.DrawFn) -> list[Object]:
    """The manifests of a cluster of one to four workloads, in any order."""
    objects = [
        *draw(_namespace_objects()),
        *(draw(_workload(number)) for number in range(draw(st.sampled_from((1, 2, 2, 3, 3, 4))))),
        *(
            draw(network_policies(f"policy-{number}"))
            for number in range(draw(st.sampled_from((0, 1, 1, 2, 2, 2, 3, 3))))
        ),
        *draw(_admin_policies()),
    ]
    return draw(st.permutations(objects))
