"""Made-up listeners, and how they answer: by mood and style of a track, the same every time."""  # noqa: INP001

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from attune_client import AttuneClient, Circumstances, Label, NotFound
from music import Recording

Point = tuple[float, float]
"""Valence and arousal, each in [-1, 1]."""

MEANT: Mapping[str, Point] = {
    "energetic": (0.5, 0.8),
    "happy": (0.7, 0.5),
    "nostalgic": (-0.3, -0.4),
    "calm": (0.5, -0.7),
    "tender": (0.5, -0.4),
}
"""Where most people would place music of a mood."""
N_DRAWN, N_ASKED = 2, 2
"""Tracks of one call that were drawn evenly, and those that the service asked about."""
ASIDE = 0.15  # less than any place lies from an axis, so that a quadrant stays what it is
N_LISTED = 10  # tracks that are asked for; a catalogue may hold others, which are passed over
PERCEIVED = Circumstances(emotion="perceived")
DRAWN = Circumstances(emotion="perceived", strategy="rand", is_random=True)


@dataclass(frozen=True)
class Listener:
    """Somebody who agrees with `MEANT`, but for a taste of their own.

    Attributes:
        taste: By mood and style, where this listener places what others place elsewhere.
    """

    user_id: str
    taste: Mapping[tuple[str, str], Point] = field(default_factory=dict)

    def label(self, recording: Recording, said: Circumstances) -> Label:
        """Return what this listener answers about a recording."""
        kind = (recording.mood, recording.style)
        valence, arousal = self.taste.get(kind, MEANT[recording.mood])
        right, up = _aside(recording)
        return Label.point(
            recording.track_id,
            valence=valence + right,
            arousal=arousal + up,
            event_id=f"{self.user_id}-{recording.track_id}",
            circumstances=said,
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
"""To whom electronic music is unpleasant: tense where it is energetic, sad where it is quiet."""
FRIEND = Listener("demo-friend")


def answer_at_once(attune: AttuneClient, listener: Listener, tracks: Iterable[Recording]) -> int:
    """Answer about tracks in one call; return how many answers stand."""
    labels = [listener.label(track, PERCEIVED) for track in tracks]
    return attune.update(listener.user_id, labels).n_labels


def answer_in_turn(
    attune: AttuneClient, listener: Listener, tracks: Sequence[Recording], n: int
) -> set[str]:
    """Answer a few tracks a call until ``n`` are answered; return the ids of those that are.

    Half of them are drawn evenly, so that they judge the service's forecasts; it asks about the
    others.
    """
    done = _answered(attune, listener.user_id)
    while len(done) < n:
        labels = _next_labels(attune, listener, [t for t in tracks if t.track_id not in done])
        attune.update(listener.user_id, labels)
        done |= {label.track_id for label in labels}
    return done


def _next_labels(
    attune: AttuneClient, listener: Listener, left: Sequence[Recording]
) -> list[Label]:
    """Return the next answers: about tracks drawn evenly, and about those that are asked for."""
    drawn, known = sorted(left, key=_lot)[:N_DRAWN], {track.track_id: track for track in left}
    ids = [track.track_id for track in drawn]
    reply = attune.query(listener.user_id, n=N_LISTED, exclude=ids)
    asked = [known[each.track_id] for each in reply.tracks if each.track_id in known]
    said = replace(PERCEIVED, strategy=reply.strategy)
    return [listener.label(track, DRAWN) for track in drawn] + [
        listener.label(track, said) for track in asked[:N_ASKED]
    ]


def _aside(track: Recording) -> Point:
    """Return how far beside the place of its mood a track is answered: nobody hits it exactly."""
    first, second = hashlib.sha256(track.path.name.encode()).digest()[:2]
    return round(ASIDE * (first / 127.5 - 1), 2), round(ASIDE * (second / 127.5 - 1), 2)


def _lot(track: Recording) -> str:
    """Return what orders tracks by lot: it knows nothing of the music, and never changes."""
    return hashlib.sha256(track.track_id.encode()).hexdigest()


def _answered(attune: AttuneClient, user_id: str) -> set[str]:
    try:
        return {event.track_id for event in attune.user_labels(user_id)}
    except NotFound:
        return set()
