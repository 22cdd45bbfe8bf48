"""What tests use where the real thing is slow or random: encoders, snapshots and the clock."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import BinaryIO

import numpy as np

from models.arrays import FloatVector, MemberLogits
from models.emotion import N_QUADRANTS, Modality, softmax
from models.errors import UndecodableAudioError, UnsupportedInputError
from models.prediction.earlier_snapshot import EarlierPredictions
from models.track import AudioFeatures, LyricsFeatures, PopulationPrediction, TrackFeatures
from service.db.label_log import LabelLog
from service.labels import LabelEvent, QuadrantVotes
from service.tracks import PopulationPredictor, PredictFromLogits
from service.votes import VotesMark

N_FEATURES = 6


class FakeClock:
    """A second passes each time it is asked."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def calls(events: Sequence[LabelEvent]) -> list[list[LabelEvent]]:
    """Group a log's events by the call that recorded them, which shares one moment."""
    return [list(call) for _, call in groupby(events, key=attrgetter("created_at"))]


def standing_votes(log: LabelLog) -> dict[str, QuadrantVotes]:
    """The votes of all tracks that have any."""
    found: dict[str, QuadrantVotes] = {}
    mark, is_whole = VotesMark(), False
    while not is_whole:
        changes = log.votes_since(mark)
        found |= changes.counts
        mark, is_whole = changes.mark, changes.is_whole
    return {track_id: votes for track_id, votes in found.items() if any(votes)}


def features(*, seed: int = 0, lyrics: bool = True, audio: bool = True) -> TrackFeatures:
    """Features of a track of three segments; eighths, which float16 holds exactly."""
    rng = np.random.default_rng(seed)

    def draw(*shape: int) -> FloatVector:
        return (rng.integers(-8, 9, shape) / 8).astype(np.float32)

    starts_s = np.arange(3, dtype=np.float32) * 3
    heard = AudioFeatures(draw(N_FEATURES), draw(3, N_FEATURES), starts_s, starts_s + 3, 9.0)
    return TrackFeatures(heard if audio else None, draw(N_FEATURES) if lyrics else None)


def predict_population(features: TrackFeatures) -> PopulationPrediction:
    """Two members whose logits are simple functions of the features, exact in float32."""
    vectors = {modality: features.vector(modality) for modality in Modality}
    logits = {
        modality: np.outer([1.0, 0.5], vector[:N_QUADRANTS])
        for modality, vector in vectors.items()
        if vector is not None
    }
    segments = np.zeros((0, N_QUADRANTS))
    if features.audio is not None:
        segments = softmax(features.audio.segments[:, :N_QUADRANTS].astype(np.float64))
    return PopulationPrediction(
        logits, segments.astype(np.float32).astype(np.float64), sketch_of(features)
    )


def sketch_of(features: TrackFeatures) -> FloatVector:
    """Two means and two components, simple functions of the features, exact in float32."""
    vector = next(v for m in Modality if (v := features.vector(m)) is not None)
    mean, phi = vector[:2], vector[2:4]
    return np.array([*mean, phi @ phi, *phi], np.float32)


def predict_from_logits(said: Mapping[Modality, MemberLogits]) -> EarlierPredictions:
    """Half of what an earlier snapshot's members said, exact in float32, and no components."""
    logits = {modality: each / 2 for modality, each in said.items()}
    if not logits:
        return EarlierPredictions(logits, np.zeros((1, 5), np.float32))
    mean = next(iter(logits.values()))[0, :, :2]
    return EarlierPredictions(
        logits, np.hstack([mean, np.zeros((len(mean), 3))]).astype(np.float32)
    )


def predict_from_earlier(
    said: PopulationPrediction, predict_from_logits: PredictFromLogits = predict_from_logits
) -> PopulationPrediction:
    """What becomes of one track's belief."""
    message = predict_from_logits(
        {modality: each[:, None] for modality, each in said.member_logits.items()}
    )
    logits = {modality: each[:, 0] for modality, each in message.member_logits.items()}
    return PopulationPrediction(logits, said.segment_proba, message.track_features[0])


def population_predictor(
    version: str = "v1", feature_digest: str = "f" * 64
) -> PopulationPredictor:
    """A snapshot's belief, without a snapshot."""
    return PopulationPredictor(
        version, feature_digest, predict_population, predict_from_logits=predict_from_logits
    )


class FakeExtractor:
    """Hears in bytes, wav files or not, as many tracks as there are; counts what it was asked."""

    digest = "f" * 64

    def __init__(self) -> None:
        self.heard = 0
        self.read = 0

    def audio(self, source: BinaryIO) -> AudioFeatures:
        self.heard += 1
        content = source.read()
        if not content.startswith((b"audio", b"RIFF")):
            raise UndecodableAudioError("This is not audio.")
        heard = features(seed=sum(content)).audio
        assert heard is not None
        return heard

    def lyrics(self, text: str) -> LyricsFeatures:
        """Read everything but what begins with "unread"; what follows is why."""
        self.read += 1
        if text.startswith("unread "):
            return LyricsFeatures(None, text.removeprefix("unread "))
        words = text.split()
        return LyricsFeatures(features(seed=sum(text.encode())).lyrics if words else None)

    def embedding(self, modality: Modality, numbers: Sequence[float]) -> FloatVector:
        raise UnsupportedInputError(f"{modality}_embedding of {len(numbers)} numbers is not read.")

    def warm_up(self) -> None: ...

    def check(self) -> None: ...
