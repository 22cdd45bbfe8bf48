"""Whoever stops the service waits for the requests in progress, and not for ever."""

import http.client
import json
import signal
import socket
import sys
from contextlib import closing

import psutil
import pytest

from tests.journey.servers import ROOT, Served, environment, free_port, wait_for

pytestmark = [pytest.mark.journey, pytest.mark.slow]

BODY = json.dumps({"lyrics": "Hold on, I am coming; hold on, I am coming"}).encode()


@pytest.fixture(name="serve")
def _serve(tmp_path):
    """Serve by a command; whatever of it still runs at the end is killed."""
    made = []

    def serve(command, cwd, **settings):
        folder = tmp_path / "run"
        environ = environment(
            folder, ATTUNE_DATABASE_URL=f"sqlite:///{folder / 'attune.db'}", **settings
        )
        port = free_port()
        command = [sys.executable, "-m", *command, "--port", str(port)]
        made.append(Served(command, folder, environ, port, cwd=cwd))
        made[-1].start()
        made[-1].until_ready()
        return made[-1]

    yield serve
    for served in made:
        served.kill()


@pytest.mark.parametrize(
    "command",
    ["python -m service", pytest.param("bentoml serve", marks=pytest.mark.thorough)],
)
def test_a_request_in_progress_is_answered_before_the_service_ends(command, serve, bento):
    ours = command == "python -m service"
    reply = ["service"] if ours else ["bentoml", "serve", str(bento.folder)]
    served = serve(reply, ROOT if ours else None, ATTUNE_WORKERS="2")

    with closing(begun(served)) as request:
        served.send(signal.SIGTERM)
        wait_for(lambda: not any(map(listens, served.workers())), served.log)
        request.sendall(BODY)
        answer = http.client.HTTPResponse(request)
        answer.begin()
        prediction = json.loads(answer.read())
    status = served.until_over()

    assert answer.status == 200
    assert set(prediction["probabilities"]) == {"Q1", "Q2", "Q3", "Q4"}
    assert status == 0
    assert served.survivors() == []


@pytest.mark.thorough
def test_a_worker_that_does_not_end_is_ended_once_no_request_may_still_run(serve):
    served = serve(["service"], ROOT, ATTUNE_TIMEOUT_S="1")
    [worker] = served.workers()
    worker.suspend()

    status = served.stop()

    assert status == 128 + signal.SIGKILL
    assert served.survivors() == []


def begun(served):
    """Return a connection on which the service waits for the rest of a request."""
    request = socket.create_connection(("127.0.0.1", served.port), timeout=60)
    request.sendall(
        b"POST /predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(BODY)
    )
    assert request.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
    return request


def listens(process):
    """Return whether a process still takes connections."""
    return any(c.status == psutil.CONN_LISTEN for c in process.net_connections("tcp"))
