"""Small real parts: members over six features, and tracks that carry a quadrant in them."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import xgboost
from numpy.typing import NDArray

from models.emotion import N_QUADRANTS, Modality
from models.features.cnn import N_EMBEDDING
from models.features.extraction import N_AUDIO_FEATURES, FeatureSpec
from models.members import BoostedTrees, GaussianNaiveBayes, LogisticRegressionSgd, RbfSvms
from models.members.booster import Booster
from models.members.cnn import LastLayers
from models.prediction.predictor import predict_population
from models.snapshot import Snapshot
from models.track import AudioFeatures, Track, TrackFeatures
from tests import fakes
from training.cnn.folded_network import Folded, Layer
from training.cnn.graph import build_cnn
from training.datasets.folds import grouped_folds
from training.datasets.tracks import LabelledTracks
from training.encoders.graph import save
from training.members.committee import ExternalFamily, Recipe
from training.members.corpus import Corpus, assemble
from training.members.svm import fit_rbf_svm

N_FOLDS = 3
N_FEATURES = 6
N_COMPONENTS = 4


@dataclass(frozen=True)
class Tracks:
    """Features ``(n_tracks, n_features)`` and class indices ``(n_tracks,)``."""

    x: NDArray[np.float32]
    y: NDArray[np.int64]


def tracks(
    n_tracks: int, *, seed: int = 0, n_features: int = N_FEATURES, distance: float = 1.5
) -> Tracks:
    """Noise of variance 1 around a centre for each quadrant, that far from the origin."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.arange(n_tracks) % N_QUADRANTS)
    x = rng.normal(size=(n_tracks, n_features)) + distance * np.eye(N_QUADRANTS, n_features)[y]
    return Tracks(x.astype(np.float32), y)


def gnb(seed: int = 0) -> GaussianNaiveBayes:
    """Gaussians drawn at random, over projections drawn at random."""
    rng = np.random.default_rng(seed)
    moments = (N_FOLDS, N_QUADRANTS, N_COMPONENTS)
    return GaussianNaiveBayes(
        projection=rng.normal(size=(N_FOLDS, N_FEATURES, N_COMPONENTS)).astype(np.float32),
        offset=rng.normal(size=(N_FOLDS, N_COMPONENTS)).astype(np.float32),
        log_prior=np.log(rng.dirichlet(np.full(N_QUADRANTS, 5), N_FOLDS)),
        mean=rng.normal(size=moments),
        variance=rng.uniform(0.3, 2, moments),
    )


def sgd(seed: int = 0) -> LogisticRegressionSgd:
    """Weights drawn at random."""
    rng = np.random.default_rng(seed)
    return LogisticRegressionSgd(
        centre=rng.normal(size=(N_FOLDS, N_FEATURES)).astype(np.float32),
        scale=rng.uniform(0.5, 2, (N_FOLDS, N_FEATURES)).astype(np.float32),
        weight=rng.normal(size=(N_FOLDS, N_QUADRANTS, N_FEATURES + 1)).astype(np.float32),
    )


def xgb(seed: int = 0) -> BoostedTrees:
    """A few trees on tracks that each fold draws for itself."""
    settings = {"objective": "multi:softprob", "num_class": N_QUADRANTS, "base_score": 0.0}
    settings |= {"max_depth": 2, "nthread": 1}
    drawn = [tracks(60, seed=seed + fold) for fold in range(N_FOLDS)]
    grown = [xgboost.train(settings, xgboost.DMatrix(part.x, label=part.y), 10) for part in drawn]
    return BoostedTrees([Booster.from_ubj(bytes(each.save_raw("ubj"))) for each in grown])


def svm(seed: int = 0) -> RbfSvms:
    """Machines fitted on tracks that each fold draws for itself."""
    drawn = [tracks(60, seed=seed + fold) for fold in range(N_FOLDS)]
    return RbfSvms([fit_rbf_svm(part.x, part.y, c=1) for part in drawn])


def cnn(
    seed: int = 0, n_folds: int = N_FOLDS, n_embedding: int = N_FEATURES // N_FOLDS
) -> LastLayers:
    """Last layers drawn at random."""
    rng = np.random.default_rng(seed)
    embedding = (n_folds, n_embedding)
    return LastLayers(
        weight=rng.normal(size=(n_folds, N_QUADRANTS, n_embedding)).astype(np.float32),
        bias=rng.normal(size=(n_folds, N_QUADRANTS)).astype(np.float32),
        centre=rng.normal(size=embedding).astype(np.float32),
        scale=rng.uniform(0.5, 2, embedding).astype(np.float32),
    )


def with_cnn(snapshot: Snapshot) -> Snapshot:
    """The snapshot with last layers drawn at random in its audio committee, and none before."""
    whole = snapshot.committees[Modality.AUDIO]
    last = cnn(n_folds=whole.n_folds, n_embedding=N_EMBEDDING)
    audio = replace(
        whole,
        families={**whole.families, "cnn": last},
        learners={**whole.learners, "cnn": last},
        temperatures={**whole.temperatures, "cnn": 3.0},
        n_common=N_AUDIO_FEATURES,
        apart=frozenset({"cnn"}),
    )
    return replace(
        snapshot, version="with a cnn", committees={**snapshot.committees, Modality.AUDIO: audio}
    )


