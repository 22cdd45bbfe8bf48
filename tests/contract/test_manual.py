"""The manual builds strictly, holds together, fetches nothing; no block of it goes unrun."""

import json
import os
import re
import subprocess
import sys
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from service.settings import table
from tests.manual import KINDS, OPERATING, OWN_ENCODER, START, blocks, pages

ROOT = Path(__file__).parents[2]
CONTRACT = json.loads((ROOT / "clients/openapi.json").read_text(encoding="utf-8"))
OPERATIONS = [
    (method.upper(), path, call)
    for path, calls in CONTRACT["paths"].items()
    for method, call in calls.items()
]
SRC = ("src",)
FETCHED = {"img": SRC, "script": SRC, "iframe": SRC, "source": SRC, "link": ("href",)}


class Read(HTMLParser):
    """What a page links to, what a browser fetches for it, and what can be linked to in it."""

    def __init__(self, page):
        super().__init__()
        self.links, self.fetched, self.anchors = [], [], {"", "__skip"}
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        self.anchors |= {told[name] for name in ("id", "name") if told.get(name)}
        self.links += [told[name] for name in ("href",) if tag == "a" and name in told]
        is_fetched = told.get("rel") not in {"next", "prev", "canonical"}
        self.fetched += [told[n] for n in FETCHED.get(tag, ()) if is_fetched and n in told]


@pytest.fixture(scope="module", name="site")
def _site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("manual")
    built = subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", folder],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


@pytest.fixture(scope="module", name="read")
def _read(site):
    """Every page of the manual, read; by its path."""
    return {page: Read(page) for page in site.rglob("*.html") if page.name != "404.html"}


def own(page, links):
    """Return the links of a page that stay in the manual, as files and anchors."""
    parts = [urlsplit(link) for link in links]
    return [
        ((page.parent / unquote(part.path)).resolve() if part.path else page, part.fragment)
        for part in parts
        if not part.scheme
    ]


def test_no_link_of_the_manual_is_broken(site, read):
    anchors = {page.resolve(): found.anchors for page, found in read.items()}

    broken = [
        f"{page.relative_to(site)} -> {file.relative_to(site)}#{anchor}"
        for page, found in read.items()
        for file, anchor in own(page, found.links + found.fetched)
        if not file.is_file() or unquote(anchor) not in anchors.get(file, {anchor})
    ]

    assert sum(len(found.links) for found in read.values()) > 500
    assert broken == []


@pytest.mark.parametrize(
    "page", sorted((ROOT / "docs").glob("[!e]*.md")), ids=lambda path: path.stem
)
def test_links_from_page_to_page_survive(page, site):
    text = page.read_text(encoding="utf-8")
    shown = (site / f"{page.stem}.html").read_text(encoding="utf-8")

    links = re.findall(r"\]\((\w[\w/-]*)\.md(#[\w-]+)?\)", text)

    assert [link for link in links if 'href="{}.html{}"'.format(*link) not in shown] == []


def test_a_browser_fetches_nothing_from_elsewhere(site, read):
    elsewhere = [
        link
        for found in read.values()
        for link in found.fetched
        if urlsplit(link).scheme or link.startswith("//")
    ]
    styles = "".join(path.read_text(encoding="utf-8") for path in site.rglob("*.css"))

    assert elsewhere == []
    assert re.findall(r"(?:@import|url\()\s*[\"']?(?:https?:)?//", styles) == []


def test_every_page_is_in_the_navigation(site, read):
    begin = (site / "index.html").resolve()
    text = begin.read_text(encoding="utf-8")
    navigation = text[text.index("md-nav--primary") : text.index("md-content")]

    reached = {(site / link).resolve() for link in re.findall(r'href="([^"#:]+)"', navigation)} | {
        begin
    }

    assert {page.resolve() for page in read} - reached == set()


@pytest.mark.parametrize("call", OPERATIONS, ids=lambda call: f"{call[0]} {call[1]}")
def test_the_reference_tells_every_call_with_an_example(call, site):
    method, path, described = call
    text = (site / "api.html").read_text(encoding="utf-8")

    assert f"<code>{method} {path}</code>" in text
    examples = (ROOT / "docs" / "examples.md").read_text(encoding="utf-8")
    assert f"\n## {described['operationId']}\n" in examples


def test_the_reference_tells_every_field_and_every_bound(site):
    text = (site / "api.html").read_text(encoding="utf-8")
    schemas = CONTRACT["components"]["schemas"]

    fields = {field for schema in schemas.values() for field in schema.get("properties", {})}

    assert {field for field in fields if f"<code>{field}</code>" not in text} == set()
    assert "≥ -1; ≤ 1" in text
    assert f"at most {schemas['UpdateIn']['properties']['labels']['maxItems']} items" in text


def test_every_setting_has_a_row(site):
    text = (site / "settings.html").read_text(encoding="utf-8")

    assert [row.name for row in table() if f"<code>{row.name}</code>" not in text] == []


@cache
def runners():
    """Return the text of the tests that run blocks."""
    folder = ROOT / "tests" / "journey"
    return {path.name: path.read_text(encoding="utf-8") for path in folder.glob("test_*.py")}


@pytest.mark.parametrize("page", pages())
def test_what_becomes_of_each_block_is_known(page):
    unknown = [
        f"{page}:{block.line} {block.kind!r}" for block in blocks(page) if block.kind not in KINDS
    ]

    assert unknown == []


@pytest.mark.parametrize("page", pages())
def test_every_fence_is_found(page):
    text = (ROOT / page).read_text(encoding="utf-8")

    assert len(re.findall(r"^\s*(```|~~~)", text, re.MULTILINE)) == 2 * len(blocks(page))


def test_pages_with_a_reader_of_their_own_have_one():
    assert "blocks(START" in runners()["test_newcomer.py"]
    assert "blocks(OPERATING" in runners()["test_operating.py"]
    assert "blocks(OWN_ENCODER" in runners()["test_embeddings_page.py"]
    assert {START, OPERATING, OWN_ENCODER} <= set(pages())


def test_a_page_that_is_new_is_run_like_the_others():
    assert "for page in pages()" in runners()["test_manual.py"]


@pytest.mark.parametrize(
    "drawing", sorted((ROOT / "docs/drawings").glob("*.svg")), ids=lambda path: path.stem
)
def test_a_drawing_is_shown_and_described(drawing, site):
    text = (site / "concepts.html").read_text(encoding="utf-8")
    concepts = (ROOT / "docs/concepts.md").read_text(encoding="utf-8")

    (told,) = re.findall(rf"!\[([^\]]+)\]\(drawings/{drawing.stem}\.svg\)", concepts)

    assert f'aria-label="{told}"' in text
