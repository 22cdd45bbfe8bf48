"""Listeners and their answers, drawn at random and stored in bulk as the service stores them.

How many answers a listener gives is drawn from a Lomax distribution: most give a few, some a
thousand. Popular tracks get most of them. A call holds up to ten answers; a few are corrected or
retracted later. The probes are listeners with an exact number of answers.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count, groupby, islice
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, bindparam, func, insert, select, update

from models.emotion import QUADRANTS
from service.db.label_rows import columns_of
from service.db.tables import guess, label_event, track_votes
from service.db.votes import COUNTS
from service.evaluation.prequential import Forecast, PrequentialRecord
from service.labels import DatedLabel, Label, QuadrantVotes
from service.votes import NO_VOTES, votes_of
from tests.bench.catalogue import track_id_of

PROBES = (1, 10, 100, 1_000, 20_000)
"""Answers of the listeners whose ids `probe_id` returns."""
CALL = 10
"""Most answers of one call."""
PERIOD = timedelta(days=60)
_LEAST_TRACKS_AN_ANSWER = 2
_MOST, _SHAPE, _SCALE = 1_000, 1.5, 3.5
_POINTS, _UNDECIDED, _CORRECTED, _RETRACTED = 0.25, 0.02, 0.03, 0.01
_AT_ONCE = 5_000
_RECORD = tuple(PrequentialRecord.__slots__)
_MOVE = (
    update(track_votes)
    .where(track_votes.c.track_id == bindparam("one"))
    .values({count.name: bindparam(f"new_{count.name}") for count in COUNTS})
    .values(revision=bindparam("as_of"))
)
Ints = NDArray[np.int64]


class Call(NamedTuple):
    """The labels that one call of `/update` records, with their forecasts by track."""

    user_id: str
    moment: datetime
    labels: Sequence[Label]
    forecasts: Mapping[str, Forecast]


def probe_id(n_labels: int) -> str:
    """Return the id of the listener with exactly this number of answers."""
    return f"probe-{n_labels}"


def user_id_of(number: int) -> str:
    """Return the id of a listener by their number, from 0."""
    return f"u{number:07}"


def probes(n_tracks: int) -> list[int]:
    """Return the numbers of answers of the probes that a catalogue is large enough for."""
    return [n for n in PROBES if n * _LEAST_TRACKS_AN_ANSWER <= n_tracks]


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Answers in the order of the log, without ids.

    Attributes:
        users: Number of each answer's listener; negative: place of a probe, from -1 ``(n,)``.
        tracks: Number of each answer's track ``(n,)``.
        calls: Number of each answer's call, from 0, without gaps ``(n,)``.
        n_before: Tracks that the listener had labelled before the call ``(n,)``.
        is_later: Whether it corrects or retracts an answer ``(n,)``.
    """

    users: Ints
    tracks: Ints
    calls: Ints
    n_before: Ints
    is_later: NDArray[np.bool_]


