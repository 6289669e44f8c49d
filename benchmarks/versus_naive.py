"""The engine against the tests' second evaluator, which asks pair by pair and port by port, on the same cluster."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import yaml

from benchmarks import clusters
from netpol_action.connectivity import evaluate
from netpol_action.pipeline import InputOptions, load

SIZES = (50, 100, 200)


def ratios() -> list[tuple[int, float, float]]:
    """For each size the seconds of the engine and of the second evaluator, for every pair and the ports in the input.

    The second evaluator is asked only about the one port of the policies and a neighbour, over TCP: less than what the
    engine's answer says.
    """
    sys.path.append(str(Path(__file__).parents[1] / "tests"))
    from naive.evaluator import Evaluator  # noqa: PLC0415  # found through the line above

    result = []
    for size in SIZES:
        with tempfile.TemporaryDirectory() as directory:
            clusters.write("a policy per workload", size, Path(directory))
            cluster = load(InputOptions((directory,)), lambda: b"").cluster
            texts = [path.read_text() for path in sorted(Path(directory).iterdir())]
        objects = [item for text in texts for item in yaml.load_all(text, Loader=yaml.CSafeLoader)]
        start = time.perf_counter()
        evaluate(cluster)
        fast = time.perf_counter() - start
        second = Evaluator(objects)
        start = time.perf_counter()
        for source in second.pods:
            for destination in second.pods:
                for port in (clusters.PORT, clusters.PORT + 1):
                    second.allows(source, destination, "TCP", port)
        result.append((size, fast, time.perf_counter() - start))
    return result
