"""Short runs: every part once, on each database that it is for."""

import pytest

from tests.stress.one import Task, planned

collect_ignore = ["contract_hooks.py"]  # read by another program, and only once


@pytest.fixture
def plan(request, tmp_path):
    """The plan of a short run; the test names the part and the database."""
    part, database = request.param
    with planned(Task(part, database, tmp_path, is_short=True)) as plan:
        yield plan
