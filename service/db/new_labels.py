"""New labels of a call, before they are recorded: their tracks, and what they stand beside."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from service.db.database import in_parts
from service.db.label_rows import event_in
from service.db.tables import answer, label_event
from service.db.unregistered_tracks import add_unregistered
from service.db.votes import lock_tracks, votes_of_others
from service.errors import TrackNotFoundError
from service.labels import DatedLabel, Label, LabelEvent, QuadrantVotes, mark_superseded

_STANDING = (
    select(label_event)
    .join(answer, answer.c.seq == label_event.c.seq)
    .where(
        answer.c.user_id == bindparam("user"),
        answer.c.track_id.in_(bindparam("track_ids", expanding=True)),
    )
)


@dataclass(frozen=True, slots=True, eq=False)
class NewLabels:
    """New labels of one call, whose tracks are locked.

    Attributes:
        hidden: Their tracks, and whether each is hidden.
        standing: The user's current event on each track.
    """

    dated: Sequence[DatedLabel]
    hidden: Mapping[str, bool]
    standing: Mapping[str, LabelEvent]


def prepare_answers(
    connection: Connection, user_id: str, fresh: Sequence[DatedLabel]
) -> NewLabels:
    """Lock the tracks of answers, which must be registered, and add others' present votes."""
    labels = [each.label for each in fresh]
    tracks = lock_tracks(connection, {label.track_id for label in labels})
    _check_tracks(labels, tracks)
    standing = _standing(connection, user_id, tracks)
    return NewLabels(_frozen(connection, user_id, fresh, tracks), tracks, standing)


def prepare_import(
    connection: Connection,
    user_id: str,
    fresh: Sequence[DatedLabel],
    *,
    now: datetime,
    may_replace: bool,
) -> NewLabels:
    """Lock the tracks of exported labels, and mark labels older than the current ones."""
    track_ids = {each.label.track_id for each in fresh}
    add_unregistered(connection, track_ids, now)
    tracks = lock_tracks(connection, track_ids)
    standing = _standing(connection, user_id, tracks)
    if not may_replace:
        times = {track_id: event.created_at for track_id, event in standing.items()}
        fresh = mark_superseded(fresh, times)
    return NewLabels(fresh, tracks, standing)


def _standing(
    connection: Connection, user_id: str, track_ids: Collection[str]
) -> dict[str, LabelEvent]:
    """Return a locked user's current event on each track."""
    return {
        row.track_id: event_in(row)
        for part in in_parts(track_ids)
        for row in connection.execute(_STANDING, {"user": user_id, "track_ids": part})
    }


def _frozen(
    connection: Connection,
    user_id: str,
    fresh: Sequence[DatedLabel],
    track_ids: Collection[str],
) -> list[DatedLabel]:
    """Return answers with others' present votes on their tracks.

    The tracks are locked, as for every vote. Until the commit these votes do not change, and no
    committed vote is missing.
    """
    others: dict[str, QuadrantVotes] = {}
    for part in in_parts(track_ids):
        others |= votes_of_others(connection, user_id, part)
    return [replace(each, others=others.get(each.label.track_id)) for each in fresh]


def _check_tracks(labels: Sequence[Label], hidden: Mapping[str, bool]) -> None:
    """Refuse labels of missing tracks; on a hidden track only a retraction is accepted."""
    missing = {
        label.track_id: None
        for label in labels
        if hidden.get(label.track_id, True)
        and not (label.is_retraction and label.track_id in hidden)
    }
    if missing:
        first, *others = missing
        raise TrackNotFoundError(first, len(others))
