"""Bombs: what a small file may take of memory and of processor time."""

import json
import subprocess
import sys

import pytest

from models.audio.decoding import SAMPLE_RATE_HZ
from tests.conftest import HOUSE
from tests.decompression_bombs import HEARD, REFUSED

pytestmark = pytest.mark.slow

MOST_MB = 100
MOST_S = 12.0
"""Processor time; a decoder may take five seconds, and one bomb does."""


@pytest.fixture(scope="module", name="taken")
def _taken(tmp_path_factory):
    """What decoding each bomb took: in a process of its own, which may crash."""
    folder = tmp_path_factory.mktemp("bombs")
    bombs = HEARD | REFUSED
    for name, forge in bombs.items():
        (folder / name).write_bytes(forge())
    ran = subprocess.run(  # noqa: S603  # our own
        [
            sys.executable,
            "-m",
            "tests.decompression_bombs",
            *(str(folder / name) for name in bombs),
        ],
        cwd=HOUSE,
        stdout=subprocess.PIPE,
        check=False,
    )
    lines = map(json.loads, ran.stdout.splitlines())
    return dict(zip(bombs, lines, strict=False))  # where it crashed, the rest is missing


@pytest.mark.parametrize("name", HEARD | REFUSED)
def test_a_bomb_takes_little_memory_and_time(name, taken):
    assert taken[name]["grown_mb"] < MOST_MB
    assert taken[name]["took_s"] < MOST_S


@pytest.mark.parametrize("name", HEARD)
def test_the_sound_of_a_bomb_is_heard(name, taken):
    assert taken[name]["heard"] / SAMPLE_RATE_HZ == pytest.approx(2, abs=0.15)


@pytest.mark.parametrize("name", REFUSED)
def test_a_bomb_without_bounds_is_refused_in_a_sentence(name, taken):
    assert str(taken[name]["heard"]).endswith(".")
