"""Links of the site: pages name each other by their paths in the repository."""  # noqa: INP001  # hooks are scripts

import posixpath
import re
from collections.abc import Mapping

_LINK = re.compile(r"(?<![`\\])(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)")
_CODE = re.compile(r"^(?P<fence>```+|~~~+).*?^(?P=fence)[ \t]*$", re.DOTALL | re.MULTILINE)


def linked(text: str, place: str, page: str, pages: Mapping[str, str]) -> str:
    """Return Markdown whose links work on the site.

    A link to a file that is not on the site becomes the file's name.

    Args:
        text: The page.
        place: The page's path in the repository.
        page: Its path on the site.
        pages: Path in the repository to path on the site; a path may end in an anchor.
    """

    def link(found: re.Match[str]) -> str:
        mark, name, target = found.groups()
        if "://" in target or target.startswith(("#", "mailto:")):
            return found.group()
        path, _, anchor = target.partition("#")
        full = posixpath.normpath(posixpath.join(posixpath.dirname(place), path))
        there = pages.get(f"{full}#{anchor}")
        if there is None and (there := pages.get(full)) and anchor:
            there = f"{there}#{anchor}"
        if there is None:
            return name if full in name else f"{name} (`{full}`)"
        way, _, anchor = there.partition("#")
        way = posixpath.relpath(way, posixpath.dirname(page) or ".")
        return f"{mark}[{name}]({way}{'#' + anchor if anchor else ''})"

    # Blocks of code stay as they are.
    parts = _without_code(text)
    return "".join(part if is_code else _LINK.sub(link, part) for is_code, part in parts)


def _without_code(text: str) -> list[tuple[bool, str]]:
    parts, end = [], 0
    for found in _CODE.finditer(text):
        parts += [(False, text[end : found.start()]), (True, found.group())]
        end = found.end()
    return [*parts, (False, text[end:])]
