"""Network addresses in text: URLs, DSNs, lists of `host:port`, names alone.

Knows how addresses are written, not whether they exist: it finds hosts, and `directory` looks them up. Every scan is
linear in the text, whatever the text is.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

from netpol_action.discovery.ports import is_account, is_network, is_udp, scheme_port
from netpol_action.model.connections import FIRST_PORT, LAST_PORT, ConnectionSet, Protocol

_MAX_HOST = 253
_MAX_SCHEME = 32
_MAX_URL = 4096
_MAX_PLACEHOLDERS = 0xF8FE - 0xE000
NODE = "\uf8ff"
"""Stands in a value for the address of the node that the pod runs on, which only the kubelet knows."""
_LABEL = re.compile(r"[a-z0-9_\ue000-\uf8ff](?:[a-z0-9_\ue000-\uf8ff-]{0,61}[a-z0-9_\ue000-\uf8ff])?")
_SCHEME = re.compile(r"[a-z][a-z0-9+.*-]*\Z")
_SPAN_END = re.compile(r"[\s\"'<>`|\\{}]")
_AUTHORITY_END = re.compile(r"[/?#;]")
_NEXT_ITEM = re.compile(
    r",[a-z_][\w.-]{0,60}=(?=[a-z][a-z0-9+.-]{0,31}://|[a-z0-9][\w.-]{0,252}:[0-9]{1,5}(?:[,/]|$))", re.IGNORECASE
)
_NETWORK_CALL = re.compile(r"\b(?:tcp|udp)[46]?\(([^()\s]{1,1000})\)", re.IGNORECASE)
_ORACLE = re.compile(r"jdbc:oracle:[a-z]{1,10}:[^@\s]{0,200}@(?://)?([^\s/@]{1,300})", re.IGNORECASE)
_TOKENS = re.compile(r"[^\s,;|\"'`(){}<>=]+")
_TRANSPORT = re.compile(r"(?:tcp|udp|ssl|np|dns|dnssrv|dnssrvnoa)[:+](?=[a-z_])", re.IGNORECASE)
_SCP = re.compile(r"[a-z_][\w.-]{0,63}@([a-z0-9][a-z0-9.-]{0,252}):([^\s:@]{1,1000})", re.IGNORECASE)
_LOCAL = frozenset({"localhost", "localhost.localdomain", "ip6-localhost"})


class Form(Enum):
    """How plainly a text is an address. BARE: a name alone, which could be anything."""

    URL = 2
    HOST_PORT = 1
    BARE = 0


@dataclass(frozen=True, slots=True)
class Address:
    """One address. `port` None: none in the text. `port_name` where the text names the port, as in `db:http`.

    `host` is in lower case, without a trailing dot or brackets. `transport` is the protocol where the text has it
    without a scheme, as `udp(logs:514)`.
    """

    host: str
    port: int | None = None
    port_name: str = ""
    scheme: str = ""
    form: Form = Form.BARE
    transport: Protocol | None = None

    @property
    def is_ip(self) -> bool:
        """Whether the host is an IP address."""
        return _ip(self.host) is not None

    @property
    def connections(self) -> ConnectionSet:
        """The connections that the text itself names: by port, else by scheme; empty where it names none."""
        if self.port is not None:
            return ConnectionSet.single(self.protocol or "TCP", self.port)
        return scheme_port(self.scheme) or ConnectionSet()

    @property
    def protocol(self) -> Protocol | None:
        """The protocol that the text itself names; None where it leaves it to be guessed."""
        if self.transport or not self.scheme:
            return self.transport
        return "UDP" if is_udp(self.scheme) else "TCP"

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = self.port if self.port is not None else self.port_name
        return (f"{self.scheme}://" if self.scheme else "") + host + (f":{port}" if port else "")


def addresses(text: str) -> tuple[Address, ...]:
    """Every address in the text, in order, without repetition; addresses of the pod itself are left out.

    A name alone is an address only where the text consists of such names, so that prose is not.
    """
    found: list[Address] = []
    rest = _take_calls(_take_oracle(_take_urls(text, found), found), found)
    found.extend(_tokens(rest, alone=rest == text))
    return tuple(dict.fromkeys(address for address in found if not _is_local(address.host)))


def placeholder(index: int) -> str:
    """A character that stands for the unknown value number `index`; `unknowns` finds it again within a host."""
    return chr(0xE000 + min(index, _MAX_PLACEHOLDERS))


def unknowns(host: str) -> tuple[int, ...]:
    """The numbers of the unknown values that are part of the host."""
    return tuple(ord(c) - 0xE000 for c in host if 0xE000 <= ord(c) <= 0xF8FF)  # noqa: PLR2004  # see placeholder


def without_placeholders(text: str) -> str:
    """The text of an input without the characters that stand for unknown values."""
    return re.sub(r"[\ue000-\uf8ff]", "?", text)


def _take_urls(text: str, found: list[Address]) -> str:
    """Adds the URLs' addresses; returns the text without the URLs."""
    kept: list[str] = []
    position = 0
    while (mark := text.find("://", position)) >= 0:
        start = max(position, mark - _MAX_SCHEME)
        scheme = re.split(r"[^A-Za-z0-9+.*-]", text[start:mark])[-1].lower()
        stop = _end_of_url(text, mark + 3)
        if _SCHEME.match(scheme):
            found.extend(_authority(scheme, text[mark + 3 : stop]))
        kept.append(text[position : mark - len(scheme)])
        position = stop
    kept.append(text[position:])
    return "\n".join(kept) if len(kept) > 1 else text


