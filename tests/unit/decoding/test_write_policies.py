from __future__ import annotations

import string

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from netpol_action.manifests.decode import decode
from netpol_action.manifests.reader import read
from netpol_action.manifests.write import policies_yaml
from netpol_action.model.addresses import AddressRange, Family
from netpol_action.model.documents import SourceText
from netpol_action.model.generated import GeneratedPolicy
from netpol_action.model.labels import OPERATORS, SELECT_ALL, Requirement, Selector
from netpol_action.model.policies import (
    Action,
    Direction,
    DomainPeer,
    IpPeer,
    NamedPort,
    NodePeer,
    PodPeer,
    Policy,
    PolicyTier,
    PortClause,
    PortRange,
    Rule,
)

INGRESS, EGRESS = Direction.INGRESS, Direction.EGRESS


def policy(*rules: Rule, **fields: object) -> Policy:
    base = {"namespace": "default", "subject": PodPeer(None, Selector.labels({"app": "web"}))}
    directions = frozenset({INGRESS, EGRESS})
    values = {"tier": PolicyTier.NAMESPACE, "kind": "NetworkPolicy", "name": "web", "directions": directions}
    return Policy(**{**values, **base, **fields}, rules=rules)  # type: ignore[arg-type]  # a table of fields


def test_a_policy_reads_like_one_that_a_person_wrote():
    rules = (
        Rule(INGRESS, peers=(PodPeer(None, Selector.labels({"app": "api"})),), ports=(PortRange("TCP", 8080, 8080),)),
        Rule(INGRESS),
        Rule(
            EGRESS,
            peers=(
                PodPeer(Selector.labels({"kubernetes.io/metadata.name": "kube-system"})),
                IpPeer(AddressRange.parse("10.0.0.0/8"), (AddressRange.parse("10.1.0.0/16"),)),
            ),
            ports=(PortRange("UDP", 53, 53), PortRange("TCP", 8000, 8010), NamedPort("dns", "TCP"), PortRange("SCTP")),
        ),
    )
    written = GeneratedPolicy(
        policy(*rules, declared_namespace="shop", labels={"b": "8080", "a": "on"}),
        about=("What web needs.",),
        reasons=(("Deployment api, env WEB = web:8080",), (), ("DNS", "and a database")),
    )

    assert policies_yaml([written], ["Made by a test."]) == (
        """\
# Made by a test.
---
# What web needs.
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: web
  namespace: shop
  labels:
    a: "on"
    b: "8080"
spec:
  podSelector:
    matchLabels:
      app: web
  policyTypes:
    - Ingress
    - Egress
  ingress:
    # Deployment api, env WEB = web:8080
    - from:
        - podSelector:
            matchLabels:
              app: api
      ports:
        - protocol: TCP
          port: 8080
    - {}
  egress:
    # DNS
    # and a database
    - to:
        - namespaceSelector:
            matchLabels:
              kubernetes.io/metadata.name: kube-system
        - ipBlock:
            cidr: 10.0.0.0/8
            except:
              - 10.1.0.0/16
      ports:
        - protocol: UDP
          port: 53
        - protocol: TCP
          port: 8000
          endPort: 8010
        - protocol: TCP
          port: dns
        - protocol: SCTP
"""
    )


def test_a_default_deny_names_no_namespace_where_the_manifests_name_none():
    deny = policy(subject=PodPeer(), name="default-deny")

    assert policies_yaml([GeneratedPolicy(deny)]) == (
        """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: default-deny
spec:
  podSelector: {}
  policyTypes:
    - Ingress
    - Egress
"""
    )


def test_nothing_but_a_header():
    assert policies_yaml([], ["one", "", "two"]) == "# one\n#\n# two\n"


