"""Heads that do not end, over real connections to uvicorn with an application of a few lines."""

import json
import socket
import threading

import pytest
import uvicorn

from service.http.heads import MAX_BYTES, BoundedHeads
from tests.http.conftest import HERE

HEAD = b"GET / HTTP/1.1\r\nhost: localhost\r\n"
PATIENCE_S = 30


class Hasty(BoundedHeads):
    max_s = 0.2


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


@pytest.fixture(scope="module", name="address")
def _address():
    """Where a server answers, in a thread of this process."""
    with socket.create_server((HERE["client"][0], 0)) as listener:
        config = uvicorn.Config(app, http=Hasty, lifespan="off", log_config=None)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield listener.getsockname()
        server.should_exit = True
        thread.join()


@pytest.fixture(name="connection")
def _connection(address):
    with socket.create_connection(address, PATIENCE_S) as connection:
        yield connection


def answered(connection):
    """Return the first bytes of the next answer, and read it to the end of its head."""
    told = b""
    while b"\r\n\r\n" not in told:
        told += connection.recv(1) or pytest.fail("no answer")
    return told[:12]


def rest(connection):
    """Return what comes until the connection is closed."""
    told = b""
    while piece := connection.recv(65_536):
        told += piece
    return told


def test_heads_that_end_are_read_one_after_the_other(connection):
    for _ in range(3):
        connection.sendall(HEAD + b"\r\n")
        assert answered(connection) == b"HTTP/1.1 204"


def test_a_long_body_is_no_head(connection):
    length = 4 * MAX_BYTES
    head = b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: %d\r\n\r\n" % length

    connection.sendall(head + b"x" * length)

    assert answered(connection) == b"HTTP/1.1 204"


@pytest.mark.parametrize("sent", [b"", b"GE", HEAD, HEAD + b"x-long: "], ids=repr)
def test_a_head_that_does_not_come_is_not_waited_for(connection, sent):
    connection.sendall(sent)

    assert rest(connection) == b""


def test_a_later_head_that_does_not_end_is_not_waited_for_either(connection):
    connection.sendall(HEAD + b"\r\n")
    answered(connection)

    connection.sendall(HEAD)

    assert rest(connection) == b""


def test_a_head_without_end_is_refused_before_memory_is_full(connection):
    connection.sendall(HEAD + b"x-long: " + b"y" * MAX_BYTES)

    told = rest(connection)

    head, _, body = told.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 431 ")
    assert b"application/problem+json" in head
    assert json.loads(body)["code"] == "headers_too_large"
    assert str(MAX_BYTES) in json.loads(body)["detail"]


def test_what_is_not_http_is_answered_by_a_problem(connection):
    connection.sendall(b"SSH-2.0-OpenSSH\r\n\r\n")

    _, _, body = rest(connection).partition(b"\r\n\r\n")

    assert json.loads(body)["code"] == "bad_request"
