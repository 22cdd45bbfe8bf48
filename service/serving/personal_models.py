"""Who is listening: personal models, brought up to the log."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import groupby
from operator import attrgetter
from threading import Lock
from typing import Literal

import numpy as np
from cachetools import LRUCache

from models.arrays import Votes
from models.personal import Answer, Personaliser, PersonalModel
from models.snapshot import Snapshot
from models.track import Track, TrackSummary
from service.db.catalogue import Catalogue
from service.db.label_log import LabelLog
from service.db.personal_models import ModelKey, PersonalModels
from service.errors import StoreUnavailableError
from service.labels import LabelEvent, QuadrantVotes, effective
from service.votes import NO_VOTES, votes_on


@dataclass(frozen=True, slots=True, eq=False)
class Listener:
    """A user as the models know them.

    Attributes:
        n_labels: How many tracks the user's answers stand for now.
        model: None for somebody without labels who is told what everybody is.
    """

    user_id: str
    n_labels: int
    model: PersonalModel | None

    @property
    def is_used(self) -> bool:
        """Whether the user's answers change what the user is told."""
        return self.model is not None and self.model.is_used


_READING = Lock()
"""NumPy reads the heads of arrays by `ast`, which Python before 3.11.8 cannot in several threads
at a time: now and then it raises SystemError (python/cpython#106905)."""

ModelSource = Literal["memory", "database", "log"]
"""Where a personal model came from: kept in the process, kept in the database, made anew."""


def ignore_source(_: ModelSource) -> None:
    """Count nothing."""


@dataclass(frozen=True, slots=True)
class PersonalUse:
    """What a reply owes to the user's own answers.

    Attributes:
        n_labels: How many tracks the user's answers stand for.
        is_used: Whether they are in it.
    """

    user_id: str
    n_labels: int
    is_used: bool


