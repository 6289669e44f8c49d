"""One process of the benchmark: reads, evaluates and writes a directory of manifests, and prints how long each took."""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
import time
from itertools import islice

from benchmarks.engine import MOST_ROWS
from netpol_action.connectivity import evaluate
from netpol_action.pipeline import InputOptions, load
from netpol_action.render.table import json_lines


def main(directory: str) -> None:
    """Measures one directory."""
    gc.disable()  # as the command does
    start = time.perf_counter()
    loaded = load(InputOptions((directory,)), lambda: b"")
    read = time.perf_counter()
    evaluation = evaluate(loaded.cluster)
    evaluated = time.perf_counter()
    rows = 0
    with open(os.devnull, "w") as sink:  # noqa: PTH123  # os.devnull is no path to work with
        for line in islice(json_lines(evaluation.map), MOST_ROWS):
            sink.write(line)
            rows += 1
    written = time.perf_counter()
    seconds = {"read": read - start, "evaluate": evaluated - read, "write": written - evaluated}
    print(json.dumps({**seconds, "rows": rows, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


if __name__ == "__main__":
    main(sys.argv[1])