@pytest.mark.parametrize(
    "value",
    ["y", "N", "on", "Off", "yes", "true", "NULL", "010", "0o10", "0x1F", "1e3", "8080", "1_000", "12.5", "2020-01-01"],
)
def test_what_a_reader_could_take_for_something_else_is_quoted(value: str):
    text = policies_yaml([GeneratedPolicy(policy(labels={"l": value}))])

    assert f'l: "{value}"' in text


@pytest.mark.parametrize("value", ["web", "v1.2", "a-b_c", "example.com/x", "nope", "one"])
def test_what_is_plainly_a_string_is_not(value: str):
    assert f"l: {value}\n" in policies_yaml([GeneratedPolicy(policy(labels={"l": value}))])


@pytest.mark.parametrize(
    "line", ["a\nkind: Secret", "a\rkind: Secret", "a\u2028kind: x", "a\x85kind: x", "a\x00b", "\ufeff"]
)
def test_a_comment_cannot_break_out(line: str):
    text = policies_yaml([GeneratedPolicy(policy(Rule(INGRESS)), about=(line,), reasons=((line,),))], [line])

    assert text.splitlines() == text.split("\n")[:-1]
    assert [list(each) for each in yaml.safe_load_all(text)] == [["apiVersion", "kind", "metadata", "spec"]]


@pytest.mark.parametrize("text", ["{{ .Values.x }}", "a{{{b}}}", "{{{{"])
def test_helm_finds_nothing_to_run_in_it(text: str):
    rule = Rule(INGRESS, peers=(PodPeer(None, Selector.labels({"app": text})),))
    written = policies_yaml([GeneratedPolicy(policy(rule), (text,), ((text,),))], [text])
    assert "{{" not in written
    (value,) = yaml.safe_load_all(written.partition("---")[2])
    assert value["spec"]["ingress"][0]["from"][0]["podSelector"]["matchLabels"]["app"] == text


@pytest.mark.parametrize(
    "broken",
    [
        policy(Rule(EGRESS, peers=(NodePeer(),))),
        policy(Rule(EGRESS, peers=(DomainPeer(("a.example",)),))),
        policy(Rule(EGRESS, Action.DENY)),
        policy(tier=PolicyTier.ADMIN),
        policy(subject=PodPeer(SELECT_ALL)),
    ],
)
def test_what_a_network_policy_cannot_say_is_refused(broken: Policy):
    with pytest.raises(ValueError, match="NetworkPolicy"):
        policies_yaml([GeneratedPolicy(broken)])


WHOLE = AddressRange.whole(4)


@pytest.mark.parametrize(
    "rule", [Rule(INGRESS, peers=()), Rule(INGRESS, ports=()), Rule(INGRESS, peers=(IpPeer(WHOLE, (WHOLE,)),))]
)
def test_a_rule_that_matches_nothing_is_left_out(rule: Rule):
    assert "ingress:" not in policies_yaml([GeneratedPolicy(policy(rule))])


def test_a_block_that_is_no_cidr_becomes_several():
    block = IpPeer(AddressRange(4, 0, (1 << 32) - 2), (AddressRange.parse("0.0.0.0/1"),))
    (document,) = yaml.safe_load_all(policies_yaml([GeneratedPolicy(policy(Rule(EGRESS, peers=(block,))))]))

    cidrs = [peer["ipBlock"]["cidr"] for peer in document["spec"]["egress"][0]["to"]]
    assert cidrs[0] == "128.0.0.0/2", "what the exception takes away as a whole is not there"
    assert cidrs[-1] == "255.255.255.254/32"


# What is written is what is read ------------------------------------------------------------------------------------

_alphanumeric = st.text(string.ascii_letters + string.digits, min_size=1, max_size=5)
_words = _alphanumeric | st.sampled_from(["y", "on", "no", "null", "010", "1e3", "8080", "0x1F", "a.b", "a_b", "1.5"])
_keys = st.builds("{}{}".format, st.sampled_from(["", "app.kubernetes.io/", "y/"]), _words)
_values = _words | st.just("")


