"""The documentation: it builds, its links hold, it is complete, its figures are the reports'."""

import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from service.settings import table
from tests.documentation import KINDS, OPERATING, README, ROOT, blocks, pages

CONTRACT = json.loads((ROOT / "clients/openapi.json").read_text(encoding="utf-8"))
OPERATIONS = [
    (method.upper(), path, call)
    for path, calls in CONTRACT["paths"].items()
    for method, call in calls.items()
]
SETTINGS_OF_OTHERS = {"ATTUNE_IMAGE", "ATTUNE_URL", "ATTUNE_KEY"}
"""Read by the compose file and the clients."""
FETCHED = {"img": "src", "script": "src", "iframe": "src", "source": "src", "link": "href"}
LINK = re.compile(r"\]\(([^)#\s]+)(#[\w-]+)?\)")
INTERVAL = r"[+-]?\d\.\d{3} \[[+-]?\d\.\d{3}, [+-]?\d\.\d{3}\]"
SITE = {
    "../README.md": "index.md",
    "../models/pretrained/MODEL_CARD.md": "model-card.md",
    "../clients/python/README.md": "clients/python.md",
    "../clients/typescript/README.md": "clients/typescript.md",
    "../reports/stress/README.md": "reports/stress/index.md",
}
"""Pages that have another name on the site."""
EXAMPLES = "docs/examples.md"
"""Becomes part of the reference."""
GENERATED = {"api.md", "settings.md"}
RESULTS = "docs/results.md"
MODEL_CARD = "models/pretrained/MODEL_CARD.md"


def read(path):
    return (ROOT / path).read_text(encoding="utf-8")


# The README


def test_the_readme_is_short():
    text = read(README)

    assert len(text.encode()) <= 8000
    assert max(map(len, text.splitlines())) <= 100


def headlines():
    """Return the README's results: claim, page and command."""
    results = re.compile(r"^- ([^\[]+\d [^`]+?)\n  \[[^\]]+\]\((\S+)\): `(.+)`$", re.MULTILINE)
    return [pytest.param(*row, id=row[0].split(":")[0]) for row in results.findall(read(README))]


def test_the_readme_has_five_results():
    assert len(headlines()) == 5


@pytest.mark.parametrize(("claim", "page", "command"), headlines())
def test_a_result_of_the_readme_is_on_the_page_that_its_command_writes(claim, page, command):
    figures = re.findall(INTERVAL, claim)

    assert figures
    assert [figure for figure in figures if figure not in read(page)] == []
    assert command in read(page)


# Pages


@pytest.mark.parametrize("page", pages())
def test_every_fence_is_closed_and_of_a_known_kind(page):
    fences = re.findall(r"^\s*(?:```|~~~)", read(page), re.MULTILINE)

    assert len(fences) == 2 * len(blocks(page))
    assert [block for block in blocks(page) if block.kind not in KINDS] == []


