"""Well-known ports, by URL scheme and by the name of the software. What comes from here is a guess, and said to be."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from netpol_action.discovery.names import words
from netpol_action.model.connections import ConnectionSet, Protocol


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SCHEMES: dict[str, int] = {
    "http": 80, "https": 443, "ws": 80, "wss": 443, "grpcs": 443, "postgres": 5432, "postgresql": 5432, "pgsql": 5432,
    "cockroachdb": 26257, "mysql": 3306, "mysqlx": 33060, "mariadb": 3306, "sqlserver": 1433, "mssql": 1433,
    "oracle": 1521, "db2": 50000, "mongodb": 27017, "mongodb+srv": 27017, "redis": 6379, "rediss": 6379,
    "redis-sentinel": 26379, "valkey": 6379, "memcached": 11211, "amqp": 5672, "amqps": 5671, "nats": 4222, "tls": 443,
    "kafka": 9092, "pulsar": 6650, "pulsar+ssl": 6651, "mqtt": 1883, "mqtts": 8883, "stomp": 61613, "sb": 5671,
    "ldap": 389, "ldaps": 636, "smtp": 25, "smtps": 465, "imap": 143, "imaps": 993, "ftp": 21, "sftp": 22, "ssh": 22,
    "git": 9418, "bolt": 7687, "neo4j": 7687, "bolt+s": 7687, "neo4j+s": 7687, "cassandra": 9042, "clickhouse": 9000,
    "influxdb": 8086, "couchbase": 11210, "couchbases": 11207, "etcd": 2379, "zk": 2181, "zookeeper": 2181,
    "consul": 8500, "vault": 8200, "hdfs": 8020, "thrift": 9083, "rtsp": 554, "rtmp": 1935,
    "git+ssh": 22, "ssh+git": 22, "svn+ssh": 22, "scp": 22, "git+https": 443, "git+http": 80, "svn": 3690, "rsync": 873,
    "s3": 443, "s3a": 443, "s3n": 443, "wasb": 443, "wasbs": 443, "abfs": 443, "abfss": 443,
}  # fmt: skip
_UDP_SCHEMES: dict[str, int] = {
    "statsd": 8125, "dogstatsd": 8125, "syslog": 514, "snmp": 161, "dns": 53, "ntp": 123, "gelf": 12201,
    "collectd": 25826, "radius": 1812, "stun": 3478,
}  # fmt: skip
_WITH_ACCOUNT = _set("s3 s3a s3n wasb wasbs abfs abfss")
_NOT_NETWORK = _WITH_ACCOUNT | _set(
    """file unix data urn mailto classpath classpath* gs gcs az oss cos cosn r2 arn docker oci jar secret env mem ram
    tel about javascript vault-secret projects spiffe npipe docker-daemon sqlite sqlite3 h2 hsqldb derby"""
)


@dataclass(frozen=True, slots=True)
class Software:
    """A program that others connect to. Its words stand in names of variables, Secrets and images.

    `between_replicas` are the ports that its replicas use among themselves, declared or not; `over_tcp` those of a
    program that otherwise speaks UDP which are TCP all the same.
    """

    title: str
    port: int
    words: tuple[str, ...]
    protocol: Protocol = "TCP"
    between_replicas: tuple[int, ...] = ()
    over_tcp: tuple[int, ...] = ()

    @property
    def connections(self) -> ConnectionSet:
        """The connections to its well-known port."""
        return ConnectionSet.single(self.protocol, self.port)


SOFTWARE = (
    Software("PostgreSQL", 5432, ("postgres", "postgresql", "pgsql", "psql", "pghost", "pguser", "timescale")),
    Software("MySQL", 3306, ("mysql", "mariadb", "percona"), between_replicas=(4444, 4567, 4568, 33061)),
    Software("MongoDB", 27017, ("mongo", "mongodb", "mongodbs")),
    Software("Redis", 6379, ("redis", "valkey", "rediss", "elasticache"), between_replicas=(16379, 26379)),
    Software("Memcached", 11211, ("memcache", "memcached")),
    Software("RabbitMQ", 5672, ("rabbitmq", "rabbit", "amqp"), between_replicas=(4369, 25672)),
    Software("Kafka", 9092, ("kafka",), between_replicas=(9093,)),
    Software("NATS", 4222, ("nats",), between_replicas=(6222,)),
    Software("ZooKeeper", 2181, ("zookeeper",), between_replicas=(2888, 3888)),
    Software("Elasticsearch", 9200, ("elasticsearch", "elastic", "opensearch"), between_replicas=(9300,)),
    Software("Cassandra", 9042, ("cassandra", "scylla", "scylladb"), between_replicas=(7000, 7001)),
    Software("Microsoft SQL Server", 1433, ("mssql", "sqlserver")),
    Software("Oracle Database", 1521, ("oracle", "oracledb")),
    Software("CockroachDB", 26257, ("cockroach", "cockroachdb")),
    Software("ClickHouse", 9000, ("clickhouse",), between_replicas=(9009, 9234)),
    Software("InfluxDB", 8086, ("influx", "influxdb")),
    Software("Neo4j", 7687, ("neo4j",), between_replicas=(5000, 6000, 7000, 7688)),
    Software("CouchDB", 5984, ("couchdb",), between_replicas=(4369, 9100)),
    Software("etcd", 2379, ("etcd",), between_replicas=(2380,)),
    Software("Consul", 8500, ("consul",), between_replicas=(8300, 8301, 8302)),
    Software("Vault", 8200, ("vault",), between_replicas=(8201,)),
    Software("MinIO", 9000, ("minio",)),
    Software("an LDAP server", 389, ("ldap",)),
    Software("an SMTP server", 587, ("smtp", "mail", "mailer", "mailserver")),
    Software("an MQTT broker", 1883, ("mqtt", "mosquitto")),
    Software("Pulsar", 6650, ("pulsar",)),
    Software("an OpenTelemetry collector", 4317, ("otel", "otlp", "opentelemetry")),
    Software("Jaeger", 14268, ("jaeger",)),
    Software("Zipkin", 9411, ("zipkin",)),
    Software("Prometheus", 9090, ("prometheus",)),
    Software("Loki", 3100, ("loki",)),
    Software("StatsD", 8125, ("statsd", "dogstatsd"), "UDP", over_tcp=(8126, 9102)),
    Software("syslog", 514, ("syslog", "rsyslog"), "UDP", over_tcp=(601, 1468, 6514)),
    Software("GELF", 12201, ("gelf",), "UDP"),
    Software("collectd", 25826, ("collectd",), "UDP", over_tcp=(9103,)),
    Software("NTP", 123, ("ntp",), "UDP"),
    Software("SNMP", 161, ("snmp",), "UDP"),
    Software("RADIUS", 1812, ("freeradius", "radius"), "UDP"),
    Software("Temporal", 7233, ("temporal",)),
    Software("an SFTP server", 22, ("sftp", "ssh")),
)
_AGENTS = {
    frozenset({"jaeger", "agent"}): Software(
        "a Jaeger agent", 6831, ("jaeger",), "UDP", over_tcp=(4317, 4318, 5778, 14250, 14268, 14269, 14271, 16686)
    ),
}
"""Programs that two words of a name tell, where one of them alone would mean another."""
_UDP_PORTS = {each.port: each for each in (*SOFTWARE, *_AGENTS.values()) if each.protocol == "UDP"}
_WEB = frozenset({80, 443, 8080, 8443})
WELL_KNOWN = frozenset(_SCHEMES.values()) | frozenset(_UDP_SCHEMES.values()) | {each.port for each in SOFTWARE}
"""The ports of all schemes and software."""
LAST_SYSTEM_PORT = 1023
"""The last of the ports that are given to protocols (RFC 6335); smaller numbers behind a colon often are versions."""
_BY_WORD = {word: software for software in SOFTWARE for word in software.words}
_PREFIXES = tuple(word for word in _BY_WORD if len(word) >= len("mongo"))
_WORD = re.compile(r"[a-z0-9]+")


def scheme_port(scheme: str) -> ConnectionSet | None:
    """The connections of a URL scheme's default port; None where the scheme has none, as `tcp`."""
    if scheme in _SCHEMES:
        return ConnectionSet.single("TCP", _SCHEMES[scheme])
    if scheme in _UDP_SCHEMES:
        return ConnectionSet.single("UDP", _UDP_SCHEMES[scheme])
    return None


