"""What a person means by the name of an endpoint: the words of `--from`, `--to` and `--focus`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from ipaddress import ip_address

from netpol_action.errors import UsageError
from netpol_action.model.addresses import AddressRange
from netpol_action.model.bits import bits_of
from netpol_action.model.endpoints import Endpoint, IpBlock, Workload

INTERNET = "internet"

_NAME = re.compile(r"(?:(?P<namespace>[^/\[\]{}\s]+)/)?(?P<name>[^/\[\]{}\s]+)(?:\[(?P<kind>[^\[\]{}]+)\])?")
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class End:
    """Some endpoints of a list, as bits; `asked` are the addresses meant, where the text names addresses."""

    text: str
    bits: int
    asked: AddressRange | None = None

    def shown(self, block: IpBlock) -> IpBlock:
        """The part of an address block that was asked for."""
        if self.asked is None:
            return block
        first, last = max(block.range.first, self.asked.first), min(block.range.last, self.asked.last)
        return IpBlock(AddressRange(block.range.family, first, last))


def find_end(text: str, endpoints: Sequence[Endpoint]) -> End:
    """The endpoints that a text names.

    `namespace/name[Kind]` (without `[Kind]` or namespace where that is unique; all variants of a workload unless one is
    named), an address, a CIDR or a range of addresses, `internet`, or the text of any other endpoint of the list.
    Raises UsageError with a sentence where it names none, or more than one workload.
    """
    text = text.strip()
    exactly = bits_of(i for i, endpoint in enumerate(endpoints) if str(endpoint) == text)
    if exactly:
        return End(text, exactly)
    if text.lower() == INTERNET:
        return End(text, bits_of(i for i, endpoint in enumerate(endpoints) if isinstance(endpoint, IpBlock)))
    asked = address_range(text)
    return _addresses(text, asked, endpoints) if asked is not None else _workload(text, endpoints)


def address_range(text: str) -> AddressRange | None:
    """The addresses that a text names: one address, a CIDR, or `first-last`; None where it is none of these."""
    first, dash, last = text.strip().partition("-")
    try:
        if not dash:
            return AddressRange.parse(first)
        ends = ip_address(first.strip()), ip_address(last.strip())
    except ValueError:
        return None
    if ends[0].version != ends[1].version or int(ends[0]) > int(ends[1]):
        return None
    return AddressRange(ends[0].version, int(ends[0]), int(ends[1]))


def _addresses(text: str, asked: AddressRange, endpoints: Sequence[Endpoint]) -> End:
    found = bits_of(i for i, e in enumerate(endpoints) if isinstance(e, IpBlock) and e.range.overlaps(asked))
    if not found:
        raise UsageError(f"{text}: no IPv{asked.family} address is part of this analysis (--ip-family says which are)")
    return End(text, found, asked)


def _workload(text: str, endpoints: Sequence[Endpoint]) -> End:
    match = _NAME.fullmatch(text)
    found: dict[tuple[str, str, str], list[int]] = {}
    for i, endpoint in enumerate(endpoints):
        if match is not None and isinstance(endpoint, Workload) and _is(endpoint, match):
            found.setdefault((endpoint.namespace, endpoint.name, endpoint.kind), []).append(i)
    if not found:
        raise UsageError(_unknown(text, endpoints))
    if len(found) > 1:
        names = [f"{namespace}/{name}[{kind}]" for namespace, name, kind in sorted(found)]
        raise UsageError(f"{text} may be any of {_listed(names)}: write which one")
    return End(text, bits_of(i for positions in found.values() for i in positions))


def _is(workload: Workload, match: re.Match[str]) -> bool:
    return (
        workload.name == match["name"]
        and match["namespace"] in (None, workload.namespace)
        and (match["kind"] is None or match["kind"].lower() == workload.kind.lower())
    )


def _unknown(text: str, endpoints: Sequence[Endpoint]) -> str:
    workloads = [endpoint for endpoint in endpoints if isinstance(endpoint, Workload)]
    by_text: dict[str, str] = {}
    for workload in workloads:
        for key in (str(workload), f"{workload.namespace}/{workload.name}", workload.name):
            by_text.setdefault(key, str(workload))
    name = text.rpartition("/")[2].partition("[")[0]
    near = [*get_close_matches(text, by_text, _SHOWN), *get_close_matches(name, by_text, _SHOWN)]
    names = list(dict.fromkeys(by_text[key] for key in near))
    if names:
        return f"no workload of the input is called {text}; did you mean {_listed(names, 'or')}?"
    if workloads:
        return f"no workload of the input is called {text}; there are {_listed(list(map(str, workloads)))}"
    return f"no workload of the input is called {text}, since there is none"


def _listed(names: Sequence[str], word: str = "and") -> str:
    shown = list(names[:_SHOWN])
    if len(names) > _SHOWN:
        shown.append(f"{len(names) - _SHOWN} more")
        word = "and"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} {word} {shown[-1]}"
