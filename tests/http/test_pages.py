"""Pages: what a browser gets without a key, and what it gets no further with."""

import json
import re
from html import unescape

import pytest

from service.api.pages import FOLDER

PAGES = ("/", "/annotate", "/me", "/dashboard", "/try")
CODES_OF_NOTHING = {"page_not_found", "not_found"}
"""The second where a path was made shorter on its way, and leads to no route."""
ASSETS = sorted(str(p.relative_to(FOLDER)) for p in FOLDER.rglob("*.*") if p.suffix != ".html")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_html_that_runs_only_what_is_ours(client, path):
    reply = client.get(path)

    policy = dict(
        part.split(" ", 1) for part in reply.headers["content-security-policy"].split("; ")
    )
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert reply.headers["cache-control"] == "no-cache"
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["media-src"] == "'self' http: https: blob:"
    assert "{{settings}}" not in reply.text


@pytest.mark.parametrize("path", [*PAGES, "/docs"])
def test_a_page_names_no_other_host_and_holds_no_script_or_style_of_its_own(client, path):
    reply = client.get(path)

    shown = reply.text
    assert "default-src 'none'" in reply.headers["content-security-policy"]
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:)?//""", shown)
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", shown)


def test_the_page_to_answer_on_knows_the_settings(client):
    shown = client.get("/annotate").text

    told = re.search(r'name="attune-settings" content="([^"]*)"', shown)
    assert json.loads(unescape(told[1])) == {
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


def test_a_page_that_a_browser_has_is_not_sent_again(client):
    tag = client.get("/try").headers["etag"]

    again = client.get("/try", headers={"If-None-Match": f'"other", {tag}'})
    other = client.get("/try", headers={"If-None-Match": '"other"'})

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
    ],
)
def test_what_is_no_asset_is_not_there(client, path):
    reply = client.get(path)

    assert reply.status_code == 404
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["code"] in CODES_OF_NOTHING
