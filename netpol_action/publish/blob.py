"""Block storage as Azure has it: content is sent in blocks, and is there once the list of them is.

The address carries the right to write as its query, which is kept as it is and only added to
(learn.microsoft.com, "Put Block", "Put Block List").
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from netpol_action.publish.errors import PassingError, PublishingError
from netpol_action.publish.web import PASSING, Web

BLOCK: Final = 8 * 1024 * 1024
"""Bytes of a block at most, as actions/toolkit has it."""

VERSION: Final = "2021-12-02"
"""Of the storage's interface."""

_CREATED: Final = 201


def signatures(url: str) -> tuple[str, ...]:
    """The secret part of an address in each way of writing it: what no log may show."""
    found = re.search(r"(?:^|&)sig=([^&]+)", urlsplit(url).query)
    if not found:
        return ()
    raw = unquote(found[1])
    return tuple(dict.fromkeys((raw, found[1], quote(raw, safe="!'()*"))))


def store(web: Web, url: str, content: bytes, mime_type: str) -> None:
    """Sends the content to the signed address. Raises PublishingError where it is not taken."""
    names = []
    for name, block in _blocks(content):
        names.append(name)
        query = f"comp=block&blockid={quote(name, safe='')}"
        _put(web, _with(url, query), {"Content-Type": "application/octet-stream"}, block)
    listed = "".join(f"<Latest>{name}</Latest>" for name in names)
    body = f'<?xml version="1.0" encoding="utf-8"?><BlockList>{listed}</BlockList>'.encode()
    headers = {"Content-Type": "application/xml", "x-ms-blob-content-type": mime_type}
    _put(web, _with(url, "comp=blocklist"), headers, body)


def _blocks(content: bytes) -> Iterator[tuple[str, bytes]]:
    """The blocks and their names, all of one length, as the storage wants them."""
    for number, start in enumerate(range(0, len(content), BLOCK)):
        yield base64.b64encode(f"block-{number:08}".encode()).decode(), content[start : start + BLOCK]


def _with(url: str, query: str) -> str:
    return f"{url}{'&' if urlsplit(url).query else '?'}{query}"


def _put(web: Web, url: str, headers: Mapping[str, str], body: bytes) -> None:
    def undertaking() -> None:
        answer = web.send("the storage of artifacts", "PUT", url, {"x-ms-version": VERSION, **headers}, body)
        if answer.status == _CREATED:
            return
        code = answer.headers.get("x-ms-error-code", "")
        reason = f" ({code})" if re.fullmatch("[A-Za-z]{1,60}", code) else ""
        sentence = f"the storage of artifacts answered {answer.status}{reason}"
        if answer.status in PASSING:
            raise PassingError(sentence, answer.wait)
        raise PublishingError(sentence)

    web.repeated(undertaking)
