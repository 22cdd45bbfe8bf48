"""Predictions for tracks, for one user or by the population model."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import BinaryIO, Self

from models.emotion import Modality
from models.errors import (
    AttuneError,
    EmbeddingSizeError,
    MissingModalityError,
    NoEvidenceError,
)
from models.features.extractor import Extractor
from models.features.language import notice_of
from models.interruption import check_interrupted
from models.lyrics.text import LyricsText
from models.prediction.batches import predict_population_all
from models.prediction.earlier_snapshot import track_without_features
from models.prediction.prediction import Part, TrackPrediction
from models.prediction.predictor import predict_all, predict_population
from models.track import AudioFeatures, LyricsFeatures, Notice, Track, TrackFeatures
from service.api.predict.explanations import why_words
from service.db.catalogue import Catalogue
from service.errors import ForeignFeaturesError
from service.serving.personal_models import PersonalUse, UserModels, UserState

UNREGISTERED = ""
"""The id of a track that was uploaded and is not registered."""


@dataclass(frozen=True, slots=True)
class PredictionTarget:
    """The user and the fusion of a prediction.

    Attributes:
        user_id: None for the population model.
        fusion: Name of the rule that joins audio and lyrics; None for the snapshot's default.
    """

    user_id: str | None = None
    fusion: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """A prediction for a track, with its explanation.

    Attributes:
        recognition: The models' prediction; ``schemas.Prediction`` reads its fields by name,
            except those with ``at``.
        personal: None if the request names no user.
        snapshot: Version of the shared models; an earlier version for a track that holds only its
            forecasts.
    """

    recognition: TrackPrediction
    personal: PersonalUse | None
    snapshot: str
    words: str

    @property
    def why(self) -> Mapping[str, Part | str]:
        """The parts of the distribution by name, and `words`."""
        return {**self.recognition.why, "words": self.words}


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """One track of a batch: its prediction or its error."""

    prediction: Prediction | None = None
    error: AttuneError | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """The items of a batch, in the order of the request."""

    items: list[Item]


@dataclass(frozen=True, slots=True, eq=False)
class Upload:
    """The content of a track: audio and lyrics, each itself or as an embedding.

    Attributes:
        audio: A recording, readable and seekable.
        lyrics: Without marks of time, in canonical form.
        embeddings: Modality to the output of the caller's own encoder.
        notices: What was guessed, cut or not read in the lyrics.
        sent_lyrics: The lyrics as they were sent.
    """

    audio: BinaryIO | None = None
    lyrics: str | None = None
    embeddings: Mapping[Modality, Sequence[float]] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()
    sent_lyrics: str = ""

    @classmethod
    def of(
        cls,
        words: LyricsText | None,
        audio: BinaryIO | None = None,
        embeddings: Mapping[Modality, Sequence[float]] | None = None,
    ) -> Self:
        """Return an upload of lyrics that were read."""
        if words is None:
            return cls(audio, embeddings=embeddings or {})
        return cls(audio, words.text, embeddings or {}, words.notices, words.sent)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was sent; blank lyrics count as sent."""
        return self.audio is None and self.lyrics is None and not self.embeddings


def predict_upload(
    upload: Upload, target: PredictionTarget, *, extractor: Extractor, listeners: UserModels
) -> Prediction:
    """Return the prediction for uploaded audio, lyrics or both; store nothing.

    Raises:
        NoEvidenceError: There is neither audio nor a word of lyrics.
        AudioError: The audio cannot be used.
        InputError: The snapshot does not read this modality, or an embedding has another size.
        FusionError: The fusion is unknown, or needs a modality that is missing.
    """
    features = features_of(upload, extractor)
    track = Track(UNREGISTERED, features, predict_population(listeners.snapshot, features))
    return predict_known([track], target, listeners=listeners)[0]


def predict_track(
    track_id: str, target: PredictionTarget, *, catalogue: Catalogue, listeners: UserModels
) -> Prediction:
    """Return the prediction for a registered track.

    Raises:
        TrackNotFoundError: There is no such track.
        ForeignFeaturesError: The track holds features that the snapshot does not read, has no
            stored prediction, and no other user has labelled it.
        FusionError: The fusion is unknown, or needs a modality that the track lacks.
    """
    (track,) = _tracks_or_errors([track_id], target, catalogue, listeners)
    if isinstance(track, AttuneError):
        raise track
    return predict_known([track], target, listeners=listeners)[0]


def predict_tracks(
    track_ids: Sequence[str],
    target: PredictionTarget,
    *,
    catalogue: Catalogue,
    listeners: UserModels,
) -> Batch:
    """Return a prediction or an error for each registered track.

    Raises:
        UnknownFusionError: The fusion is unknown.
    """
    return _predict_each(
        _tracks_or_errors(track_ids, target, catalogue, listeners), target, listeners
    )


