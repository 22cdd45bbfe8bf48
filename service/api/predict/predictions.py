"""Predict: what a track feels like, to one listener or to nobody in particular."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from models.emotion import Modality
from models.errors import (
    AttuneError,
    EmbeddingSizeError,
    MissingModalityError,
    NoEvidenceError,
)
from models.features.extractor import Extractor
from models.features.language import notice_of
from models.prediction.batches import predict_population_all
from models.prediction.earlier_snapshot import track_without_features
from models.prediction.prediction import Part, Recognition
from models.prediction.predictor import predict_population, recognise
from models.snapshot import Snapshot
from models.track import AudioFeatures, LyricsFeatures, Track, TrackFeatures
from service.api.predict.explanations import why_words
from service.db.catalogue import Catalogue
from service.errors import ForeignFeaturesError
from service.serving.personal_models import Listener, Listeners, PersonalUse

NAMELESS = ""
"""The id of a track that was sent along and is not registered."""


@dataclass(frozen=True, slots=True)
class PredictionTarget:
    """For whom to predict, and how.

    Attributes:
        user_id: None for nobody in particular.
        fusion: How audio and lyrics are put together; None for the snapshot's default.
    """

    user_id: str | None = None
    fusion: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """What a track feels like, and where that comes from.

    Attributes:
        personal: None if no user was named.
        snapshot: Version of the shared models; of the earlier ones where they judged the track.
        words: Where the distribution comes from, in sentences.
    """

    recognition: Recognition
    personal: PersonalUse | None
    snapshot: str
    words: str

    @property
    def why(self) -> Mapping[str, Part | str]:
        """Where the distribution comes from: its parts by name, and `words`."""
        return {**self.recognition.why, "words": self.words}


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """One track of a batch: its prediction, or why there is none."""

    prediction: Prediction | None = None
    error: AttuneError | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """What became of tracks that were sent together, in their order."""

    items: list[Item]


@dataclass(frozen=True, slots=True, eq=False)
class Upload:
    """What was sent of a track: of audio and of lyrics, each itself or an embedding of it.

    Attributes:
        audio: A recording, which can be read and rewound.
        embeddings: Modality to the numbers that the caller's own encoder made of it.
    """

    audio: BinaryIO | None = None
    lyrics: str | None = None
    embeddings: Mapping[Modality, Sequence[float]] = field(default_factory=dict)


def predict_upload(
    sent: Upload, target: PredictionTarget, *, extractor: Extractor, listeners: Listeners
) -> Prediction:
    """Return the prediction for audio, lyrics or both that are sent along and not kept.

    Raises:
        NoEvidenceError: Neither was sent, or there is no word in the lyrics.
        AudioError: The audio cannot be used.
        InputError: The snapshot does not read this, or an embedding is of another size.
        FusionError: There is no such fusion, or it needs what was not sent.
    """
    track = _nameless(sent, extractor, listeners.snapshot)
    return predict_known([track], target, listeners=listeners)[0]


def predict_track(
    track_id: str, target: PredictionTarget, *, catalogue: Catalogue, listeners: Listeners
) -> Prediction:
    """Return the prediction for a registered track.

    Raises:
        TrackNotFoundError: There is none.
        ForeignFeaturesError: It was registered with other features and never judged, and nobody
            else has answered about it.
        FusionError: There is no such fusion, or it needs what the track lacks.
    """
    (found,) = _found([track_id], target, catalogue, listeners)
    if isinstance(found, AttuneError):
        raise found
    return predict_known([found], target, listeners=listeners)[0]


def predict_tracks(
    track_ids: Sequence[str],
    target: PredictionTarget,
    *,
    catalogue: Catalogue,
    listeners: Listeners,
) -> Batch:
    """Return a prediction for each registered track, or in its place why there is none.

    Raises:
        UnknownFusionError: There is no such fusion.
    """
    return _each(_found(track_ids, target, catalogue, listeners), target, listeners)


def predict_uploads(
    uploads: Iterable[Upload],
    target: PredictionTarget,
    *,
    extractor: Extractor,
    listeners: Listeners,
) -> Batch:
    """Return a prediction for each upload, or in its place why there is none.

    They are judged together: the last digits may differ from those of an upload by itself.

    Raises:
        UnreadInputError: The snapshot does not read what was sent.
        UnknownFusionError: There is no such fusion.
    """
    found = [_features_or_refusal(sent, extractor) for sent in uploads]
    known = [each for each in found if isinstance(each, TrackFeatures)]
    judged = zip(known, predict_population_all(listeners.snapshot, known), strict=True)
    tracks = [
        Track(NAMELESS, *next(judged)) if isinstance(each, TrackFeatures) else each
        for each in found
    ]
    return _each(tracks, target, listeners)


def predict_known(
    tracks: Sequence[Track], target: PredictionTarget, *, listeners: Listeners
) -> list[Prediction]:
    """Return the prediction for each track; all or none.

    Nobody in particular is told what a user without labels is told.

    Raises:
        FusionError: There is no such fusion, or it needs what a track lacks.
    """
    snapshot = listeners.snapshot
    listener = None if target.user_id is None else listeners.current(target.user_id)
    votes = listeners.votes_of_others(listener, tracks)
    recognitions = recognise(
        snapshot,
        tracks,
        personal=listeners.personaliser.population_model if listener is None else listener.model,
        fusion=target.fusion or snapshot.default_fusion,
        votes=votes,
    )
    return [
        Prediction(
            recognition,
            _use(listener, recognition),
            track.features.earlier or snapshot.version,
            why_words(recognition, votes[row]),
        )
        for row, (track, recognition) in enumerate(zip(tracks, recognitions, strict=True))
    ]


def predictable_from_votes(
    track_ids: Sequence[str],
    target: PredictionTarget,
    *,
    catalogue: Catalogue,
    listeners: Listeners,
) -> dict[str, Track]:
    """Return those of these tracks that can be predicted from other listeners' answers alone.

    Args:
        track_ids: Of tracks that hold other features than the snapshot reads and were never
            judged.
        target: For whom; the user's own answers do not count.
        catalogue: Where the tracks are.
        listeners: Whose answers count.
    """
    if not track_ids or listeners.personaliser.needs_features:  # members look at no votes
        return {}
    summaries = list(catalogue.summaries(track_ids).values())
    listener = None if target.user_id is None else listeners.current(target.user_id)
    votes = listeners.votes_of_others(listener, summaries)
    version = listeners.snapshot.version
    return {
        summary.track_id: track_without_features(summary, version)
        for summary, counts in zip(summaries, votes, strict=True)
        if counts.any()
    }


def features_of(sent: Upload, extractor: Extractor) -> TrackFeatures:
    """Return the features of what was sent.

    Raises:
        NoEvidenceError: There is neither audio nor a word of lyrics.
        AudioError: The audio cannot be used.
        InputError: The extractor does not read this, or an embedding is of another size.
    """
    # The quick ones go first.
    given = {name: extractor.embedding(name, sent.embeddings[name]) for name in sent.embeddings}
    lyrics = LyricsFeatures(given.get(Modality.LYRICS))
    if sent.lyrics is not None:
        lyrics = extractor.lyrics(sent.lyrics)
    notices = (notice_of(lyrics.unread),) if lyrics.unread else ()
    audio = None
    if Modality.AUDIO in given:
        audio = AudioFeatures.of_embedding(given[Modality.AUDIO])
    elif sent.audio is not None:
        audio = extractor.audio(sent.audio)
    return TrackFeatures(audio, lyrics.vector, notices)


def _found(
    track_ids: Sequence[str], target: PredictionTarget, catalogue: Catalogue, listeners: Listeners
) -> list[Track | AttuneError]:
    """Return each track, or in its place why it cannot be predicted."""
    found = catalogue.find(track_ids)
    foreign = [each.track_id for each in found if isinstance(each, ForeignFeaturesError)]
    known = predictable_from_votes(foreign, target, catalogue=catalogue, listeners=listeners)
    return [known.get(track_id, each) for track_id, each in zip(track_ids, found, strict=True)]


def _each(
    tracks: Sequence[Track | AttuneError], target: PredictionTarget, listeners: Listeners
) -> Batch:
    """Predict those that are tracks; refusals stay in their places."""
    known = [track for track in tracks if isinstance(track, Track)]
    items: Iterator[Item]
    try:
        items = map(Item, predict_known(known, target, listeners=listeners))
    except MissingModalityError:
        items = (_one(track, target, listeners) for track in known)
    return Batch(
        [next(items) if isinstance(track, Track) else Item(error=track) for track in tracks]
    )


def _one(track: Track, target: PredictionTarget, listeners: Listeners) -> Item:
    try:
        return Item(predict_known([track], target, listeners=listeners)[0])
    except MissingModalityError as refusal:
        return Item(error=refusal)


def _features_or_refusal(sent: Upload, extractor: Extractor) -> TrackFeatures | AttuneError:
    try:
        return features_of(sent, extractor)
    except (NoEvidenceError, EmbeddingSizeError) as refusal:
        return refusal


def _nameless(sent: Upload, extractor: Extractor, snapshot: Snapshot) -> Track:
    features = features_of(sent, extractor)
    return Track(NAMELESS, features, predict_population(snapshot, features))


def _use(listener: Listener | None, recognition: Recognition) -> PersonalUse | None:
    if listener is None:
        return None
    return PersonalUse(listener.user_id, listener.n_labels, recognition.is_personal)
