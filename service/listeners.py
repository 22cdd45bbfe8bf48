"""Who is listening: personal models, brought up to the log."""

from dataclasses import dataclass

from models.personal import Answer, Personaliser
from models.snapshot import Snapshot
from service.labels import effective
from service.ports import Catalogue, LabelLog, Listener, ModelKey, PersonalModelStore
from service.recent import Recent


@dataclass(frozen=True, slots=True, eq=False)
class Listeners:
    """Knows every user under one snapshot.

    A personal model is a pure function of its :class:`~service.ports.ModelKey`, so nothing that
    is remembered here ever goes stale: a user who answers gets another key.

    Attributes:
        memos: Remembers models across restarts; :meth:`advance` alone writes to it.
        recent: Remembers listeners in this process.
    """

    snapshot: Snapshot
    personaliser: Personaliser
    log: LabelLog
    catalogue: Catalogue
    memos: PersonalModelStore
    recent: Recent[ModelKey, Listener]

    def current(self, user_id: str) -> Listener:
        """Return the user with the model that the log implies now; nothing is written."""
        key = self._key(user_id)
        if not key.label_seq:
            return Listener(user_id, 0, None)
        return self.recent.get(key) or self._recall(key) or self._refit(key)[0]

    def advance(self, user_id: str) -> Listener:
        """Return the same as :meth:`current`, and remember the model across restarts."""
        key = self._key(user_id)
        listener, is_whole = self._refit(key)
        if is_whole and listener.model is not None:
            self.memos.put(key, listener.model.to_bytes())
        return listener

    def forget(self, user_id: str) -> None:
        """Let go of what this process remembers of a user."""
        self.recent.drop(lambda key: key.user_id == user_id)

    def _key(self, user_id: str) -> ModelKey:
        last = self.log.last_seq(user_id)
        return ModelKey(user_id, self.snapshot.version, self.personaliser.algorithm, last)

    def _recall(self, key: ModelKey) -> Listener | None:
        blob = self.memos.get(key)
        if blob is None:
            return None
        model = self.personaliser.from_bytes(blob)
        listener = Listener(key.user_id, model.n_labels, model)
        self.recent.put(key, listener)
        return listener

    def _refit(self, key: ModelKey) -> tuple[Listener, bool]:
        """Return the listener that the log implies, and whether every answer could be learnt."""
        standing = effective(self.log.events(key.user_id, through=key.label_seq))
        tracks = self.catalogue.learnt_from([event.label.track_id for event in standing])
        answers = [
            Answer(tracks[event.label.track_id], event.label.quadrant)
            for event in standing
            if event.label.track_id in tracks and event.label.quadrant is not None
        ]
        model = self.personaliser.fit(answers) if answers else None
        listener = Listener(key.user_id, len(standing), model)
        # A track that holds other features cannot be learnt from until it is registered again;
        # remembering the model with that gap would keep the gap.
        is_whole = len(answers) == len(standing)
        if is_whole:
            self.recent.put(key, listener)
        return listener, is_whole
