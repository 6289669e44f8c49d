"""What is an address in a text, and what only looks like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpol_action.discovery.addresses import addresses

IS = {
    "db": ["db"],
    "db:5432": ["db:5432"],
    "db:5432/app": ["db:5432"],
    "DB.Shop": ["db.shop"],
    "db.shop.svc.cluster.local.": ["db.shop.svc.cluster.local"],
    "db.shop.svc.cluster.local.:5432": ["db.shop.svc.cluster.local:5432"],
    "10.0.0.7:53": ["10.0.0.7:53"],
    "[2001:db8::1]:80": ["[2001:db8::1]:80"],
    "redis:6379:0": ["redis:6379"],
    "user:pw@db:5432": ["db:5432"],
    "kafka-0.kafka:9092,kafka-1.kafka:9092": ["kafka-0.kafka:9092", "kafka-1.kafka:9092"],
    "a:1;b:2": ["a:1", "b:2"],
    "a b:1 c:2": ["b:1", "c:2"],
    "nats://a:4222,nats://b:4222": ["nats://a:4222", "nats://b:4222"],
    "http://a/x,https://b/y": ["http://a", "https://b"],
    "mongodb://u:p@a:27017,b:27017/db?replicaSet=r": ["mongodb://a:27017", "mongodb://b:27017"],
    "mongodb+srv://c.example.net/db": ["mongodb+srv://c.example.net"],
    "postgres://u:p@db:5432/app": ["postgres://db:5432"],
    "postgres://u:p#s/w?d@db:5432/app": ["postgres://db:5432"],
    "postgres://u:p%40w@db/app": ["postgres://db"],
    "jdbc:mysql://db:3306/app?x=1": ["mysql://db:3306"],
    "jdbc:sqlserver://db:1433;databaseName=x": ["sqlserver://db:1433"],
    "jdbc:oracle:thin:@db:1521:SID": ["oracle://db:1521"],
    "jdbc:oracle:thin:u/p@//db:1521/service": ["oracle://db:1521"],
    "user:pw@tcp(db:3306)/app": ["db:3306"],
    "db,1433": ["db:1433"],
    "tcp:db,1433": ["db:1433"],
    "amqp://u:p@mq:5672/vhost": ["amqp://mq:5672"],
    "redis://:secret@cache:6379/0": ["redis://cache:6379"],
    "grpc://db:http": ["grpc://db:http"],
    "dns:///db:50051": ["dns://db:50051"],
    "http://[2001:db8::1]:8080/x": ["http://[2001:db8::1]:8080"],
    "wget -q http://web/health && nc db:5432": ["http://web", "db:5432"],
    'see <http://web/a>, "http://api/b"': ["http://web", "http://api"],
    "http://web/?next=http://other": ["http://web"],
}
IS_NOT = [
    "",
    "12:30:45",
    "3000",
    "1.2.3",
    ":8080",
    "0.0.0.0:8080",
    "127.0.0.1",
    "localhost:8080",
    "http://localhost:3000",
    "[::1]:80",
    "[::]:80",
    "224.0.0.1",
    "admin@example.com",
    "a name of several words",
    "s3://bucket/key",
    "file:///etc/passwd",
    "unix:///run/x.sock",
    "/var/lib/db",
    "./db:5432",
    "10.0.0.0/8",
    "redis:7-alpine",
    "db:99999",
    "db:0",
    "-db",
    "db..shop",
    "*.example.com",
    "http://",
    "://db",
    "@@@",
]


@pytest.mark.parametrize(("text", "expected"), IS.items())
def test_an_address_is_found_however_it_is_written(text: str, expected: list[str]):
    assert [str(each) for each in addresses(text)] == expected


@pytest.mark.parametrize("text", IS_NOT)
def test_what_is_no_address_is_not_taken_for_one(text: str):
    assert addresses(text) == ()


@given(st.text(max_size=200))
def test_no_text_breaks_the_recogniser_and_every_host_is_well_formed(text: str):
    for found in addresses(text):
        assert found.host
        assert found.host == found.host.lower()
        assert found.port is None or 1 <= found.port <= 65535
        assert not set(found.host) & set(" \t\n\"'/@,;")


@pytest.mark.parametrize(
    "part", ["://", "a,a://", "tcp(", "jdbc:oracle:thin:", "a,", "http://a,", "a@", "[", "a:", "http://a@,", "a\n", "="]
)
def test_a_long_text_is_answered_whatever_it_repeats(part: str):
    """With a scan that is not linear in the text, this test would not end."""
    assert len(addresses(part * ((1 << 18) // len(part)) + " db:5432")) <= 3
