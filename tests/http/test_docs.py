"""The API page: Swagger UI from files of our own, under a policy that lets nothing else in."""

import pytest

from service.api.pages import FOLDER

pytestmark = pytest.mark.http

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "media-src": "'self'",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}
FILES = {"swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css"}


def policy_of(reply):
    parts = reply.headers["content-security-policy"].split("; ")
    return dict(part.split(" ", 1) for part in parts)


def test_the_page_runs_and_asks_for_only_what_is_ours(client):
    reply = client.get("/docs")

    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert policy_of(reply) == POLICY
    assert reply.content == (FOLDER / "docs.html").read_bytes()


def test_the_page_leads_to_the_other_pages_and_to_the_document(client):
    shown = client.get("/docs").text

    assert 'href="/"' in shown
    assert 'href="/openapi.json"' in shown


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_swagger_ui_is_served_and_not_sent_again(client, name):
    reply = client.get(f"/docs/{name}")

    again = client.get(f"/docs/{name}", headers={"If-None-Match": reply.headers["etag"]})

    assert reply.status_code == 200
    assert reply.headers["content-type"].startswith(FILES[name])
    assert reply.headers["cache-control"] == "no-cache"
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path", ["/docs/__init__.py", "/docs/favicon-32x32.png", "/docs/docs.html", "/docs/%2e%2e%2f"]
)
def test_what_the_page_does_not_load_is_not_served(client, path):
    reply = client.get(path)

    assert reply.status_code == 404
    assert reply.headers["content-type"] == "application/problem+json"
