"""Metrics of several workers: whichever is asked tells the sum."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

WORKER = """
import os, sys
from pathlib import Path
from service.observability.metrics import Metrics

metrics = Metrics(Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]))
for _ in range(int(sys.argv[1])):
    metrics.observe("GET", "/model", 200, 0.01)
    metrics.count_labels(10)
sys.stdout.write(metrics.exposition().decode())
"""


def work(folder: Path, n: int) -> str:
    """Answer n requests in a process of their own, and return what it then tells."""
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(folder), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", WORKER, str(n)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)  # noqa: S603
    return done.stdout


def test_every_worker_tells_what_all_did(tmp_path):
    work(tmp_path, 2)

    told = work(tmp_path, 3)

    assert 'attune_requests_total{method="GET",route="/model",status="200"} 5.0' in told
    assert "attune_labels_accepted_total 50.0" in told
    assert 'attune_request_seconds_count{method="GET",route="/model"} 5.0' in told


def test_a_worker_that_ended_still_counts(tmp_path):
    work(tmp_path, 4)

    assert "attune_labels_accepted_total 40.0" in work(tmp_path, 0)
