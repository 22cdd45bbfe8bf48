"""The search of tracks by the words of their titles and artists, on an index.

``search_key`` lists the tracks of each key in order of their ids, and ``track_words`` holds each
track's search text. A search reads the tracks of its rarest key and compares their texts; if all
its keys are common, it goes through the texts in order of the ids. Both stop after a number of
tracks, so that no search takes long; the next page goes on from there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Subquery,
    bindparam,
    delete,
    func,
    insert,
    select,
    true,
    update,
)

from models.search_words import SearchWord, index_keys, search_text
from service.db.database import IDS_AT_ONCE
from service.db.tables import catalogue, search_key, track, track_words
from service.tracks import TrackMetadata

_Key: TypeAlias = tuple[str, bool]
"""An index key, and whether longer keys that begin so count too."""

_LAST_CHARACTER = "\U0010ffff"
_IS_IT = track_words.c.track_id == bindparam("one")
_STORED = select(track_words.c.words).where(_IS_IT)
_CHANGE = update(track_words).where(_IS_IT)
_DELETE = delete(track_words).where(_IS_IT)
_DELETE_KEY = delete(search_key).where(
    search_key.c.key == bindparam("old"), search_key.c.track_id == bindparam("one")
)
_COUNTER = select(catalogue.c.revision).with_for_update()
_TITLES = (
    select(track.c.track_id, track.c.title, track.c.artist)
    .where(track.c.track_id > bindparam("after"))
    .order_by(track.c.track_id)
    .limit(IDS_AT_ONCE)
)
_OF_KEY = search_key.c.key == bindparam("key")
_OF_PREFIX = search_key.c.key.between(bindparam("key"), bindparam("end"))
# Ordered as the index is, lest PostgreSQL read all rows of a key to find some.
_COUNT, _COUNT_PREFIX = (
    select(func.count()).select_from(
        select(search_key.c.track_id)
        .where(condition)
        .order_by(search_key.c.key, search_key.c.track_id)
        .limit(bindparam("most"))
        .subquery()
    )
    for condition in (_OF_KEY, _OF_PREFIX)
)
_BY_KEY, _BY_PREFIX = (
    statement.where(search_key.c.track_id > bindparam("after"))
    .order_by(search_key.c.track_id)
    .limit(bindparam("most"))
    .subquery("candidate")
    for statement in (
        select(search_key.c.track_id).where(_OF_KEY),
        select(search_key.c.track_id).where(_OF_PREFIX).distinct(),
    )
)
_FOLLOWS = track_words.c.track_id > bindparam("after")
_LAST_TEXT = (
    select(track_words.c.track_id)
    .where(_FOLLOWS)
    .order_by(track_words.c.track_id)
    .offset(bindparam("before"))
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many tracks one call reads.

    Attributes:
        n_candidates: Tracks of a key; keys of more are common.
        n_scanned: Texts that are gone through in order.
        at_once: Candidates in a statement.
        n_counted: Keys that are counted to find one with few tracks.
    """

    n_candidates: int = 10_000
    n_scanned: int = 50_000
    at_once: int = 1_000
    n_counted: int = 20


@dataclass(frozen=True, slots=True)
class Search:
    """A page of a search: up to ``limit`` tracks with all the words, with ids after ``after``."""

    words: Sequence[SearchWord]
    after: str
    limit: int
    bounds: Bounds = Bounds()


@dataclass(frozen=True, slots=True)
class Found:
    """Some tracks that a search finds.

    Attributes:
        track_ids: In order.
        last: The id that the next page follows; None if the search ended.
    """

    track_ids: Sequence[str]
    last: str | None


def put_words(connection: Connection, track_id: str, track_metadata: TrackMetadata) -> None:
    """Index the words of a track's title and artist in place of earlier ones.

    The caller holds the catalogue's counter, which all changes of tracks take first.
    """
    one = {"one": track_id}
    text = search_text(track_metadata.title, track_metadata.artist)
    stored: str = connection.execute(_STORED, one).scalar() or ""
    if text == stored:
        return
    keys, before = index_keys(text), index_keys(stored)
    if gone := sorted(before - keys):
        connection.execute(_DELETE_KEY, [one | {"old": key} for key in gone])
    if not text:
        connection.execute(_DELETE, one)
    elif stored:
        connection.execute(_CHANGE.values(words=text), one)
    else:
        connection.execute(insert(track_words), {"track_id": track_id, "words": text})
    if new := sorted(keys - before):
        connection.execute(insert(search_key), [{"key": k, "track_id": track_id} for k in new])


