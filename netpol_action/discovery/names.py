"""What the name of a variable, a key or a flag says about its value: is it an address, and of what.

Judges names alone: it never sees a value.
"""

from __future__ import annotations

import re
from functools import lru_cache


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_CACHE = 1 << 14
_STRONG = _set("""
    host hosts hostname hostnames hostport hostaddr url urls uri uris dsn addr addrs address addresses endpoint
    endpoints server servers broker brokers connection conn connect connectionstring connstr bootstrap datasource jdbc
    origin fqdn baseurl sentinel sentinels quorum ip ips""")
_WEAK = _set("""
    service services svc backend backends upstream upstreams target targets peer peers node nodes cluster master
    leader replica slave primary secondary follower seed seeds remote proxy gateway frontend api contactpoints
    nameserver nameservers collector agent registry replicaof slaveof""")
_STORES = _set("db database cache queue store storage mq")
_DIALLED_STORES = _set("""
    db database cache store postgres postgresql pg mysql mariadb mongo mongodb redis valkey memcached kafka rabbitmq
    rabbit amqp nats elasticsearch elastic opensearch cassandra clickhouse influxdb smtp ldap mail
    service backend upstream""")
_NOT_LAST = _set("""
    user username users usr login account password passwd pwd pass token key keys secret credentials cert certs
    certificate ca crt pem name names namespace id uuid type kind mode level path paths dir directory file files
    folder enabled enable disabled disable timeout interval delay retries retry limit max min size count ttl port
    ports version format prefix suffix regex pattern role roles scope env environment region zone class driver image
    tag label labels method protocol scheme tls ssl verify insecure algorithm encoding charset bytes seconds
    policy strategy workers threads options opts args flags log query params pool subnet cidr header headers""")
_GLUED = (
    "host",
    "hosts",
    "hostname",
    "url",
    "uri",
    "dsn",
    "addr",
    "address",
    "endpoint",
    "server",
    "servers",
    "brokers",
)
_GLUED_NOT = frozenset({"ghost", "observer", "localhost"})
_CREDENTIALS = _set("""user username login password passwd pwd pass token secret credentials key cert certificate""")
_NOT_DIALLED = _set("""
    listen bind advertise advertised announce redirect callback cors allowed whitelist allowlist trusted
    audience xmlns annotations""")
_NOT_DIALLED_ALONE = _set("""
    schema namespace image repository doc docs homepage link links website description help content""")
_OF_A_SERVICE = _set("service svc api server host hostname backend addr address endpoint")
"""Beside one of these, `image` and the like name what the service serves: `IMAGE_SERVICE_URL`."""
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")


@lru_cache(_CACHE)
def words(name: str) -> tuple[str, ...]:
    """The words of a name in lower case: `DB_HOST`, `db.host`, `dbHost` and `--db-host` are all `db host`."""
    return tuple(word.lower() for word in _WORD.findall(name[:256]))


@lru_cache(_CACHE)
def suggests_address(name: str) -> bool:
    """Whether a value under this name plausibly is an address: `DB_HOST`, `SCHEDULER_SERVICE`; not `SERVICE_NAME`."""
    parts = [word for word in words(name) if not word.isdigit()]
    if not parts:
        return False
    if names_address(name):
        return True
    return parts[-1] in _WEAK


@lru_cache(_CACHE)
def names_address(name: str) -> bool:
    """Whether the name alone says that its value is an address: `DATABASE_URL`, `DBHOST`; not `DB`, `DBNAME`."""
    parts = [word for word in words(name) if not word.isdigit()]
    strong = [position for position, word in enumerate(parts) if word in _STRONG or _is_glued(word)]
    return bool(strong) and not any(word in _NOT_LAST for word in parts[strong[-1] + 1 :])


@lru_cache(_CACHE)
def is_store(name: str) -> bool:
    """Whether the name ends in what applications connect to without a word of an address: `--db`, `SESSION_REDIS`."""
    parts = [word for word in words(name) if not word.isdigit()]
    return bool(parts) and parts[-1] in _DIALLED_STORES


@lru_cache(_CACHE)
def is_other(name: str) -> bool:
    """Whether the name says that its value is something else than an address: `RUN_AS_USER`, `IMAGE`, `MAX_SIZE`."""
    parts = [word for word in words(name) if not word.isdigit()]
    return bool(parts) and parts[-1] in _NOT_LAST


def mentions_address(name: str) -> bool:
    """Whether the name of a Secret or ConfigMap sounds as if addresses were in it: `db-connection-properties`."""
    return any(word in _STRONG | _WEAK | _STORES or _is_glued(word) for word in words(name))


@lru_cache(_CACHE)
def is_credential(name: str) -> bool:
    """Whether the name announces a user, a password or a key: its value is not looked at."""
    parts = words(name)
    return bool(parts) and (parts[-1] in _CREDENTIALS or parts[-1].endswith(("password", "passwd")))


@lru_cache(_CACHE)
def is_dialled(name: str) -> bool:
    """Whether an address under this name is one to connect to, not one to listen on or to send a browser to."""
    parts = frozenset(words(name))
    if parts & _NOT_DIALLED or {"no", "proxy"} <= parts or "nonproxy" in name.lower():
        return False
    served = parts & _OF_A_SERVICE or {"schema", "registry"} <= parts
    return not parts & _NOT_DIALLED_ALONE or bool(served)


def port_siblings(name: str) -> tuple[tuple[str, ...], ...]:
    """The words of the names under which the port of the host in `name` may stand: `DB_HOST` has `DB_PORT`."""
    parts = words(name)
    siblings = [(*parts, "port")]
    for position in range(len(parts) - 1, -1, -1):
        if parts[position] in _STRONG or parts[position] in _WEAK:
            siblings.append((*parts[:position], "port", *parts[position + 1 :]))
            break
    last = parts[-1] if parts else ""
    for glued in _GLUED:
        if last != glued and last.endswith(glued):
            siblings.append((*parts[:-1], last.removesuffix(glued) + "port"))
            break
    return tuple(siblings)


def _is_glued(word: str) -> bool:
    """Words written as one, such as `DBHOST` and `mongourl`."""
    return word.endswith(_GLUED) and word not in _GLUED_NOT
