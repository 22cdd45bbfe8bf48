"""A hundred connections that ask for too much, for seconds."""

import pytest

from tests.stress import load
from tests.stress.table import failed

pytestmark = [pytest.mark.journey, pytest.mark.thorough]


@pytest.mark.parametrize("plan", [("load", "sqlite")], indirect=True)
def test_what_is_too_much_is_refused_and_the_rest_is_done(plan):
    assert not failed(load.run(plan))