@st.composite
def _requirements(draw: st.DrawFn) -> Requirement:
    operator = draw(st.sampled_from(OPERATORS))
    values = draw(st.sets(_values, min_size=1, max_size=3)) if operator in ("In", "NotIn") else ()
    return Requirement(draw(_keys), operator, tuple(sorted(values)))


_selectors = st.lists(_requirements(), max_size=3).map(lambda requirements: Selector.of(*requirements))


@st.composite
def _blocks(draw: st.DrawFn) -> IpPeer:
    family: Family = draw(st.sampled_from([4, 6]))
    bits = 32 if family == 4 else 128
    length = draw(st.integers(0, bits - 1))
    first = draw(st.integers(0, (1 << length) - 1)) << (bits - length)
    block = AddressRange(family, first, first + (1 << (bits - length)) - 1)
    half = AddressRange(family, first, first + (1 << (bits - length - 1)) - 1)
    return IpPeer(block, draw(st.sampled_from([(), (half,)])))


_peers = st.builds(PodPeer, st.none() | _selectors, _selectors) | _blocks()
_protocols = st.sampled_from(["TCP", "UDP", "SCTP"])
_numbers = st.integers(1, 65535)
_ports: st.SearchStrategy[PortClause] = (
    st.builds(lambda p, a, b: PortRange(p, min(a, b), max(a, b)), _protocols, _numbers, _numbers)
    | st.builds(PortRange, _protocols)
    | st.builds(NamedPort, st.sampled_from(["http", "y", "on-1", "1e3"]), _protocols)
)  # fmt: skip
_rules = st.builds(
    Rule,
    st.sampled_from(Direction),
    peers=st.none() | st.lists(_peers, min_size=1, max_size=3).map(tuple),
    ports=st.none() | st.lists(_ports, min_size=1, max_size=3).map(tuple),
)
_policies = st.builds(
    lambda name, namespace, pods, directions, rules, labels: Policy(
        PolicyTier.NAMESPACE,
        "NetworkPolicy",
        name,
        namespace or "default",
        namespace,
        PodPeer(None, pods),
        directions,
        tuple(sorted(rules, key=lambda rule: rule.direction is EGRESS)),
        labels=labels,
    ),
    st.sampled_from(["web", "y", "1e3", "010", "a.b"]),
    st.sampled_from(["", "shop", "no", "12"]),
    _selectors,
    st.sampled_from([frozenset({INGRESS}), frozenset({EGRESS}), frozenset(Direction)]),
    st.lists(_rules, max_size=3),
    st.dictionaries(_keys, _values, max_size=2),
)


def _bare(found: Policy) -> tuple[object, ...]:
    """The policy without the places of its rules."""
    rules = [(rule.direction, rule.action, rule.peers, rule.ports) for rule in found.rules]
    return (found.name, found.namespace, found.declared_namespace, found.subject, found.directions, rules, found.labels)


@given(_policies, st.lists(st.text(max_size=20), max_size=2))
def test_what_is_written_is_what_is_read(generated: Policy, comments: list[str]):
    reasons = tuple(tuple(comments) for _ in generated.rules)
    text = policies_yaml([GeneratedPolicy(generated, tuple(comments), reasons)], comments)
    documents, problems = read([SourceText("p.yaml", text.encode())])
    found = decode(documents)

    assert problems == []
    assert found.diagnostics == ()
    assert [_bare(each) for each in found.policies] == [_bare(generated)]
    assert [document.value for document in documents] == list(yaml.safe_load_all(text)), "PyYAML reads the same"


@given(_policies)
def test_what_is_written_passes_kubernetes_schema(generated: Policy):
    schemas = pytest.importorskip("kubernetes_validate", reason="the schemas of Kubernetes are not installed")
    (document,) = yaml.safe_load_all(policies_yaml([GeneratedPolicy(generated)]))

    for version in ("1.25", schemas.latest_version()):
        schemas.validate(document, version, strict=True)
