"""``python -m service health``: what a container's health check runs."""

import shutil
import socket
import subprocess
import sys
from contextlib import ExitStack, closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from service.__main__ import main
from service.addresses import Address, counters_folder, hold, running
from service.server import listening


class Ready(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self):
        assert self.path == "/readyz"
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(b'{"checks": {"database": "failed"}}')

    def log_message(self, *_):
        pass


class NotReady(Ready):
    status = 503


@pytest.fixture(name="home", autouse=True)
def _home(tmp_path, monkeypatch):
    monkeypatch.setenv("BENTOML_HOME", str(tmp_path / "bentoml"))
    return tmp_path / "bentoml"


@pytest.fixture(name="serve")
def _serve(home):
    """Serve on a host, as `service.server` does; return the address."""
    with ExitStack() as stack:

        def serve(host="127.0.0.1", handler=Ready):
            listener = stack.enter_context(closing(listening(host, 0)))
            server = ThreadingHTTPServer(("", 0), handler, bind_and_activate=False)
            server.socket.close()
            server.socket = listener
            Thread(target=server.serve_forever, daemon=True).start()
            stack.callback(server.shutdown)
            address = Address(*listener.getsockname()[:2])
            stack.enter_context(held(home, address))
            return address

        yield serve


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "::1", "::", "localhost"])  # noqa: S104
def test_it_asks_the_running_service_on_whatever_address(host, serve, capsys):
    serve(host)

    assert main(["health"]) == 0
    assert capsys.readouterr().err == ""


def test_a_service_that_is_not_ready_is_status_1_with_its_reply(serve, capsys):
    address = serve(handler=NotReady)

    assert main(["health"]) == 1
    assert capsys.readouterr().err == (
        f'http://{address}/readyz answers 503: {{"checks": {{"database": "failed"}}}}\n'
    )


def test_of_several_services_the_options_name_one(serve, capsys):
    ready, not_ready = serve(), serve(handler=NotReady)

    assert main(["health"]) == 1
    assert capsys.readouterr().err.endswith("Name one by --host and --port.\n")
    assert main(["health", "--port", str(ready.port)]) == 0
    assert main(["health", "--port", str(not_ready.port)]) == 1


def test_a_port_is_asked_without_a_known_service(serve, home):
    address = serve()
    shutil.rmtree(home)

    assert main(["health", "--port", str(address.port)]) == 0
    assert main(["health", "--port", str(address.port), "--host", "127.0.0.1"]) == 0


def test_a_service_that_ended_without_a_goodbye_is_not_running(home, capsys):
    with held(home, Address("127.0.0.1", 3000)):
        assert running(home) == [Address("127.0.0.1", 3000)]

    assert main(["health"]) == 1
    assert capsys.readouterr().err == (
        f"No service with its files in {home} runs. Name its --port.\n"
    )


@pytest.mark.parametrize("reply", [b"", b"SSH-2.0-OpenSSH\r\n"])
def test_another_kind_of_service_is_status_1(reply, capsys):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        Thread(target=answer, args=(listener, reply), daemon=True).start()

        assert main(["health", "--port", str(port)]) == 1
    assert f"http://127.0.0.1:{port}/readyz does not answer: " in capsys.readouterr().err


def test_nobody_on_the_port_is_status_1(capsys):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]

        assert main(["health", "--port", str(port)]) == 1
    assert capsys.readouterr().err == (
        f"http://127.0.0.1:{port}/readyz does not answer: Connection refused.\n"
    )


def test_it_imports_little():
    code = (
        "import sys; from service.__main__ import main; main(['health']); "
        "sys.exit(bool({'numpy', 'bentoml', 'pydantic', 'http.client', 'hashlib', 'logging',"
        " 'json'} & set(sys.modules)))"
    )

    ended = subprocess.run([sys.executable, "-c", code], capture_output=True)  # noqa: S603  # ours

    assert b"Name its --port" in ended.stderr
    assert ended.returncode == 0


def held(home, address):
    folder = counters_folder(home, address)
    folder.mkdir(parents=True)
    return hold(folder)


def answer(listener, reply):
    connection, _ = listener.accept()
    with connection:
        connection.recv(1000)
        connection.sendall(reply)
