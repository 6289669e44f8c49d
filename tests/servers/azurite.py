"""Block storage as Azure has it: azurite, and addresses that it takes for signed.

The texts to sign are those of learn.microsoft.com, "Create an account SAS" and "Create a service SAS".
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
import requests

CI = Path(__file__).parents[2] / ".ci"
NODE = CI / ".venv/bin/node"
PROGRAM = CI / "artifacts/node_modules/.bin/azurite-blob"
CLIENT = CI / "artifacts/client.mjs"

ACCOUNT = "devstoreaccount1"
KEY = base64.b64decode("Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==")
"""The account that azurite begins with, and its key: the same everywhere, and no secret (learn.microsoft.com)."""

CONTAINER = "artifacts"
VERSION = "2021-12-02"
FROM, UNTIL = "2020-01-01T00:00:00Z", "2100-01-01T00:00:00Z"


def needed() -> None:
    """Skips a test where azurite is not installed; in CI it fails."""
    if NODE.exists() and PROGRAM.exists():
        return
    if os.environ.get("CI"):
        pytest.fail("azurite is not installed: run .ci/install-tools azurite")
    pytest.skip("azurite is not installed: run .ci/install-tools azurite")


def signed(*lines: str) -> str:
    return base64.b64encode(hmac.digest(KEY, "\n".join(lines).encode(), hashlib.sha256)).decode()


class Azurite:
    """The storage, as `results_server.Storage`."""

    def __init__(self, base: str) -> None:
        self.base = f"{base}/{ACCOUNT}/{CONTAINER}"

    def make_container(self) -> None:
        signature = signed(ACCOUNT, "c", "b", "c", FROM, UNTIL, "", "", VERSION, "", "")
        query = {"sv": VERSION, "ss": "b", "srt": "c", "sp": "c", "st": FROM, "se": UNTIL, "sig": signature}
        requests.put(f"{self.base}?restype=container&{urlencode(query)}", timeout=10).raise_for_status()

    def url(self, key: str, permissions: str, until: str = UNTIL, file_name: str = "") -> str:
        shown = f"attachment; filename*=UTF-8''{quote(file_name)}" if file_name else ""
        path = f"/blob/{ACCOUNT}/{CONTAINER}/{key}"
        lines = (permissions, FROM, until, path, "", "", "", VERSION, "b", "", "", "", shown, "", "", "")
        query = {"sv": VERSION, "sr": "b", "sp": permissions, "st": FROM, "se": until, "sig": signed(*lines)}
        return f"{self.base}/{key}?{urlencode({**query, **({'rscd': shown} if shown else {})})}"

    def upload_url(self, key: str) -> str:
        return self.url(key, "cw")

    def download_url(self, key: str, file_name: str) -> str:
        return self.url(key, "r", file_name=file_name)

    def content(self, key: str) -> bytes | None:
        answer = requests.get(self.url(key, "r"), timeout=10)
        return answer.content if answer.ok else None

    def mime_type(self, key: str) -> str:
        return requests.head(self.url(key, "r"), timeout=10).headers["Content-Type"]


@contextmanager
def azurite() -> Iterator[Azurite]:
    """A storage of its own, in memory, ended with the block."""
    command = [str(NODE), str(PROGRAM), "--blobHost", "127.0.0.1", "--blobPort", "0", "--inMemoryPersistence"]
    command += ["--skipApiVersionCheck", "--disableTelemetry", "--silent"]
    # A group of its own, since what is called node may be a script that starts it.
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stdout is not None
        try:
            base = next(found[0] for line in process.stdout if (found := re.search(r"http://127\.0\.0\.1:\d+", line)))
            storage = Azurite(base)
            storage.make_container()
            yield storage
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.stdout.read()  # its last words, without which it ends with an error
