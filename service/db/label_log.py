"""The log of labels in a database."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import BindParameter, Connection, bindparam, delete, func, insert, select

from service.answers import Answers
from service.clock import Clock
from service.db.answers import answers_of, forget_answers, put_answers, read_answers
from service.db.database import Database, in_parts, lock
from service.db.forecasts import record_changes
from service.db.forgotten_users import lift_forgotten, refuse_forgotten, remember_forgotten
from service.db.label_rows import columns_of, event_in, label_in
from service.db.new_labels import NewLabels, prepare_answers, prepare_import
from service.db.notifications import announce
from service.db.tables import guess, label_event, personal_model, repeatable_call
from service.db.tallies import (
    CountChanges,
    change_sums,
    change_user,
    forget_counts,
)
from service.db.votes import (
    erase_unneeded,
    lock_tracks,
    move_votes,
    votes_of_others,
    votes_on,
    votes_since,
)
from service.errors import CallConflictError
from service.evaluation.prequential import NO_FORECASTS, Forecast, prequential_changes
from service.labels import (
    AppendResult,
    DatedLabel,
    Label,
    LabelEvent,
    QuadrantVotes,
    RepeatableCall,
    latest,
    unrecorded,
)
from service.votes import VoteChanges, VotesMark, vote_differences

EVENTS_AT_ONCE = 1_000
"""Events read at once: bounds the memory that a long log takes."""

_BY_USER = label_event.c.user_id == bindparam("user")
_LAST = select(func.coalesce(func.max(label_event.c.seq), 0)).where(_BY_USER)
_AFTER = (
    select(label_event)
    .where(_BY_USER, label_event.c.seq > bindparam("after"))
    .order_by(label_event.c.seq)
    .limit(EVENTS_AT_ONCE)
)
_RECORD = insert(label_event).returning(label_event.c.event_id, label_event.c.seq)
_RECORDED = select(label_event).where(
    _BY_USER, label_event.c.event_id.in_(bindparam("event_ids", expanding=True))
)
_SEQS: BindParameter[int] = bindparam("seqs", expanding=True)
_STILL_THERE = select(label_event.c.seq).where(label_event.c.seq.in_(_SEQS))
_TAKE_BACK = delete(label_event).where(label_event.c.seq.in_(_SEQS))
_REPEATED = select(repeatable_call).where(
    repeatable_call.c.user_id == bindparam("user"), repeatable_call.c.call_key == bindparam("key")
)


class LabelLog:
    """The append-only log of all users' answers; one transaction a call."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def append(
        self,
        user_id: str,
        labels: Sequence[Label],
        call: RepeatableCall | None = None,
        *,
        forecasts: Mapping[str, Forecast] = NO_FORECASTS,
    ) -> AppendResult:
        """Record the labels that are new, all or none; repeat the reply to a repeated call.

        Args:
            user_id: The user who answers.
            labels: The answers, in order. Others' present votes on the tracks are recorded with
                them.
            call: Key and digest of the call, to detect a repetition.
            forecasts: Predictions by track; recorded with first answers.

        Raises:
            UserForgottenError: The user was forgotten.
            CallConflictError: The call's key was used before with another body.
            TrackNotFoundError: A new label is about a track that does not exist.
            EventConflictError: An event id was used before for another answer.
        """
        with self._database.write() as connection:
            _admit(connection, user_id)
            if call and (before := _earlier_reply(connection, user_id, call)):
                return before
            now = self._clock()
            dated = [DatedLabel(each, now) for each in labels]
            appended = _record_new(connection, user_id, dated, prepare_answers, forecasts)
            if call:
                _remember_call(connection, user_id, call, appended, now)
        return appended

    def restore(
        self, user_id: str, dated: Sequence[DatedLabel], *, may_replace: bool = False
    ) -> AppendResult:
        """Record exported labels as `append` does, with their original times.

        Others' votes of that time are kept too; present votes are not recorded. New events follow
        all events of the log, in the given order. A label that is older than the current one of
        its track is recorded as superseded. Tracks need not be registered. ``may_replace`` also
        records anew, as the last of the log, a label that an earlier import had superseded.

        Args:
            user_id: The user who answered.
            dated: The labels, in order.
            may_replace: Whether an older label becomes the current one, as the last of the log.

        Raises:
            UserForgottenError: The user was forgotten.
            EventConflictError: An event id was used before for another answer.
        """
        with self._database.write() as connection:
            _admit(connection, user_id)
            counts = CountChanges()
            if may_replace:
                _take_back_superseded(connection, user_id, dated, counts)
            prepare = partial(prepare_import, now=self._clock(), may_replace=may_replace)
            return _record_new(connection, user_id, dated, prepare, counts=counts)

    def last_seq(self, user_id: str) -> int:
        """Return ``seq`` of the user's last event; 0 without one."""
        with self._database.read() as connection:
            return int(connection.execute(_LAST, {"user": user_id}).scalar_one())

    def events(self, user_id: str, *, through: int | None = None) -> Iterator[LabelEvent]:
        """Yield the user's events in order, by default all, else through ``through``."""
        last = self.last_seq(user_id) if through is None else through
        after = 0
        while after < last:
            with self._database.read() as connection:
                rows = connection.execute(_AFTER, {"user": user_id, "after": after}).all()
            yield from (event_in(row) for row in rows if row.seq <= last)
            after = rows[-1].seq if rows else last

    def answers(self, user_id: str, *, through: int | None = None) -> Answers:
        """Return the user's latest events by track, by default now, else as of an event.

        The log is read only if the user has answered since that event.
        """
        with self._database.read() as connection:
            now = read_answers(connection, user_id)
        if through is None or now.last_seq <= through:
            return now
        return answers_of(latest(self.events(user_id, through=through)))

    def votes_since(self, mark: VotesMark) -> VoteChanges:
        """Return the first votes that changed since a mark; ``VotesMark()`` is the beginning."""
        with self._database.read() as connection:
            return votes_since(connection, mark)

    def votes_on(self, track_ids: Collection[str]) -> Mapping[str, QuadrantVotes]:
        """Return the votes by track; tracks without votes are left out."""
        found: dict[str, QuadrantVotes] = {}
        for part in in_parts(track_ids):
            with self._database.read() as connection:
                found |= votes_on(connection, part)
        return found

    def votes_of_others(
        self, user_id: str, track_ids: Collection[str]
    ) -> Mapping[str, QuadrantVotes]:
        """Return the votes of other users by track; tracks without any may be left out.

        While the user is answering, another user's vote may be missing; the user's own is never
        counted.
        """
        found: dict[str, QuadrantVotes] = {}
        for part in in_parts(track_ids):
            with self._database.read() as connection:
                found |= votes_of_others(connection, user_id, part)
        return found

    def existing_seqs(self, seqs: Collection[int]) -> set[int]:
        """Return those of these ``seq`` that exist; the events of forgotten users do not."""
        found: set[int] = set()
        for part in in_parts(seqs):
            with self._database.read() as connection:
                found |= set(connection.scalars(_STILL_THERE, {"seqs": part}))
        return found

    def forget(self, user_id: str) -> None:
        """Delete a user's events and everything derived from them, and refuse new ones.

        The topic ``forgotten`` notifies all processes.
        """
        with self._database.write() as connection:
            lock(connection, f"user {user_id}")
            standing = read_answers(connection, user_id).standing
            if standing:
                own = zip(standing.track_ids, standing.votes.tolist(), strict=True)
                lock_tracks(connection, standing.track_ids)
                move_votes(connection, {each: (-a, -b, -c, -d) for each, (a, b, c, d) in own})
                erase_unneeded(connection, standing.track_ids)
            forget_answers(connection, user_id)
            for table in (label_event, personal_model, repeatable_call, guess):
                connection.execute(delete(table).where(table.c.user_id == user_id))
            remember_forgotten(connection, user_id, self._clock())
            sums = forget_counts(connection, user_id)
            change_sums(connection, user_id, sums)
            announce(connection, "forgotten")  # last, since concurrent calls wait for it
        self._database.erase_traces()

    def readmit(self, user_id: str) -> None:
        """Let a forgotten user answer again, from an empty log; do nothing for other users."""
        with self._database.write() as connection:
            lock(connection, f"user {user_id}")
            lift_forgotten(connection, user_id)


