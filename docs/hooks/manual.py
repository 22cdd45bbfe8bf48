"""Hooks of MkDocs: generated pages, links, fences and drawings.

The API reference is generated from the contract and the settings from the service's own table. The
model card, the changelog, the reports and the clients' pages are copied from their places in the
repository.
"""  # noqa: INP001  # hooks are scripts

import json
import re
import sys
from functools import cache
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # for the table of settings

from linking import linked  # noqa: E402  # MkDocs has hooks import what lies beside them
from reference import reference  # noqa: E402

from service.settings import table  # noqa: E402

DOCS, REPORTS = "docs", "reports"
COPIED = {
    "models/pretrained/MODEL_CARD.md": "model-card.md",
    "CHANGELOG.md": "changelog.md",
    "clients/python/README.md": "clients/python.md",
    "clients/typescript/README.md": "clients/typescript.md",
}
MOVED = {
    "README.md": "index.md",
    "reports/stress/README.md": "reports/stress/index.md",
}
"""Path in the repository to the page's name on the site, where the two differ."""
LANGUAGES = {"postgresql": "sh", "docker": "sh", "kubernetes": "sh", "ts": "typescript"}
"""Kind of a fence, which says how a test runs it, to the language of its colours."""
FENCE = re.compile(r"^( *```)(\w+)(?: [a-z ]+)?$", re.MULTILINE)
DRAWING = re.compile(r"^!\[([^\]]+)\]\(drawings/([\w-]+)\.svg\)$", re.MULTILINE)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages and their pictures."""
    made = {
        "api.md": reference(_json("clients/openapi.json"), _text("docs/examples.md")),
        "settings.md": settings(),
    }
    made |= {page: _text(place) for place, page in COPIED.items() if (ROOT / place).exists()}
    made |= {page: _text(place) for place, page in _reports("*.md").items()}
    for page, text in made.items():
        files.append(File.generated(config, page, content=text))
    for place, page in _reports("*.png").items():
        files.append(File.generated(config, page, abs_src_path=str(ROOT / place)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Rewrite links, fences and drawings for the site."""
    del config
    here = page.file.src_uri
    places = {there: place for place, there in (COPIED | _reports("*.md")).items()}
    own = {f"{DOCS}/{file.src_uri}": file.src_uri for file in files.documentation_pages()}
    text = DRAWING.sub(lambda found: drawing(found[2], found[1]), markdown)
    text = linked(text, places.get(here, f"{DOCS}/{here}"), here, own | _elsewhere())
    return FENCE.sub(lambda found: found[1] + LANGUAGES.get(found[2], found[2]), text)


def settings() -> str:
    """Return the page of the service's settings."""
    rows = [
        f"| `{row.name}` | {f'`{row.default}`' if row.default else '(none)'} | {row.description} |"
        for row in table()
    ]
    return _SETTINGS + "\n".join(rows) + "\n"


_SETTINGS = """\
# Settings

The service reads these environment variables once, at startup. An invalid value, and an `ATTUNE_`
variable that is not in this table, end the start with a sentence.

| setting | default | meaning |
|---|---|---|
"""


def drawing(name: str, label: str) -> str:
    """Return a drawing as inline SVG, so that it takes the page's colours."""
    svg = _text(f"docs/drawings/{name}.svg")
    svg = re.sub(r"<style>.*?</style>\n?", "", svg, flags=re.DOTALL)
    svg = "".join(line.strip() + "\n" for line in svg.splitlines())
    svg = svg.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)
    return f'<figure class="drawing">\n{svg}</figure>'


@cache
def _elsewhere() -> dict[str, str]:
    return COPIED | MOVED | _reports("*.md") | _reports("*.png")


@cache
def _reports(kind: str) -> dict[str, str]:
    """Return the reports' files of a kind: path in the repository to path on the site."""
    found = sorted((ROOT / REPORTS).rglob(kind))
    places = [path.relative_to(ROOT).as_posix() for path in found]
    return {place: MOVED.get(place, place) for place in places}


def _text(place: str) -> str:
    return (ROOT / place).read_text(encoding="utf-8")


def _json(place: str) -> dict[str, object]:
    return json.loads(_text(place))
