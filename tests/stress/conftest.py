"""The context of a short run: an empty folder, and a PostgreSQL server where it is needed."""

import pytest

from tests.stress.context import prepared

collect_ignore = ["contract_hooks.py", "locustfile.py"]  # other programs read them


@pytest.fixture
def context(request, tmp_path):
    """The context of a part on a database."""
    part, database = request.param
    with prepared(part, database, tmp_path / part, is_short=True) as prepared_context:
        yield prepared_context
