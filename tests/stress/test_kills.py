"""A few hundred labels while workers die."""

import pytest

from tests.stress import kills
from tests.stress.table import failed

pytestmark = [pytest.mark.journey, pytest.mark.slow]
ON = [
    pytest.param(("kills", "postgresql"), id="postgresql"),
    pytest.param(("kills", "sqlite"), id="sqlite", marks=pytest.mark.thorough),
]


@pytest.mark.parametrize("plan", ON, indirect=True)
def test_whoever_is_killed_takes_nothing_along(plan):
    assert not failed(kills.run(plan))