def _admit(connection: Connection, user_id: str) -> None:
    """Lock a user, and refuse one who was forgotten.

    One writer a user at a time makes events visible in the order of their ``seq``: a reader who
    sees one sees all before it.
    """
    lock(connection, f"user {user_id}")
    refuse_forgotten(connection, user_id)


def _earlier_reply(
    connection: Connection, user_id: str, call: RepeatableCall
) -> AppendResult | None:
    """Return the reply to the same call before; None if its key is new."""
    row = connection.execute(_REPEATED, {"user": user_id, "key": call.key}).first()
    if row is None:
        return None
    if row.body_sha256 != call.body_sha256:
        raise CallConflictError(call.key)
    return AppendResult(row.accepted, row.duplicates, is_repetition=True)


def _remember_call(
    connection: Connection,
    user_id: str,
    call: RepeatableCall,
    appended: AppendResult,
    now: datetime,
) -> None:
    row = {
        "user_id": user_id,
        "call_key": call.key,
        "body_sha256": call.body_sha256,
        "accepted": appended.accepted,
        "duplicates": appended.duplicates,
        "created_at": now,
    }
    connection.execute(insert(repeatable_call), row)


_Prepare = Callable[[Connection, str, Sequence[DatedLabel]], NewLabels]


def _record_new(  # noqa: PLR0913, PLR0917
    connection: Connection,
    user_id: str,
    dated: Sequence[DatedLabel],
    prepare: _Prepare,
    forecasts: Mapping[str, Forecast] = NO_FORECASTS,
    counts: CountChanges | None = None,
) -> AppendResult:
    """Record new labels, and count them beside *counts*."""
    counts = counts or CountChanges()
    labels = [each.label for each in dated]
    fresh = unrecorded(labels, _recorded(connection, user_id, labels))
    if not fresh:
        return AppendResult(0, len(labels))
    first = {each.label.event_id: each for each in reversed(dated)}
    new = prepare(connection, user_id, [first[label.event_id] for label in fresh])
    counted = [each.label for each in new.dated if not each.is_superseded]
    last_seq = _record(connection, user_id, new, counted)
    standing = {track_id: event.label.quadrant for track_id, event in new.standing.items()}
    changes = prequential_changes(standing, counted, forecasts)
    moments = {each.label.event_id: each.created_at for each in new.dated}
    record_changes(connection, user_id, changes, moments, counts)
    before = {track_id: event.label for track_id, event in new.standing.items()}
    counts.record(new.dated, before, counted)
    change_sums(connection, user_id, change_user(connection, user_id, counts))
    return AppendResult(
        len(fresh),
        len(labels) - len(fresh),
        last_seq=last_seq,
        n_superseded=len(fresh) - len(counted),
        unregistered=[track_id for track_id, is_hidden in new.hidden.items() if is_hidden],
    )


