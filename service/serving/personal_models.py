"""Users' personal models, kept up to date with the label log."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Literal

import numpy as np
from cachetools import LRUCache

from models.arrays import Votes
from models.emotion import QUADRANTS
from models.personal import Answer, LogisticPersonaliser, Personaliser, PersonalModel
from models.personal.logistic import n_columns
from models.snapshot import Snapshot
from models.track import Track, TrackSummary
from service.answers import Answers
from service.db.catalogue import Catalogue
from service.db.label_log import LabelLog
from service.db.personal_models import ModelKey, PersonalModels
from service.db.track_features import TrackFeatureStore
from service.errors import StoreUnavailableError
from service.labels import QuadrantVotes
from service.serving.answered_tracks import answered_tracks
from service.votes import votes_on


@dataclass(frozen=True, slots=True, eq=False)
class UserState:
    """A user with a personal model.

    Attributes:
        n_labels: Number of tracks with a standing answer of the user.
        model: None for a user without labels where the population model needs none.
    """

    user_id: str
    n_labels: int
    model: PersonalModel | None

    @property
    def is_used(self) -> bool:
        """Whether the user's answers change the predictions."""
        return self.model is not None and self.model.is_used


_READING = Lock()
"""NumPy parses array headers with `ast`, which is not thread-safe before Python 3.11.8: it may
raise SystemError (python/cpython#106905)."""

ModelSource = Literal["memory", "database", "log"]
"""Where a personal model came from: memory, the database, or a fit to the log."""


def ignore_source(_: ModelSource) -> None:
    """Ignore the source of a model."""


@dataclass(frozen=True, slots=True)
class PersonalUse:
    """How a reply depends on the user's own answers.

    Attributes:
        n_labels: Number of tracks with a standing answer of the user.
        is_used: Whether the answers change the reply.
    """

    user_id: str
    n_labels: int
    is_used: bool


