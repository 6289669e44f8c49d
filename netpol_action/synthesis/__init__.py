"""Writes the least-privilege policies that allow an application's requirements."""

from netpol_action.synthesis.synthesise import SynthesisOptions, synthesise

__all__ = ["SynthesisOptions", "synthesise"]
