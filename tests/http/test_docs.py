"""The API page: Swagger UI from our own files, under a strict content security policy."""

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


def test_the_page_may_load_our_own_files_only(client):
    reply = client.get("/docs")

    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert policy_of(reply) == POLICY
    assert reply.content == (FOLDER / "docs.html").read_bytes()


def test_the_page_links_to_the_start_page_and_to_the_contract(client):
    shown = client.get("/docs").text

    assert 'href="/"' in shown
    assert 'href="/openapi.json"' in shown


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_swagger_ui_is_served_once_and_then_cached(client, name):
    reply = client.get(f"/docs/{name}")

    again = client.get(f"/docs/{name}", headers={"If-None-Match": reply.headers["etag"]})

    assert reply.status_code == 200
    assert reply.headers["content-type"].startswith(FILES[name])
    assert reply.headers["cache-control"] == "no-cache"
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path", ["/docs/__init__.py", "/docs/favicon-32x32.png", "/docs/docs.html", "/docs/%2e%2e%2f"]
)
def test_other_files_of_the_folder_are_not_served(client, path):
    reply = client.get(path)

    assert reply.status_code == 404
    assert reply.headers["content-type"] == "application/problem+json"
