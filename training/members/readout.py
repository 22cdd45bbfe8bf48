"""Fits what turns distributions into answers: the readout, listeners' opinions, set limits.

All of it is fitted to what members say of tracks that they were not fitted on.
"""

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
    """What single listeners said of tracks.

    Attributes:
        dataset: What the study is called.
        labels: Who said what.
        track_ids: Of the tracks ``(n_tracks,)``.
        x: Audio features of the tracks ``(n_tracks, n_features)``.
    """

    dataset: str
    labels: ListenerLabels
    track_ids: Sequence[str]
    x: FloatMatrix


def opinions_on(
    system: System, components: Components, heard: ListenerRatings, fitted: FittedCommittee
) -> Opinions:
    """Return what single listeners said, beside a population model that has not seen the tracks.

    The service's catalogue is one that the shared models were not fitted to: what is expected of a
    listener is learnt in the same situation.

    Args:
        system: The shared models.
        components: Of the training tracks' sound.
        heard: Who said what of which tracks.
        fitted: An audio committee that was fitted to none of the tracks.
    """
    labels = heard.labels
    place = {track_id: row for row, track_id in enumerate(heard.track_ids)}
    track = np.array([place[track_id] for track_id in labels.tracks])
    evidence = Evidence({Modality.AUDIO: fitted.consensus(heard.x)}, {})
    return Opinions(
        listener=np.unique(labels.listeners, return_inverse=True)[1],
        track=track,
        y=labels.y,
        proba=system.fusions[DEFAULT_FUSION].fuse(evidence)[track],
        phi=components(heard.x)[track],
    )


def fit_sound(system: System, unseen: UnseenProba) -> Components:
    """Return the components of the sound of all training tracks with a recording.

    Components of one corpus run wild on another's sound.
    """
    return fit_components(_sound(system, unseen))


def fit_population(
    system: System, unseen: UnseenProba, components: Components
) -> PopulationReference:
    """Return what the training tracks with a recording look like, to calibrate to others."""
    phi = components(_sound(system, unseen))
    return population_reference(unseen.proba[AUDIO], phi, unseen.y(AUDIO), unseen.dataset(AUDIO))


def _sound(system: System, unseen: UnseenProba) -> FloatMatrix:
    x = unseen.corpus.features[Modality.AUDIO][unseen.has[AUDIO]]
    return system.committees[Modality.AUDIO].common(x)


def fit_limits(unseen: UnseenProba) -> dict[frozenset[Modality], float]:
    """Return the limits of prediction sets for nobody in particular.

    The limit is that of the corpus that needs the widest sets, so that sets hold what is stated
    in each of the corpora; the weights of the fusion were fitted to these tracks too, a number or
    two.
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
    """Return what sets of these limits hold, and how large they are, by modalities and corpus."""
    return {
        "+".join(sorted(present)): {
            name: _coverage(proba[own], unseen.y(present)[own], limits[present])
            for name, own in unseen.by_corpus(present).items()
        }
        for present, proba in unseen.proba.items()
    }


def fit_gain(unseen: UnseenProba, readout: Readout, reference: str) -> Readout:
    """Return the readout whose values rise with the truth, one for one, on held-out tracks.

    The truth of a track is where annotations of its quadrant lie, on average: no corpus has both
    recordings and points.

    Args:
        unseen: Tracks with audio of the reference judge.
        readout: Without a gain.
        reference: The corpus that an unknown track is read like.
    """
    axes = slope_facts(unseen, readout)[reference]
    return replace(readout, gain=np.array([axes[axis]["slope"] for axis in AXES]))


def slope_facts(unseen: UnseenProba, readout: Readout) -> dict[str, dict[str, dict[str, float]]]:
    """Return the slope of truth on prediction, and the spread, by corpus of audio and axis."""
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