def rebuild_words(connection: Connection) -> None:
    """Index the titles and artists of all tracks again, in a transaction that does nothing else.

    It locks the catalogue's counter, and tracks in ascending order of their ids.
    """
    connection.execute(_COUNTER)
    connection.execute(delete(search_key))
    connection.execute(delete(track_words))
    after = ""
    while page := connection.execute(_TITLES, {"after": after}).all():
        texts = {row.track_id: search_text(row.title, row.artist) for row in page}
        after = page[-1].track_id
        rows = [{"track_id": one, "words": text} for one, text in texts.items() if text]
        keys = sorted((key, one) for one, text in texts.items() for key in index_keys(text))
        if rows:
            connection.execute(insert(track_words), rows)
            connection.execute(insert(search_key), [{"key": k, "track_id": i} for k, i in keys])


def find_tracks(connection: Connection, search: Search) -> Found:
    """Return a page of a search.

    It may hold few tracks, or none, although more follow: where a call has read its bounds.
    """
    key = _rarest(connection, search)
    return _scan(connection, search) if key is None else _look_up(connection, search, key)


def _rarest(connection: Connection, search: Search) -> _Key | None:
    """Return a key with few tracks, or else a common one; None if all are beginnings of many."""
    bounds = search.bounds
    rarest, fewest = None, bounds.n_candidates + 1
    keys = dict.fromkeys((key, word.is_prefix) for word in search.words for key in word.keys)
    for key, is_prefix in list(keys)[: bounds.n_counted]:
        statement = _COUNT_PREFIX if is_prefix else _COUNT
        parameters = _range(key) | {"most": bounds.n_candidates + 1}
        n_tracks = connection.execute(statement, parameters).scalar_one()
        # The tracks of one common key can be read in order, those of several cannot.
        if n_tracks < fewest or (rarest is None and not is_prefix):
            rarest, fewest = (key, is_prefix), n_tracks
        if n_tracks <= bounds.at_once:
            break
    return rarest


def _look_up(connection: Connection, search: Search, key: _Key) -> Found:
    """Compare the texts of a key's tracks, some at a time."""
    (name, is_prefix), bounds, after = key, search.bounds, search.after
    compared = _compared(_BY_PREFIX if is_prefix else _BY_KEY, search)
    found: list[str] = []
    for _ in range(0, bounds.n_candidates, bounds.at_once):
        parameters = _range(name) | {"after": after, "most": bounds.at_once}
        rows = connection.execute(compared, parameters).all()
        found += [track_id for track_id, has_all in rows if has_all]
        if len(found) > search.limit:
            return Found(found[: search.limit], found[search.limit - 1])
        if len(rows) < bounds.at_once:
            return Found(found, None)
        after = rows[-1].track_id
    return Found(found, after)


def _compared(candidates: Subquery, search: Search) -> Select[Any]:
    """Return the query of candidates, and whether each has all words of a search.

    By a scalar subquery, which looks each text up by its id. PostgreSQL would join by reading all
    texts.
    """
    has_all = (
        select(true())
        .where(track_words.c.track_id == candidates.c.track_id, *_conditions(search))
        .scalar_subquery()
    )
    return select(candidates.c.track_id, has_all).order_by(candidates.c.track_id)


def _scan(connection: Connection, search: Search) -> Found:
    """Compare the texts of tracks in order."""
    parameters = {"after": search.after, "before": search.bounds.n_scanned - 1}
    last: str | None = connection.scalar(_LAST_TEXT, parameters)
    matching = select(track_words.c.track_id).where(_FOLLOWS, *_conditions(search))
    if last is not None:
        matching = matching.where(track_words.c.track_id <= last)
    in_order = matching.order_by(track_words.c.track_id).limit(search.limit + 1)
    found: Sequence[str] = connection.scalars(in_order, {"after": search.after}).all()
    if len(found) > search.limit:
        return Found(found[: search.limit], found[search.limit - 1])
    return Found(found, last)


def _conditions(search: Search) -> Iterator[ColumnElement[bool]]:
    return (track_words.c.words.contains(word.part, autoescape=True) for word in search.words)


def _range(key: str) -> dict[str, Any]:
    return {"key": key, "end": key + _LAST_CHARACTER}
