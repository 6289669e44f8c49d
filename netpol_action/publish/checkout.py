"""What the user's checkout is of: asked of git, which reads it and changes nothing.

Knows how remotes are written. Whatever a remote's URL holds of passwords stays in here.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit, urlunsplit

from netpol_action.errors import InputError
from netpol_action.publish.target import Checkout
from netpol_action.sources import git
from netpol_action.sources.places import repository_of

_SCP_LIKE: Final = re.compile(r"(?:[^@/:\s]+@)?(?P<host>\[[^\]]+\]|[^@/:\s]+):(?P<path>(?!//).*)")
"""`git@host:owner/name`, which git takes for SSH where no slash stands before the colon (git-fetch, "GIT URLS")."""

_NAME: Final = re.compile(r"/*((?!\.+/)[\w.-]+/(?!\.+/*$)[\w.-]+?)(?:\.git)?/*", re.ASCII)
_BRANCHES: Final = "refs/heads/"
_HTTP: Final = ("http", "https")
_SSH: Final = ("ssh", "git+ssh", "ssh+git")


def checkout_of(directory: Path, server_url: str) -> Checkout | None:
    """The checkout that holds a directory, None outside of any repository.

    `server_url` is GitHub's, as the runner names it. Raises InputError where git cannot read the repository.
    """
    top = repository_of(directory.resolve())
    if top is None:
        return None
    remote = _first_line(top, "config", "--get-all", "remote.origin.url")
    return Checkout(
        top=top,
        head=_first_line(top, "rev-parse", "--verify", "--quiet", "HEAD^{commit}"),
        branch=_branch(_first_line(top, "symbolic-ref", "--quiet", "HEAD")),
        repository=repository_name(remote, server_url),
        remote=without_credentials(remote),
    )


def object_format(top: Path) -> str:
    """How the repository names its objects: `sha1` or `sha256`."""
    return _first_line(top, "rev-parse", "--show-object-format")


def setting(top: Path, key: str) -> str:
    """A setting of the repository, empty where it has none. The user's own settings do not count."""
    return _first_line(top, "config", "--get", key)


def without_credentials(url: str) -> str:
    """A remote's URL fit to be shown: no password, and over HTTP no user either, which may be a token too."""
    parts = _split(url)
    if not parts or "@" not in parts.netloc:
        return url
    user, _, host = parts.netloc.rpartition("@")
    kept = f"{user.partition(':')[0]}@" if parts.scheme in _SSH else ""
    return urlunsplit(parts._replace(netloc=f"{kept}{host}"))


def repository_name(url: str, server_url: str) -> str:
    """The `owner/name` of a repository on the server, empty where the URL leads elsewhere."""
    server, parts = _split(server_url), _split(url)
    if not server:
        return ""
    if not parts:
        scp_like = _SCP_LIKE.fullmatch(url)
        return _owner_and_name(scp_like["path"]) if scp_like and scp_like["host"].lower() == server.hostname else ""
    ours = _is_at(parts, server) if parts.scheme in _HTTP else parts.scheme in _SSH and _is_host(parts, server)
    return _owner_and_name(parts.path) if ours else ""


def lies_on(url: str, server_url: str) -> bool:
    """Whether an HTTP URL is the server's, by scheme, host and port. Its tokens may go nowhere else."""
    server, parts = _split(server_url), _split(url)
    return server is not None and parts is not None and server.scheme == parts.scheme and _is_at(parts, server)


def _is_at(parts: SplitResult, server: SplitResult) -> bool:
    return parts.netloc.rpartition("@")[2].lower() == server.netloc.rpartition("@")[2].lower()


def _is_host(parts: SplitResult, server: SplitResult) -> bool:
    """For SSH, whose port is its own. GitHub also answers as ssh.github.com, where only port 443 is open."""
    return parts.hostname in (server.hostname, f"ssh.{server.hostname}")


def _owner_and_name(path: str) -> str:
    found = _NAME.fullmatch(path)
    return found[1] if found else ""


def _split(url: str) -> SplitResult | None:
    """The parts of a URL that has a scheme; None for a path, the form of SSH, and what is no URL at all."""
    if "://" not in url:
        return None
    try:
        parts = urlsplit(url)
        _ = parts.hostname, parts.port  # raise as well
    except ValueError:
        return None
    return parts


def _branch(ref: str) -> str:
    return ref.removeprefix(_BRANCHES) if ref.startswith(_BRANCHES) else ""


def _first_line(top: Path, *arguments: str) -> str:
    """The first line that a command writes, empty where it has nothing to say, which git ends with 1."""
    done = git.attempt(top, arguments)
    if done.returncode > 1:
        raise InputError(f"git cannot read the repository at {top}")
    return done.stdout.decode("utf-8", "replace").partition("\n")[0]
