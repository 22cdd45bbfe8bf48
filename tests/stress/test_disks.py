"""A database that cannot be written to for a while."""

import pytest

from tests.stress import disks
from tests.stress.table import failed

pytestmark = [pytest.mark.journey, pytest.mark.slow, pytest.mark.thorough]


@pytest.mark.parametrize("plan", [("disks", "sqlite"), ("disks", "postgresql")], indirect=True)
def test_a_database_that_takes_no_writes_is_told_of_and_waited_for(plan):
    assert not failed(disks.run(plan))