def _end_of_url(text: str, start: int) -> int:
    """Where the URL ends: at white space or a quote, or where a comma parts it from the next item of a list."""
    limit = min(len(text), start + _MAX_URL)
    end = _SPAN_END.search(text, start, limit)
    stop = end.start() if end else limit
    item = _NEXT_ITEM.search(text, start, stop)
    if item and text.find("@", item.end(), stop) < 0:
        stop = item.start()
    following = text.find("://", start, stop)
    if following < 0:
        return stop
    comma = text.rfind(",", max(start, following - _MAX_SCHEME), following)
    return comma if comma >= 0 and _SCHEME.match(text[comma + 1 : following].lower()) else stop


def _authority(scheme: str, rest: str) -> Iterator[Address]:
    hosts = rest.lstrip("/") if scheme in ("dns", "passthrough", "xds", "ipv4", "ipv6") else rest
    authority = _AUTHORITY_END.split(hosts, maxsplit=1)[0]
    if "@" not in authority and "@" in hosts and not _plain(authority):
        authority = _AUTHORITY_END.split(hosts.rpartition("@")[2], maxsplit=1)[0]
    if not is_network(scheme) and not is_account(scheme, authority):
        return
    for part in authority.rpartition("@")[2].split(","):
        address = _host_port(part, scheme, Form.URL)
        if address is not None:
            yield address


def _plain(authority: str) -> bool:
    """Whether the authority is `host` or `host:port`, so that no password can have been cut off at its end."""
    port = authority.rpartition(":")[2]
    return ":" not in authority or port.isdigit() or authority.endswith("]")


def _take_oracle(text: str, found: list[Address]) -> str:
    for match in _ORACLE.finditer(text):
        address = _host_port(match[1], "oracle", Form.URL)
        if address is not None:
            found.append(address)
    return _ORACLE.sub("\n", text)


def _take_calls(text: str, found: list[Address]) -> str:
    """Adds the addresses of `tcp(db:3306)`, as Go's MySQL driver has them; returns the text without."""
    for match in _NETWORK_CALL.finditer(text):
        address = _host_port(match[1], "", Form.HOST_PORT)
        if address is not None:
            found.append(replace(address, transport=_transport(match[0])))
    return _NETWORK_CALL.sub("\n", text)


def _tokens(text: str, *, alone: bool) -> Iterator[Address]:
    """The `host:port` among the tokens, and names alone where the text is nothing but names."""
    stripped = text.strip()
    names_only = alone and bool(stripped) and not re.search(r"[\s(){}<>=\"'`]", stripped)
    tokens = _TOKENS.findall(text)
    for position, token in enumerate(tokens):
        prefix = _TRANSPORT.match(token)
        token = token[prefix.end() :] if prefix else token  # noqa: PLW2901
        following = tokens[position + 1] if position + 1 < len(tokens) else ""
        if names_only and "," in stripped and following.isdigit() and _is_host(token.lower()):
            token = f"{token}:{following}"  # noqa: PLW2901  # SQL Server writes db,1433
        address = _over_ssh(token) or _host_port(token, "", Form.HOST_PORT)
        if address is None:
            continue
        if address.form is Form.URL:
            yield address
            continue
        if address.port is not None or address.port_name:
            yield replace(address, transport=_transport(prefix[0])) if prefix else address
        elif names_only:
            yield Address(address.host, scheme="", form=Form.BARE)


def _over_ssh(token: str) -> Address | None:
    """Reads `git@github.com:acme/x.git` and `backup@nas:/srv`, as git and scp write what they reach over SSH."""
    match = _SCP.fullmatch(token)
    if match is None:
        return None
    first, slash, _ = match[2].partition("/")
    is_path = (slash and not first.isdigit()) or match[2].endswith(".git")
    return _host_port(match[1], "ssh", Form.URL) if is_path else None


def _transport(prefix: str) -> Protocol | None:
    """The protocol that `udp:` or `tcp(` in front of an address names."""
    name = prefix[:3].lower()
    return "UDP" if name == "udp" else "TCP" if name in ("tcp", "ssl") else None


def _host_port(token: str, scheme: str, form: Form) -> Address | None:
    """Reads `host`, `host:port`, `[v6]:port`, `host:port/path`, `user:password@host:port` or `host:port:more`."""
    user, at, token = token.rpartition("@")
    if len(token) > _MAX_URL or (at and ":" not in user + token):  # without a colon, a mail address
        return None
    token, slash, path = token.lower().partition("/")
    if _ip(token) is not None:
        if slash and not scheme and path[:1].isdigit():  # a block of addresses is no host
            return None
        return Address(token, None, "", scheme, form)
    bracketed = token.startswith("[")
    host, _, rest = token[1:].partition("]") if bracketed else token.partition(":")
    number = rest.removeprefix(":").partition(":")[0]
    host = host.removesuffix(".")
    if not (_ip(host) is not None if bracketed else _is_host(host)):
        return None
    port = _port(number)
    if number and port is None:
        named = _LABEL.fullmatch(number) is not None and not number[0].isdigit()
        return Address(host, None, number, scheme, form) if named else None
    return Address(host, port, "", scheme, form)


def _port(text: str) -> int | None:
    if not text.isascii() or not text.isdigit() or len(text) > len(str(LAST_PORT)):
        return None
    return int(text) if FIRST_PORT <= int(text) <= LAST_PORT else None


def _is_host(text: str) -> bool:
    if not text or len(text) > _MAX_HOST:
        return False
    labels = text.split(".")
    if not all(_LABEL.fullmatch(label) for label in labels):
        return False
    return not labels[-1].isdigit() or _ip(text) is not None


def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    if not host or host[-1] not in "0123456789abcdef:" or ("." not in host and ":" not in host):
        return None
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_local(host: str) -> bool:
    address = _ip(host)
    if address is None:
        return host in _LOCAL or host.endswith(".localhost")
    return address.is_loopback or address.is_unspecified or address.is_multicast
