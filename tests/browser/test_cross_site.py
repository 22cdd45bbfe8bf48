"""Recordings of a service without keys, in a page that another port of this machine serves."""

from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from tests.browser.conftest import HERE, WIDE

pytestmark = [pytest.mark.people, pytest.mark.slow]

PLAYED = """address => new Promise(resolve => {
    const audio = new Audio(address);
    audio.onloadedmetadata = () => resolve(audio.duration > 1);
    audio.onerror = () => resolve(false);
})"""


class _Elsewhere(BaseHTTPRequestHandler):
    def do_GET(self):  # as http.server calls it
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<title>Elsewhere</title><link rel=icon href=data:,>")

    def log_message(self, *said): ...


@pytest.fixture(scope="module", name="elsewhere")
def _elsewhere():
    """The address of a page; Chromium asks loopback for nothing that pages from afar want."""
    with ThreadingHTTPServer((HERE, 0), _Elsewhere) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://{HERE}:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture(name="page")
def _page(page_for, elsewhere):
    page = page_for(*WIDE, failing=("/audio",))
    page.goto(elsewhere)
    return page


@pytest.fixture(name="address")
def _address(attune, server):
    """Where a recording lies; the address holds a ticket."""
    return f"{server.url}{attune.get_track('tone-00').audio_url}"


@pytest.mark.parametrize("has_ticket", [False, True])
def test_a_page_of_another_origin_plays_a_recording_by_its_ticket_alone(page, address, has_ticket):
    asked = address if has_ticket else address.partition("?")[0]

    assert page.evaluate(PLAYED, asked) is has_ticket
