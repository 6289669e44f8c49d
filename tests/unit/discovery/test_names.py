"""What the name of a variable says about its value."""

from __future__ import annotations

import pytest

from netpol_action.discovery import names
from netpol_action.discovery.ports import guess


def set_of(text: str) -> list[str]:
    return text.split()


ADDRESSES = set_of("""
    DB_HOST DBHOST dbHost db.host --db-host HOST DATABASE_URL REDIS_ADDR KAFKA_BROKERS MONGO_URI SENTRY_DSN
    spring.datasource.url SPRING_DATASOURCE_URL connectionString ConnectionStrings__Default DB_CONNECTION_STRING
    API_ENDPOINT SERVER ES_HOSTS HOST_1 DB_HOST_RW bootstrap.servers PGHOST CONFIG_SERVER_URI
""")
ONLY_WITH_A_MATCHING_SERVICE = ["SCHEDULER_SERVICE", "ORDERS_SVC", "BACKEND", "UPSTREAM", "REDIS_MASTER", "CART_API"]
NOT = set_of("""
    LOG_LEVEL SERVICE_NAME OTEL_SERVICE_NAME DB_NAME DBNAME POSTGRES_DB HOST_KEY_PATH SERVER_PORT CONNECTION_TIMEOUT
    URL_PREFIX MAX_CONNECTIONS NODE_ENV GHOST USER PASSWORD MODE PROFILE DATABASE
""")


@pytest.mark.parametrize("name", ADDRESSES)
def test_names_of_addresses(name: str):
    assert names.names_address(name)
    assert names.suggests_address(name)


@pytest.mark.parametrize("name", ONLY_WITH_A_MATCHING_SERVICE)
def test_names_that_suggest_an_address_and_do_not_say_so(name: str):
    assert names.suggests_address(name)
    assert not names.names_address(name)


@pytest.mark.parametrize("name", NOT)
def test_names_of_other_things(name: str):
    assert not names.suggests_address(name)


@pytest.mark.parametrize("name", ["DB_PASSWORD", "DB_USER", "API_TOKEN", "dbPassword", "SECRET_KEY", "PGPASSWORD"])
def test_credentials_are_known_by_name(name: str):
    assert names.is_credential(name)


@pytest.mark.parametrize(
    ("host", "port"),
    [
        ("DB_HOST", "DB_PORT"),
        ("DBHOST", "DBPORT"),
        ("db.host", "db.port"),
        ("VISA_SERVICE_ADDR", "VISA_SERVICE_PORT"),
        ("GATEWAY_ADDR", "GATEWAY_PORT"),
        ("SCHEDULER_SERVICE", "SCHEDULER_SERVICE_PORT"),
        ("SCHEDULER_SERVICE", "SCHEDULER_PORT"),
        ("database.0.host", "database.0.port"),
    ],
)
def test_the_port_stands_beside_the_host(host: str, port: str):
    assert names.words(port) in names.port_siblings(host)


@pytest.mark.parametrize(
    ("hints", "title"),
    [
        (["HOST", "DBHOST", "db-connection-properties", "POSTGRESCLUSTER_USER"], "PostgreSQL"),
        (["DATABASE_URL", "mongodb-connection-properties"], "MongoDB"),
        (["x", "bitnami/redis:7"], "Redis"),
        (["ELASTICACHE_HOST"], "Redis"),
        (["NEO4J_URI"], "Neo4j"),
    ],
)
def test_software_is_guessed_from_names(hints: list[str], title: str):
    software = guess(hints)
    assert software is not None
    assert software.title == title


def test_names_that_say_nothing_give_no_guess():
    assert guess(["HOST", "config", "app:1.2"]) is None