@pytest.mark.parametrize("page", pages())
def test_every_setting_and_file_that_a_page_names_exists(page):
    settings = set(re.findall(r"ATTUNE_[A-Z_]+[A-Z]", read(page)))
    files = re.findall(r"(?:deploy|tests)/[\w./-]+\w", read(page))

    assert settings - {row.name for row in table()} <= SETTINGS_OF_OTHERS
    assert [name for name in files if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", pages())
def test_every_link_of_a_page_leads_to_a_file(page):
    links = {link for link, _ in LINK.findall(read(page)) if "://" not in link} - GENERATED

    assert [link for link in links if not (ROOT / page).parent.joinpath(link).exists()] == []


def test_the_operators_page_uses_only_the_kinds_that_it_explains():
    explained = {"sh", "postgresql", "docker", "kubernetes"}

    assert {block.kind for block in blocks(OPERATING)} == explained


# The site


class Page(HTMLParser):
    """A built page: its links, what a browser fetches for it, its anchors."""

    def __init__(self, path):
        super().__init__()
        self.links, self.fetched, self.anchors = [], [], {"", "__skip"}
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        values = {name: value for name, value in attrs if value}
        self.anchors |= {values[name] for name in ("id", "name") if name in values}
        self.links += [values["href"] for name in ("href",) if tag == "a" and name in values]
        is_fetched = values.get("rel") not in {"next", "prev", "canonical"}
        source = values.get(FETCHED.get(tag, ""))
        self.fetched += [source] if is_fetched and source else []


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


@pytest.fixture(scope="module", name="built")
def _built(site):
    """Every page of the site by its path."""
    return {path: Page(path) for path in site.rglob("*.html") if path.name != "404.html"}


def own(page, links):
    """Return a page's links within the site as files and anchors."""
    resources = [urlsplit(link) for link in links]
    return [
        ((page.parent / unquote(part.path)).resolve() if part.path else page, part.fragment)
        for part in resources
        if not part.scheme
    ]


def test_no_link_of_the_site_is_broken(site, built):
    anchors = {page.resolve(): found.anchors for page, found in built.items()}

    broken = [
        f"{page.relative_to(site)} -> {file.relative_to(site)}#{anchor}"
        for page, found in built.items()
        for file, anchor in own(page, found.links + found.fetched)
        if not file.is_file() or unquote(anchor) not in anchors.get(file, {anchor})
    ]

    assert sum(len(found.links) for found in built.values()) > 500
    assert broken == []


@pytest.mark.parametrize(
    "page", [page for page in pages() if page.startswith("docs/") and page != EXAMPLES]
)
def test_links_to_pages_of_the_site_are_links_on_it(page, site):
    targets = [
        (SITE.get(link, link.removeprefix("../"))[:-3], anchor)
        for link, anchor in LINK.findall(read(page))
        if link.endswith(".md")
    ]

    shown = (site / Path(page).name).with_suffix(".html").read_text(encoding="utf-8")

    lost = [f"{name}{anchor}" for name, anchor in targets if f'"{name}.html{anchor}"' not in shown]
    assert lost == []


def test_a_browser_fetches_nothing_from_elsewhere(site, built):
    elsewhere = [
        link
        for found in built.values()
        for link in found.fetched
        if urlsplit(link).scheme or link.startswith("//")
    ]
    styles = "".join(path.read_text(encoding="utf-8") for path in site.rglob("*.css"))

    assert elsewhere == []
    assert re.findall(r"(?:@import|url\()\s*[\"']?(?:https?:)?//", styles) == []


def test_every_page_is_in_the_navigation(site, built):
    start = (site / "index.html").resolve()
    text = start.read_text(encoding="utf-8")
    navigation = text[text.index("md-nav--primary") : text.index("md-content")]

    links = re.findall(r'href="([^"#:]+)"', navigation)

    reached = {(site / link).resolve() for link in links} | {start}
    assert {page.resolve() for page in built} - reached == set()


@pytest.mark.parametrize("call", OPERATIONS, ids=lambda call: f"{call[0]} {call[1]}")
def test_the_reference_has_every_call_with_an_example(call, site):
    method, path, described = call
    text = (site / "api.html").read_text(encoding="utf-8")

    assert f"<code>{method} {path}</code>" in text
    assert f"\n## {described['operationId']}\n" in read(EXAMPLES)


def test_the_reference_has_every_field_and_its_bounds(site):
    text = (site / "api.html").read_text(encoding="utf-8")
    schemas = CONTRACT["components"]["schemas"]

    fields = {field for schema in schemas.values() for field in schema.get("properties", {})}

    assert {field for field in fields if f"<code>{field}</code>" not in text} == set()
    assert "≥ -1; ≤ 1" in text
    assert f"at most {schemas['UpdateIn']['properties']['labels']['maxItems']} items" in text


def test_every_setting_has_a_row_with_its_default(site):
    text = (site / "settings.html").read_text(encoding="utf-8")

    rows = dict(re.findall(r"<td><code>(ATTUNE_\w+)</code></td>\s*<td>(.*?)</td>", text))

    shown = {
        row.name: f"<code>{row.default}</code>" if row.default else "(none)" for row in table()
    }
    assert rows == shown


@pytest.mark.parametrize(
    "drawing", sorted((ROOT / "docs/drawings").glob("*.svg")), ids=lambda path: path.stem
)
def test_a_drawing_is_shown_and_described(drawing, site):
    text = (site / "concepts.html").read_text(encoding="utf-8")

    (label,) = re.findall(
        rf"!\[([^\]]+)\]\(drawings/{drawing.stem}\.svg\)", read("docs/concepts.md")
    )

    assert f'aria-label="{label}"' in text


# Figures


def section(title):
    """Return a section of the page of results."""
    return read(RESULTS).split(f"## {title}\n")[1].split("\n## ")[0]


@pytest.mark.parametrize(
    ("title", "sources", "at_least"),
    [
        (
            "The shared models",
            [MODEL_CARD, "reports/fusion/mirex/index.md", "reports/fusion/taffc4q/index.md"],
            10,
        ),
        (
            "One listener: what a few labels are worth",
            [
                f"reports/personalise/{study}/index.md"
                for study in ("agreement", "trompa", "emotify")
            ],
            20,
        ),
        (
            "Do listeners gain from being asked?",
            [
                f"reports/simulation/{page}/index.md"
                for page in ("trompa", "strategies", "emotify")
            ],
            20,
        ),
    ],
)
def test_intervals_on_the_page_of_results_are_those_of_the_reports(title, sources, at_least):
    text = "".join(map(read, sources))

    figures = re.findall(INTERVAL, section(title))

    assert len(figures) > at_least
    assert [figure for figure in figures if figure not in text] == []


def fusions(report, head):
    """Return the accuracies of each fusion in a report's table, without intervals."""
    table = re.search(
        rf"\| fusion \| as the notebook \| {head}[^\n]*\n\|[-|]+\n((?:\|.*\n)+)", read(report)
    )
    rows = [row.strip("| ").split(" | ") for row in table[1].splitlines()]
    return {name.strip("`"): [cell.split()[0] for cell in cells] for name, *cells in rows}


def test_the_page_on_reproduction_has_the_reports_accuracies():
    made_up = fusions("reports/fusion/made-up/LaA_train/index.md", "leak closed ")
    without_shared = fusions("reports/fusion/made-up/LaA_train/index.md", "leak closed too")
    mirex = fusions("reports/fusion/mirex/index.md", "leak closed ")
    row = r"^\| [^|]+ \| `(\w+)` \| \S* ?\| (\S+), (\S+), (\S+) \| (\S+), (\S+) \|$"

    shown = {
        name: tuple(figures) for name, *figures in re.findall(row, read("docs/reproduce.md"), re.M)
    }

    assert len(shown) == 11
    assert shown == {
        name: (
            made_up[name][0],
            without_shared.get(name, ["n/a"])[0],
            made_up[name][-1],
            mirex[name][0],
            mirex[name][-1],
        )
        for name in made_up
    }
