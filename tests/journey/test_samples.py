"""``clients/sample_tracks.py`` cuts the sample tracks of the page /try."""

import sys

import numpy as np
import pytest
import soundfile

from tests.journey.servers import ROOT, environment, run

pytestmark = [pytest.mark.journey, pytest.mark.slow]

SHIPPED = ROOT / "service" / "pages" / "samples"


def test_the_command_cuts_the_shipped_samples(recordings, tmp_path):
    del recordings  # or there is nothing to cut from
    cut = tmp_path / "cut"
    cut.mkdir()

    run(
        [sys.executable, "clients/sample_tracks.py", str(cut)],
        ROOT,
        environment(tmp_path / "home"),
    )

    assert sorted(p.name for p in cut.iterdir()) == sorted(p.name for p in SHIPPED.iterdir())
    alike = [_correlation(path, SHIPPED / path.name) for path in cut.iterdir()]
    assert min(alike) > 0.99  # another version of the codec may differ in a few bits


def _correlation(one, other):
    heard = [soundfile.read(path)[0] for path in (one, other)]
    return np.corrcoef(heard)[0, 1]
