"""The long search of `make laws`: 100,000 random clusters for the second opinion, in batches with seeds of their own.

    python tests/laws/search.py [TOTAL] [TEST...]

A batch is a process, since Hypothesis remembers what it has tried and would grow without end. Stops at the first
failure and prints it; its seed reproduces it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

ROOT = Path(__file__).parents[2]
BATCH = 2_500
TOTAL = 100_000
TESTS = ["tests/laws/test_second_opinion.py"]


def search(seed: int, tests: list[str]) -> tuple[int, int, str]:
    """One batch: its seed, the exit code and what pytest printed."""
    environment = {**os.environ, "HYPOTHESIS_PROFILE": "long", "LAWS_EXAMPLES": str(BATCH)}
    call = [sys.executable, "-m", "pytest", "-x", f"--hypothesis-seed={seed}", *tests]
    done = subprocess.run(call, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    return seed, done.returncode, done.stdout + done.stderr


def main(arguments: list[str]) -> int:
    """Runs the batches, half as many at a time as there are processors; 1 if one fails."""
    total = int(arguments[0]) if arguments else TOTAL
    tests = arguments[1:] or TESTS
    done = 0
    with ThreadPoolExecutor(max(1, (os.cpu_count() or 2) // 2)) as pool:
        batches = [pool.submit(search, seed, tests) for seed in range(1, -(-total // BATCH) + 1)]
        for batch in as_completed(batches):
            seed, code, output = batch.result()
            done += BATCH
            sys.stdout.write(f"{done:,} of {total:,} examples, seed {seed}: {'failed' if code else 'nothing found'}\n")
            sys.stdout.flush()
            if code:
                sys.stdout.write(output)
                pool.shutdown(cancel_futures=True)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
