"""A damaged snapshot, and one exchanged under load."""

import pytest

from tests.stress import snapshots
from tests.stress.table import failed

pytestmark = [pytest.mark.journey, pytest.mark.slow, pytest.mark.thorough]


@pytest.mark.parametrize("plan", [("snapshots", "sqlite")], indirect=True)
def test_only_whole_snapshots_are_served_and_exchanging_them_is_not_noticed(plan):
    assert not failed(snapshots.run(plan))
