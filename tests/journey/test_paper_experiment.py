"""The paper's experiment at full size: 80 songs of DEAM, 200 of AMG1608, 30 annotators, 4 modes.

`tests/unit/training/test_paper_experiment.py` has a small one; this takes a quarter of an hour.
"""

import signal
import time

import numpy as np
import pytest

from tests.interruptible_command import started
from tests.synthetic_datasets import write_amg1608, write_deam
from training.__main__ import main

pytestmark = [pytest.mark.journey, pytest.mark.thorough]

MODES = ("mc", "hc", "mix", "rand")
N_LISTENERS = 8
PATIENCE_S = 3600.0


@pytest.fixture(scope="module", name="argv")
def _argv(tmp_path_factory):
    folder = tmp_path_factory.mktemp("paper")
    write_amg1608(folder / "amg1608", n_songs=200, n_annotators=30, n_full=N_LISTENERS)
    write_deam(folder / "deam", n_songs=80, n_rows=30)
    places = ("--out", folder / "out", "--report", folder / "report")
    flags = ("-q", "10", "-e", "10", "-n", "150", "-m", ",".join(MODES))
    reply = ["simulate", "--protocol", "paper", "--data", folder, *flags, *places]
    return folder, [str(part) for part in (*reply, "--pretrained", folder / "pretrained")]


def test_the_whole_experiment_runs_is_interrupted_and_goes_on(argv):
    folder, typed = argv
    units = folder / "out" / "listeners"
    running = started(typed)
    deadline = time.monotonic() + PATIENCE_S
    while len(list(units.glob("*/units/*.npz"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.5)
    running.send_signal(signal.SIGINT)
    assert running.wait(120) != 0
    done = {path: path.stat().st_mtime_ns for path in units.glob("*/units/*.npz")}
    assert 3 <= len(done) < N_LISTENERS * len(MODES)

    assert main(typed) == 0

    assert {path: path.stat().st_mtime_ns for path in done} == done
    ended = sorted(units.glob("*/units/*.npz"))
    assert len(ended) == N_LISTENERS * len(MODES)
    for path in ended:
        with np.load(path, allow_pickle=False) as unit:
            # 150 songs of 60 frames, of which 127 may be asked about.
            assert unit["y"].shape == (23 * 60,)
            assert len(unit["n_labels"]) == 11
            assert unit["answers"].shape == (11, 15, 23 * 60)
            assert np.isfinite(unit["proba"]).all()
    page = (folder / "report" / "index.md").read_text(encoding="utf-8")
    assert f"{N_LISTENERS} listeners" in page
