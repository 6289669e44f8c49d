"""What is suggested for programs that speak UDP, where the input names a host and a port alone."""

from __future__ import annotations

import pytest
from application import Object, key_of, lines, open_questions, requirements, service, workload

from netpol_action.model.demands import Unresolved

GUESS = "# UDP is a guess: "


def row(env: dict[str, str | Object]) -> Unresolved:
    (found,) = requirements(workload("web", env)).unresolved
    return found


@pytest.mark.parametrize(
    ("env", "ports"),
    [
        ({"STATSD_HOST": "statsd.monitoring", "STATSD_PORT": "8125"}, "UDP 8125"),
        ({"STATSD_HOST": "statsd.monitoring", "STATSD_PORT": "9125"}, "UDP 9125"),
        ({"METRICS": "statsd:8125"}, "UDP 8125"),
        ({"METRICS_ADDR": "10.0.0.1:8125"}, "UDP 8125"),
        ({"DOGSTATSD_ADDRESS": "agent.acme.net:8125"}, "UDP 8125"),
        ({"JAEGER_AGENT_HOST": "tracing.acme.net", "JAEGER_AGENT_PORT": "6831"}, "UDP 6831"),
        ({"SYSLOG_SERVER": "logs.acme.net", "SYSLOG_SERVER_PORT": "514"}, "UDP 514"),
        ({"LOG_ADDR": "logs.acme.net:12201"}, "UDP 12201"),
        ({"NTP_SERVER": "time.acme.net:123"}, "UDP 123"),
        ({"COLLECTD_HOST": "stats.acme.net:25826"}, "UDP 25826"),
        ({"STATSD_HOST": key_of("secret", "metrics", "host"), "STATSD_PORT": "8125"}, "UDP 8125"),
        ({"S_HOST": key_of("secret", "metrics", "host"), "S_ADDR": "$(S_HOST):8125"}, "UDP 8125"),
    ],
    ids=str,
)
def test_a_port_that_is_udp_by_its_name_or_number_is_a_guess_and_said_to_be(env: dict[str, str | Object], ports: str):
    found = row(env)
    assert str(found.connections) == ports
    assert f"ports: [{ports}]" in found.resolution
    assert GUESS in found.resolution


@pytest.mark.parametrize(
    ("env", "ports", "title"),
    [
        ({"STATSD_HOST": "metrics.acme.net"}, "UDP 8125", "StatsD"),
        ({"JAEGER_AGENT_HOST": "tracing.acme.net"}, "UDP 6831", "a Jaeger agent"),
        ({"JAEGER_COLLECTOR_HOST": "tracing.acme.net"}, "TCP 14268", "Jaeger"),
        ({"NTP_SERVER": "time.acme.net"}, "UDP 123", "NTP"),
        ({"GELF_HOST": "logs.acme.net"}, "UDP 12201", "GELF"),
    ],
    ids=str,
)
def test_the_port_that_is_guessed_is_udp_where_the_program_speaks_it(env: dict[str, str], ports: str, title: str):
    found = row(dict(env))
    assert str(found.connections) == ports
    assert found.message.endswith(f"; probably {title} on {ports}, a guess from names")


@pytest.mark.parametrize(
    ("value", "ports"),
    [
        ("udp://logs.acme.net:5000", "UDP 5000"),
        ("gelf://logs.acme.net", "UDP 12201"),
        ("gelf://logs.acme.net:12202", "UDP 12202"),
        ("tcp://logs.acme.net:514", "TCP 514"),
        ("tcp:logs.acme.net:514", "TCP 514"),
        ("udp:logs.acme.net:5000", "UDP 5000"),
        ("udp(logs.acme.net:5000)", "UDP 5000"),
        ("http://statsd.acme.net:8125", "TCP 8125"),
    ],
)
def test_what_the_value_says_itself_is_no_guess(value: str, ports: str):
    found = row({"LOG_ADDR": value})
    assert str(found.connections) == ports
    assert GUESS not in found.resolution


@pytest.mark.parametrize(
    "env",
    [
        {"STATSD_EXPORTER_ADDR": "stats.acme.net:9102"},
        {"JAEGER_AGENT_ADDR": "tracing.acme.net:5778"},
        {"SYSLOG_ADDR": "logs.acme.net:6514"},
        {"LOG_ADDR": "logs.acme.net:5140"},
        {"DB_HOST": "db.acme.net:5432"},
    ],
    ids=str,
)
def test_other_ports_stay_tcp(env: dict[str, str]):
    found = row(dict(env))
    assert str(found.connections).startswith("TCP ")
    assert GUESS not in found.resolution


def test_the_scheme_holds_for_the_port_that_stands_beside():
    assert str(row({"LOG_HOST": "udp://logs.acme.net", "LOG_PORT": "5000"}).connections) == "UDP 5000"


def test_a_service_of_the_input_says_itself_what_it_speaks():
    statsd = workload("statsd"), service("statsd", {"port": 8125, "protocol": "TCP"})
    found = requirements(workload("web", {"STATSD_HOST": "statsd", "STATSD_PORT": "8125"}), *statsd)
    assert lines(found.demands) == ["web -> statsd: TCP 8125"]
    assert open_questions(found) == []
