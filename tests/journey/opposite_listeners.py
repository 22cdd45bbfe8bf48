"""Two listeners of opposite taste: what they answer, and what music feels like to them."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from attune_client import AttuneClient, Label, Part, Prediction, RetryPolicy

from clients.demo_music import Recording

PATIENT = RetryPolicy(timeout_s=60.0, deadline_s=120.0)  # machines that test are busy
QUADRANTS = ("Q1", "Q2", "Q3", "Q4")
# Whom all music pleases; and whom energy upsets and quiet saddens. As the moods were meant would
# not do: who hears what everybody hears gives no evidence to go by.
TASTES = {
    "mia": {"energetic": "Q1", "happy": "Q1", "nostalgic": "Q4", "calm": "Q4", "tender": "Q4"},
    "noor": {"energetic": "Q2", "happy": "Q2", "nostalgic": "Q3", "calm": "Q3", "tender": "Q3"},
}
OPPOSITE = {"Q1": "Q3", "Q2": "Q4", "Q3": "Q1", "Q4": "Q2"}
POINTS = {"Q1": (0.6, 0.7), "Q2": (-0.5, 0.8), "Q3": (-0.7, -0.4), "Q4": (0.4, -0.6)}
N_BY_QUADRANT = 2  # of each mood


@dataclass(frozen=True)
class Answers:
    """What one listener says in one call.

    Attributes:
        labels: Ten quadrants, the first of them wrong; a point; the first put right; an answer
            to another track, and its retraction.
        standing: Quadrant by id of every track whose answer stands.
        held_out: What the listener would have said of the others.
    """

    labels: Sequence[Label]
    standing: Mapping[str, str]
    held_out: Mapping[str, str]


def answers_of(user_id: str, recordings: Sequence[Recording]) -> Answers:
    """Return a listener's answers about some of the recordings."""
    taste = TASTES[user_id]
    felt = {recording.track_id: taste[recording.mood] for recording in recordings}
    by_mood = {mood: [r.track_id for r in recordings if r.mood == mood] for mood in taste}
    asked = [track_id for ids in by_mood.values() for track_id in ids[:N_BY_QUADRANT]]
    pointed_at, taken_back = by_mood["calm"][N_BY_QUADRANT], by_mood["happy"][N_BY_QUADRANT]
    said = {track_id: felt[track_id] for track_id in asked}
    said[asked[0]] = OPPOSITE[felt[asked[0]]]
    valence, arousal = POINTS[felt[pointed_at]]
    labels = [
        *(Label.quadrant(track_id, quadrant) for track_id, quadrant in said.items()),
        Label.point(pointed_at, valence=valence, arousal=arousal),
        Label.quadrant(asked[0], felt[asked[0]]),
        Label.quadrant(taken_back, felt[taken_back]),
        Label.retract(taken_back),
    ]
    standing = {track_id: felt[track_id] for track_id in [*asked, pointed_at]}
    held_out = {track_id: q for track_id, q in felt.items() if track_id not in standing}
    return Answers(labels, standing, held_out)


def felt(
    attune: AttuneClient, track_ids: Sequence[str], user_id: str | None = None
) -> dict[str, Prediction]:
    """Return the prediction of each track, by id."""
    found = attune.predict_batch(track_ids=track_ids, user_id=user_id)
    assert all(isinstance(prediction, Prediction) for prediction in found), found
    return dict(zip(track_ids, found, strict=True))


def nameless(predictions: Mapping[str, Prediction]) -> dict[str, Prediction]:
    """Return predictions without the names of those whose they are."""
    return {track_id: replace(p, personal=None) for track_id, p in predictions.items()}


def everybodys(
    attune: AttuneClient, track_ids: Sequence[str], *users: str
) -> dict[str | None, dict[str, Prediction]]:
    """Return what tracks feel like to nobody in particular and to some users."""
    return {user: felt(attune, track_ids, user) for user in (None, *users)}


def only(
    predictions: Mapping[str | None, Mapping[str, Prediction]], track_ids: Collection[str]
) -> dict[str | None, dict[str, Prediction]]:
    """Return everybody's predictions of some tracks."""
    return {user: {i: felt[i] for i in track_ids} for user, felt in predictions.items()}


def mean_proba(predictions: Mapping[str, Prediction], quadrants: Mapping[str, str]) -> float:
    """Return how likely the predictions make these quadrants of their tracks, on average."""
    return sum(predictions[i].probabilities[q] for i, q in quadrants.items()) / len(quadrants)


def log_odds_of(parts: Iterable[Part]) -> dict[str, float]:
    """Return what parts of a prediction add to each quadrant's log-odds together."""
    each = [part.log_odds for part in parts]
    return {quadrant: sum(log_odds[quadrant] for log_odds in each) for quadrant in QUADRANTS}


def centred_log(probabilities: Mapping[str, float]) -> dict[str, float]:
    """Return the logarithms of probabilities, less their mean."""
    logs = {quadrant: math.log(p) for quadrant, p in probabilities.items()}
    return {quadrant: log - sum(logs.values()) / len(logs) for quadrant, log in logs.items()}
