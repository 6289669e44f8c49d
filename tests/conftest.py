"""What all tests share: the option that rewrites golden files, and how hard the property tests try.

Property tests are derandomised unless HYPOTHESIS_PROFILE says otherwise, so that a run repeats; a failure prints the
blob that reproduces it. `long` is the search of `make laws`: random, and LAWS_EXAMPLES (100,000) examples for each
law.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, settings

EXAMPLES = {"check": 100, "default": 300, "long": int(os.environ.get("LAWS_EXAMPLES", "100000"))}

for name, examples in EXAMPLES.items():
    settings.register_profile(
        name,
        max_examples=examples,
        derandomize=name != "long",
        deadline=None,  # a slow machine is not a defect
        database=None,
        print_blob=True,
        phases=set(Phase) - {Phase.explain},  # takes minutes where an example is a whole cluster
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "check"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-golden` rewrites the expected files of golden cases with what the program writes now."""
    parser.addoption("--update-golden", action="store_true", help="rewrite tests/cases/*/expected")


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be rewritten instead of compared."""
    return bool(request.config.getoption("--update-golden"))
