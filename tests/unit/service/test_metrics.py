"""Metrics of one process, and what a worker that is killed leaves behind."""

import os
import re
import stat
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.routing import Route

from service.http.route_table import Routes
from service.observability.metrics import Metrics

ROOT = Path(__file__).parents[3]

WORKER = """
import os, sys
from pathlib import Path
from service.observability.metrics import Metrics

metrics = Metrics(Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]), "1.2.3")
metrics.start()
metrics.set_served({"primary": sys.argv[1]})
metrics.count_labels(10)
with metrics.in_progress():
    for line in sys.stdin:
        sys.stdout.write(metrics.exposition().decode() + "END\\n")
        sys.stdout.flush()
"""


class Worker:
    """A process that counts ten labels, begins a request, and tells when it is asked."""

    def __init__(self, folder, version="v1"):
        environment = os.environ | {
            "PROMETHEUS_MULTIPROC_DIR": str(folder),
            "PYTHONPATH": str(ROOT),
        }
        self.process = subprocess.Popen(  # noqa: S603  # our own command
            [sys.executable, "-c", WORKER, version],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def told(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        lines = iter(self.process.stdout.readline, "END\n")
        return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


@pytest.fixture(name="worker")
def _worker(tmp_path):
    """Starts workers of one folder, and ends them."""
    started = []

    def start(version="v1"):
        started.append(Worker(tmp_path, version))
        return started[-1]

    yield start
    for each in started:
        each.kill()


def told_by(metrics):
    lines = metrics.exposition().decode().splitlines()
    return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))


def test_living_workers_are_summed(worker):
    first, second = worker(), worker("v2")
    first.told()

    told = second.told()

    assert float(told["attune_workers"]) == 2
    assert float(told["attune_requests_in_progress"]) == 2
    assert float(told["attune_labels_accepted_total"]) == 20
    assert float(told['attune_snapshot_workers{role="primary",version="v1"}']) == 1
    assert float(told['attune_snapshot_workers{role="primary",version="v2"}']) == 1
    sizes = [psutil.Process(each.process.pid).memory_info().rss for each in (first, second)]
    assert float(told["attune_resident_memory_bytes"]) == pytest.approx(sum(sizes), rel=0.2)
    assert float(told["attune_resident_memory_max_bytes"]) == pytest.approx(max(sizes), rel=0.2)


def test_workers_that_are_killed_again_and_again_leave_no_more_files(worker, tmp_path):
    lasting = worker()
    lasting.told()
    files = []
    for n in range(2, 6):
        following = worker(f"v{n}")
        following.told()
        following.kill()
        files.append(sorted(path.name for path in tmp_path.iterdir()))

    told = lasting.told()

    assert files[0] == files[-1]
    assert float(told["attune_labels_accepted_total"]) == 50
    assert float(told["attune_requests_in_progress"]) == 1


def test_others_may_not_open_the_files_of_workers_nor_hold_their_locks(tmp_path):
    folder = tmp_path / "new" / "counters"
    before = os.umask(0)
    worker = Worker(folder)
    os.umask(before)

    worker.told()
    worker.kill()

    private = [folder.parent, folder, folder / "place_0", folder / "places.lock"]
    modes = [stat.S_IMODE(path.stat().st_mode) for path in private]
    assert modes == [0o700, 0o700, 0o600, 0o600]


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=30)), max_size=40))
def test_there_are_no_more_series_than_routes_and_methods_whatever_is_called(calls):
    templates = ("/tracks/{track_id}", "/users/{user_id}", "/a")
    routes = Routes([Route(template, lambda: None) for template in templates])
    metrics = Metrics(None)
    # Templates, and one for all others; known methods, and one for all others.
    bound = (3 + 1) * (7 + 1)

    for method, path in calls:
        for tried in (path, f"/tracks/{path}", f"/users/{path}"):
            metrics.observe(method, routes.template(tried), 200, 0.001)

    counted = re.findall(r"^attune_requests_total\{", metrics.exposition().decode(), re.MULTILINE)
    assert len(counted) <= bound


def test_a_request_waits_until_its_turn_begins():
    metrics = Metrics(None)
    seen = []

    with metrics.waiting() as turn:
        seen.append(told_by(metrics)["attune_requests_waiting"])
        thread = Thread(target=turn.begin)
        thread.start()
        thread.join()
        seen.append(told_by(metrics)["attune_requests_waiting"])
    seen.append(told_by(metrics)["attune_requests_waiting"])

    assert seen == ["1.0", "0.0", "0.0"]


def test_a_request_that_is_given_up_while_it_waits_waits_no_more():
    metrics = Metrics(None)

    with pytest.raises(TimeoutError), metrics.waiting():
        raise TimeoutError

    assert told_by(metrics)["attune_requests_waiting"] == "0.0"


def test_a_snapshot_that_is_served_no_more_is_not_told():
    metrics = Metrics(None)
    metrics.set_served({"primary": "v1", "candidate": "v2"})

    metrics.set_served({"primary": "v2"})

    told = {name for name in told_by(metrics) if name.startswith("attune_snapshot_workers")}
    assert told == {'attune_snapshot_workers{role="primary",version="v2"}'}


def test_a_refusal_for_the_database_is_an_error_of_the_database():
    metrics = Metrics(None)

    metrics.refused("store_unavailable")
    metrics.refused("rate_exceeded")
    metrics.database_failed()

    told = told_by(metrics)
    assert told['attune_refusals_total{reason="rate_exceeded"}'] == "1.0"
    assert told["attune_database_errors_total"] == "2.0"


def test_what_is_served_and_since_when_is_told():
    told = told_by(Metrics(None, "1.2.3"))
    started = psutil.Process().create_time()

    assert told[f'attune_build_info{{python="{sys.version.split()[0]}",version="1.2.3"}}'] == "1.0"
    assert float(told["attune_start_time_seconds"]) == pytest.approx(started)
    assert 0 < float(told["attune_uptime_seconds"]) <= time.time() - started + 1
