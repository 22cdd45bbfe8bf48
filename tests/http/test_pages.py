"""Pages: what a browser gets without a key, and what it gets no further with."""

import json
import re
from html import unescape

import pytest

from models.tags import DEMUXERS
from service.api import fields
from service.api.pages import FOLDER

PAGES = ("/", "/annotate", "/me", "/dashboard", "/try")
SWAGGER = {"/docs/swagger-ui-bundle.js": "text/javascript", "/docs/swagger-ui.css": "text/css"}
CODES_OF_NOTHING = {"page_not_found", "not_found"}
"""The second where a path was made shorter on its way, and leads to no route."""
ASSETS = sorted(str(p.relative_to(FOLDER)) for p in FOLDER.rglob("*.*") if p.suffix != ".html")


def policy_of(reply):
    parts = reply.headers["content-security-policy"].split("; ")
    return dict(part.split(" ", 1) for part in parts)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_html_that_runs_only_what_is_ours(client, path):
    reply = client.get(path)

    policy = policy_of(reply)
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert reply.headers["cache-control"] == "no-cache"
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["media-src"] == "'self' http: https: blob:"
    assert "{{settings}}" not in reply.text


def test_the_try_page_takes_what_the_service_takes(client):
    shown = client.get("/try").text

    (endings,) = re.findall(r'accept="audio/\*,([^"]+)"', shown)
    assert endings.split(",") == sorted(DEMUXERS)
    assert f'id="listener" maxlength="{fields.MAX_ID}"' in shown


def test_the_api_page_loads_our_own_files_only_and_links_to_the_contract(client):
    reply = client.get("/docs")

    policy = {
        **dict.fromkeys(("script-src", "style-src", "media-src", "connect-src"), "'self'"),
        **dict.fromkeys(("default-src", "base-uri", "form-action", "frame-ancestors"), "'none'"),
        "img-src": "'self' data:",
    }
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert policy_of(reply) == policy
    assert reply.content == (FOLDER / "docs.html").read_bytes()
    assert 'href="/"' in reply.text
    assert 'href="/openapi.json"' in reply.text


@pytest.mark.parametrize("path", [*PAGES, "/docs"])
def test_a_page_names_no_other_host_and_holds_no_script_or_style_of_its_own(client, path):
    reply = client.get(path)

    shown = reply.text
    assert "default-src 'none'" in reply.headers["content-security-policy"]
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:)?//""", shown)
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", shown)


def test_the_page_to_answer_on_knows_the_settings(client):
    shown = client.get("/annotate").text

    result = re.search(r'name="attune-settings" content="([^"]*)"', shown)
    assert json.loads(unescape(result[1])) == {
        "listen_s": 5,
        "emotion": "perceived",
        "repeat_share": 0.067,
    }


@pytest.mark.parametrize("path", ASSETS)
def test_every_asset_is_served_as_what_it_is(client, path):
    reply = client.get(f"/pages/{path}")

    kind = {
        "css": "text/css",
        "js": "text/javascript",
        "svg": "image/svg+xml",
        "opus": "audio/ogg",
    }
    assert reply.status_code == 200
    assert reply.headers["content-type"].startswith(kind[path.rpartition(".")[2]])
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.content == (FOLDER / path).read_bytes()


@pytest.mark.parametrize("path", ["/try", *SWAGGER])
def test_a_page_that_a_browser_has_is_not_sent_again(client, path):
    first = client.get(path)
    tag = first.headers["etag"]

    again = client.get(path, headers={"If-None-Match": f'"other", {tag}'})
    other = client.get(path, headers={"If-None-Match": '"other"'})

    assert first.headers["content-type"].startswith(SWAGGER.get(path, "text/html"))
    assert first.headers["cache-control"] == "no-cache"
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert other.status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/pages/nothing.js",
        "/pages/index.html",
        "/pages/",
        "/pages/js",
        "/pages/../pages.py",
        "/pages/%2e%2e/pages.py",
        "/pages/..%2f..%2fpyproject.toml",
        "/pages/js/..%2f..%2f..%2fkeys.py",
        "/pages/.hidden.js",
        "/pages//etc/passwd",
        "/pages/js%00.js",
        "/docs/__init__.py",
        "/docs/favicon-32x32.png",
        "/docs/docs.html",
        "/docs/%2e%2e%2f",
    ],
)
def test_what_is_no_asset_is_not_there(client, path):
    reply = client.get(path)

    assert reply.status_code == 404
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["code"] in CODES_OF_NOTHING
