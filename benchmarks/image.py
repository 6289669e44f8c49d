"""The image's size, and how long a user waits for it: from the start of the container to its end, everything drawn.

    python benchmarks/image.py [IMAGE]

Prints a Markdown table. The container runs as on GitHub's runner, on the example application, with policies and all
formats; the time is that of `docker run`, so it holds the engine's own part, which the row for an empty program shows.
"""

from __future__ import annotations

import gzip
import json
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

EXAMPLE = Path(__file__).parents[1] / "examples/sessionize"
ROUNDS = 10
CHUNK = 1 << 20


def main(image: str) -> None:
    """Measures and prints."""
    rows = [
        ("image, compressed (`docker save \\| gzip`)", f"{compressed(image) / 1e6:.1f} MB", "150 MB"),
        ("image, on disk", f"{inspect(image)['Size'] / 1e6:.1f} MB", ""),
        ("container that does nothing", f"{seconds(lambda: nothing(image)):.2f} s", ""),
        ("container with the whole demo, png and svg included", f"{seconds(lambda: demo(image)):.2f} s", "1.5 s"),
    ]
    print(f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, median of {ROUNDS} runs")
    print("\n| | measured | aim |\n|---|---|---|")
    for row in rows:
        print(f"| {' | '.join(row)} |")


def inspect(image: str) -> dict[str, int]:
    """What the engine knows about the image."""
    answer = subprocess.run(["docker", "image", "inspect", image], capture_output=True, check=True).stdout
    return json.loads(answer)[0]


def compressed(image: str) -> int:
    """Bytes of the saved image after gzip."""
    counted = _Counter()
    with (
        subprocess.Popen(["docker", "save", image], stdout=subprocess.PIPE) as saving,
        gzip.GzipFile(fileobj=counted, mode="wb", compresslevel=6) as archive,
    ):
        shutil.copyfileobj(saving.stdout, archive, CHUNK)
    return counted.bytes


class _Counter:
    bytes = 0

    def write(self, data: bytes) -> int:
        self.bytes += len(data)
        return len(data)

    def flush(self) -> None:
        pass


def seconds(run: Callable[[], None]) -> float:
    """The median time of a few runs, after one that warms the file cache."""
    run()
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def nothing(image: str) -> None:
    """A container that ends at once."""
    docker_run("--entrypoint", "true", image)


def demo(image: str) -> None:
    """The example's policies, map and pictures, in a workspace of their own."""
    with tempfile.TemporaryDirectory() as workspace:
        shutil.copytree(EXAMPLE, workspace, dirs_exist_ok=True)
        inputs = {"INPUT_PATH": "manifests", "INPUT_GENERATE": "true", "HOME": "/github/home"}
        variables = [part for name, value in inputs.items() for part in ("-e", f"{name}={value}")]
        docker_run(*variables, "--workdir", "/github/workspace", "-v", f"{workspace}:/github/workspace", image)
        if not Path(workspace, "netpol-action-output/connectivity.png").exists():
            sys.exit("the container drew no picture")


def docker_run(*arguments: str) -> None:
    """One container without a network; ends the benchmark where it fails."""
    done = subprocess.run(["docker", "run", "--rm", "--network", "none", *arguments], capture_output=True, check=False)
    if done.returncode:
        sys.exit(done.stdout.decode() + done.stderr.decode())


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "netpol-action:dev")
