"""The policies that an earlier run wrote and that were committed: what a run that reads the application must read too.

They may lie outside of what `path` names, beside a kustomization for example. Without them everything would seem to be
open, and a change that they break would seem to be harmless.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from netpol_action import pipeline
from netpol_action.belonging import belonging
from netpol_action.model.diagnostics import note
from netpol_action.model.documents import SourceText
from netpol_action.publish.policy_files import Holding, holding
from netpol_action.sources.history import content_at, version_of
from netpol_action.sources.history import path_at as in_version

Read = Callable[[tuple[str, ...]], pipeline.Loaded]
"""Reads the input at some paths as the run's options say."""


def load_with_policies(paths: tuple[str, ...], policies_path: str, namespace: str, read: Read) -> pipeline.Loaded:
    """The input at these paths, with the file of generated policies where the input itself holds none of ours.

    Where the paths name a version, the file is that of the version. A file without generated
    policies, or with those of another application only, is left out; what somebody has added to one is read with it,
    since a file that counted no more would hide what the rest of it allows. `namespace` is that of objects that name
    none.
    """
    loaded = read(paths)
    if any(pipeline.is_ours(policy.labels) for policy in loaded.cluster.policies) or "-" in paths:
        return loaded
    file = _beside(paths, policies_path)
    content = b"" if file in paths else content_at(file) or b""
    if holding(content) not in (Holding.OURS, Holding.MIXED):
        return loaded
    if belonging([SourceText(file, content)], loaded.cluster, namespace).foreign:
        return loaded
    found = read((*paths, file))
    sentence = f"{file}, which the input does not lead to, is read too: it holds the generated policies"
    return replace(found, diagnostics=(*found.diagnostics, note("generated-policies", sentence)))


def _beside(paths: Sequence[str], policies_path: str) -> str:
    version = version_of(paths[0])
    return in_version(version, policies_path) if version else policies_path