def _record(connection: Connection, user_id: str, new: NewLabels, counted: Sequence[Label]) -> int:
    """Record labels, count the votes of some, and return the last ``seq``."""
    rows = [columns_of(each) | {"user_id": user_id} for each in new.dated]
    seqs: dict[str, int] = {row.event_id: row.seq for row in connection.execute(_RECORD, rows)}
    put_answers(connection, [_event(user_id, seqs, each) for each in new.dated])
    standing = {track_id: event.label for track_id, event in new.standing.items()}
    if counted:
        move_votes(connection, vote_differences(standing, counted))
    if any(new.hidden.values()):
        erase_unneeded(connection, new.hidden)
    return max(seqs.values())


def _event(user_id: str, seqs: Mapping[str, int], dated: DatedLabel) -> LabelEvent:
    seq = seqs[dated.label.event_id]
    circumstances = dated.created_at, dated.others, dated.is_superseded
    return LabelEvent(seq, user_id, dated.label, *circumstances)


def _take_back_superseded(
    connection: Connection, user_id: str, dated: Sequence[DatedLabel], counts: CountChanges
) -> None:
    """Delete those of these labels that are recorded as superseded, which nothing learnt from."""
    wanted = {each.label.event_id: each.label for each in dated if not each.is_superseded}
    rows = [
        row
        for part in in_parts(wanted)
        for row in connection.execute(_RECORDED, {"user": user_id, "event_ids": part})
        if row.is_superseded and label_in(row) == wanted[row.event_id]
    ]
    for part in in_parts([row.seq for row in rows]):
        connection.execute(_TAKE_BACK, {"seqs": part})
    for row in rows:
        if row.quadrant is not None:
            counts.count_day(row.created_at, -1)


def _recorded(connection: Connection, user_id: str, labels: Sequence[Label]) -> dict[str, Label]:
    return {
        row.event_id: label_in(row)
        for part in in_parts([label.event_id for label in labels])
        for row in connection.execute(_RECORDED, {"user": user_id, "event_ids": part})
    }
