"""The tiers of policies, folded once for a set of equally selected workloads and one direction.

A fold's result says for every other end which connections it may have: `Reach`, a partition of the other ends by their
connections. Rules come in as layers: pairs of a port mask and a bitset of other ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from netpol_action.model.policies import Action

Layers = tuple[tuple[int, int], ...]
"""What a rule matches: each layer's ports (a mask) for each layer's other ends (a bitset)."""

Reach = tuple[tuple[int, int], ...]
"""Port mask and other ends, sorted by mask; masks are distinct and bitsets disjoint, so equal reaches are equal."""


@dataclass(frozen=True, slots=True)
class Tiers:
    """All that selects a workload in one direction.

    Admin and baseline rules are in the order in which they decide; `allowed` is what the NetworkPolicies allow
    together, None where none isolates.
    """

    admin: Sequence[tuple[Action, Layers]] = ()
    allowed: Layers | None = None
    baseline: Sequence[tuple[Action, Layers]] = ()


def fold(tiers: Tiers, everyone: int, every_port: int) -> Reach:
    """What the tiers leave allowed, by the order Admin, NetworkPolicy, Baseline, allow.

    An admin Pass hands the connection to the NetworkPolicies if one isolates, else to the baseline; a baseline Pass
    means the default, which is to allow (network-policy-api, v1alpha2).
    """
    if not tiers.admin and (tiers.allowed is not None or not tiers.baseline):
        return partition(tiers.allowed if tiers.allowed is not None else ((every_port, everyone),))
    rules = [layers for _, layers in (*tiers.admin, *tiers.baseline)]
    layers = [layer for rule in rules for layer in rule] + list(tiers.allowed or ())
    blocks = cut(every_port, {mask for mask, _ in layers})
    return partition((block, _allowed(tiers, block, everyone)) for block in blocks)


def partition(layers: Iterable[tuple[int, int]]) -> Reach:
    """The union of layers, as a partition of the other ends by their ports."""
    pieces: list[tuple[int, int]] = []
    for mask, bits in layers:
        if not mask:
            continue
        rest = bits
        split: list[tuple[int, int]] = []
        for ports, ends in pieces:
            both = ends & rest
            if not both or ports | mask == ports:
                split.append((ports, ends))
            else:
                split.append((ports | mask, both))
                if ends != both:
                    split.append((ports, ends ^ both))
            rest ^= both
        if rest:
            split.append((mask, rest))
        pieces = split
    merged: dict[int, int] = {}
    for ports, ends in pieces:
        merged[ports] = merged[ports] | ends if ports in merged else ends  # `0 | ends` would be a copy
    return tuple(sorted(merged.items()))


def _allowed(tiers: Tiers, block: int, everyone: int) -> int:
    """The other ends that the tiers allow on one block of ports, which each layer holds whole or not at all."""
    allowed, passed, undecided = _decide(tiers.admin, block, everyone)
    undecided |= passed
    if tiers.allowed is not None:
        return allowed | (undecided & _ends(tiers.allowed, block))
    more, passed, undecided = _decide(tiers.baseline, block, undecided)
    return allowed | more | passed | undecided


def _decide(rules: Sequence[tuple[Action, Layers]], block: int, undecided: int) -> tuple[int, int, int]:
    """One tier: the ends that it allows, those that it passes on, and those that it says nothing of."""
    allowed = passed = 0
    for action, layers in rules:
        hit = undecided & _ends(layers, block)
        if action is Action.ALLOW:
            allowed |= hit
        elif action is Action.PASS:
            passed |= hit
        undecided ^= hit
    return allowed, passed, undecided


def _ends(layers: Layers, block: int) -> int:
    result = 0
    for mask, bits in layers:
        if mask & block:
            result |= bits
    return result


def cut(whole: int, masks: Iterable[int]) -> list[int]:
    """The disjoint sets that make up `whole` and that each of `masks` holds whole or not at all."""
    blocks = [whole] if whole else []
    for mask in masks:
        blocks = [part for block in blocks for part in (block & mask, block & ~mask) if part]
    return blocks
