"""A few calls of ours and of stock BentoML's."""

import pytest

from tests.stress import cost
from tests.stress.table import failed

pytestmark = [pytest.mark.journey, pytest.mark.thorough]


@pytest.mark.parametrize("plan", [("cost", "sqlite")], indirect=True)
def test_calls_are_measured_beside_an_empty_api(plan):
    assert not failed(cost.run(plan))
