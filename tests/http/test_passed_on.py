"""A keyless service behind a proxy on its own machine, over real connections."""

import pytest

from tests.databases import new_keys
from tests.http.guarded import app_behind, opened
from tests.http.wire import answered, connected, head, listening, refused

pytestmark = pytest.mark.http


@pytest.fixture(scope="module", name="port")
def _port(application, client):
    """Where a service without keys listens, one for each test."""
    del client  # boots the service
    with listening(app_behind(application, opened(new_keys()))) as port:
        yield port


def test_this_machine_is_answered_when_it_asks_itself(port):
    with connected(port) as connection:
        connection.sendall(head("GET", "/model"))

        assert answered(connection)[0] == 200


@pytest.mark.parametrize("version", ["1.0", "0.9"])
def test_what_a_default_proxy_sends_is_not_taken_for_this_machine(port, version):
    """Trap: nginx's `proxy_pass` names our own host, speaks HTTP/1.0 and adds no header."""
    with connected(port) as connection:
        connection.sendall(head("GET", "/model", version=version))

        assert refused(connection) == (403, "loopback_only")


@pytest.mark.parametrize(
    "line", ["X-FORWARDED-FOR: 127.0.0.1", "via: 1.1 a", "Cf-Ray: 1", "forwarded: for=127.0.0.1"]
)
def test_a_header_of_a_proxy_is_known_whatever_its_case(port, line):
    with connected(port) as connection:
        connection.sendall(head("GET", "/model", line))

        assert refused(connection) == (403, "loopback_only")


@pytest.mark.parametrize(
    "line",
    [
        "Host: 127.0.0.1:3000",
        "Authorization: Bearer a\r\nAUTHORIZATION: Bearer b",
        "Origin: http://a.test\r\norigin: http://127.0.0.1:3000",
        "Content-Type: text/plain\r\nContent-Type: application/json",
        "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Site: same-origin",
    ],
    ids=lambda line: line.split(":")[0],
)
def test_a_header_that_says_who_asks_whom_comes_once(port, line):
    """Trap: of two, a proxy may look at the first, and an application at the last."""
    with connected(port) as connection:
        connection.sendall(head("GET", "/model", line))

        assert refused(connection) == (400, "doubled_header")


def test_what_is_open_to_everybody_is_answered_through_a_proxy(port):
    with connected(port) as connection:
        connection.sendall(head("GET", "/readyz", "Via: 1.0 a", version="1.0"))

        assert answered(connection)[0] == 200


def test_the_start_says_which_proxies_are_not_seen(caplog):
    opened(new_keys())

    assert "a reverse proxy or a tunnel" in caplog.text.lower()
