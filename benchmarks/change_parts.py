"""One process of the benchmark of changes: looks at one version or compares two, and prints what that took.

With one directory it is read and evaluated; with two they are compared, and the rows of the difference are written.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
import time
from collections.abc import Sequence
from itertools import islice

from benchmarks.engine import MOST_ROWS
from netpol_action.connectivity import EvaluationOptions, evaluate
from netpol_action.model.tally import tally
from netpol_action.pipeline import InputOptions, Loaded, compared, load
from netpol_action.views import lines_of_diff


def main(directories: Sequence[str]) -> None:
    """Measures one version or two: seconds of the processor, numbers of rows, and the peak of memory in MB."""
    gc.disable()  # as the command does
    answer = alone(*directories) if len(directories) == 1 else together(*directories)
    print(json.dumps({**answer, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


def alone(directory: str) -> dict[str, float]:
    """Reads and evaluates one version."""
    start = time.process_time()
    evaluate(_loaded(directory).cluster)
    return {"whole": time.process_time() - start}


def together(before: str, after: str) -> dict[str, float]:
    """Reads two versions, compares them, and writes the first rows of the difference."""
    start = time.process_time()
    found = compared(_loaded(before), _loaded(after), EvaluationOptions())
    rows = tally(found.diff).rows
    known = time.process_time()
    with open(os.devnull, "w") as sink:  # noqa: PTH123  # os.devnull is no path to work with
        sink.writelines(islice(lines_of_diff(found.diff, "json"), MOST_ROWS))
    return {"whole": known - start, "write": time.process_time() - known, "rows": rows}


def _loaded(directory: str) -> Loaded:
    return load(InputOptions((directory,)), lambda: b"")


if __name__ == "__main__":
    main(sys.argv[1:])