def is_udp(scheme: str) -> bool:
    """Whether a URL of this scheme is reached over UDP."""
    return scheme in _UDP_SCHEMES or scheme in ("udp", "udp4", "udp6")


def udp_software(port: int, names: Iterable[str]) -> Software | None:
    """The software from which UDP is guessed for a port whose protocol nothing tells; None where it is TCP.

    Names decide before the number does: a StatsD listens where it is told to.
    """
    meant = guess(names)
    if meant is None or meant.protocol != "UDP":
        by_number = _UDP_PORTS.get(port)
        return by_number if meant is None or port != meant.port else None
    return None if port in meant.over_tcp or port in _WEB else meant


def is_network(scheme: str) -> bool:
    """Whether what follows `scheme://` is a host, and not a path, a bucket or a key."""
    return scheme not in _NOT_NETWORK


def is_account(scheme: str, authority: str) -> bool:
    """Whether what follows the scheme of an object storage is its host, as in `abfss://files@account.dfs.example/x`.

    Elsewhere it is a bucket, or a region: `s3://key:secret@eu-west-1/bucket`.
    """
    user, _, host = authority.rpartition("@")
    name, _, port = host.rpartition(":")
    return scheme in _WITH_ACCOUNT and bool((name and port.isdigit()) or (user and "." in host))


def software_of_image(image: str) -> Software | None:
    """The software that an image holds, by the last part of its name; None where that tells nothing."""
    return guess([image.partition("@")[0].rpartition("/")[2].partition(":")[0]])


def guess(names: Iterable[str]) -> Software | None:
    """The first software that a word of the names means, in full or by its beginning, as in `POSTGRESCLUSTER_USER`."""
    for name in names:
        parts = (*words(name), *_WORD.findall(name.lower()))
        agent = next((each for both, each in _AGENTS.items() if both.issubset(parts)), None)
        if agent is not None:
            return agent
        for word in parts:
            known = _meant(word)
            if known is not None:
                return known
    return None


@lru_cache(1 << 14)
def _meant(word: str) -> Software | None:
    if word in _BY_WORD:
        return _BY_WORD[word]
    return next((_BY_WORD[each] for each in _PREFIXES if word.startswith(each)), None)
