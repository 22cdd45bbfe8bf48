"""Render a page as one self-contained HTML file with embedded figures and style."""

import re
from base64 import b64encode
from pathlib import Path

from markdown import Markdown

from training.reporting.render import environment

_NO_MARKUP = [
    *("reference", "link", "image_link", "image_reference", "short_reference"),
    *("short_image_ref", "autolink", "automail", "linebreak", "html", "entity"),
]
"""Markdown patterns that are disabled, so that names from data cannot add HTML or links."""
_PICTURE = re.compile(r"<p>!\[(.*)\]\(([\w-]+\.png)\)</p>")
_FIGURE_CELL = re.compile(r"<td>(?=[-+\d]|&lt;|n/a)")
_TITLE = re.compile(r"<h1.*?>(.*?)</h1>\n", re.DOTALL)


def write_page(text: str, folder: Path) -> Path:
    """Write ``index.md`` and ``index.html`` into a folder; return the path of the first."""
    (folder / "index.html").write_text(html(text, folder), encoding="utf-8")
    page = folder / "index.md"
    page.write_text(text, encoding="utf-8")
    return page


def html(text: str, folder: Path) -> str:
    """Return a Markdown page as HTML with the folder's figures embedded."""
    markdown = Markdown(
        extensions=["tables", "fenced_code", "toc"],
        extension_configs={"toc": {"toc_depth": "2-2"}},
    )
    markdown.preprocessors.deregister("html_block")
    for name in _NO_MARKUP:
        markdown.inlinePatterns.deregister(name)
    body = markdown.convert(text).replace("<th>", '<th scope="col">')
    body = _FIGURE_CELL.sub('<td class="n">', body)
    body = _PICTURE.sub(lambda found: _figure(found[1], folder / found[2]), body)
    first = _TITLE.match(body)
    return (
        environment()
        .get_template("page.html.j2")
        .render(
            title=_plain(first[1]) if first else "",
            heading=first[0] if first else "",
            chapters=markdown.toc_tokens,
            body=body[first.end() :] if first else body,
        )
    )


def _figure(caption: str, image: Path) -> str:
    data = b64encode(image.read_bytes()).decode("ascii")
    return (
        f'<figure><img alt="{_plain(caption)}" src="data:image/png;base64,{data}">'
        f"<figcaption>{caption}</figcaption></figure>"
    )


def _plain(markup: str) -> str:
    """Return text without tags; entities stay escaped and quotes are escaped."""
    return re.sub(r"<.*?>", "", markup).replace('"', "&quot;")
