"""The rows of one risk are those of all rows that have it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpol_action.model.addresses import AddressRange
from netpol_action.model.connections import EVERYTHING, NOTHING, ConnectionSet
from netpol_action.model.diff import Change, ConnectivityDiff, Risk
from netpol_action.model.endpoints import IngressController, IpBlock, Node, Unseen, Workload, sort_key
from netpol_action.model.risky import rows_having, rows_of

ENDS = tuple(
    sorted(
        (
            *(Workload(space, name, "Deployment") for space in ("a", "b") for name in ("x", "y")),
            IpBlock(AddressRange.parse("10.0.0.0/8")),
            IpBlock(AddressRange.parse("11.0.0.0/8")),
            IngressController(),
            Node(),
            Unseen(),
        ),
        key=sort_key,
    )
)
WEB, DB = ConnectionSet.single("TCP", 80), ConnectionSet.single("TCP", 5432)
CHANGES = (
    Change(NOTHING, WEB),
    Change(WEB, NOTHING),
    Change(WEB, NOTHING, WEB),
    Change(WEB | DB, WEB, DB),
    Change(WEB, DB, WEB),
    Change(WEB, EVERYTHING),
)


@pytest.mark.parametrize("risk", list(Risk))
@given(st.lists(st.integers(-1, len(CHANGES) - 1), min_size=len(ENDS) ** 2, max_size=len(ENDS) ** 2), st.booleans())
def test_the_rows_having_a_risk(risk: Risk, chosen: list[int], whole: bool):
    """`whole` makes one change a block of all pairs; otherwise each pair is a block of its own."""
    pairs = [(1 << i, 1 << j) for i in range(len(ENDS)) for j in range(len(ENDS))]
    blocks = [(s, d, CHANGES[number]) for (s, d), number in zip(pairs, chosen, strict=True) if number >= 0]
    if whole:
        everyone = (1 << len(ENDS)) - 1
        blocks = [(everyone, everyone, CHANGES[max(chosen[0], 0)])]
    diff = ConnectivityDiff(ENDS, tuple(blocks))
    wanted = [(str(row.source), str(row.destination), row.change) for row in diff.rows() if risk in row.risks]
    assert [(str(row.source), str(row.destination), row.change) for row in rows_having(diff, risk)] == wanted
    gravest = [(str(row.source), str(row.destination), row.change) for row in diff.rows() if risk is row.risk]
    assert [(str(row.source), str(row.destination), row.change) for row in rows_of(diff, risk)] == gravest
