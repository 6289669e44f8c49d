"""Clusters to measure with, in four shapes, as manifests; the same for the same size, by a fixed seed.

Beside them stands an application without policies, for what finds out what an application requires.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import yaml

SEED = 20260301
PER_NAMESPACE = 50
PER_FILE = 250
CALLS = 5
PORT = 8080

Documents = Iterator[str]


def policy_per_workload(size: int) -> Documents:
    """A Deployment, a Service and a policy per workload; each policy names five callers and five callees, one port."""
    dice = random.Random(SEED)
    callees: list[list[int]] = [[] for _ in range(size)]
    callers: list[list[int]] = [[] for _ in range(size)]
    for _ in range(CALLS):
        targets = list(range(size))
        dice.shuffle(targets)
        for source, target in enumerate(targets):
            callees[source].append(target)
            callers[target].append(source)
    for number in range(size):
        yield _deployment(number, f"app: app-{number}")
        yield _service(number)
        yield (
            _policy(f"app-{number}", number, f"matchLabels: {{app: app-{number}}}")
            + "  policyTypes: [Ingress, Egress]\n"
            + f"  ingress:\n  - from:\n{_app_peers(callers[number])}    ports:\n    - port: {PORT}\n"
            + f"  egress:\n  - to:\n{_app_peers(callees[number])}    ports:\n    - port: {PORT}\n"
        )


def wide_open(size: int) -> Documents:
    """Three policies for the whole cluster: nearly everything may talk to everything."""
    for number in range(size):
        yield _deployment(number, f"app: app-{number}")
    for number in range(min(3, size)):
        yield (
            _policy("isolated", number * PER_NAMESPACE % size, f"matchLabels: {{app: app-{number * PER_NAMESPACE}}}")
            + "  ingress:\n  - from:\n    - namespaceSelector: {}\n    ports:\n    - port: 443\n"
        )


def dense_selectors(size: int) -> Documents:
    """A policy for each team and tier of a namespace, whose peers are matchExpressions over several labels."""
    dice = random.Random(SEED)
    teams, tiers, zones = [f"team-{n}" for n in range(20)], ["web", "api", "data", "batch"], ["a", "b", "c"]
    for number in range(size):
        zone = f", zone: {dice.choice(zones)}" if dice.random() < 0.7 else ""
        yield _deployment(number, f"app: app-{number}, team: {dice.choice(teams)}, tier: {dice.choice(tiers)}{zone}")
    for number in range(0, size, 10):
        tier, friends, strangers = dice.choice(tiers), dice.sample(teams, 3), dice.sample(teams, 4)
        yield (
            _policy(f"dense-{number}", number, f"matchExpressions: [{{key: tier, operator: In, values: [{tier}]}}]")
            + "  ingress:\n  - from:\n"
            + "    - namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: Exists}]}\n"
            + f"      podSelector: {{matchExpressions: [{{key: team, operator: In, values: [{', '.join(friends)}]}},"
            + f" {{key: zone, operator: Exists}}, {{key: team, operator: NotIn, values: [{', '.join(strangers)}]}}]}}\n"
            + f"    ports:\n    - port: {PORT}\n"
        )


def many_cidrs(size: int) -> Documents:
    """Up to a thousand policies, each with five address blocks and an exception in each."""
    dice = random.Random(SEED)
    for number in range(size):
        yield _deployment(number, f"app: app-{number}")
    for number in range(min(size, 1000)):
        blocks = "".join(
            f"    - ipBlock: {{cidr: {a}.{b}.0.0/16, except: [{a}.{b}.{c}.0/24]}}\n"
            for a, b, c in ((dice.randrange(1, 224), dice.randrange(256), dice.randrange(256)) for _ in range(CALLS))
        )
        yield (
            _policy(f"blocks-{number}", number, f"matchLabels: {{app: app-{number}}}")
            + "  policyTypes: [Egress]\n"
            + f"  egress:\n  - to:\n{blocks}    ports:\n    - port: 443\n"
        )


SHAPES: dict[str, Callable[[int], Documents]] = {
    "a policy per workload": policy_per_workload,
    "few policies, wide open": wide_open,
    "dense selectors": dense_selectors,
    "thousands of CIDRs": many_cidrs,
}


APPLICATION = "an application"


def application(size: int) -> Documents:
    """A Deployment and a Service per workload and no policy; each names the Services of five others in variables."""
    dice = random.Random(SEED)
    for number in range(size):
        callees = dice.sample(range(size), min(CALLS, size))
        yield _deployment(number, f"app: app-{number}", sorted({*callees} - {number}))
        yield _service(number)


def write(shape: str, size: int, directory: Path) -> int:
    """Writes a cluster's manifests into files of a directory; returns how many bytes they hold.

    `shape` is one of SHAPES or APPLICATION.
    """
    documents = [_namespace(number) for number in range(_namespace_of(size - 1) + 1)]
    documents += application(size) if shape == APPLICATION else SHAPES[shape](size)
    total = 0
    for start in range(0, len(documents), PER_FILE):
        text = "---\n".join(map(_block_style, documents[start : start + PER_FILE]))
        total += (directory / f"manifests-{start // PER_FILE:04}.yaml").write_text(text)
    return total


def _block_style(document: str) -> str:
    """The document as kubectl, kustomize and Helm charts write it; the templates here are in flow style to be short."""
    value = yaml.load(document, Loader=yaml.CSafeLoader)
    return yaml.dump(value, Dumper=yaml.CSafeDumper, default_flow_style=False, sort_keys=False)


def _namespace_of(number: int) -> int:
    return number // PER_NAMESPACE


def _namespace(number: int) -> str:
    return f"apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ns-{number}\n  labels: {{team: team-{number % 7}}}\n"


def _deployment(number: int, labels: str, callees: Sequence[int] = ()) -> str:
    variables = "".join(
        f"        - name: APP_{callee}_URL\n          value: http://app-{callee}.ns-{_namespace_of(callee)}\n"
        for callee in callees
    )
    return f"""\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-{number}
  namespace: ns-{_namespace_of(number)}
spec:
  replicas: 2
  selector:
    matchLabels: {{app: app-{number}}}
  template:
    metadata:
      labels: {{{labels}}}
    spec:
      containers:
      - name: main
        image: example.com/app-{number}:1.0
        ports:
        - name: http
          containerPort: {PORT}
        env:
        - name: LOG_LEVEL
          value: info
{variables}        resources:
          limits: {{cpu: 500m, memory: 256Mi}}
"""


def _service(number: int) -> str:
    return f"""\
apiVersion: v1
kind: Service
metadata:
  name: app-{number}
  namespace: ns-{_namespace_of(number)}
spec:
  selector: {{app: app-{number}}}
  ports:
  - name: http
    port: 80
    targetPort: {PORT}
"""


def _policy(name: str, number: int, subject: str) -> str:
    return f"""\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {name}
  namespace: ns-{_namespace_of(number)}
spec:
  podSelector: {{{subject}}}
"""


def _app_peers(numbers: list[int]) -> str:
    return "".join(
        f"    - namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: ns-{_namespace_of(number)}}}}}\n"
        f"      podSelector: {{matchLabels: {{app: app-{number}}}}}\n"
        for number in sorted(numbers)
    )


if __name__ == "__main__":
    print(write(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])))
