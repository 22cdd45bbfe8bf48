"""Two hundred audio files that were tampered with."""

import pytest

from tests.stress import audio, mutants
from tests.stress.table import failed


@pytest.mark.journey
@pytest.mark.thorough
@pytest.mark.parametrize("plan", [("audio", "sqlite")], indirect=True)
def test_no_file_harms_whoever_listens_to_it(plan):
    assert not failed(audio.run(plan))


def test_a_file_follows_from_its_number():
    files = [mutants.mutant(number) for number in range(20)]

    assert files == [mutants.mutant(number) for number in range(20)]
    assert len(set(files)) == len(files)
