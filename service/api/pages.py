"""Pages: what people open in a browser, served as the files in ``service/pages`` are.

There is no build step and nothing comes from elsewhere. What a page must know of the settings
stands in it where it has ``{{settings}}``.
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
"""What a browser may do on our pages: run and fetch what is ours, and play tracks from anywhere,
because a track's ``audio_url`` may lie anywhere."""

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
"""Paths of assets: no part of one begins with a dot, so that none leads out of the folder."""
_PLACEHOLDER = b"{{settings}}"
_FILES_REMEMBERED = 200

router = APIRouter(include_in_schema=False)

IfNoneMatch = Annotated[str, Header()]


@router.get("/")
@policy(EVERYBODY)
async def get_home(runtime: Runtime, if_none_match: IfNoneMatch = "") -> Response:
    """Tell people what this is, and lead them on."""
    return _page("index.html", runtime, if_none_match)


@router.get("/annotate")
@policy(EVERYBODY)
async def get_annotate(runtime: Runtime, if_none_match: IfNoneMatch = "") -> Response:
    """Let a listener answer."""
    return _page("annotate.html", runtime, if_none_match)


@router.get("/me")
@policy(EVERYBODY)
async def get_me(runtime: Runtime, if_none_match: IfNoneMatch = "") -> Response:
    """Show a listener what the models make of them."""
    return _page("me.html", runtime, if_none_match)


@router.get("/dashboard")
@policy(EVERYBODY)
async def get_dashboard(runtime: Runtime, if_none_match: IfNoneMatch = "") -> Response:
    """Show the operator how it is going."""
    return _page("dashboard.html", runtime, if_none_match)


@router.get("/try")
@policy(EVERYBODY)
async def get_try(runtime: Runtime, if_none_match: IfNoneMatch = "") -> Response:
    """Let anybody see a prediction."""
    return _page("try.html", runtime, if_none_match)


@router.get("/pages/{path:path}")
@policy(EVERYBODY)
async def get_asset(path: str, runtime: Runtime, if_none_match: IfNoneMatch = "") -> Response:
    """Return what a page is made of: scripts, styles, drawings and sample tracks."""
    if not _ASSET.fullmatch(path):
        raise PageNotFoundError(path)
    return _page(path, runtime, if_none_match)


def settings_for_pages(settings: Settings) -> Mapping[str, Any]:
    """Return what pages may know of the settings."""
    return {
        "listen_s": settings.listen_s,
        "emotion": settings.emotion,
        "repeat_share": settings.repeat_share,
    }


def _page(path: str, runtime: Runtime, known: str) -> Response:
    return send_file(FOLDER, path, runtime, known, POLICY)


def send_file(folder: Path, path: str, runtime: Runtime, known: str, csp: str) -> Response:
    """Return the response that holds a file, or says that the browser has it already.

    Args:
        folder: Where the file lies.
        path: Of the file in the folder; the caller has checked that it leads nowhere else.
        runtime: Knows the settings that pages show.
        known: The header If-None-Match; empty where there is none.
        csp: The header Content-Security-Policy of the response.

    Raises:
        PageNotFoundError: There is no such file.
    """
    page_settings = json.dumps(settings_for_pages(runtime.serving.shared.settings))
    file = folder / path
    try:
        content, etag = _content(file, file.stat().st_mtime_ns, page_settings)
    except OSError as error:
        raise PageNotFoundError(path) from error
    headers = {
        "Cache-Control": "no-cache",  # asked about each time; the answer is mostly a 304
        "Content-Security-Policy": csp,
        "ETag": etag,
    }
    if etag in re.split(r",\s*", known):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=_MEDIA_TYPES[file.suffix], headers=headers)


@lru_cache(maxsize=_FILES_REMEMBERED)
def _content(file: Path, changed_ns: int, page_settings: str) -> tuple[bytes, str]:
    """Return a file as it is sent, and its tag; it is read again when it was changed."""
    del changed_ns
    content = file.read_bytes()
    if file.suffix == ".html":
        content = content.replace(_PLACEHOLDER, escape(page_settings).encode())
    return content, f'"{hashlib.sha256(content).hexdigest()[:32]}"'
