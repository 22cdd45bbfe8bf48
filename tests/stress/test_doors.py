"""Every call of the contract with every kind of key."""

import pytest

from tests.stress import doors
from tests.stress.table import failed

pytestmark = [pytest.mark.journey, pytest.mark.slow, pytest.mark.thorough]


@pytest.mark.parametrize("plan", [("doors", "sqlite")], indirect=True)
def test_only_a_key_that_suffices_opens_a_door(plan):
    assert not failed(doors.run(plan))
