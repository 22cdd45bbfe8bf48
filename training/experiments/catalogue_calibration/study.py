"""The study behind ``reports/calibration``: fit, selection and evaluation."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from models.arrays import IntVector
from models.calibration.zero_points import Answers
from models.emotion import N_QUADRANTS
from models.features.extraction import FeatureExtractor
from training.datasets import agreement, emotify, generated_music, taffc4q
from training.datasets.feature_cache import FeatureCache
from training.datasets.folds import grouped_folds
from training.datasets.listeners import ListenerLabels
from training.experiments.catalogue_calibration.audio_variants import SOUNDS, with_variant
from training.experiments.catalogue_calibration.catalogues import Population, drawn
from training.experiments.catalogue_calibration.evaluation import (
    Judgement,
    Score,
    judge,
    judge_answers,
    pooled,
)
from training.experiments.catalogue_calibration.generated_music import (
    Demo,
    features_of,
    judge_demo,
)
from training.experiments.catalogue_calibration.selection import (
    Trial,
    answered,
    likeliest,
    safest,
    without,
)
from training.members.committee import TrainingSet

_N_FOLDS = 5
_N_MIXED = 80
_N_CLIPS = 100  # features of every clip are extracted with every sound, which takes time
AS_IT_IS = "as it is"


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of the study.

    Attributes:
        data: Folder of datasets.
        cache: Folder of cached features.
        weights: Folder of encoders.
        music: Archive of generated music.
        seed: Seed of folds and of all other randomness.
    """

    data: Path
    cache: Path
    weights: Path
    music: Path
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """Selection of hyperparameters.

    Attributes:
        n_clips: Number of clips of held-out artists that catalogues were drawn from.
        n_catalogues: Number of drawn catalogues.
        distances: Name of a sound to the distance of all clips with it.
        unlabelled: A trial of each setting without answers.
        answered: A trial of each setting with answers.
    """

    n_clips: int
    n_catalogues: int
    distances: dict[str, float]
    unlabelled: list[Trial]
    answered: list[Trial]

    @property
    def best(self) -> tuple[Trial, Trial]:
        """The chosen trials, without answers and with them."""
        return safest(self.unlabelled), likeliest(self.answered)


@dataclass(frozen=True, slots=True, eq=False)
class StudyResult:
    """All results on the page."""

    chosen: Choice
    demo: Demo
    emotify: Judgement
    answers: dict[int, Score]
    subsets: list[Judgement]
    foreign_genres: list[Judgement]


@dataclass(frozen=True, slots=True, eq=False)
class _Corpus:
    """The corpus taffc4q with its features and their extractor."""

    settings: Settings
    extractor: FeatureExtractor
    cache: FeatureCache
    paths: dict[str, Path]
    tracks: TrainingSet

    @classmethod
    def of(cls, settings: Settings) -> "_Corpus":
        extractor = FeatureExtractor.open(settings.weights)
        cache = FeatureCache(settings.cache, extractor)
        clips = taffc4q.load(settings.data / "taffc4q")
        paths = dict(zip(clips.ids, clips.audio, strict=True))
        tracks = TrainingSet(cache.audio("taffc4q", paths), clips.y, clips.groups)
        return cls(settings, extractor, cache, paths, tracks)


def run(settings: Settings) -> StudyResult:
    """Choose hyperparameters on one set of tracks and evaluate them on others.

    Raises:
        DatasetError: A table, a clip or the archive is missing.
    """
    generated = generated_music.load(settings.music)  # before the long work
    corpus = _Corpus.of(settings)
    chosen = _chosen(corpus)
    population = Population.fit(corpus.tracks, settings.seed)
    reference = population.reference
    clips = emotify.load(settings.data / "emotify")
    x = corpus.cache.audio("emotify", dict(zip(clips.ids, clips.audio, strict=True)))
    abroad = population.predict_catalogue("Emotify", x, clips.y)
    labels = emotify.load_labels(settings.data / "emotify")
    foreign = emotify.load_genres(settings.data / "emotify")
    everything = _both(corpus.tracks, TrainingSet(x, clips.y, clips.groups))
    return StudyResult(
        chosen=chosen,
        demo=judge_demo(
            Population.fit(everything, settings.seed),
            generated,
            features_of(generated, corpus.extractor, settings.cache),
        ),
        emotify=judge(reference, abroad),
        answers=judge_answers(reference, abroad, _answers(labels, clips.ids)),
        subsets=_subsets(corpus),
        foreign_genres=[
            judge(reference, each) for each in abroad.genres([foreign[one] for one in clips.ids])
        ],
    )


def _subsets(corpus: _Corpus) -> list[Judgement]:
    """Evaluate quadrants and genres of each half of the artists under the other half's models."""
    tracks = corpus.tracks
    genres = taffc4q.load_genres(corpus.settings.data / "taffc4q")
    genre_of = np.array([genres[one] for one in corpus.paths])
    judged = []
    for fold in grouped_folds(tracks.y, tracks.groups, 2, corpus.settings.seed):
        population = Population.fit(_part(tracks, fold.train), corpus.settings.seed)
        half = population.predict_catalogue("half", tracks.x[fold.test], tracks.y[fold.test])
        catalogues = [*half.quadrants(), *half.genres(genre_of[fold.test].tolist())]
        judged += [judge(population.reference, each) for each in catalogues]
    return pooled(judged)


def _part(tracks: TrainingSet, places: IntVector) -> TrainingSet:
    return TrainingSet(tracks.x[places], tracks.y[places], tracks.groups[places])


def _both(home: TrainingSet, away: TrainingSet) -> TrainingSet:
    """Return the tracks of taffc4q and Emotify together, as a snapshot is fitted to them."""
    return TrainingSet(
        np.concatenate([home.x, away.x]),
        np.concatenate([home.y, away.y]),
        np.concatenate([home.groups, away.groups + home.groups.max() + 1]),
        np.repeat(["taffc4q", "emotify"], [len(home.y), len(away.y)]),
    )


def _chosen(corpus: _Corpus) -> Choice:
    """Choose on catalogues of artists that the models of this step were not fitted to."""
    settings, tracks = corpus.settings, corpus.tracks
    fold = next(grouped_folds(tracks.y, tracks.groups, _N_FOLDS, settings.seed))
    population = Population.fit(_part(tracks, fold.train), settings.seed)
    rng = np.random.default_rng(settings.seed)
    test = np.sort(rng.permutation(fold.test)[:_N_CLIPS])
    ids = list(corpus.paths)
    paths = {ids[place]: corpus.paths[ids[place]] for place in test}
    x = {
        sound: with_variant(sound, paths, corpus.extractor, settings.cache)
        for sound in tqdm(SOUNDS, desc="sounds")
    }
    sources = [
        population.predict_catalogue(sound, features, tracks.y[test])
        for sound, features in {AS_IT_IS: tracks.x[test], **x}.items()
    ]
    catalogues = [each for source in sources for each in drawn(source, _N_MIXED, rng)]
    reference = population.reference
    unlabelled = without(reference, catalogues)
    confusion = agreement.load_confusion(settings.data / "agreement")
    setting = safest(unlabelled).setting
    return Choice(
        len(paths),
        len(catalogues),
        {source.name: reference.distance(source.phi) for source in sources},
        unlabelled,
        answered(reference, catalogues, confusion, setting),
    )


def _answers(labels: ListenerLabels, ids: Sequence[str]) -> Answers:
    place = {track_id: row for row, track_id in enumerate(ids)}
    track = np.array([place[track_id] for track_id in labels.tracks])
    return Answers(track, np.eye(N_QUADRANTS)[labels.y], np.array(labels.listeners))
