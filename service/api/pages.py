"""Web pages, served from the files in ``service/pages``.

There is no build step, and pages load nothing from other hosts. The placeholder ``{{settings}}``
in a page is replaced by the settings that the page needs.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Header, Response

from service.errors import PageNotFoundError
from service.http.policy import EVERYBODY, policy
from service.http.runtime import Runtime
from service.settings import Settings

FOLDER = Path(__file__).parents[1] / "pages"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' http: https: blob:; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
"""Content-Security-Policy of the pages. They run and fetch only files of this service, but play
audio from any host, because a track's ``audio_url`` may name any host."""

_MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".opus": "audio/ogg",
}
_ASSET = re.compile(
    r"(?:[A-Za-z0-9_-]+/)*[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.(?:css|js|svg|opus)"
)
"""Paths of assets; no part begins with a dot, so that no path leaves the folder."""
_PLACEHOLDER = b"{{settings}}"
_CACHED_FILES = 200

router = APIRouter(include_in_schema=False)

IfNoneMatch = Annotated[str, Header()]


def _add_page(path: str, file: str) -> None:
    @router.get(path)
    @policy(EVERYBODY)
    async def get_page(runtime: Runtime, if_none_match: IfNoneMatch = "") -> Response:
        return _page(file, runtime, if_none_match)


_add_page("/", "index.html")
_add_page("/annotate", "annotate.html")
_add_page("/me", "me.html")
_add_page("/dashboard", "dashboard.html")
_add_page("/try", "try.html")


@router.get("/pages/{path:path}")
@policy(EVERYBODY)
async def get_asset(path: str, runtime: Runtime, if_none_match: IfNoneMatch = "") -> Response:
    """Return a file that a page loads: a script, style, drawing or sample track."""
    if not _ASSET.fullmatch(path):
        raise PageNotFoundError(path)
    return _page(path, runtime, if_none_match)


def _page_settings(settings: Settings) -> Mapping[str, Any]:
    """Return the settings that pages show."""
    return {
        "listen_s": settings.listen_s,
        "emotion": settings.emotion,
        "repeat_share": settings.repeat_share,
    }


def _page(path: str, runtime: Runtime, if_none_match: str) -> Response:
    return send_file(FOLDER, path, runtime, if_none_match, POLICY)


def send_file(folder: Path, path: str, runtime: Runtime, if_none_match: str, csp: str) -> Response:
    """Return a file, or status 304 if the browser already has it.

    Args:
        folder: Folder of the file.
        path: Path of the file in the folder; the caller has checked that it stays inside.
        runtime: Holds the settings that pages show.
        if_none_match: Header If-None-Match; empty if absent.
        csp: Header Content-Security-Policy of the response.

    Raises:
        PageNotFoundError: There is no such file.
    """
    page_settings = json.dumps(_page_settings(runtime.serving.shared.settings))
    file = folder / path
    try:
        content, etag = _content(file, file.stat().st_mtime_ns, page_settings)
    except OSError as error:
        raise PageNotFoundError(path) from error
    headers = {
        "Cache-Control": "no-cache",  # the browser revalidates each time, mostly with a 304
        "Content-Security-Policy": csp,
        "ETag": etag,
    }
    if etag in re.split(r",\s*", if_none_match):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=_MEDIA_TYPES[file.suffix], headers=headers)


@lru_cache(maxsize=_CACHED_FILES)
def _content(file: Path, changed_ns: int, page_settings: str) -> tuple[bytes, str]:
    """Return a file as it is sent, and its ETag; *changed_ns* is part of the cache key."""
    del changed_ns
    content = file.read_bytes()
    if file.suffix == ".html":
        content = content.replace(_PLACEHOLDER, escape(page_settings).encode())
    return content, f'"{hashlib.sha256(content).hexdigest()[:32]}"'
