"""Keeps Kubernetes network policies right at build time: as a GitHub Action and on the command line."""

__version__ = "0.1.0"
