"""Connections as hostile callers use them: to uvicorn, with an application of a few lines."""

import json
import re
import time
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from service.http.connections import MAX_BYTES, MAX_WAITING, BoundedConnection
from tests.http.raw_sockets import PATIENCE_S, connected, serving

HEAD = b"GET / HTTP/1.1\r\nhost: localhost\r\n"
LARGE_HEAD = HEAD.replace(b"/", b"/large", 1)
LARGE = 2**24
"""Bytes of an answer that no buffer of a connection holds."""
CHUNKED = b"POST / HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n"
PART = bytes(2**20)
N_PARTS = LARGE // len(PART)
UPGRADE = b"connection: upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: %s\r\n" % (
    b"dGhlIHNhbXBsZSBub25jZQ=="
)


class Hasty(BoundedConnection):
    max_s = 0.2


@dataclass
class Application:
    """Answers with the headers that it got in a header; under `/large` with a body, too.

    Under `/early` it answers before it reads, and under `/parts` little by little.
    """

    n_begun: int = 0
    n_ended: int = 0
    n_failed: int = 0

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return
        self.n_begun += 1
        try:
            await self.answer(scope, receive, send)
        except Exception:
            self.n_failed += 1
            raise
        finally:
            self.n_ended += 1

    async def answer(self, scope, receive, send):
        while scope["path"] != "/early" and (await receive()).get("more_body"):
            pass
        got = json.dumps([f"{n.decode()}: {v.decode()}" for n, v in scope["headers"]])
        body = bytes(LARGE) if scope["path"] == "/large" else b""
        length = LARGE if scope["path"] in {"/large", "/parts"} else 0
        headers = [(b"x-got", got.encode()), (b"content-length", b"%d" % length)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for _ in range(N_PARTS if scope["path"] == "/parts" else 0):
            await send({"type": "http.response.body", "body": PART, "more_body": True})
        await send({"type": "http.response.body", "body": body})


@pytest.fixture(scope="module", name="application")
def _application():
    return Application()


@pytest.fixture(scope="module", name="served")
def _served(application):
    """The server, and the port on which it answers."""
    with serving(application, Hasty) as served:
        yield served


@pytest.fixture(name="server")
def _server(served):
    return served[0]


@pytest.fixture(name="port")
def _port(served):
    return served[1]


@pytest.fixture(name="connection")
def _connection(port):
    with connected(port) as connection:
        yield connection


def answered(connection):
    """Return the first bytes of the next answer, and read it to the end of its head."""
    reply = b""
    while b"\r\n\r\n" not in reply:
        reply += connection.recv(1) or pytest.fail("no answer")
    return reply[:12]


def until(is_so):
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline, "it never came to be so"
        time.sleep(0.01)


def rest(connection):
    """Return what comes until the connection is closed."""
    reply = bytearray()
    while piece := connection.recv(2**20):
        reply += piece
    return bytes(reply)


def test_a_long_body_is_no_head(connection):
    length = 4 * MAX_BYTES
    head = b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: %d\r\n\r\n" % length

    connection.sendall(head + b"x" * length)

    assert answered(connection) == b"HTTP/1.1 200"


@pytest.mark.parametrize("sent", [b"", b"GE", HEAD, HEAD + b"x-long: "], ids=repr)
def test_a_head_that_does_not_come_is_not_waited_for(connection, sent):
    connection.sendall(sent)

    assert rest(connection) == b""


def test_a_later_head_that_does_not_end_is_not_waited_for_either(connection):
    connection.sendall(HEAD + b"\r\n")
    answered(connection)

    connection.sendall(HEAD)

    assert rest(connection) == b""


@pytest.mark.parametrize("sent", [b"\r\n", b"x"], ids=["no head", "a body nobody reads"])
def test_what_comes_after_an_answer_keeps_no_connection_open(connection, sent):
    early = HEAD.replace(b"/", b"/early", 1)
    first = {b"\r\n": HEAD, b"x": early + b"content-length: 9\r\n"}[sent]
    connection.sendall(first + b"\r\n")
    answered(connection)

    connection.sendall(sent)

    assert rest(connection) == b""


def test_a_head_without_end_is_refused_before_memory_is_full(connection):
    connection.sendall(HEAD + b"x-long: " + b"y" * MAX_BYTES)

    reply = rest(connection)

    head, _, body = reply.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 431 ")
    assert b"application/problem+json" in head
    assert json.loads(body)["code"] == "headers_too_large"
    assert str(MAX_BYTES) in json.loads(body)["detail"]


def test_what_is_not_http_is_answered_by_a_problem(connection):
    connection.sendall(b"SSH-2.0-OpenSSH\r\n\r\n")

    _, _, body = rest(connection).partition(b"\r\n\r\n")

    assert json.loads(body)["code"] == "bad_request"


def test_who_reads_nothing_is_cut_off(server, port):
    with ExitStack() as stack:
        for _ in range(3):
            stuck = stack.enter_context(connected(port))
            stuck.sendall((LARGE_HEAD + b"\r\n") * 20)
        until(lambda: len(server.server_state.connections) == 3)

        until(lambda: not server.server_state.connections)


def test_who_reads_nothing_of_the_last_answer_is_cut_off(server, connection):
    connection.sendall(LARGE_HEAD + b"connection: close\r\n\r\n")
    until(lambda: server.server_state.connections)

    until(lambda: not server.server_state.connections)

    assert len(rest(connection)) < LARGE


@pytest.mark.parametrize("protocol", [b"websocket", b"h2c"])
def test_another_protocol_is_not_spoken(connection, protocol):
    connection.sendall(HEAD + UPGRADE + b"upgrade: " + protocol + b"\r\n\r\n")

    assert answered(connection) == b"HTTP/1.1 200"


def test_an_answer_that_is_not_taken_ends_when_another_protocol_is_asked_for(
    application, connection
):
    before = application.n_begun
    connection.sendall(HEAD.replace(b"/", b"/parts", 1) + b"\r\n")
    until(lambda: application.n_begun > before)
    connection.recv(1_000)

    connection.sendall(HEAD + UPGRADE + b"upgrade: websocket\r\n\r\n")

    until(lambda: application.n_ended == application.n_begun)


def test_a_connection_that_is_lost_before_a_second_answer_is_no_error(application, port):
    before = application.n_begun
    with connected(port) as connection:
        connection.sendall(HEAD.replace(b"/", b"/parts", 1) + b"\r\n" + HEAD + b"\r\n")
        until(lambda: application.n_begun > before)
        connection.recv(1_000)

    until(lambda: application.n_ended == application.n_begun)

    assert application.n_failed == 0


def test_a_request_begins_when_the_answer_before_it_was_taken(application, connection):
    before = application.n_begun
    connection.sendall((LARGE_HEAD + b"\r\n") * 3 + HEAD + b"connection: close\r\n\r\n")
    until(lambda: application.n_begun > before)
    connection.recv(1_000)
    n_begun = application.n_begun - before

    reply = rest(connection)

    assert n_begun == 1
    assert application.n_begun - before == 4
    assert reply.count(b"HTTP/1.1 200") >= 3
    assert reply.endswith(b"\r\n\r\n")


def test_who_reads_slowly_is_waited_for(connection):
    connection.sendall(LARGE_HEAD + b"\r\n")
    n_read = 0

    while n_read < LARGE:
        n_read += len(connection.recv(2**19))
        time.sleep(Hasty.max_s / 10)

    assert n_read >= LARGE


def test_a_connection_on_which_too_many_requests_wait_is_cut_off(connection):
    connection.sendall((LARGE_HEAD + b"\r\n") + (HEAD + b"\r\n") * (MAX_WAITING + 2))

    assert len(rest(connection)) < LARGE


def test_what_follows_a_body_replaces_no_header(connection):
    trailers = b"Host: elsewhere\r\nAuthorization: Bearer x\r\nOrigin: http://elsewhere\r\n\r\n"

    connection.sendall(CHUNKED + b"2\r\n{}\r\n0\r\n" + trailers)
    connection.sendall(HEAD + b"connection: close\r\n\r\n")

    first, second = re.findall(rb"x-got: (.*)\r\n", rest(connection))
    assert json.loads(first) == ["host: localhost", "transfer-encoding: chunked"]
    assert json.loads(second) == ["host: localhost", "connection: close"]


@pytest.mark.parametrize("sent", [b"0\r\nx-long: ", b"2;long="], ids=["trailers", "extension"])
def test_what_is_no_body_in_a_body_is_bounded(connection, sent):
    connection.sendall(CHUNKED + b"2\r\n{}\r\n" + sent + b"y" * MAX_BYTES)

    _, _, body = rest(connection).partition(b"\r\n\r\n")

    assert json.loads(body)["code"] == "headers_too_large"
    assert str(MAX_BYTES) in json.loads(body)["detail"]


def test_many_small_chunks_are_a_body(connection):
    connection.sendall(CHUNKED + b"1;a=b\r\nx\r\n" * MAX_BYTES + b"0\r\n\r\n")

    assert answered(connection) == b"HTTP/1.1 200"
