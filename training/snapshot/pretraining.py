"""Trains, evaluates and exports the shipped snapshot."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.emotion import Modality, Readout
from models.features.extraction import N_AUDIO_FEATURES, FeatureExtractor
from models.snapshot import Origin, ReadoutParts, save_snapshot
from training.cnn.export import ARRAYS, FACTS, GRAPH, Exported, load_exported, mark
from training.datasets import agreement, deam, emotify, pmemo
from training.datasets.feature_cache import FeatureCache
from training.datasets.recordings import recordings_in
from training.members.committee import KEPT_FROM_ALL, ExternalFamily, FittedCommittee
from training.members.corpus import Corpus, load_corpus
from training.members.listener_prior import fit_listener_model, listener_facts
from training.members.out_of_fold import predict_unseen
from training.members.pipeline import System, fit_readout, fit_system, labelled
from training.members.readout import (
    ListenerRatings,
    coverage_facts,
    fit_gain,
    fit_limits,
    fit_population,
    fit_sound,
    opinions_on,
    slope_facts,
)
from training.reporting.model_card import write_card
from training.reporting.render import version_numbers
from training.snapshot.agreement import listeners_agreement
from training.snapshot.evaluation import judge, judge_folds
from training.snapshot.transfer import fit_without, judge_genres, judge_transfer

_LIBRARIES = ("numpy", "scipy", "scikit-learn", "xgboost-cpu", "onnxruntime", "librosa", "torch")
CNN = "cnn"
EMOTIFY = "emotify"
_NOWHERE = -1
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of a pretraining run.

    Attributes:
        data: Folder of datasets.
        out: Folder of the snapshot.
        cache: Folder of cached features.
        weights: Folder of encoders.
        seed: Seed of folds and of all random draws.
        repeats: Evaluation runs, each with other folds.
    """

    data: Path
    out: Path
    cache: Path
    weights: Path
    seed: int = 0
    repeats: int = 1


def run(settings: Settings) -> str:
    """Fit the models to all data, evaluate the procedure, and write the snapshot.

    If the snapshot's folder already has a cnn, it joins the committee.

    Returns:
        The version of the snapshot.
    """
    exported = load_exported(settings.out) if (settings.out / GRAPH).is_file() else None
    extractor = FeatureExtractor.open(settings.weights, exported.graph if exported else None)
    corpus = load_corpus(settings.data, FeatureCache(settings.cache, extractor))
    # Read first: a missing table fails before the long computation.
    readout = fit_readout(
        [deam.load(settings.data / "deam"), pmemo.load_points(settings.data / "pmemo")]
    )
    studies = _studies(settings.data, FeatureCache(settings.cache, extractor), corpus)
    figures: dict[str, object] = {"agreement": listeners_agreement(settings.data / "agreement")}
    ready = {Modality.AUDIO: cnn_family(exported, corpus)} if exported else {}
    _log.info("Fitting the shared models to all data.")
    system = fit_system(corpus, seed=settings.seed, ready=ready)
    _log.info("Fitting the listener prior.")
    parts, facts = _fit_readout_parts(system, corpus, readout, studies, settings.seed)
    _log.info("Evaluating on held-out artists.")
    figures |= _evaluate(corpus.narrowed(Modality.AUDIO, N_AUDIO_FEATURES), settings)
    if exported:
        table = judge_folds(system.fitted[Modality.AUDIO], settings.seed, joined=CNN)
        figures[CNN] = {**table, "facts": _cnn_facts(exported)}
    origin = Origin(
        spec=extractor.spec,
        data=corpus.describe(),
        seed=settings.seed,
        versions=version_numbers(*_LIBRARIES),
        figures=figures | facts,
        network=[settings.out / name for name in (GRAPH, ARRAYS, FACTS)] if exported else (),
    )
    snapshot = save_snapshot(settings.out, system.committees, system.fusions, parts, origin)
    write_card(settings.out)
    return snapshot


