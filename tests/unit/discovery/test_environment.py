"""Variables that refer to variables, as the kubelet expands them, and how long they may become."""

from __future__ import annotations

import tracemalloc

from application import cluster, lines, requirements, service, workload

from netpol_action.discovery.environment import MAX_EXPANSIONS, MAX_VALUE, Environment
from netpol_action.discovery.settings import SettingsReader

DB = (workload("db"), service("db", 5432))


def environment(variables: dict[str, str]) -> Environment:
    listed = [{"name": name, "value": value} for name, value in variables.items()]
    return Environment({"env": listed}, lambda _kind, _name: None, {})


def doubling(steps: int) -> dict[str, str]:
    """Variables each of which is the one before, many times over."""
    return {"A0": "x" * 16} | {f"A{step}": f"$(A{step - 1})" * 16 for step in range(1, steps)}


def test_references_become_what_they_refer_to():
    found = environment({"A": "db", "B": "http://$(A):80", "C": "$$(A) $(LATER) $(B)", "LATER": "x"})
    assert found.variables["C"].value.text == "$(A) $(LATER) http://db:80"
    assert found.used == {"A", "LATER", "B"}


def test_a_value_that_would_be_longer_than_a_process_can_have_stays_as_it_is_written():
    found = environment({**doubling(6), "URL": "http://db:5432/$(A5)"}).variables
    assert max(len(each.value.text) for each in found.values()) <= MAX_VALUE
    assert found["A3"].value.text == "x" * 16**4
    assert found["A4"].value.text == "$(A3)" * 16


def test_all_expansions_of_a_workload_together_have_a_limit():
    variables = doubling(4) | {f"B{number}": "$(A3)" for number in range(300)}
    one = {"name": "one", "env": [{"name": name, "value": value} for name, value in variables.items()]}
    made = cluster(workload("web", pod={"containers": [one, {**one, "name": "two"}], "initContainers": [one]}))
    reading = SettingsReader(()).read(made.workloads[0], {})
    written = 3 * sum(map(len, variables.values()))
    assert sum(len(each.value) for each in reading.settings) <= written + MAX_EXPANSIONS


def test_what_is_not_expanded_any_more_is_read_as_it_is_written():
    variables = doubling(4) | {f"B{number}": "$(A3)" for number in range(8)}
    found = requirements(workload("web", variables | {"DB_URL": "postgres://db:5432/$(A3)"}), *DB)
    assert lines(found.demands) == ["web -> db: TCP 5432"]


def test_a_long_expansion_is_not_built_before_it_is_given_up():
    short = {"A": "x" * 1000, "B": "$(A)" * 100}
    tracemalloc.start()
    try:
        environment({**short, "C": "$(B)" * 1000})
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 * MAX_VALUE
