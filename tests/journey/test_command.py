"""``python -m service``: what `make serve` runs once everything is set up."""

import re
import signal
import socket
import subprocess
import sys
import time

import httpx
import psutil
import pytest

from tests.journey.servers import ROOT, Served, environment, free_port, wait_for

pytestmark = [pytest.mark.journey, pytest.mark.slow]

CTRL_C = signal.SIGINT
LONGEST_STOP_S = 5.0
ADOPTED = """
import ctypes, os, subprocess, sys
PR_SET_CHILD_SUBREAPER = 36
ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
subprocess.run(["sh", "-c", "sleep 0 & sleep 1 &"])
os.execv(sys.executable, [sys.executable, "-m", *sys.argv[1:]])
"""
"""Starts a command as process 1 of a container is: it gets processes that others leave."""


@pytest.fixture(name="make")
def _make(tmp_path):
    """Make the command; whatever of it still runs at the end is killed."""
    made = []

    def make(port, **settings):
        folder = tmp_path / "run"
        database = f"sqlite:///{folder / 'attune.db'}"
        environ = environment(folder, ATTUNE_DATABASE_URL=database, **settings)
        command = [sys.executable, "-m", "service", "--port", str(port)]
        made.append(Served(command, folder, environ, port, cwd=ROOT))
        return made[-1]

    yield make
    for served in made:
        served.kill()


def test_it_says_where_it_is_and_ends_at_ctrl_c_leaving_nobody(make):
    served = make(free_port())
    served.start()
    served.until_logged("Attune is ready.")
    docs = re.search(r"docs +(\S+)", served.log.read_text())[1]

    page = httpx.get(docs, trust_env=False)
    status = served.stop(CTRL_C)

    assert page.status_code == 200
    assert "/openapi.json" in page.text
    assert "open to this machine only" in served.log.read_text()
    assert status == 0
    assert served.survivors() == []
    assert served.heard() == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has subreapers")
def test_what_others_leave_and_reloads_become_no_zombies(make):
    served = make(free_port(), ATTUNE_WORKERS="2")
    served.command[1:2] = ["-c", ADOPTED]
    served.start()
    served.until_logged("Attune is ready.")

    served.send(signal.SIGHUP)
    served.until_logged("Announced: snapshot")
    served.until(lambda: len(served.processes()) == 3)

    assert [each.status() for each in served.processes()].count(psutil.STATUS_ZOMBIE) == 0
    assert served.stop() == 0


@pytest.mark.parametrize("n_workers", ["1", "2"])
def test_an_idle_service_stops_at_once_with_open_connections_and_no_collector(make, n_workers):
    nobody = f"http://127.0.0.1:{free_port()}"
    served = make(free_port(), ATTUNE_WORKERS=n_workers, OTEL_EXPORTER_OTLP_ENDPOINT=nobody)
    served.start()
    served.until_logged("Attune is ready.")

    with httpx.Client(trust_env=False) as keeps_alive:
        assert keeps_alive.get(f"{served.url}/model").status_code == 200
        began = time.monotonic()
        status = served.stop()

    assert status == 0
    assert time.monotonic() - began < LONGEST_STOP_S


@pytest.mark.parametrize(
    ("signals", "statuses"),
    [([signal.SIGTERM], {0}), ([CTRL_C], {0}), ([CTRL_C, CTRL_C], {0, 128 + signal.SIGKILL})],
    ids=["SIGTERM", "Ctrl-C", "Ctrl-C twice"],
)
def test_it_ends_even_while_it_starts(make, signals, statuses):
    served = make(free_port())
    served.start()
    served.until_descended()

    status = served.stop(*signals)

    assert status in statuses
    assert served.survivors() == []


def test_a_worker_that_is_killed_while_the_service_starts_ends_it(make):
    served = make(free_port(), ATTUNE_WORKERS="2")
    served.start()
    served.until_there_are_workers()

    served.workers()[0].kill()
    status = served.until_over()

    assert status == 1
    assert served.survivors() == []


def test_workers_listen_on_the_services_port_alone_and_end_with_who_started_them(make):
    served = make(free_port(), ATTUNE_WORKERS="2")
    served.start()
    served.until_logged("Attune is ready.")
    n_workers, ports = len(served.workers()), served.listening()
    while_it_serves = health(served)

    status = served.stop(signal.SIGKILL)

    assert while_it_serves == (0, "")
    assert health(served)[0] == 1
    assert n_workers == 2
    assert ports == {served.port}
    assert status == -signal.SIGKILL
    assert served.survivors() == []


def test_a_port_that_is_taken_is_named_in_one_sentence(make):
    with socket.create_server(("127.0.0.1", 0)) as other:
        served = make(other.getsockname()[1])

        served.start()
        status = served.until_over()

    assert status == 1
    assert re.fullmatch(
        rf"127\.0\.0\.1:{served.port} cannot be served on: [^\n]+\n", served.log.read_text()
    )


def test_a_setting_that_does_not_exist_is_named_in_one_sentence(make):
    served = make(free_port(), ATTUNE_COLOUR="blue")

    served.start()
    status = served.until_over()

    assert status == 1
    assert re.fullmatch(r"ATTUNE_COLOUR is not a setting; [^\n]+\n", served.log.read_text())


def test_a_service_that_cannot_start_gives_up(make, tmp_path):
    served = make(free_port(), ATTUNE_SNAPSHOT=str(tmp_path / "nowhere"))

    served.start()
    status = served.until_over()

    assert status == 1
    assert served.log.read_text().endswith("The service could not start; see the error above.\n")
    assert served.survivors() == []


@pytest.mark.thorough
def test_a_worker_that_cannot_start_again_is_tried_until_it_can(make, tmp_path):
    snapshot = tmp_path / "snapshot"
    snapshot.symlink_to(ROOT / "models" / "pretrained")
    served = make(free_port(), ATTUNE_WORKERS="2", ATTUNE_SNAPSHOT=str(snapshot))
    served.start()
    served.until_logged("Attune is ready.")
    wait_for(lambda: workers_that_answer(served) == 2, served.log)

    snapshot.unlink()
    served.workers()[0].kill()
    served.until_logged("There is no snapshot")
    alone = workers_that_answer(served)
    snapshot.symlink_to(ROOT / "models" / "pretrained")
    wait_for(lambda: workers_that_answer(served) == 2, served.log)

    assert alone == 1
    assert served.stop() == 0


def health(served):
    """Return status and errors of the health check, which is not told the port."""
    done = subprocess.run(
        [sys.executable, "-m", "service", "health"],
        cwd=ROOT,
        env=dict(served.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


def workers_that_answer(served):
    """Return how many workers the service counts."""
    metrics = httpx.get(f"{served.url}/metrics", trust_env=False, timeout=60).text
    return int(float(re.search(r"^attune_workers (\S+)$", metrics, re.MULTILINE)[1]))
