"""The tiers, folded: who may be met over which ports. Other ends are the bits a, b, c; ports are the bits 1, 2, 4."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpol_action.connectivity.fold import Layers, Tiers, cut, fold, partition
from netpol_action.model.policies import Action

A, B, C = 1, 2, 4
EVERYONE = A | B | C
PORTS = 7
ALLOW, DENY, PASS = Action.ALLOW, Action.DENY, Action.PASS


def allowed(tiers: Tiers) -> dict[int, int]:
    """Other ends by port, one bit each."""
    reach = fold(tiers, EVERYONE, PORTS)
    return {port: sum(bits for mask, bits in reach if mask & port) for port in (1, 2, 4)}


@pytest.mark.parametrize(
    ("tiers", "ends"),
    [
        pytest.param(Tiers(), {1: EVERYONE, 2: EVERYONE, 4: EVERYONE}, id="nothing: everything"),
        pytest.param(Tiers(allowed=()), {1: 0, 2: 0, 4: 0}, id="isolated without rules: nothing"),
        pytest.param(Tiers(allowed=((1, A), (3, B))), {1: A | B, 2: B, 4: 0}, id="network policies add up"),
        pytest.param(
            Tiers(admin=[(DENY, ((1, A),))]), {1: B | C, 2: EVERYONE, 4: EVERYONE}, id="an admin deny, else the default"
        ),
        pytest.param(
            Tiers(admin=[(ALLOW, ((1, A),)), (DENY, ((7, EVERYONE),))]), {1: A, 2: 0, 4: 0}, id="the first rule wins"
        ),
        pytest.param(
            Tiers(admin=[(DENY, ((7, EVERYONE),)), (ALLOW, ((1, A),))]), {1: 0, 2: 0, 4: 0}, id="whatever comes later"
        ),
        pytest.param(
            Tiers(admin=[(ALLOW, ((1, A),))], allowed=((2, B),)),
            {1: A, 2: B, 4: 0},
            id="an admin allow goes past the network policies; the rest is theirs",
        ),
        pytest.param(
            Tiers(admin=[(PASS, ((7, A),)), (DENY, ((7, EVERYONE),))], allowed=((7, EVERYONE),)),
            {1: A, 2: A, 4: A},
            id="pass skips the rest of the tier, on to the network policies",
        ),
        pytest.param(
            Tiers(admin=[(PASS, ((7, A),))], baseline=[(DENY, ((7, A | B),))]),
            {1: C, 2: C, 4: C},
            id="or to the baseline",
        ),
        pytest.param(
            Tiers(allowed=((1, A),), baseline=[(ALLOW, ((7, EVERYONE),))]),
            {1: A, 2: 0, 4: 0},
            id="no baseline where a network policy isolates",
        ),
        pytest.param(
            Tiers(baseline=[(PASS, ((7, A),)), (DENY, ((7, EVERYONE),))]),
            {1: A, 2: A, 4: A},
            id="a baseline pass is the default: allow",
        ),
    ],
)
def test_fold(tiers: Tiers, ends: dict[int, int]):
    assert allowed(tiers) == ends


MASKS = st.integers(0, PORTS)
LAYERS = st.lists(st.tuples(MASKS, MASKS), max_size=3).map(tuple)
RULES = st.lists(st.tuples(st.sampled_from(Action), LAYERS), max_size=4)


@given(RULES, st.none() | LAYERS, RULES)
def test_fold_is_what_the_tiers_say_end_by_end(
    admin: list[tuple[Action, Layers]], network: Layers | None, baseline: list[tuple[Action, Layers]]
):
    found = allowed(Tiers(admin, network, baseline))
    for port in (1, 2, 4):
        for end in (A, B, C):
            assert bool(found[port] & end) == decided(admin, network, baseline, port, end)


def decided(
    admin: list[tuple[Action, Layers]],
    network: Layers | None,
    baseline: list[tuple[Action, Layers]],
    port: int,
    end: int,
) -> bool:
    def matches(layers: Layers) -> bool:
        return any(mask & port and bits & end for mask, bits in layers)

    for action, layers in admin:
        if matches(layers):
            if action is PASS:
                break
            return action is ALLOW
    if network is not None:
        return matches(network)
    for action, layers in baseline:
        if matches(layers):
            return action is not DENY
    return True


@given(st.lists(st.tuples(MASKS, MASKS), max_size=6))
def test_a_partition_is_canonical_and_the_union_of_its_layers(layers: list[tuple[int, int]]):
    parts = partition(layers)
    for end in (A, B, C):
        masks = [mask for mask, bits in parts if bits & end]
        assert len(masks) <= 1
        union = 0
        for mask, bits in layers:
            union |= mask if bits & end else 0
        assert (masks or [0]) == [union]
    assert list(parts) == sorted(set(parts))
    assert len({mask for mask, _ in parts}) == len(parts)
    assert partition(reversed(layers)) == parts


@given(MASKS, st.lists(MASKS, max_size=4))
def test_a_cut_tells_apart_just_what_the_masks_do(whole: int, masks: list[int]):
    pieces = cut(whole, masks)
    assert sum(pieces) == whole
    assert all(piece and all(piece & mask in (0, piece) for mask in masks) for piece in pieces)
