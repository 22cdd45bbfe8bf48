"""Schemathesis and Hypothesis for a moment."""

import pytest

from tests.stress import contract
from tests.stress.table import failed

pytestmark = [pytest.mark.journey, pytest.mark.slow, pytest.mark.thorough]


@pytest.mark.parametrize(
    "plan", [("contract", "sqlite"), ("contract", "postgresql")], indirect=True
)
def test_whatever_is_sent_is_answered_as_the_contract_says(plan):
    assert not failed(contract.run(plan))
