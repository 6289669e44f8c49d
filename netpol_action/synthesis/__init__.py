"""Demands to the least-privilege policies that allow exactly those."""
