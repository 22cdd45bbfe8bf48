"""Words of titles and artists, and their index keys, for the search of tracks."""

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from models.search_words import index_keys, search_text

revision = "0015"
down_revision = "0014"

_AT_ONCE = 10_000

_ID = sa.String(200).with_variant(sa.String(256, collation="C"), "postgresql")
_KEY = sa.String(32).with_variant(sa.String(32, collation="C"), "postgresql")
_TRACK = sa.table("track", *map(sa.column, ("track_id", "title", "artist")))
_PAGE = (
    sa.select(_TRACK)
    .where(_TRACK.c.track_id > sa.bindparam("after"))
    .where(_TRACK.c.title.is_not(None) | _TRACK.c.artist.is_not(None))
    .order_by(_TRACK.c.track_id)
    .limit(_AT_ONCE)
)


def upgrade() -> None:
    """Index the titles and artists of all tracks.

    By the service's own functions: a search splits its words by the same ones. If these change,
    another migration has to index the tracks again.
    """
    words = op.create_table(
        "track_words",
        sa.Column("track_id", _ID, sa.ForeignKey("track.track_id"), primary_key=True),
        sa.Column("words", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    keys = op.create_table(
        "search_key",
        sa.Column("key", _KEY, primary_key=True),
        sa.Column("track_id", _ID, primary_key=True),
        sqlite_with_rowid=False,
    )
    for page in _pages():
        texts = {row.track_id: search_text(row.title, row.artist) for row in page}
        rows = [{"track_id": one, "words": text} for one, text in texts.items() if text]
        pairs = sorted((key, one) for one, text in texts.items() for key in index_keys(text))
        if rows:
            op.bulk_insert(words, rows)
            op.bulk_insert(keys, [{"key": key, "track_id": one} for key, one in pairs])


def downgrade() -> None:
    """Drop what can be made of titles and artists again."""
    op.drop_table("search_key")
    op.drop_table("track_words")


def _pages() -> Iterator[Sequence[Any]]:
    """Yield the tracks with a title or an artist in order, some at a time."""
    after = ""
    while page := op.get_bind().execute(_PAGE, {"after": after}).all():
        yield page
        after = page[-1].track_id
