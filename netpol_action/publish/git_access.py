"""How git may reach a remote: the URL, and settings that hold what proves who is asking.

Both reach git in its environment, so that nothing of them stands on a command line or on a disk.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from netpol_action.publish.checkout import without_credentials
from netpol_action.sources import git

USER_OF_TOKENS: Final = "x-access-token"
"""GitHub's name for whoever comes with a token; other servers take any."""

_NO_SECRETS: Final = ("git", "oauth2", USER_OF_TOKENS)
"""Users that everybody knows. Any other may be a token: some servers take it in this place."""

_HEADER: Final = re.compile(r"http\.(?:.*\.)?extraheader")
_INSTEAD: Final = re.compile(r"url\.(?P<url>.*)\.(?:push)?insteadof")
_OF_THE_WAY: Final = re.compile(r"(?:http|credential|url)\..*|core\.sshcommand")
"""Settings of how a server is reached. Some name programs, so only an owner's own are heeded."""

_PROGRAMS: Final = ("credential.helper", "core.sshcommand")
_LOGIN: Final = re.compile(r"https?://(?P<login>[^/]*)@")
_HTTP: Final = ("http://", "https://")


@dataclass(frozen=True, slots=True)
class Access:
    """A remote and the way to it.

    `url` is without credentials. `settings` are git's, in order; `secrets` are what nobody may read in a message.
    `own` is whether they prove something, or may: over SSH only the agent knows.
    """

    url: str
    settings: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    own: bool = True


def by_token(url: str, token: str) -> Access:
    """The way with a token, which takes the place of all other credentials: two of them would be refused."""
    clean = without_credentials(url)
    header, encoded = _basic(USER_OF_TOKENS, token)
    settings = (("credential.helper", ""), *_only_header(clean, header))
    return Access(clean, settings, (token, encoded))


def of_checkout(top: Path) -> Access:
    """The way that the checkout's own `git push` to origin would take, as far as it can be told.

    actions/checkout leaves a header: until its version 5 in .git/config, later in a file of the runner that this
    includes. Others write a password into the URL, or name a program that knows one; such a program is only started
    where the checkout belongs to whoever runs this, by the rule that git itself has.
    """
    listed = git.attempt(top, ["config", "--list", "--null", "--includes"]).stdout.decode("utf-8", "replace")
    found = [(key, value) for key, _, value in (item.partition("\n") for item in listed.split("\0")) if key]
    url = next((value for key, value in found if key == "remote.origin.url"), "")
    clean = _absolute(without_credentials(url), top)
    wanted = _OF_THE_WAY if _is_ours(top) else _HEADER
    settings = [(key, value) for key, value in found if wanted.fullmatch(key)]
    secrets = [value.rpartition(" ")[2] for key, value in settings if _HEADER.fullmatch(key)]
    user, password = _in_url(url)
    if password:
        header, encoded = _basic(user, password)
        settings += _only_header(clean, header)
        secrets.append(encoded)
    elif user:
        settings.append((f"credential.{clean}.username", user))
    secrets += _logins([url, *(instead["url"] for key, _ in settings if (instead := _INSTEAD.fullmatch(key)))])
    programs = any(value for key, value in settings if key in _PROGRAMS)
    own = bool(password) or programs or not clean.startswith(_HTTP) or _has_header(top, clean)
    return Access(clean, tuple(settings), tuple(filter(None, secrets)), own)


def _has_header(top: Path, url: str) -> bool:
    return bool(git.attempt(top, ["config", "--get-urlmatch", "http.extraheader", url]).stdout.strip())


def _only_header(url: str, header: str) -> Iterator[tuple[str, str]]:
    """For exactly this URL, so that the header goes nowhere else; the empty one takes back those set before."""
    key = f"http.{url}.extraheader"
    yield key, ""
    yield key, header


def _basic(user: str, password: str) -> tuple[str, str]:
    encoded = base64.b64encode(f"{user}:{password}".encode()).decode()
    return f"AUTHORIZATION: basic {encoded}", encoded


def _logins(urls: Iterable[str]) -> Iterator[str]:
    """The users and passwords of URLs that are secrets, as they stand there and as they are meant."""
    for url in urls:
        written = _LOGIN.match(url)
        words = (*_in_url(url), *written["login"].split(":", 1)) if written else ()
        yield from (word for word in dict.fromkeys(words) if word not in _NO_SECRETS)


def _in_url(url: str) -> tuple[str, str]:
    if not url.startswith(_HTTP):
        return "", ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return unquote(parts.username or ""), unquote(parts.password or "")


def _absolute(url: str, top: Path) -> str:
    """A path counts from the top of the checkout, and git will not run there. It is one where no colon comes first."""
    is_path = not re.match(r"[^/]*:", url)
    return str(top / url) if url and is_path else url


def _is_ours(top: Path) -> bool:
    return all(path.stat().st_uid == os.geteuid() for path in (top, top / ".git"))
