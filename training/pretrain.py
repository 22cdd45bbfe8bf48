"""Trains, judges and exports the snapshot that ships."""

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.arrays import FloatMatrix
from models.emotion import Modality
from models.features import N_AUDIO_FEATURES, FeatureExtractor
from models.snapshot import Hearing, Origin, save_snapshot
from training.cnn.export import ARRAYS, FACTS, GRAPH, Exported, load_exported, mark
from training.committee import Ready
from training.corpus import Corpus, load_corpus
from training.datasets import deam, emotify, pmemo
from training.datasets.tracks import LabelledTracks
from training.embed import FeatureCache
from training.hearing import HeardByListeners, fit_limits, fit_listeners, listener_facts
from training.judging import COMMITTEE, WITHOUT, Truth, judge, judge_abroad, judge_folds
from training.reporting.card import write_card
from training.reporting.render import version_numbers
from training.system import System, fit_readout, fit_system, labelled

_LIBRARIES = ("numpy", "scipy", "scikit-learn", "xgboost-cpu", "onnxruntime", "librosa", "torch")
CNN = "cnn"
_NOWHERE = -1
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Settings:
    """What a pretraining run is told.

    Attributes:
        data: The folder of all datasets.
        out: The folder of the snapshot.
        cache: Where features are kept between runs.
        weights: The encoders' folder.
        seed: Decides folds and everything random.
        repeats: How many times, with other folds, every track is predicted for the figures.
    """

    data: Path
    out: Path
    cache: Path
    weights: Path
    seed: int = 0
    repeats: int = 3


def run(settings: Settings) -> str:
    """Judge the procedure, fit it to everything, write the snapshot; return its version.

    A cnn that lies in the snapshot's folder already joins the committee.
    """
    exported = load_exported(settings.out) if (settings.out / GRAPH).is_file() else None
    extractor = FeatureExtractor.open(settings.weights, exported.graph if exported else None)
    cache = FeatureCache(settings.cache, extractor)
    corpus = load_corpus(settings.data, cache)
    # Before the long work: a table that is missing is told of at once.
    readout = fit_readout(
        [deam.load(settings.data / "deam"), pmemo.load_points(settings.data / "pmemo")]
    )
    ready = {Modality.AUDIO: joining(exported, corpus)} if exported else {}
    _log.info("Fitting the procedure to everything.")
    system = fit_system(corpus, seed=settings.seed, ready=ready)
    _log.info("Judging it on artists it has not seen.")
    bare = corpus.narrowed(Modality.AUDIO, N_AUDIO_FEATURES)
    figures = judge(bare, seed=settings.seed, repeats=settings.repeats)
    abroad = _Abroad.of(settings, cache)
    figures["abroad"] = abroad.judged(system, settings.seed)
    if exported:
        told = judge_folds(system.fitted[Modality.AUDIO], _truth(corpus, settings), joined=CNN)
        figures[CNN] = {**told, "facts": _facts(exported)}
    _log.info("Learning from listeners what to expect of the next one.")
    heard = abroad.heard(settings)
    gaussian = fit_listeners(system, corpus, readout, heard)
    figures["listeners"] = listener_facts(gaussian, heard.labels)
    hearing = Hearing(readout, gaussian, fit_limits(system, corpus))
    origin = Origin(
        spec=extractor.spec,
        data=corpus.describe(),
        seed=settings.seed,
        versions=version_numbers(*_LIBRARIES),
        figures=figures,
        network=[settings.out / name for name in (GRAPH, ARRAYS, FACTS)] if exported else (),
    )
    snapshot = save_snapshot(settings.out, system.committees, system.fusions, hearing, origin)
    write_card(settings.out)
    return snapshot


def joining(exported: Exported, corpus: Corpus) -> Ready:
    """Return the cnn as a family that joins the audio committee of this corpus."""
    kept_from = {one: fold for fold, marks in enumerate(exported.held_out) for one in marks}
    ids = corpus.ids[corpus.has[Modality.AUDIO]]
    n_folds, _, n_embedding = exported.family.weight.shape
    return Ready(
        name=CNN,
        family=exported.family,
        n_features=n_folds * n_embedding,
        kept_from=np.array([kept_from.get(mark(str(track_id)), _NOWHERE) for track_id in ids]),
    )


def _facts(exported: Exported) -> dict[str, object]:
    """Return how the cnn was trained; which tracks each fold was kept from is in its own file."""
    folds = [
        {name: told for name, told in row.items() if name != "held_out"}
        for row in exported.facts["folds"]
    ]
    return {**exported.facts, "folds": folds}


@dataclass(frozen=True, slots=True, eq=False)
class _Abroad:
    """A dataset that the committees have nothing from."""

    clips: LabelledTracks
    x: FloatMatrix

    @classmethod
    def of(cls, settings: Settings, cache: FeatureCache) -> "_Abroad":
        clips = emotify.load(settings.data / "emotify")
        return cls(clips, cache.audio("emotify", dict(zip(clips.ids, clips.audio, strict=True))))

    def judged(self, system: System, seed: int) -> dict[str, object]:
        """Return the figures of the shipped audio committee."""
        fitted = system.fitted[Modality.AUDIO]
        committees = {COMMITTEE: fitted.committee}
        if CNN in fitted.committee.families:
            committees[WITHOUT] = fitted.without(CNN)
        return judge_abroad(committees, self.x, Truth(self.clips.y, self.clips.groups, seed))

    def heard(self, settings: Settings) -> HeardByListeners:
        """Return the tracks, and what single listeners said of them."""
        labels = emotify.load_labels(settings.data / "emotify")
        return HeardByListeners(self.clips.ids, self.x, labels)


def _truth(corpus: Corpus, settings: Settings) -> Truth:
    data = labelled(corpus, Modality.AUDIO)
    return Truth(data.y, data.groups, settings.seed)
