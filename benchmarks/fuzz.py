"""Throws mutated text at the address recogniser or at the reader of netpol.yaml, and says what came of it.

    python -m benchmarks.fuzz addresses|config SECONDS [SEED]

A crash ends the run with its input; a call that takes more than a second of the processor counts as a hang, and is
shown.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from netpol_action.config import read_config
from netpol_action.discovery.addresses import addresses, without_placeholders
from netpol_action.discovery.commands import words_of_command
from netpol_action.discovery.configfiles import entries, pairs
from netpol_action.discovery.names import is_credential, is_dialled, names_address, port_siblings, suggests_address
from netpol_action.model.documents import SourceText

HANG = 1.0
_ROOT = Path(__file__).parents[1]
_ADDRESSES = [
    "postgres://u:p@db:5432/app?x=1", "jdbc:mysql://a:3306,b:3306/app", "u:p@tcp(db:3306)/app", "$(VAR):80",
    "Server=db,1433;Database=x", "kafka-0.kafka:9092,kafka-1.kafka:9092", "[2001:db8::1]:80", "mongodb+srv://x.y/z",
    "amqp://g:g@rabbit:5672/%2f", "jdbc:oracle:thin:@//h:1521/x", '{"host":"db","port":5432}', "db.ns.svc.",
    "upstream a { server b:80; }\nlocation / { proxy_pass http://a; }", "a: &b\n- c: d:80\n", '[x]\nhost = "db"\n',
    "<host>db</host>", "--db-host db --db-port=5432", "sh -c 'nc -z db 5432'", "0@k-0.k:9093,1@k-1.k:9093", "\ue000:80",
]  # fmt: skip
_ALPHABET = "abz019.:/@,;=-_$(){}[]<>'\"`|\\%?#& \t\n\0\x85\u2028\ue000\uf8ffé中"
_CONFIG = """version: 1
dependencies:
- {from: shop/web, to: {host: db.example.com, cidr: 203.0.113.7/32}, ports: [TCP 5432, UDP 53], resolves: secret/db/h}
- {from: internet, to: {namespace: shop, pods: {app: db}}, ports: 80}
ignore: [host/x, {key: a, workload: shop/web, note: b}]
endpoints: {cp: {kind: api-server, cidr: [10.0.0.0/8, "::/0"]}}
platform: [istio]
dns: [{namespaceLabels: {a: b}, ports: [53]}, {cidr: 169.254.20.10/32}]
ingressControllers: [{workload: a/b}]
namespaces: {excluded: ["a*"]}
strictness: standard
clusterDomain: cluster.local
podCIDRs: [10.1.0.0/16]
"""


def main(arguments: Sequence[str]) -> None:
    """Runs for that long."""
    target, seconds = arguments[0], float(arguments[1])
    chance = random.Random(int(arguments[2]) if len(arguments) > 2 else 1)  # no secrets here
    seeds, call = (_ADDRESSES, recognise) if target == "addresses" else ([_CONFIG, _guide()], configure)
    calls, worst, slow = 0, 0.0, 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        text = _mutated(chance, seeds)
        start = time.process_time()  # of this process alone, however busy the machine is
        try:
            call(text)
        except Exception:
            print(f"{target}: crash on {text!r}")
            raise
        took = time.process_time() - start
        calls, worst = calls + 1, max(worst, took)
        if took > HANG:
            slow += 1
            print(f"{target}: {took:.1f} s for {len(text)} characters beginning {text[:60]!r}")
    print(
        f"{target}: {calls:,} texts in {seconds:.0f} s, no crash, {slow} above {HANG:.0f} s, the slowest {worst:.2f} s"
    )


def recognise(text: str) -> None:
    """Everything that reads text on the way to an address."""
    clean = without_placeholders(text)
    for found in addresses(clean):
        str(found)
        assert found.connections is not None
    for entry in entries(clean, "file"):
        addresses(entry.value)
        port_siblings(entry.name)
    list(pairs("x", clean))
    list(words_of_command(["", clean]))
    for judge in (names_address, suggests_address, is_credential, is_dialled):
        judge(clean)


def configure(text: str) -> None:
    """The reader of netpol.yaml, and the sentences about what is wrong."""
    _, problems = read_config(SourceText("netpol.yaml", text.encode("utf-8", "surrogatepass")))
    for problem in problems:
        str(problem)


def _mutated(chance: random.Random, seeds: Sequence[str]) -> str:
    text = chance.choice(seeds)
    for _ in range(chance.randint(1, 12)):
        place, other = chance.randint(0, len(text)), chance.randint(0, len(text))
        low, high = min(place, other), max(place, other)
        change: Callable[[], str] = chance.choice(_changes(chance, seeds, text, low, high))
        text = change()[:100_000]
    return text


def _changes(
    chance: random.Random, seeds: Sequence[str], text: str, low: int, high: int
) -> tuple[Callable[[], str], ...]:
    return (
        lambda: text[:low] + text[high:],
        lambda: text[:low] + text[low:high] * chance.choice((2, 3, 50)) + text[high:],
        lambda: text[:low] + chance.choice(_ALPHABET) * chance.choice((1, 1, 2, 1000)) + text[low:],
        lambda: text[:low] + chance.choice(_ALPHABET) + text[low + 1 :],
        lambda: text[:low] + chance.choice(seeds) + text[low:],
        lambda: text[:low] + text[low:high][::-1] + text[high:],
        lambda: text[:low] + str(chance.choice((0, -1, 65536, 10**30, 1.5, True, None, "~", "<<"))) + text[low:],
    )


def _guide() -> str:
    return (_ROOT / "docs" / "netpol-yaml.md").read_text().partition("```yaml\n")[2].partition("```")[0]


if __name__ == "__main__":
    main(sys.argv[1:])
