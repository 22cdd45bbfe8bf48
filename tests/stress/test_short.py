"""Every part of the stress tests, in a short run."""

import pytest

from tests.audio_signals import FORMATS
from tests.decompression_bombs import HEARD, REFUSED
from tests.stress.context import part_named
from tests.stress.hostile import format_of
from tests.stress.report import failed

pytestmark = [pytest.mark.journey, pytest.mark.slow]
RUNS = [
    ("kills", "sqlite"),
    ("disk_full", "sqlite"),
    ("disk_full", "postgresql"),
    ("corrupt_snapshots", "sqlite"),
    ("load", "sqlite"),
    ("soak", "sqlite"),
    ("contract", "sqlite"),
    ("contract", "postgresql"),
    ("fuzz_audio", "sqlite"),
    ("hostile", "sqlite"),
    ("overhead", "sqlite"),
    ("rolling", "postgresql"),
    ("backup", "postgresql"),
]


@pytest.mark.thorough
@pytest.mark.parametrize("context", RUNS, indirect=True, ids="-".join)
def test_every_bound_is_held(context):
    assert not failed(part_named(context.part).run(context))


@pytest.mark.parametrize("context", [("kills", "postgresql")], indirect=True, ids="-".join)
def test_no_acknowledged_label_is_lost_and_none_recorded_twice_when_workers_are_killed(context):
    assert not failed(part_named(context.part).run(context))


@pytest.mark.parametrize("name", [*HEARD, *REFUSED])
def test_every_bomb_is_compared_with_a_plain_file(name):
    assert format_of(name) in FORMATS
