"""Cursors of pages that are ordered by id: the last id of the page before."""

import base64

from service.errors import InvalidCursorError


def cursor_after(last_id: str) -> str:
    """Return the cursor of the page that follows an id.

    >>> id_after(cursor_after("demo"))
    'demo'
    """
    return base64.urlsafe_b64encode(last_id.encode()).decode().rstrip("=")


def id_after(cursor: str | None) -> str:
    """Return the id that a page follows; empty for the first page.

    Raises:
        InvalidCursorError: The cursor does not come from a page.
    """
    if cursor is None:
        return ""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        last_id = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii")
    except ValueError as error:
        raise InvalidCursorError(cursor) from error
    if not last_id or not last_id.isprintable():
        raise InvalidCursorError(cursor)
    return last_id