def _evaluate(corpus: Corpus, settings: Settings) -> dict[str, object]:
    """Return the figures on held-out artists, genres and corpora."""
    genre_of = emotify.load_genres(settings.data / "emotify")
    audio = labelled(corpus, Modality.AUDIO)
    ids = corpus.ids[corpus.has[Modality.AUDIO]]
    is_emotify = audio.corpus == "emotify"
    genre = np.where(is_emotify, [genre_of.get(str(each), "") for each in ids], "")
    return judge(corpus, seed=settings.seed, repeats=settings.repeats) | {
        "genres": judge_genres(audio, genre, settings.seed),
        "strangers": {
            str(name): judge_transfer(audio, str(name), settings.seed)
            for name in np.unique(audio.corpus)
        },
    }


def _fit_readout_parts(
    system: System,
    corpus: Corpus,
    readout: Readout,
    studies: Sequence[ListenerRatings],
    seed: int,
) -> tuple[ReadoutParts, dict[str, object]]:
    """Return the readout, listener prior, set limits and population, and facts about them."""
    unseen = predict_unseen(system, corpus)
    reference = system.fitted[Modality.AUDIO].scales.reference
    steep = fit_gain(unseen, readout, reference)
    sound = fit_sound(system, unseen)
    opinions = {
        study.dataset: opinions_on(
            system, sound, study, _fitted_without(system, corpus, study, seed)
        )
        for study in studies
    }
    model = fit_listener_model([*opinions.values()], sound, steep)
    limits = fit_limits(unseen)
    population = fit_population(system, unseen, sound)
    fitted = system.fitted.items()
    offsets = {
        str(m): {name: offset.round(4).tolist() for name, offset in each.offsets.items()}
        for m, each in fitted
    }
    return ReadoutParts(steep, model, limits, population), {
        "listeners": listener_facts(model, opinions),
        "sets": coverage_facts(unseen, limits),
        "slopes": slope_facts(unseen, steep),
        "gain": steep.gain.round(4).tolist(),
        "offsets": offsets,
        "reference": reference,
    }


def _studies(data: Path, cache: FeatureCache, corpus: Corpus) -> list[ListenerRatings]:
    """Return the studies of listeners: one of training tracks, one of clips in no corpus."""
    own = (corpus.dataset == EMOTIFY) & corpus.has[Modality.AUDIO]
    clips = recordings_in(data / "agreement" / "clips")
    names = sorted(clips)
    x = cache.audio("agreement", {name: clips[name] for name in names})
    return [
        ListenerRatings(
            EMOTIFY,
            emotify.load_labels(data / EMOTIFY),
            corpus.ids[own].tolist(),
            corpus.features[Modality.AUDIO][own],
        ),
        ListenerRatings("agreement", agreement.load_labels(data / "agreement"), names, x),
    ]


def _fitted_without(
    system: System, corpus: Corpus, study: ListenerRatings, seed: int
) -> FittedCommittee:
    """Return an audio committee that was not fitted to the study's tracks."""
    if study.dataset not in corpus.dataset:
        return system.fitted[Modality.AUDIO]
    return fit_without(labelled(corpus, Modality.AUDIO), study.dataset, seed)


def cnn_family(exported: Exported, corpus: Corpus) -> ExternalFamily:
    """Return the cnn as a family that joins the audio committee of this corpus.

    Tracks of datasets that the cnn was not trained on are held out from all its folds.
    """
    fold_of = {one: fold for fold, marks in enumerate(exported.held_out) for one in marks}
    has = corpus.has[Modality.AUDIO]
    dataset = corpus.dataset[has]
    kept_from = np.array([fold_of.get(mark(str(one)), _NOWHERE) for one in corpus.ids[has]])
    for name in np.unique(dataset):
        own = dataset == name
        if (kept_from[own] == _NOWHERE).all():
            kept_from[own] = KEPT_FROM_ALL
    n_folds, _, n_embedding = exported.family.weight.shape
    return ExternalFamily(CNN, exported.family, n_folds * n_embedding, kept_from)


def _cnn_facts(exported: Exported) -> dict[str, object]:
    """Return facts about the cnn's training, without the ids of held-out tracks."""
    folds = [
        {name: value for name, value in row.items() if name != "held_out"}
        for row in exported.facts["folds"]
    ]
    return {**exported.facts, "folds": folds}