def network(path: Path, *, n_folds: int = 2, seed: int = 0) -> Path:
    """Write the smallest network that hears and embeds, its weights drawn at random."""
    rng = np.random.default_rng(seed)

    def layer(*shape: int) -> Layer:
        spread = np.sqrt(2 / np.prod(shape[1:]))
        return Layer(
            *(rng.normal(0, spread, size).astype(np.float32) for size in (shape, shape[:1]))
        )

    one = np.ones(1, np.float32)
    folds = [
        Folded(
            one,
            -one,
            [layer(2, 1, 3, 3), *(layer(2, 2, 3, 3) for _ in range(6))],
            layer(8, 2),
            layer(N_EMBEDDING, 8).weight,
        )
        for _ in range(n_folds)
    ]
    save(build_cnn(folds), path)
    return path


def drawn_tracks(
    snapshot: Snapshot, n_tracks: int, *, seed: int = 0, without: Modality | None = None
) -> list[Track]:
    """Tracks with features such as the snapshot was trained on, two stretches each."""
    rng = np.random.default_rng(seed)

    def draw(modality: Modality, n_rows: int) -> NDArray[np.float32]:
        families = snapshot.committees[modality].families
        family = families["sgd"]
        assert isinstance(family, LogisticRegressionSgd)
        centre, scale = family.centre[0], family.scale[0]
        if isinstance(last := families.get("cnn"), LastLayers):
            centre = np.concatenate([centre, last.centre.ravel()])
            scale = np.concatenate([scale, last.scale.ravel()])
        return (centre + scale * rng.normal(size=(n_rows, len(centre)))).astype(np.float32)

    starts_s = np.array([0, 3], np.float32)
    made = []
    for place in range(n_tracks):
        vector, *segments = draw(Modality.AUDIO, 3)
        audio = AudioFeatures(vector, np.stack(segments), starts_s, starts_s + 3, 6.0)
        lyrics = draw(Modality.LYRICS, 1)[0]
        features = TrackFeatures(
            None if without is Modality.AUDIO else audio,
            None if without is Modality.LYRICS else lyrics,
        )
        track_id = f"{without or 'whole'}-{seed}-{place:03}"
        made.append(Track(track_id, features, predict_population(snapshot, features)))
    return made


RECIPES = {modality: Recipe(n_components=5, xgb_rounds=10) for modality in Modality}


def corpus(
    n_tracks: int = 120,
    *,
    seed: int = 0,
    distance: float = 2.0,
    sizes: tuple[int, int] = (8, 10),
    scale: float = 1.0,
) -> Corpus:
    """Tracks with audio by artists with two each, one in five without lyrics; then only lyrics.

    Sizes are those of the features of audio and of lyrics; all of them are multiplied by a scale.
    """
    n_audio, n_lyrics = sizes
    ours, texts = (
        tracks(n, seed=seed, n_features=n_features, distance=distance)
        for n, n_features in ((n_tracks, n_audio), (40, n_lyrics))
    )
    noise = np.random.default_rng(seed).normal(size=(n_tracks, n_lyrics))
    lyrics = (noise + distance * np.eye(N_QUADRANTS, n_lyrics)[ours.y]).astype(np.float32)
    lyrics[::5] = 0
    artists = [f"artist {place // 2}" for place in range(n_tracks)]
    return assemble(
        {"ours": _labelled(ours.y, artists), "texts": _labelled(texts.y, [""] * 40)},
        audio=[ours.x * np.float32(scale)],
        lyrics=[lyrics * np.float32(scale), texts.x * np.float32(scale)],
    )


def _labelled(y: NDArray[np.int64], artists: list[str]) -> LabelledTracks:
    return LabelledTracks([f"t{place}" for place in range(len(y))], y, artists, [""] * len(y))


def networked(
    corpus: Corpus, *, seed: int = 0, distance: float = 2.0
) -> tuple[Corpus, ExternalFamily]:
    """The corpus as a network hears it too, and that network's last layers on five folds.

    Each fold hears two numbers of a track with audio: noise around the quadrant's corner.
    """
    n_folds = 5
    rng = np.random.default_rng(seed + 100)
    corners = distance * np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]]) / np.sqrt(2)
    has = corpus.has[Modality.AUDIO]
    heard = np.tile(corners[corpus.y], n_folds) + rng.normal(size=(len(corpus), 2 * n_folds))
    wide = np.hstack([corpus.features[Modality.AUDIO], heard * has[:, None]]).astype(np.float32)
    last = LastLayers(
        weight=np.tile(corners, (n_folds, 1, 1)).astype(np.float32),
        bias=np.zeros((n_folds, N_QUADRANTS), np.float32),
        centre=np.zeros((n_folds, 2), np.float32),
        scale=np.full((n_folds, 2), 1.5, np.float32),
    )
    kept_from = np.zeros(has.sum(), np.int64)
    folds = grouped_folds(corpus.y[has], corpus.groups[has], n_folds, seed)
    for index, fold in enumerate(folds):
        kept_from[fold.test] = index
    features = {**corpus.features, Modality.AUDIO: wide}
    return replace(corpus, features=features), ExternalFamily("cnn", last, 2 * n_folds, kept_from)


class SpecifiedExtractor(fakes.FakeExtractor):
    """A fake that tells what its features mean, as training wants to know."""

    def __init__(self, revision: int = 1) -> None:
        super().__init__()
        self.spec = FeatureSpec(revision=revision, n_lyrics_features=fakes.N_FEATURES)
