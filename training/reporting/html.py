"""A page as one HTML file that asks nobody for anything: pictures and style are in it."""

import re
from base64 import b64encode
from collections.abc import Sequence
from html import escape
from pathlib import Path

from training.reporting.blocks import (
    Block,
    Command,
    Heading,
    Paragraph,
    Picture,
    Points,
    Table,
)

_CODE = re.compile(r"`([^`]+)`")
_STRONG = re.compile(r"\*\*(.+?)\*\*")
_CHAPTER = 2  # level of the headings that the contents list
_FIGURE = re.compile(r"[-+<\d]|n/a")

_STYLE = """\
:root { color-scheme: light; }
body { margin: 2rem auto; max-width: 74rem; padding: 0 1.2rem; color: #1a1a1a; background: #fff;
  font: 1rem/1.5 system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.2; }
h2 { font-size: 1.25rem; margin-top: 2.4rem; border-bottom: 1px solid #bbb; }
h3 { font-size: 1.05rem; margin-top: 1.6rem; }
p, ul { max-width: 48rem; }
li { margin: .3rem 0; }
nav a { margin-right: 1rem; color: #0b4f7d; }
code, pre { font: .88em/1.45 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
code { background: #f1f1f1; padding: 0 .2em; }
pre { background: #f1f1f1; padding: .7rem 1rem; white-space: pre-wrap; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; }
th, td { padding: .2rem .7rem; text-align: left; border-bottom: 1px solid #ddd;
  white-space: nowrap; }
th { border-bottom: 2px solid #777; }
td.n { text-align: right; }
figure { margin: 1rem 0; }
img { max-width: 100%; height: auto; }
figcaption { font-size: .85rem; color: #444; max-width: 48rem; }
@media print {
  body { margin: 0; max-width: none; font-size: 9.5pt; }
  nav { display: none; }
  .wide { overflow: visible; }
  table { font-size: 7pt; }
  th, td { padding: .1rem .35rem; }
  th { white-space: normal; }
  figure, tr { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
}
"""


def html(title: str, blocks: Sequence[Block], folder: Path) -> str:
    """Return a page as HTML, with the pictures that lie in a folder inside it."""
    body = "\n".join(_html(block, folder) for block in blocks)
    title_end = body.find("</h1>") + len("</h1>")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{_STYLE}</style>\n</head>\n<body>\n"
        f"{body[:title_end]}\n{_contents(blocks)}{body[title_end:]}\n</body>\n</html>\n"
    )


def _contents(blocks: Sequence[Block]) -> str:
    headings = [block for block in blocks if isinstance(block, Heading)]
    chapters = [heading.text for heading in headings if heading.level == _CHAPTER]
    links = " ".join(f'<a href="#{_anchor(text)}">{_inline(text)}</a>' for text in chapters)
    return f'<nav aria-label="Contents">{links}</nav>'


def _html(block: Block, folder: Path) -> str:
    match block:
        case Heading(text, level):
            return f'<h{level} id="{_anchor(text)}">{_inline(text)}</h{level}>'
        case Paragraph(text):
            return f"<p>{_inline(text)}</p>"
        case Points(texts):
            return "<ul>" + "".join(f"<li>{_inline(text)}</li>" for text in texts) + "</ul>"
        case Command(text):
            return f"<pre>{escape(text)}</pre>"
        case Table():
            return _table(block)
        case Picture():
            return _picture(block, folder)


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{_inline(cell)}</th>' for cell in table.head)
    rows = "\n".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in table.rows)
    return (
        f'<div class="wide"><table>\n<thead><tr>{head}</tr></thead>\n'
        f"<tbody>\n{rows}\n</tbody></table></div>"
    )


def _cell(text: str) -> str:
    kind = ' class="n"' if _FIGURE.match(text) else ""
    return f"<td{kind}>{_inline(text)}</td>"


def _picture(picture: Picture, folder: Path) -> str:
    data = b64encode((folder / picture.name).read_bytes()).decode("ascii")
    told = escape(picture.caption.replace("`", ""))
    return (
        f'<figure><img alt="{told}" src="data:image/png;base64,{data}">'
        f"<figcaption>{_inline(picture.caption)}</figcaption></figure>"
    )


def _anchor(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _inline(text: str) -> str:
    return _STRONG.sub(r"<strong>\1</strong>", _CODE.sub(r"<code>\1</code>", escape(text)))
