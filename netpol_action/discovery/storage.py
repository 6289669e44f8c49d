"""Buckets of object storage, which values name by `s3://bucket/key` and the like, and hardly ever with a host."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from netpol_action.discovery.addresses import addresses
from netpol_action.discovery.gaps import Draft
from netpol_action.discovery.names import is_credential, names_address
from netpol_action.discovery.netpol_yaml import example_host, flow, shown
from netpol_action.discovery.settings import Setting
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.demands import Gap

_MAX_URL = 1024
_MOST = 100
"""How many buckets are looked at in one value; more of them would come to the same rows."""
_HTTPS = ConnectionSet.single("TCP", 443)
_BUCKET = re.compile(r"\b(s3[an]?|gc?s|az|oss|cosn?|r2)://([a-z0-9][a-z0-9._-]{0,221}(?=[/\s\"',;]|$))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Storage:
    """A kind of object storage. `endpoints` matches the names of settings that say where it is."""

    name: str
    title: str
    target: str
    advice: str
    endpoints: re.Pattern[str]


_S3 = _Storage(
    "s3",
    "Amazon S3 or what speaks as it does",
    example_host("s3"),
    "put the host of your region here, as s3.eu-west-1.amazonaws.com, or that of your own S3",
    re.compile(r"s3|minio|\baws[_.-]?endpoint[_.-]?url$"),
)
_GOOGLE = _Storage(
    "gs",
    "Google Cloud Storage",
    flow(host="storage.googleapis.com"),
    "or {cidr: ...}, where it is reached by a private address",
    re.compile(r"gcs|\bgs"),
)
_OTHER = _Storage(
    "storage",
    "object storage",
    example_host("storage"),
    "put the host of your region's or account's object storage here",
    re.compile(r"azure|\b(?:oss|cos|r2)"),
)
_BY_SCHEME = {"s3": _S3, "s3a": _S3, "s3n": _S3, "gs": _GOOGLE, "gcs": _GOOGLE}


def buckets(settings: Sequence[Setting]) -> Iterator[Draft]:
    """A row for each kind of object storage that the settings name a bucket of, unless one of them has its host."""
    told = [each.name.lower() for each in settings if names_address(each.name) and addresses(each.value)]
    is_told = {each.name: any(map(each.endpoints.search, told)) for each in (_S3, _GOOGLE, _OTHER)}
    for setting in settings:
        for match in () if is_credential(setting.name) else islice(_BUCKET.finditer(setting.value), _MOST):
            scheme = match[1].lower()
            storage = _BY_SCHEME.get(scheme, _OTHER)
            url = setting.value[match.start() : match.start() + _MAX_URL].split(maxsplit=1)[0]
            if not is_told[storage.name] and not addresses(url):
                yield _draft(setting, storage, scheme, match[2] or "")


def _draft(setting: Setting, storage: _Storage, scheme: str, bucket: str) -> Draft:
    """The row; of what a Secret holds it says no more than that."""
    if setting.secret:
        where = f"Secret {setting.secret.replace('/', ', key ', 1)}"
        sentence, key, storage = f"uses the object storage in {where}", f"secret/{setting.secret}", _OTHER
        evidence = setting.evidence
    else:
        sentence, key = f"uses {scheme}:// ({storage.title}), and nothing says on which host", f"storage/{storage.name}"
        evidence = replace(setting.evidence, value=shown(f"{scheme}://{bucket}"))
    return Draft(Gap.EXTERNAL_HOST, key, sentence, storage.target, _HTTPS, (evidence,), advice=storage.advice)