def draw(first: int, last: int, n_tracks: int, exact: Sequence[int] = ()) -> Answers:
    """Draw the answers of listeners from ``first`` to before ``last``, and of probes."""
    rng = np.random.default_rng([21, first, last, n_tracks])
    users, tracks = _pairs(rng, first, last, n_tracks, exact)
    starts = np.flatnonzero(np.diff(users, prepend=users[0] - 1))
    lengths = np.diff(starts, append=len(users))
    place = np.arange(len(users)) - np.repeat(starts, lengths)
    is_first = place % CALL == 0
    call = np.cumsum(is_first) - 1
    # A listener's calls come in order, among those of all others.
    times = rng.uniform(0.0, 1.0, call[-1] + 1)
    owner = users[is_first]
    times = times[np.lexsort((times, owner))]
    later = np.flatnonzero((users >= 0) & (rng.random(len(users)) < _CORRECTED + _RETRACTED))
    moment = np.concatenate([times[call], 1.0 + rng.random(len(later))])
    order = np.argsort(moment, kind="stable")
    is_later = np.arange(len(order)) >= len(users)
    numbers = np.concatenate([call, call[-1] + 1 + np.arange(len(later))])[order]
    return Answers(
        np.concatenate([users, users[later]])[order],
        np.concatenate([tracks, tracks[later]])[order],
        np.cumsum(np.diff(numbers, prepend=-1) != 0) - 1,
        np.concatenate([place // CALL * CALL, place[later]])[order],
        is_later[order],
    )


def calls(answers: Answers, snapshot: str, since: datetime) -> Iterator[Call]:
    """Yield what the listeners send, in the order of the log.

    Args:
        answers: Drawn answers.
        snapshot: Serving version of the forecasts.
        since: When the first call comes; the last comes a `PERIOD` later at most.
    """
    rng = np.random.default_rng([22, len(answers.users)])
    step = PERIOD / (int(answers.calls[-1]) + 1)
    columns = (answers.calls, answers.users, answers.tracks, answers.n_before, answers.is_later)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    for number, group in groupby(rows, key=lambda row: row[0]):
        labels, forecasts = [], {}
        for place, (_, user, at, n_before, is_later) in enumerate(group):
            event_id = f"e{number}-{place}"
            labels.append(_label(rng, event_id, at, can_miss=user >= 0, is_later=is_later))
            personal, population = rng.dirichlet(np.full(4, 2.0), 2).tolist()
            forecasts[track_id_of(at)] = Forecast(
                snapshot, n_before, tuple(personal), tuple(population)
            )
        user_id = probe_id(PROBES[-1 - user]) if user < 0 else user_id_of(user)
        yield Call(user_id, since + number * step, labels, forecasts)


def add_answers(connection: Connection, sent: Sequence[Call]) -> None:
    """Insert the rows of new users' calls as `LabelLog.append` would, one after the other.

    Args:
        connection: Of a transaction.
        sent: Calls of users without earlier answers, in order.
    """
    last_seq, last_revision, before = _state(connection)
    others, after = _others(sent, before)
    _in_parts(connection, insert(label_event), _events(sent, others))
    stored = connection.execute(select(func.max(label_event.c.seq))).scalar_one()
    expected = last_seq + len(others)
    assert stored == expected, f"the last event has the number {stored}, not {expected}"
    _in_parts(connection, insert(guess), _notes(sent, last_seq))
    _in_parts(connection, _MOVE, _moves(sent, last_revision, after))


def _pairs(
    rng: np.random.Generator, first: int, last: int, n_tracks: int, exact: Sequence[int]
) -> tuple[Ints, Ints]:
    """Return listeners and tracks, each pair once, a listener's in random order."""
    lengths = np.minimum(1 + _SCALE * rng.pareto(_SHAPE, last - first), _MOST).astype(np.int64)
    lengths = np.minimum(lengths, n_tracks // _LEAST_TRACKS_AN_ANSWER)
    users = np.repeat(np.arange(first, last), lengths)
    popular = (n_tracks * rng.random(len(users)) ** 2).astype(np.int64)
    pairs = np.unique(users * n_tracks + popular)
    users, tracks = pairs // n_tracks, pairs % n_tracks
    order = np.lexsort((rng.random(len(users)), users))
    own = [rng.choice(n_tracks, n, replace=False) for n in exact]
    named = [np.full(n, -1 - PROBES.index(n)) for n in exact]
    return np.concatenate([*named, users[order]]), np.concatenate([*own, tracks[order]])


def _label(
    rng: np.random.Generator, event_id: str, track: int, *, can_miss: bool, is_later: bool
) -> Label:
    track_id, how = track_id_of(track), rng.random()
    if is_later and how < _RETRACTED / (_CORRECTED + _RETRACTED):
        return Label.retraction(event_id, track_id)
    if can_miss and not is_later and how < _UNDECIDED:
        return Label.undecided(event_id, track_id)
    if how > 1.0 - _POINTS:
        valence, arousal = (float(x) for x in rng.uniform(-1.0, 1.0, 2).round(3))
        return Label.at_point(event_id, track_id, valence, arousal)
    return Label(event_id, track_id, QUADRANTS[int(rng.integers(4))], strategy="diverse")


def _state(connection: Connection) -> tuple[int, int, Mapping[str, QuadrantVotes]]:
    """Return the last event, the votes' revision, and the votes on tracks that ever had any."""
    last_seq = connection.execute(select(func.coalesce(func.max(label_event.c.seq), 0)))
    revision = connection.execute(select(func.coalesce(func.max(track_votes.c.revision), 0)))
    voted = select(track_votes.c.track_id, *COUNTS).where(track_votes.c.revision > 0)
    counts = {row.track_id: (row.q1, row.q2, row.q3, row.q4) for row in connection.execute(voted)}
    return last_seq.scalar_one(), revision.scalar_one(), counts


def _others(
    sent: Sequence[Call], before: Mapping[str, QuadrantVotes]
) -> tuple[list[QuadrantVotes], dict[str, QuadrantVotes]]:
    """Return others' votes at each label, and the votes on each labelled track after all."""
    cast = iter(votes_of([label for call in sent for label in call.labels]).tolist())
    own: dict[tuple[str, str], QuadrantVotes] = {}
    total, found = dict(before), []
    for call in sent:
        for label in call.labels:
            key, track_id = (call.user_id, label.track_id), label.track_id
            q1, q2, q3, q4 = total.get(track_id, NO_VOTES)
            if (mine := own.get(key)) is not None:
                q1, q2, q3, q4 = q1 - mine[0], q2 - mine[1], q3 - mine[2], q4 - mine[3]
            found.append((q1, q2, q3, q4))
            vote = own[key] = tuple(next(cast))
            total[track_id] = q1 + vote[0], q2 + vote[1], q3 + vote[2], q4 + vote[3]
    return found, total


def _events(sent: Sequence[Call], others: Sequence[QuadrantVotes]) -> Iterator[dict[str, Any]]:
    places = iter(others)
    for call in sent:
        for label in call.labels:
            dated = DatedLabel(label, call.moment, next(places))
            yield columns_of(dated) | {"user_id": call.user_id}


def _moves(
    sent: Sequence[Call], last_revision: int, after: Mapping[str, QuadrantVotes]
) -> Iterator[dict[str, Any]]:
    """Yield the votes on each labelled track, with the revision of the last call about it."""
    revisions = {
        label.track_id: revision
        for revision, call in enumerate(sent, last_revision + 1)
        for label in call.labels
    }
    for track_id, revision in revisions.items():
        q1, q2, q3, q4 = after[track_id]
        new = {"new_q1": q1, "new_q2": q2, "new_q3": q3, "new_q4": q4}
        yield {"one": track_id, "as_of": revision} | new


def _notes(sent: Sequence[Call], last_seq: int) -> Iterator[dict[str, Any]]:
    """Yield the records of first answers, with their corrections and without retracted ones."""
    notes: dict[tuple[str, str], dict[str, Any]] = {}
    seqs = count(last_seq + 1)
    for call in sent:
        for label in call.labels:
            key, seq = (call.user_id, label.track_id), next(seqs)
            if label.quadrant is None:
                notes.pop(key, None)
            elif key not in notes:
                record = PrequentialRecord.of(
                    label, label.quadrant, call.forecasts[label.track_id]
                )
                row = {name: getattr(record, name) for name in _RECORD}
                notes[key] = row | {
                    "user_id": call.user_id,
                    "seq": seq,
                    "created_at": call.moment,
                }
            elif notes[key]["quadrant"] != label.quadrant:
                notes[key] |= {"quadrant": label.quadrant, "p": None, "p_population": None}
    yield from notes.values()


def _in_parts(connection: Connection, statement: Any, rows: Iterator[dict[str, Any]]) -> None:
    while part := list(islice(rows, _AT_ONCE)):
        connection.execute(statement, part)
