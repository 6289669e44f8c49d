"""Writes the least-privilege policies that allow an application's requirements."""

from netpol_action.synthesis.options import SynthesisOptions
from netpol_action.synthesis.scope import scoped
from netpol_action.synthesis.synthesise import COVERS_OTHERS, synthesise

__all__ = ["COVERS_OTHERS", "SynthesisOptions", "scoped", "synthesise"]
