"""Facts: a row of the semantics, a sentence, policies, and what they then allow and deny in one small cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

from laws.forms import Question, namespace, pod, questions, workload
from laws.product import Product
from naive.evaluator import Evaluator
from naive.objects import Object, Pod, pods


class Judge(Protocol):
    """Either evaluator."""

    def allows(self, source: Pod | str, destination: Pod | str, protocol: str, port: int) -> bool:
        """Whether the connection is allowed."""


JUDGES: dict[str, Callable[..., Judge]] = {"second opinion": Evaluator, "product": Product}


@dataclass(frozen=True)
class Fact:
    """Under `policies`, every question of `allowed` is answered by yes and every one of `denied` by no."""

    row: str
    sentence: str
    policies: tuple[Object, ...]
    allowed: str = ""
    denied: str = ""
    host_network: Literal["exempt", "ordinary"] = "exempt"
    pod_cidrs: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.row}: {self.sentence}"


# web and api share a namespace; both name a port `http`, with different numbers. `dual` has one name for two protocols.
# node has its node's address. gone has finished.
CLUSTER = (
    namespace("shop", team="shop"),
    namespace("data", team="data"),
    workload("Deployment", "shop/web", {"app": "web", "tier": "front"}, "http::80", "::9000"),
    workload("Deployment", "shop/api", {"app": "api"}, "http::8080", "dual:TCP:53", "dual:UDP:5353"),
    workload("StatefulSet", "data/db", {"app": "db"}, "sql::5432", "gossip:SCTP:7000"),
    workload("DaemonSet", "data/node", {"app": "node"}, "http::80", hostNetwork=True),
    pod("data/gone", {"app": "gone"}, phase="Succeeded"),
)


def check(fact: Fact, judge: str) -> None:
    """Asks one evaluator everything that the fact states."""
    objects = [*CLUSTER, *fact.policies]
    by_name = {one.name: one for one in pods(objects)}
    asked = JUDGES[judge](objects, fact.host_network, fact.pod_cidrs)

    def wrong(text: str, *, expected: bool) -> Iterable[Question]:
        for question in questions(text):
            source = by_name.get(question.source, question.source)
            destination = by_name.get(question.destination, question.destination)
            if asked.allows(source, destination, question.protocol, question.port) is not expected:
                yield question

    assert [str(question) for question in wrong(fact.allowed, expected=True)] == [], "denied, but should be allowed"
    assert [str(question) for question in wrong(fact.denied, expected=False)] == [], "allowed, but should be denied"
