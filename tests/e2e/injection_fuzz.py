"""Random texts in random places of the input, and random calls: nothing that comes out acts.

    python tests/e2e/injection_fuzz.py SECONDS [SEED]

Each round has a seed of its own, which is printed with what was found, and which `round_of` repeats.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import judges_of_text as text
from carriers import CARRIERS, Files, manifest, netpol_yaml
from hostile_calls import CALLS, DOCUMENTS, FORMATS, call
from payloads import PAYLOADS

_ALPHABET = "aZ09 \t\n\r:#@|`*_~[](){}<>&;'\"\\/%$!?=+-.,^\x00\x1b\x85\u00a0\u200b\u2028\u202e\u3164\ufeff\ue000é中🎉"
_SHORT = [payload for payload in PAYLOADS.values() if len(payload) < 1000]  # the others are slow


def hostile(chance: random.Random) -> str:
    """Pieces of the payloads and single characters in any order."""
    parts = []
    for _ in range(chance.randint(1, 6)):
        payload = chance.choice(_SHORT)
        start, end = sorted(chance.randint(0, len(payload)) for _ in range(2))
        single = "".join(chance.choices(_ALPHABET, k=chance.randint(1, 5)))
        parts.append(chance.choice((payload, payload[start:end], single)))
    return "".join(parts) or "x"


def placed(chance: random.Random) -> Files:
    """Some carriers, each with a text of its own, and what the calls ask for."""
    names = chance.sample(sorted(CARRIERS), chance.randint(1, 6))
    found: Files = {"ask.yaml": manifest("selector", hostile(chance))}
    for name in names:
        found |= CARRIERS[name](hostile(chance))
    return found


def round_of(seed: int) -> Iterator[str]:
    """One input, some calls, and what is to be said against their answers."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as made:
        directory = Path(made)
        for side in ("before", "k8s"):
            for name, content in placed(chance).items():
                path = directory / side / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        if chance.random() < 0.2:  # a fifth
            (directory / "k8s/netpol.yaml").write_bytes(netpol_yaml(hostile(chance)))
        for _ in range(3):
            yield from _judged(chance, directory)


def _judged(chance: random.Random, directory: Path) -> Iterator[str]:
    arguments, formats = chance.choice([*CALLS, (("map", "k8s"), tuple(FORMATS))])
    format_ = chance.choice(formats)
    judge = FORMATS[format_]
    words = [word.replace("HEAD~1:k8s", "before") for word in (*arguments, "-o", format_)]
    if chance.random() < 0.3:  # as often as not a document
        document = chance.choice(list(DOCUMENTS))
        words, judge = list(document), DOCUMENTS[document]
    workflow = chance.random() < 0.5  # half of them
    code, out, err = call(directory, *words, "--fail-on", "none", workflow=workflow)
    title = " ".join(words)
    if "a defect of netpol-action" in err or code not in (0, 2):
        yield f"{title}: ends with {code}: {err[-2000:]}"
    if workflow:
        out = out.replace("\u200b", "")
    if out:
        yield from (f"{title}: {reason}" for reason in judge(out))
    yield from (f"{title}, standard error: {reason}" for reason in text.log_without_commands(err) if workflow)
    yield from (f"{title}, standard error: {reason}" for reason in text.terminal(err) if not workflow)


def main(seconds: float, first: int) -> int:
    """Rounds for that long, from a seed on; the number of rounds in which something was found."""
    end, seed, bad = time.monotonic() + seconds, first, 0
    while time.monotonic() < end:
        problems = list(round_of(seed))
        bad += bool(problems)
        for problem in problems:
            sys.stdout.write(f"{seed}: {problem}\n")
        seed += 1
    sys.stdout.write(f"{seed - first} rounds from seed {first}, {bad} with something to say\n")
    return bad


if __name__ == "__main__":
    sys.exit(bool(main(float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)))
