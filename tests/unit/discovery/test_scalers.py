"""KEDA runs outside the input and asks workloads of it how much to scale: no policy may close that unsaid."""

from __future__ import annotations

from typing import Any

import pytest
from application import Object, lines, open_questions, requirements, secret, service, workload

from netpol_action.model.demands import Requirements

MQ = (workload("mq", namespace="shop"), service("mq", 5672, 15672, namespace="shop"))
WEB = workload("web", {"MQ_URL": "amqp://mq:5672"}, namespace="shop")


def scaled(metadata: dict[str, Any], kind: str = "ScaledObject", **trigger: Any) -> Object:  # noqa: ANN401  # JSON
    triggers = [{"type": "rabbitmq", "metadata": metadata, **trigger}]
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": kind,
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"scaleTargetRef": {"name": "web"}, "triggers": triggers},
    }


def asked(found: Requirements) -> list[str]:
    return [row for row in open_questions(found) if " keda " in row]


@pytest.mark.parametrize("kind", ["ScaledObject", "ScaledJob"])
@pytest.mark.parametrize(
    ("metadata", "ports"),
    [
        ({"host": "amqp://mq.shop:5672", "queueName": "q"}, "TCP 5672"),
        ({"host": "amqp://me:pw@mq.shop.svc.cluster.local/vhost"}, "TCP 5672"),
        ({"host": "http://mq.shop:15672/vhost"}, "TCP 15672"),
        ({"address": "mq.shop.svc:5672"}, "TCP 5672"),
        ({"bootstrapServers": "mq.shop:5672,other.shop:9092"}, "TCP 5672"),
        ({"serverAddress": "http://mq.shop:15672"}, "TCP 15672"),
        ({"host": "mq.shop.svc", "port": "5672"}, "TCP 5672"),
        ({"host": "mq.shop.svc"}, "TCP 5672,15672"),
        ({"hostFromEnv": "MQ_URL"}, "TCP 5672"),
    ],
    ids=str,
)
def test_what_a_trigger_names_is_a_row_of_the_workload_that_is_asked(metadata: dict[str, Any], ports: str, kind: str):
    found = requirements(WEB, scaled(metadata, kind), *MQ)
    assert asked(found) == [f"shop/mq unknown-callers keda {ports}"]
    (row,) = (each for each in found.unresolved if each.key == "keda")
    assert "- from: {namespace: keda, pods: {app: keda-operator}}\n  to: shop/mq\n" in row.resolution
    assert not row.outbound


def test_the_lines_that_are_suggested_settle_it():
    netpol = (
        "version: 1\ndependencies:\n- from: {namespace: keda, pods: {app: keda-operator}}\n"
        "  to: shop/mq\n  ports: [TCP 5672]\n  resolves: keda\n"
    )
    found = requirements(WEB, scaled({"host": "amqp://mq.shop:5672"}), *MQ, netpol=netpol)
    assert asked(found) == []
    assert "{pods app=keda-operator in namespace keda} -> shop/mq: TCP 5672" in lines(found.demands)


@pytest.mark.parametrize(
    ("metadata", "kind"),
    [
        ({"host": "amqp://mq.acme.net"}, "rabbitmq"),
        ({"queueName": "mq"}, "rabbitmq"),
        ({"value": "50"}, "cpu"),
        ({"host": 5}, "rabbitmq"),
    ],
    ids=str,
)
def test_other_triggers_ask_nothing_of_the_input(metadata: dict[str, Any], kind: str):
    assert asked(requirements(WEB, scaled(metadata, type=kind), *MQ)) == []


def test_a_variable_from_a_secret_is_not_shown():
    env = [{"name": "MQ_URL", "valueFrom": {"secretKeyRef": {"name": "mq", "key": "url"}}}]
    web = workload("web", container={"env": env}, namespace="shop")
    hidden = secret("mq", {"url": "amqp://me:hidden-word@mq:5672/hidden-word"}, "shop")
    found = requirements(web, hidden, scaled({"hostFromEnv": "MQ_URL"}), *MQ)
    (row,) = (each for each in found.unresolved if each.key == "keda")
    assert [each.value for each in row.evidence] == [""]
    assert "hidden-word" not in repr(found)


def test_an_address_that_only_an_authentication_has_is_an_assumption():
    found = requirements(WEB, scaled({"queueName": "q"}, authenticationRef={"name": "mq-auth"}), *MQ)
    (message,) = (each.message for each in found.assumptions if "KEDA" in each.message)
    assert message.startswith("KEDA takes what ScaledObject web connects to from mq-auth: ")


ODD: list[Any] = [["rabbitmq"], {"a": "b"}, [], {}, None, True, -1, 1.5, "", 10**400]


@pytest.mark.parametrize("odd", ODD, ids=lambda each: str(each)[:20])
def test_a_type_that_is_no_text_is_none_that_is_known(odd: Any):  # noqa: ANN401  # JSON
    assert asked(requirements(WEB, scaled({"host": "amqp://mq.shop:5672"}, type=odd), *MQ)) == [
        "shop/mq unknown-callers keda TCP 5672"
    ]


@pytest.mark.parametrize("odd", ODD, ids=lambda each: str(each)[:20])
@pytest.mark.parametrize("key", ["spec", "triggers", "trigger", "metadata", "host", "port", "ref", "refname", "target"])
def test_values_of_another_shape_end_nothing(key: str, odd: Any):  # noqa: ANN401  # JSON
    metadata = {"host": "amqp://mq.shop", "hostFromEnv": "MQ_URL", "port": "5672"}
    known = scaled({**metadata, key: odd} if key in metadata else metadata)
    (trigger,) = known["spec"]["triggers"]
    match key:
        case "spec":
            known["spec"] = odd
        case "triggers":
            known["spec"]["triggers"] = odd
        case "trigger":
            known["spec"]["triggers"] = [odd]
        case "metadata":
            trigger["metadata"] = odd
        case "ref":
            trigger["authenticationRef"] = odd
        case "refname":
            trigger.update(metadata={}, authenticationRef={"name": odd})
        case "target":
            known["spec"]["scaleTargetRef"] = odd
    requirements(WEB, known, *MQ)
