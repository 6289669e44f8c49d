"""Changes for the tests of what is drawn and said of them, and maps of names that try to leave their place."""

from __future__ import annotations

from drawn_maps import INTERNET, lines, map_of

from netpol_action.diff import diff
from netpol_action.model.connections import EVERYTHING, ConnectionSet
from netpol_action.model.connectivity import ConnectivityMap
from netpol_action.model.diff import ConnectivityDiff
from netpol_action.model.endpoints import Workload

CALM = lines("shop/web -> shop/db: TCP 5432", "shop/db", "ops/job")
CHANGED = lines("shop/web -> shop/db: TCP 5432,6543", "ops/job -> shop/db: TCP 5432", "internet -> shop/web: TCP 80")


def many(number: int, name: str = "w") -> ConnectivityDiff:
    """So many rows opened within one namespace, and one from outside."""
    db = Workload("shop", "db", "StatefulSet")
    opened = {
        (Workload("shop", f"{name}{i}", "Deployment"), db): ConnectionSet.parse("TCP 5432") for i in range(number)
    }
    ends = [end for pair in opened for end in pair]
    return diff(map_of({}, *ends, INTERNET), map_of({**opened, (INTERNET, db): ConnectionSet.parse("TCP 80")}))


def hostile_map(payload: str) -> ConnectivityMap:
    mine, plain = Workload(payload, payload, payload), Workload("shop", "db", "StatefulSet")
    return map_of({(mine, plain): EVERYTHING, (plain, INTERNET): EVERYTHING, (INTERNET, mine): EVERYTHING})


def hostile_diff(payload: str) -> ConnectivityDiff:
    mine, plain = Workload(payload, payload, payload), Workload("shop", "db", "StatefulSet")
    before = map_of({(mine, plain): EVERYTHING}, INTERNET)
    after: ConnectivityMap = map_of({(INTERNET, mine): EVERYTHING, (mine, plain): ConnectionSet.parse("TCP 1")})
    gone = map_of({(plain, INTERNET): EVERYTHING}, plain)
    return diff(before, after) if len(payload) % 2 else diff(gone, after)