@dataclass(frozen=True, slots=True, eq=False)
class Listeners:
    """Knows every user under one snapshot; several threads may use it.

    A personal model is a pure function of its `ModelKey`, so nothing that is remembered here ever
    goes stale: a user who answers gets another key.

    Attributes:
        model_store: Remembers models across restarts; :meth:`advance` alone writes to it.
        recent: Remembers listeners in this process; read and written under a lock.
        found: Is told where each model that was asked for came from.
    """

    snapshot: Snapshot
    personaliser: Personaliser
    log: LabelLog
    catalogue: Catalogue
    model_store: PersonalModels
    recent: LRUCache[ModelKey, Listener]
    found: Callable[[ModelSource], object] = ignore_source
    _lock: Lock = field(default_factory=Lock)

    def current(self, user_id: str) -> Listener:
        """Return the user with the model that the log implies now; nothing is written."""
        key = self._key(user_id)
        if not key.label_seq:
            return Listener(user_id, 0, self.personaliser.population_model)
        if (kept := self._kept(key)) is not None:
            self.found("memory")
            return kept
        passing = replace(key, revision=self.catalogue.revision())
        if (kept := self._kept(passing)) is not None:
            self.found("memory")
            return kept
        if (recalled := self._recall(key)) is not None:
            self.found("database")
            return recalled
        self.found("log")
        listener, is_lasting = self._refit(key)
        self._remember(key if is_lasting else passing, listener)
        return listener

    def advance(self, user_id: str, *, through: int | None = None) -> Listener:
        """Return the user as :meth:`current` does, and remember the model across restarts.

        Args:
            user_id: Who has answered.
            through: The last event to learn from, where the caller knows it.
        """
        key = self._key(user_id) if through is None else self._key_at(user_id, through)
        passing = replace(key, revision=self.catalogue.revision())
        listener, is_lasting = self._refit(key)
        if is_lasting:
            self._remember(key, listener, lambda: self._keep(key, listener))
        else:
            self._remember(passing, listener)
        return listener

    def votes_of_others(
        self, listener: Listener | None, tracks: Sequence[Track | TrackSummary]
    ) -> Votes:
        """Return the soft votes of other users on tracks ``(n_tracks, n_quadrants)``.

        Tracks that are not registered have the empty id, which nobody can vote on.

        Args:
            listener: Whose own votes do not count; None for nobody in particular, to whom all
                users are others.
            tracks: In the order of the rows.
        """
        registered = {track.track_id for track in tracks if track.track_id}
        found: Mapping[str, QuadrantVotes] = {}
        if registered and listener is None:
            found = self.log.votes_on(registered)
        elif listener is not None and registered:
            found = self.log.votes_of_others(listener.user_id, registered)
        return votes_on([track.track_id for track in tracks], found)

    def forget(self, user_id: str) -> None:
        """Let go of what this process remembers of a user."""
        self._drop(lambda key: key.user_id == user_id)

    def drop_forgotten(self) -> None:
        """Let go of everybody who was forgotten, whichever process was asked to."""
        with self._lock:
            remembered = {key.label_seq for key in self.recent}
        gone = remembered - self.log.still_there(remembered)
        self._drop(lambda key: key.label_seq in gone)

    def _key(self, user_id: str) -> ModelKey:
        return self._key_at(user_id, self.log.last_seq(user_id))

    def _key_at(self, user_id: str, seq: int) -> ModelKey:
        return ModelKey(user_id, self.snapshot.serving_version, self.personaliser.algorithm, seq)

    def _kept(self, key: ModelKey) -> Listener | None:
        with self._lock:
            return self.recent.get(key)

    def _recall(self, key: ModelKey) -> Listener | None:
        blob = self.model_store.get(key)
        if blob is None:
            return None
        with _READING:
            model = self.personaliser.from_bytes(blob)
        listener = Listener(key.user_id, model.n_labels, model)
        self._remember(key, listener)
        return listener

    def _refit(self, key: ModelKey) -> tuple[Listener, bool]:
        """Return the listener that the log implies, and whether the log alone does.

        It does not where answers stand on tracks of an earlier snapshot's features: what is learnt
        of these, if anything, is other than once they are heard again.
        """
        standing = effective(self.log.events(key.user_id, through=key.label_seq))
        catalogue = self.catalogue
        read = catalogue.learnt_from if self.personaliser.needs_features else catalogue.summaries
        tracks: Mapping[str, Track | TrackSummary] = read([e.label.track_id for e in standing])
        answers = [
            answer
            for batch, call in enumerate(calls(standing))
            for event in call
            if (answer := _answer(event, tracks, batch)) is not None
        ]
        model = self.personaliser.fit(answers) if answers else self.personaliser.population_model
        n_lasting = sum(not answer.track.is_stale for answer in answers)
        return Listener(key.user_id, len(standing), model), n_lasting == len(standing)

    def _remember(
        self, key: ModelKey, listener: Listener, is_there: Callable[[], bool] = lambda: False
    ) -> None:
        """Remember a listener in this process.

        Args:
            key: Of the model.
            listener: With the model.
            is_there: Looks whether the user's last event is the key's; the log is asked where it
                cannot tell.
        """
        with self._lock:
            self.recent[key] = listener
        # Whoever was forgotten while the model was made was let go too early to find this.
        if not is_there() and not self.log.still_there({key.label_seq}):
            self._drop(lambda other: other == key)

    def _keep(self, key: ModelKey, listener: Listener) -> bool:
        """Remember a model across restarts, and return whether that was possible."""
        if listener.model is None:
            return False
        with suppress(StoreUnavailableError):  # a cache: what was recorded is recorded
            return self.model_store.put(key, listener.model.to_bytes())
        return False

    def _drop(self, is_doomed: Callable[[ModelKey], bool]) -> None:
        with self._lock:
            for key in [key for key in self.recent if is_doomed(key)]:
                del self.recent[key]


def _answer(
    event: LabelEvent, tracks: Mapping[str, Track | TrackSummary], batch: int
) -> Answer | None:
    """Return what is learnt of an event; None where its track cannot be learnt from.

    The votes of others are those that were recorded with it, not those of now: what is learnt
    follows from the user's own log alone.
    """
    label = event.label
    if label.track_id not in tracks or label.quadrant is None:
        return None
    others = np.array(event.others or NO_VOTES)
    return Answer(tracks[label.track_id], label.quadrant, label.point, batch, others)


def calls(events: Sequence[LabelEvent]) -> list[list[LabelEvent]]:
    """Return events, which are in the order of the log, by the call they were recorded in.

    The events of one call carry one moment and lie side by side in the user's log. Of moments only
    equality counts, so that a clock that was set back moves no call before another.
    """
    return [list(call) for _, call in groupby(events, key=attrgetter("created_at"))]
