"""Demands held against policies: what of each is open, what is closed, and what nobody can tell from the input."""

from __future__ import annotations

from dataclasses import dataclass

from netpol_action.model.connections import NOTHING, ConnectionSet
from netpol_action.model.demands import Demand
from netpol_action.model.explanation import Side


@dataclass(frozen=True, slots=True)
class Judgement:
    """What policies do to one demand.

    `blocked` are those of its connections that fail whatever the other end turns out to be. `undecided` are those that
    depend on what the input does not say: the labels of pods that are not in it, or the addresses of a host. `sides`
    are the directions that deny `blocked`, with the policies and why none of their rules fits.
    """

    demand: Demand
    blocked: ConnectionSet = NOTHING
    undecided: ConnectionSet = NOTHING
    sides: tuple[Side, ...] = ()
