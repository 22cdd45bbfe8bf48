"""A real uvicorn before an application, and sockets on which a test says every byte itself."""

import json
import socket
import threading
from contextlib import contextmanager

import pytest
import uvicorn

from service.http.connections import BoundedConnection
from tests.http.conftest import HERE

PATIENCE_S = 300
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


@contextmanager
def listening(app):
    """Serve an application in a thread of this process, and yield the port."""
    with serving(app) as (_, port):
        yield port


@contextmanager
def serving(app, protocol=BoundedConnection):
    """Serve an application in a thread of this process, and yield the server and its port."""
    with socket.create_server((HERE["client"][0], 0)) as listener:
        config = uvicorn.Config(app, http=protocol, lifespan="off", log_config=None)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield server, listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


def connected(port):
    return socket.create_connection((HERE["client"][0], port), PATIENCE_S)


def head(method, path, *lines, version="1.1", host="127.0.0.1:3000"):
    """Return the head of a request whose answer ends the connection."""
    first = f"{method} {path} HTTP/{version}"
    return "\r\n".join([first, f"Host: {host}", "Connection: close", *lines, "", ""]).encode()


def await_interest(connection):
    """Return once the service asks for the body: the head was let in."""
    reply = b""
    while len(reply) < len(CONTINUE):
        reply += connection.recv(1) or pytest.fail("no answer")
    assert reply == CONTINUE


def answered(connection):
    """Return status and body of the answer after which the connection ends."""
    reply = b""
    while piece := connection.recv(65_536):
        reply += piece
    first, _, body = reply.partition(b"\r\n\r\n")
    return int(first.split()[1]), json.loads(body)


def refused(connection):
    status, body = answered(connection)
    return status, body.get("code")