def predict_uploads(
    uploads: Iterable[Upload],
    target: PredictionTarget,
    *,
    extractor: Extractor,
    listeners: UserModels,
) -> Batch:
    """Return a prediction or an error for each upload.

    The uploads are computed together, so the last digits may differ from those of one upload.

    Raises:
        UnsupportedInputError: The snapshot does not read this modality.
        UnknownFusionError: The fusion is unknown.
    """
    results = [_features_or_error(upload, extractor) for upload in uploads]
    known = [each for each in results if isinstance(each, TrackFeatures)]
    forecasts = zip(known, predict_population_all(listeners.snapshot, known), strict=True)
    tracks = [
        Track(UNREGISTERED, *next(forecasts)) if isinstance(each, TrackFeatures) else each
        for each in results
    ]
    return _predict_each(tracks, target, listeners)


def predict_known(
    tracks: Sequence[Track], target: PredictionTarget, *, listeners: UserModels
) -> list[Prediction]:
    """Return the prediction for each track, or raise for all.

    Without a user, the prediction is that of a user without labels.

    Raises:
        FusionError: The fusion is unknown, or needs a modality that a track lacks.
    """
    snapshot = listeners.snapshot
    listener = None if target.user_id is None else listeners.current(target.user_id)
    votes = listeners.votes_of_others(listener, tracks)
    recognitions = predict_all(
        snapshot,
        tracks,
        personal=listeners.personaliser.population_model if listener is None else listener.model,
        fusion=target.fusion or snapshot.default_fusion,
        votes=votes,
    )
    return [
        Prediction(
            recognition,
            _personal_use(listener, recognition),
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
    listeners: UserModels,
) -> dict[str, Track]:
    """Return the tracks that can be predicted from other users' labels alone.

    *track_ids* names tracks with features that the snapshot does not read and without a stored
    prediction.
    """
    if not track_ids or listeners.personaliser.needs_features:  # members read no votes
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


def features_of(upload: Upload, extractor: Extractor) -> TrackFeatures:
    """Return the features of an upload.

    Raises:
        NoEvidenceError: There is neither audio nor a word of lyrics.
        AudioError: The audio cannot be used.
        InputError: The extractor does not read this modality, or an embedding has another size.
    """
    # Embeddings and lyrics first: they are quick to refuse.
    vectors = {name: extractor.embedding(name, it) for name, it in upload.embeddings.items()}
    lyrics = LyricsFeatures(vectors.get(Modality.LYRICS))
    if upload.lyrics is not None:
        lyrics = extractor.lyrics(upload.lyrics)
    notices = upload.notices
    if lyrics.skip_reason:
        notices += (notice_of(lyrics.skip_reason),)
    audio = None
    if Modality.AUDIO in vectors:
        audio = AudioFeatures.of_embedding(vectors[Modality.AUDIO])
    elif upload.audio is not None:
        audio = extractor.audio(upload.audio)
        notices = (*audio.notices, *notices)
    return TrackFeatures(audio, lyrics.vector, notices)


def with_notices(prediction: Prediction, notices: Sequence[Notice]) -> Prediction:
    """Return the prediction of a stored track with notices about the lyrics that were sent."""
    recognition = prediction.recognition
    noticed = replace(
        recognition,
        notices=(*notices, *recognition.notices),
        modalities={Modality.LYRICS: None, **recognition.modalities},
    )
    return replace(prediction, recognition=noticed)


def _tracks_or_errors(
    track_ids: Sequence[str], target: PredictionTarget, catalogue: Catalogue, listeners: UserModels
) -> list[Track | AttuneError]:
    """Return each track, or the error that says why it cannot be predicted."""
    results = catalogue.find(track_ids)
    foreign = [each.track_id for each in results if isinstance(each, ForeignFeaturesError)]
    known = predictable_from_votes(foreign, target, catalogue=catalogue, listeners=listeners)
    return [known.get(track_id, each) for track_id, each in zip(track_ids, results, strict=True)]


def _predict_each(
    tracks: Sequence[Track | AttuneError], target: PredictionTarget, listeners: UserModels
) -> Batch:
    """Predict the tracks; errors stay in their places."""
    known = [track for track in tracks if isinstance(track, Track)]
    items: Iterator[Item]
    try:
        items = map(Item, predict_known(known, target, listeners=listeners))
    except MissingModalityError:
        items = (_predict_one(track, target, listeners) for track in known)
    return Batch(
        [next(items) if isinstance(track, Track) else Item(error=track) for track in tracks]
    )


def _predict_one(track: Track, target: PredictionTarget, listeners: UserModels) -> Item:
    try:
        return Item(predict_known([track], target, listeners=listeners)[0])
    except MissingModalityError as error:
        return Item(error=error)


def _features_or_error(upload: Upload, extractor: Extractor) -> TrackFeatures | AttuneError:
    check_interrupted()
    try:
        return features_of(upload, extractor)
    except (NoEvidenceError, EmbeddingSizeError) as error:
        return error


def _personal_use(listener: UserState | None, recognition: TrackPrediction) -> PersonalUse | None:
    if listener is None:
        return None
    return PersonalUse(listener.user_id, listener.n_labels, recognition.is_personal)
