"""Fits readout, population reference and set limits, from out-of-fold predictions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.arrays import FloatMatrix, IntVector, Proba
from models.emotion import Modality, Readout
from models.fusion import DEFAULT_FUSION, Evidence
from models.personal.logistic import Components
from models.population import PopulationReference
from models.prediction_sets import prediction_sets, scores, threshold
from training.datasets.listeners import ListenerLabels
from training.members.committee import FittedCommittee
from training.members.components import fit_components
from training.members.listener_prior import Opinions
from training.members.out_of_fold import AUDIO, UnseenProba
from training.members.pipeline import System
from training.members.population_reference import population_reference

AXES = ("valence", "arousal")


@dataclass(frozen=True, slots=True, eq=False)
class ListenerRatings:
    """Listeners' labels and the tracks' audio features.

    Attributes:
        dataset: Name of the study.
        labels: The labels.
        track_ids: The tracks' ids ``(n_tracks,)``.
        x: Audio features of the tracks ``(n_tracks, n_features)``.
    """

    dataset: str
    labels: ListenerLabels
    track_ids: Sequence[str]
    x: FloatMatrix


def opinions_on(
    system: System, components: Components, study: ListenerRatings, fitted: FittedCommittee
) -> Opinions:
    """Return the listeners' labels with predictions of a population model.

    The model was not fitted to the tracks, as in the service.

    Args:
        system: The shared models.
        components: Audio components of the training tracks.
        study: The study.
        fitted: An audio committee that was not fitted to the tracks.
    """
    labels = study.labels
    place = {track_id: row for row, track_id in enumerate(study.track_ids)}
    track = np.array([place[track_id] for track_id in labels.tracks])
    evidence = Evidence({Modality.AUDIO: fitted.consensus(study.x)}, {})
    return Opinions(
        listener=np.unique(labels.listeners, return_inverse=True)[1],
        track=track,
        y=labels.y,
        proba=system.fusions[DEFAULT_FUSION].fuse(evidence)[track],
        phi=components(study.x)[track],
    )


def fit_sound(system: System, unseen: UnseenProba) -> Components:
    """Fit the audio components to the training tracks with a recording.

    Uses all corpora: components of one corpus take extreme values on another.
    """
    return fit_components(_sound(system, unseen))


def fit_population(
    system: System, unseen: UnseenProba, components: Components
) -> PopulationReference:
    """Return the population reference of the training tracks with a recording."""
    phi = components(_sound(system, unseen))
    return population_reference(unseen.proba[AUDIO], phi, unseen.y(AUDIO), unseen.dataset(AUDIO))


def _sound(system: System, unseen: UnseenProba) -> FloatMatrix:
    x = unseen.corpus.features[Modality.AUDIO][unseen.has[AUDIO]]
    return system.committees[Modality.AUDIO].common(x)


def fit_limits(unseen: UnseenProba) -> dict[frozenset[Modality], float]:
    """Return the limits of the population model's prediction sets, by modalities.

    The limit is the widest of all corpora, so that each corpus reaches the nominal coverage. The
    fusion's one or two weights were fitted to the same tracks.
    """
    return {
        present: max(
            threshold(scores(proba[own], unseen.y(present)[own]))
            for own in unseen.by_corpus(present).values()
        )
        for present, proba in unseen.proba.items()
    }


def coverage_facts(
    unseen: UnseenProba, limits: Mapping[frozenset[Modality], float]
) -> dict[str, dict[str, dict[str, float]]]:
    """Return coverage and mean size of prediction sets, by modalities and corpus."""
    return {
        "+".join(sorted(present)): {
            name: _coverage(proba[own], unseen.y(present)[own], limits[present])
            for name, own in unseen.by_corpus(present).items()
        }
        for present, proba in unseen.proba.items()
    }


def fit_gain(unseen: UnseenProba, readout: Readout, reference: str) -> Readout:
    """Return the readout with a gain that makes the slope of truth on prediction 1.

    The truth of a track is the mean annotation of its quadrant, because no corpus has both
    recordings and points.

    Args:
        unseen: Out-of-fold predictions.
        readout: A readout without a gain.
        reference: The corpus whose slope is used.
    """
    axes = slope_facts(unseen, readout)[reference]
    return replace(readout, gain=np.array([axes[axis]["slope"] for axis in AXES]))


def slope_facts(unseen: UnseenProba, readout: Readout) -> dict[str, dict[str, dict[str, float]]]:
    """Return the slope of truth on prediction and the prediction's spread, by corpus and axis."""
    mean, _ = readout(unseen.proba[AUDIO])
    truth = readout.mean[unseen.y(AUDIO)]
    return {
        name: {
            axis: {
                "slope": round(float(np.polyfit(mean[own, k], truth[own, k], 1)[0]), 4),
                "sd": round(float(mean[own, k].std()), 4),
            }
            for k, axis in enumerate(AXES)
        }
        for name, own in unseen.by_corpus(AUDIO).items()
    }


def _coverage(proba: Proba, y: IntVector, limit: float) -> dict[str, float]:
    sets = prediction_sets(proba, limit)
    return {
        "coverage": round(float(sets[np.arange(len(y)), y].mean()), 4),
        "size": round(float(sets.sum(axis=1).mean()), 4),
    }
