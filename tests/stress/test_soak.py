"""Ten seconds of what the service can do."""

import pytest

from tests.stress import soak
from tests.stress.table import failed

pytestmark = [pytest.mark.journey, pytest.mark.thorough]


@pytest.mark.parametrize("plan", [("soak", "sqlite")], indirect=True)
def test_what_is_taken_by_and_by_is_bounded(plan):
    assert not failed(soak.run(plan))
