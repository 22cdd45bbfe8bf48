"""The study behind ``reports/calibration``: what is fitted to what, chosen where, judged where."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from models.arrays import FloatMatrix, FloatVector, IntVector
from models.emotion import N_QUADRANTS
from models.features import FeatureExtractor
from models.population import AXES, log_odds
from models.zero_points import Answers, shifted, without_answers
from training.committee import Labelled
from training.datasets import agreement, emotify, moods, taffc4q
from training.datasets.listeners import ListenerLabels
from training.datasets.moods import LIVELY, Generated
from training.embed import FeatureCache, keep
from training.folds import grouped_folds
from training.zero_points.catalogues import Population, drawn
from training.zero_points.choosing import Trial, answered, likeliest, safest, without
from training.zero_points.judging import Judged, Score, judge, judge_answers, pooled
from training.zero_points.sounds import SOUNDS, heard_as

_N_FOLDS = 5
_N_MIXED = 80
_N_CLIPS = 100  # each is heard with every sound, which takes time
AS_IT_IS = "as it is"


@dataclass(frozen=True, slots=True)
class Settings:
    """What the study is told.

    Attributes:
        data: Folder of datasets.
        cache: Where features are kept.
        weights: Folder of encoders.
        music: Archive of generated music.
        seed: Of folds and of everything random.
    """

    data: Path
    cache: Path
    weights: Path
    music: Path
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """How hyperparameters were chosen.

    Attributes:
        n_clips: Clips of held-out artists that catalogues were drawn from.
        n_catalogues: How many were drawn.
        distances: Of all the clips with a sound, by its name.
        unlabelled: A trial of each setting.
        answered: The same, of what answers do.
    """

    n_clips: int
    n_catalogues: int
    distances: dict[str, float]
    unlabelled: list[Trial]
    answered: list[Trial]

    @property
    def best(self) -> tuple[Trial, Trial]:
        """What was taken without answers, and with them."""
        return safest(self.unlabelled), likeliest(self.answered)


@dataclass(frozen=True, slots=True, eq=False)
class Mood:
    """How the tracks of a mood are answered.

    Attributes:
        before: Tracks in each quadrant ``(n_quadrants,)``.
        after: The same, calibrated.
    """

    name: str
    before: NDArray[np.int64]
    after: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Demo:
    """The generated music.

    Attributes:
        distance: From mixtures of known tracks.
        offset: On valence and arousal ``(2,)``.
        order: Probability that arousal puts a lively track above a quiet one (AUC).
        possible: How many lively and quiet tracks the best zero point of arousal would put on
            their side.
    """

    moods: list[Mood]
    distance: float
    offset: NDArray[np.float64]
    order: float
    possible: tuple[int, int]

    def right(self, which: str) -> tuple[int, int]:
        """Return how many lively and quiet tracks lie on their side, ``before`` or ``after``."""
        counts = {mood.name: getattr(mood, which) for mood in self.moods}
        lively = sum(int(n[:2].sum()) for name, n in counts.items() if name in LIVELY)
        quiet = sum(int(n[2:].sum()) for name, n in counts.items() if name not in LIVELY)
        return lively, quiet


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """All that the page tells."""

    chosen: Chosen
    demo: Demo
    emotify: Judged
    answers: dict[int, Score]
    subsets: list[Judged]
    foreign_genres: list[Judged]


@dataclass(frozen=True, slots=True, eq=False)
class _Heard:
    """taffc4q with its features, and who makes them."""

    settings: Settings
    extractor: FeatureExtractor
    cache: FeatureCache
    paths: dict[str, Path]
    tracks: Labelled

    @classmethod
    def of(cls, settings: Settings) -> "_Heard":
        extractor = FeatureExtractor.open(settings.weights)
        cache = FeatureCache(settings.cache, extractor)
        clips = taffc4q.load(settings.data / "taffc4q")
        paths = dict(zip(clips.ids, clips.audio, strict=True))
        tracks = Labelled(cache.audio("taffc4q", paths), clips.y, clips.groups)
        return cls(settings, extractor, cache, paths, tracks)


def run(settings: Settings) -> Found:
    """Choose hyperparameters on one set of tracks and judge them on others.

    Raises:
        DatasetError: A table, a clip or the archive is missing.
    """
    generated = moods.load(settings.music)  # before the long work
    heard = _Heard.of(settings)
    chosen = _chosen(heard)
    population = Population.fit(heard.tracks, settings.seed)
    reference = population.reference
    clips = emotify.load(settings.data / "emotify")
    x = heard.cache.audio("emotify", dict(zip(clips.ids, clips.audio, strict=True)))
    abroad = population.hear("Emotify", x, clips.y)
    labels = emotify.load_labels(settings.data / "emotify")
    foreign = emotify.load_genres(settings.data / "emotify")
    everything = _both(heard.tracks, Labelled(x, clips.y, clips.groups))
    return Found(
        chosen=chosen,
        demo=_demo(
            Population.fit(everything, settings.seed), generated, _features(generated, heard)
        ),
        emotify=judge(reference, abroad),
        answers=judge_answers(reference, abroad, _answers(labels, clips.ids)),
        subsets=_subsets(heard),
        foreign_genres=[
            judge(reference, each) for each in abroad.genres([foreign[one] for one in clips.ids])
        ],
    )


def _subsets(heard: _Heard) -> list[Judged]:
    """Judge the quadrants and genres of each half of the artists by a population of the other."""
    tracks = heard.tracks
    genres = taffc4q.load_genres(heard.settings.data / "taffc4q")
    told = np.array([genres[one] for one in heard.paths])
    judged = []
    for fold in grouped_folds(tracks.y, tracks.groups, 2, heard.settings.seed):
        population = Population.fit(_part(tracks, fold.train), heard.settings.seed)
        half = population.hear("half", tracks.x[fold.test], tracks.y[fold.test])
        catalogues = [*half.quadrants(), *half.genres(told[fold.test].tolist())]
        judged += [judge(population.reference, each) for each in catalogues]
    return pooled(judged)


def _part(tracks: Labelled, places: IntVector) -> Labelled:
    return Labelled(tracks.x[places], tracks.y[places], tracks.groups[places])


def _both(home: Labelled, away: Labelled) -> Labelled:
    """Return the tracks of taffc4q and of Emotify, which a snapshot is fitted to."""
    return Labelled(
        np.concatenate([home.x, away.x]),
        np.concatenate([home.y, away.y]),
        np.concatenate([home.groups, away.groups + home.groups.max() + 1]),
        np.repeat(["taffc4q", "emotify"], [len(home.y), len(away.y)]),
    )


def _chosen(heard: _Heard) -> Chosen:
    """Choose on catalogues of artists that the models of this step were not fitted to."""
    settings, tracks = heard.settings, heard.tracks
    fold = next(grouped_folds(tracks.y, tracks.groups, _N_FOLDS, settings.seed))
    population = Population.fit(_part(tracks, fold.train), settings.seed)
    rng = np.random.default_rng(settings.seed)
    test = np.sort(rng.permutation(fold.test)[:_N_CLIPS])
    ids = list(heard.paths)
    paths = {ids[place]: heard.paths[ids[place]] for place in test}
    x = {
        sound: heard_as(sound, paths, heard.extractor, settings.cache)
        for sound in tqdm(SOUNDS, desc="sounds")
    }
    sources = [
        population.hear(sound, features, tracks.y[test])
        for sound, features in {AS_IT_IS: tracks.x[test], **x}.items()
    ]
    catalogues = [each for source in sources for each in drawn(source, _N_MIXED, rng)]
    reference = population.reference
    unlabelled = without(reference, catalogues)
    confusion = agreement.load_confusion(settings.data / "agreement")
    setting = safest(unlabelled).setting
    return Chosen(
        len(paths),
        len(catalogues),
        {source.name: reference.distance(source.phi) for source in sources},
        unlabelled,
        answered(reference, catalogues, confusion, setting),
    )


def _features(generated: Sequence[Generated], heard: _Heard) -> FloatMatrix:
    folder = heard.settings.cache / heard.extractor.spec.digest[:16] / "generated"

    def vector(one: Generated) -> FloatVector:
        return keep(folder / f"{one.name}.npy", lambda: heard.extractor.audio(one.file).vector)

    return np.stack([vector(one) for one in generated])


def _answers(labels: ListenerLabels, ids: Sequence[str]) -> Answers:
    place = {track_id: row for row, track_id in enumerate(ids)}
    track = np.array([place[track_id] for track_id in labels.tracks])
    return Answers(track, np.eye(N_QUADRANTS)[labels.y], np.array(labels.listeners))


def _demo(population: Population, generated: Sequence[Generated], x: FloatMatrix) -> Demo:
    """Calibrate the generated music to itself; what it was asked for is no label of a quadrant."""
    nothing = np.zeros(len(generated), np.int64)
    catalogue = population.hear("generated", x, nothing)
    found = without_answers(population.reference, catalogue.proba, catalogue.phi)
    after = shifted(catalogue.proba, AXES @ found.offset)
    of = np.array([one.mood for one in generated])
    arousal = log_odds(catalogue.proba)[:, 1]
    is_lively = np.isin(of, sorted(LIVELY))
    return Demo(
        [
            Mood(str(mood), _counts(catalogue.proba[of == mood]), _counts(after[of == mood]))
            for mood in np.unique(of)
        ],
        found.distance,
        found.offset[:2],
        order=float((arousal[is_lively][:, None] > arousal[~is_lively]).mean()),
        possible=_possible(arousal, is_lively),
    )


def _possible(arousal: NDArray[np.float64], is_lively: NDArray[np.bool_]) -> tuple[int, int]:
    """Return how many lively and quiet tracks the best threshold of arousal parts rightly."""
    above = arousal[:, None] >= arousal
    lively, quiet = above[is_lively].sum(axis=0), (~above[~is_lively]).sum(axis=0)
    highest = int((lively / is_lively.sum() + quiet / (~is_lively).sum()).argmax())
    return int(lively[highest]), int(quiet[highest])


def _counts(proba: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.bincount(proba.argmax(axis=1), minlength=N_QUADRANTS)
