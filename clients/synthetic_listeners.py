"""Synthetic listeners: their answers are a fixed function of a track's mood and style."""  # noqa: INP001

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from attune_client import AttuneClient, Circumstances, Label, NotFound
from demo_music import Recording

Point = tuple[float, float]
"""Valence and arousal, each in [-1, 1]."""

MOOD_POINTS: Mapping[str, Point] = {
    "energetic": (0.5, 0.8),
    "happy": (0.7, 0.5),
    "nostalgic": (-0.3, -0.4),
    "calm": (0.5, -0.7),
    "tender": (0.5, -0.4),
}
"""Where most people would place music of a mood."""
N_DRAWN, N_SELECTED = 2, 2
"""Tracks of one call: drawn at random, and selected by the service."""
MAX_OFFSET = 0.15  # less than any point's distance to an axis: the quadrant stays the same
N_QUERIED = 10  # a catalogue may hold tracks of other origin, which are skipped
PERCEIVED = Circumstances(emotion="perceived")
DRAWN = Circumstances(emotion="perceived", strategy="rand", is_random=True)


@dataclass(frozen=True)
class Listener:
    """A listener who agrees with `MOOD_POINTS`, except for a taste.

    Attributes:
        taste: By mood and style, the points that differ.
    """

    user_id: str
    taste: Mapping[tuple[str, str], Point] = field(default_factory=dict)

    def label(self, recording: Recording, circumstances: Circumstances) -> Label:
        """Return this listener's answer about a recording."""
        kind = (recording.mood, recording.style)
        valence, arousal = self.taste.get(kind, MOOD_POINTS[recording.mood])
        valence_offset, arousal_offset = _offset(recording)
        return Label.point(
            recording.track_id,
            valence=valence + valence_offset,
            arousal=arousal + arousal_offset,
            event_id=f"{self.user_id}-{recording.track_id}",
            circumstances=circumstances,
        )


LISTENER = Listener(
    "demo-listener",
    {
        ("energetic", "electronic"): (-0.7, 0.7),
        ("nostalgic", "electronic"): (-0.7, -0.4),
        ("calm", "electronic"): (-0.6, -0.6),
        ("tender", "electronic"): (-0.6, -0.4),
        ("nostalgic", "acoustic"): (0.3, -0.4),
    },
)
"""Dislikes electronic music: tense where it is energetic, sad where it is quiet."""
FRIEND = Listener("demo-friend")


def answer_at_once(attune: AttuneClient, listener: Listener, tracks: Iterable[Recording]) -> int:
    """Answer about tracks in one call; return the listener's number of labels."""
    labels = [listener.label(track, PERCEIVED) for track in tracks]
    return attune.update(listener.user_id, labels).n_labels


def answer_in_turn(
    attune: AttuneClient, listener: Listener, tracks: Sequence[Recording], n: int
) -> set[str]:
    """Answer a few tracks a call until ``n`` have an answer; return the ids of all these.

    Half of the tracks are drawn at random, so that the forecasts can be evaluated on them; the
    service selects the other half.
    """
    answered = _answered(attune, listener.user_id)
    while len(answered) < n:
        labels = _next_labels(attune, listener, [t for t in tracks if t.track_id not in answered])
        attune.update(listener.user_id, labels)
        answered |= {label.track_id for label in labels}
    return answered


def _next_labels(
    attune: AttuneClient, listener: Listener, unanswered: Sequence[Recording]
) -> list[Label]:
    """Return answers about the drawn tracks and about those that the service selects."""
    drawn = sorted(unanswered, key=_lot)[:N_DRAWN]
    by_id = {track.track_id: track for track in unanswered}
    ids = [track.track_id for track in drawn]
    reply = attune.query(listener.user_id, n=N_QUERIED, exclude=ids)
    selected = [by_id[each.track_id] for each in reply.tracks if each.track_id in by_id]
    circumstances = replace(PERCEIVED, strategy=reply.strategy)
    return [listener.label(track, DRAWN) for track in drawn] + [
        listener.label(track, circumstances) for track in selected[:N_SELECTED]
    ]


def _offset(track: Recording) -> Point:
    """Return a track's fixed offset from its mood's point, as real answers scatter."""
    first, second = hashlib.sha256(track.path.name.encode()).digest()[:2]
    scale = MAX_OFFSET
    return round(scale * (first / 127.5 - 1), 2), round(scale * (second / 127.5 - 1), 2)


def _lot(track: Recording) -> str:
    """Return a sort key that is independent of the music and the same in every run."""
    return hashlib.sha256(track.track_id.encode()).hexdigest()


def _answered(attune: AttuneClient, user_id: str) -> set[str]:
    try:
        return {event.track_id for event in attune.user_labels(user_id)}
    except NotFound:
        return set()
