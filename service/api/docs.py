"""The interactive API page at ``/docs``: Swagger UI over ``/openapi.json``, served from here.

The scripts and styles of Swagger UI are files of the package ``fastapi_swagger``, so the page
loads nothing from other hosts. The page around them is ``docs.html`` in ``service/pages``.
"""

from pathlib import Path

import fastapi_swagger  # type: ignore[import-untyped]  # only its files are used
from fastapi import APIRouter, Response

from service.api.pages import FOLDER, IfNoneMatch, send_file
from service.errors import PageNotFoundError
from service.http.policy import EVERYBODY, policy
from service.http.runtime import Runtime

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""Content-Security-Policy of the page: allows files of this service, and the icons that Swagger
UI's style sheet holds as ``data:`` URLs."""

_PACKAGE = Path(fastapi_swagger.__file__).parent / "resources"
_FILES = frozenset({"swagger-ui-bundle.js", "swagger-ui.css"})
"""The files of the package that the page loads."""

router = APIRouter(include_in_schema=False)


@router.get("/docs")
@policy(EVERYBODY)
async def get_docs(runtime: Runtime, if_none_match: IfNoneMatch = "") -> Response:
    """Return the page that lists every call with its fields, an example and a form to try it."""
    return send_file(FOLDER, "docs.html", runtime, if_none_match, POLICY)


@router.get("/docs/{file}")
@policy(EVERYBODY)
async def get_docs_file(file: str, runtime: Runtime, if_none_match: IfNoneMatch = "") -> Response:
    """Return a file of Swagger UI."""
    if file not in _FILES:
        raise PageNotFoundError(file)
    return send_file(_PACKAGE, file, runtime, if_none_match, POLICY)
