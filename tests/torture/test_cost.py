"""A hundred requests through the gate and past it."""

import pytest

from tests.torture import cost
from tests.torture.table import failed

pytestmark = [pytest.mark.journey, pytest.mark.thorough]


@pytest.mark.parametrize("plan", [("cost", "sqlite")], indirect=True)
def test_the_gate_can_be_passed_by_and_measured(plan):
    assert not failed(cost.run(plan))
