"""The result of a whole run, as one value: what `render` turns into report.json and the summary."""

from __future__ import annotations

from dataclasses import dataclass, field

from netpol_action.model.connectivity import ConnectivityMap
from netpol_action.model.demands import Requirements
from netpol_action.model.diagnostics import Diagnostic, Severity
from netpol_action.model.diff import ConnectivityDiff
from netpol_action.model.findings import Check
from netpol_action.model.generated import GeneratedPolicy

UNDEPLOYED = "undeployed-policies"
"""The rule of the warning that deploying the input does not apply the generated policies."""


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """What one run found and made.

    `after` is the map with the policies in place: the generated ones where `policies` holds any, those of the input
    otherwise. `before` is the map without the generated policies, None where none were generated. `policies_path` is
    the file that holds `policies`, relative to the workspace, empty where none was written; `policies_yaml` is its
    text. `check` is how the policies in place stand to what is required, None where that was not asked. `diff` is what
    changed against the version that `compared_with` names, None where nothing was compared. Messages name lines, so the
    origins are to be refined before.
    """

    requirements: Requirements
    policies: tuple[GeneratedPolicy, ...]
    before: ConnectivityMap | None
    after: ConnectivityMap
    diagnostics: tuple[Diagnostic, ...] = ()
    policies_path: str = ""
    policies_yaml: str = field(default="", repr=False)
    check: Check | None = None
    diff: ConnectivityDiff | None = None
    compared_with: str = ""

    @property
    def deployed(self) -> bool:
        """Whether deploying the input applies the generated policies as well, as far as anybody can tell."""
        return all(diagnostic.rule != UNDEPLOYED for diagnostic in self.diagnostics)

    @property
    def partial(self) -> bool:
        """Whether a part of the input could not be used."""
        return any(diagnostic.severity is Severity.ERROR for diagnostic in self.diagnostics)