@dataclass(frozen=True, slots=True, eq=False)
class UserModels:
    """Personal models of all users under one snapshot; safe for several threads.

    A personal model is a pure function of its `ModelKey`, so cached models never go stale: a new
    answer changes the key.

    Attributes:
        model_store: Keeps models across restarts; only :meth:`advance` writes to it.
        recent: Caches models in this process; accessed under a lock.
        found: Called with the source of each requested model.
        track_features: Stored track features under the snapshot; None to read the database.
    """

    snapshot: Snapshot
    personaliser: Personaliser
    log: LabelLog
    catalogue: Catalogue
    model_store: PersonalModels
    recent: LRUCache[ModelKey, UserState]
    found: Callable[[ModelSource], object] = ignore_source
    track_features: TrackFeatureStore | None = None
    _lock: Lock = field(default_factory=Lock)

    def current(self, user_id: str) -> UserState:
        """Return the user with the model that the log implies now; write nothing."""
        key = self._key(user_id)
        if not key.label_seq:
            return UserState(user_id, 0, self.personaliser.population_model)
        if (cached := self._cached(key)) is not None:
            self.found("memory")
            return cached
        at_revision = replace(key, revision=self.catalogue.revision())
        if (cached := self._cached(at_revision)) is not None:
            self.found("memory")
            return cached
        if (recalled := self._recall(key)) is not None:
            self.found("database")
            return recalled
        self.found("log")
        listener, is_lasting = self._refit(key)
        self._remember(key if is_lasting else at_revision, listener)
        return listener

    def advance(self, user_id: str, *, through: int | None = None) -> UserState:
        """Return the user as :meth:`current` does, and store the model across restarts.

        Args:
            user_id: The user who answered.
            through: ``seq`` of the last event to learn from; by default the newest.
        """
        key = self._key(user_id) if through is None else self._key_at(user_id, through)
        at_revision = replace(key, revision=self.catalogue.revision())
        listener, is_lasting = self._refit(key)
        if is_lasting:
            self._remember(key, listener, lambda: self._keep(key, listener))
        else:
            self._remember(at_revision, listener)
        return listener

    def votes_of_others(
        self, listener: UserState | None, tracks: Sequence[Track | TrackSummary]
    ) -> Votes:
        """Return the soft votes of other users on tracks ``(n_tracks, n_quadrants)``.

        Unregistered tracks have an empty id and no votes.

        Args:
            listener: The user whose own votes do not count; None counts all votes.
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
        """Drop this process's models of a user."""
        self._drop(lambda key: key.user_id == user_id)

    def drop_forgotten(self) -> None:
        """Drop the models of all users who were forgotten, by any process."""
        with self._lock:
            remembered = {key.label_seq for key in self.recent}
        gone = remembered - self.log.existing_seqs(remembered)
        self._drop(lambda key: key.label_seq in gone)

    def _key(self, user_id: str) -> ModelKey:
        return self._key_at(user_id, self.log.last_seq(user_id))

    def _key_at(self, user_id: str, seq: int) -> ModelKey:
        return ModelKey(user_id, self.snapshot.serving_version, self.personaliser.algorithm, seq)

    def _cached(self, key: ModelKey) -> UserState | None:
        with self._lock:
            return self.recent.get(key)

    def _recall(self, key: ModelKey) -> UserState | None:
        blob = self.model_store.get(key)
        if blob is None:
            return None
        with _READING:
            model = self.personaliser.from_bytes(blob)
        listener = UserState(key.user_id, model.n_labels, model)
        self._remember(key, listener)
        return listener

    def _refit(self, key: ModelKey) -> tuple[UserState, bool]:
        """Return the user with a model fitted to the log, and whether the log alone determines it.

        It does not where answers are on tracks with features of an earlier snapshot, which change
        when they are extracted again.
        """
        standing = self.log.answers(key.user_id, through=key.label_seq).standing
        if isinstance(self.personaliser, LogisticPersonaliser):
            model, is_lasting = self._fit_arrays(self.personaliser, standing)
        else:
            model, is_lasting = self._fit_tracks(standing)
        return UserState(key.user_id, len(standing), model), is_lasting

    def _fit_arrays(
        self, personaliser: LogisticPersonaliser, standing: Answers
    ) -> tuple[PersonalModel | None, bool]:
        width = n_columns(self.snapshot.listener_model.components.n_components)
        tracks = answered_tracks(standing, self.catalogue, self.track_features, width)
        if not tracks.is_known.any():
            return personaliser.population_model, tracks.is_lasting
        learnt = standing.take(tracks.is_known)
        rows = tracks.rows[tracks.is_known]
        model = personaliser.fit_arrays(rows, learnt.states, learnt.points, learnt.others)
        return model, tracks.is_lasting

    def _fit_tracks(self, standing: Answers) -> tuple[PersonalModel | None, bool]:
        tracks = self.catalogue.learnt_from(standing.track_ids)
        columns = (standing.states, standing.points, standing.batches, standing.others)
        answers = [
            Answer(
                tracks[track_id],
                QUADRANTS[state],
                None if np.isnan(point).any() else (float(point[0]), float(point[1])),
                int(batch),
                others,
            )
            for track_id, state, point, batch, others in zip(
                standing.track_ids, *columns, strict=True
            )
            if track_id in tracks
        ]
        model = self.personaliser.fit(answers) if answers else self.personaliser.population_model
        n_lasting = sum(not answer.track.is_stale for answer in answers)
        return model, n_lasting == len(standing)

    def _remember(
        self, key: ModelKey, listener: UserState, is_there: Callable[[], bool] = lambda: False
    ) -> None:
        """Cache a listener in this process, unless the user was forgotten meanwhile.

        Args:
            key: Key of the model.
            listener: The user with the model.
            is_there: Whether the user's last event is the key's; False asks the log.
        """
        with self._lock:
            self.recent[key] = listener
        # A user who was forgotten during the fit was dropped before this entry existed.
        if not is_there() and not self.log.existing_seqs({key.label_seq}):
            self._drop(lambda other: other == key)

    def _keep(self, key: ModelKey, listener: UserState) -> bool:
        """Store a model across restarts, and return whether that succeeded."""
        if listener.model is None:
            return False
        with suppress(StoreUnavailableError):  # only a cache: the answers are recorded
            return self.model_store.put(key, listener.model.to_bytes())
        return False

    def _drop(self, is_dropped: Callable[[ModelKey], bool]) -> None:
        with self._lock:
            for key in [key for key in self.recent if is_dropped(key)]:
                del self.recent[key]
