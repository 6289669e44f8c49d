"""Files as a zip that is the same bytes for the same files: times fixed, names sorted."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Iterable
from typing import Final

from netpol_action.publish.effects import WriteFile

LEVEL: Final = 6
"""What actions/upload-artifact compresses with."""

_EARLIEST: Final = (1980, 1, 1, 0, 0, 0)
_MODE: Final = stat.S_IFREG | 0o644


def zipped(files: Iterable[WriteFile]) -> bytes:
    """A zip of the files under their paths. It holds regular files only: no directories, no links."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as archive:
        for file in sorted(files, key=lambda file: file.path):
            entry = zipfile.ZipInfo(file.path, _EARLIEST)
            entry.create_system = 3  # Unix, whatever this runs on: what the mode is read by
            entry.external_attr = _MODE << 16
            archive.writestr(entry, file.content, zipfile.ZIP_DEFLATED, LEVEL)
    return buffer.getvalue()
