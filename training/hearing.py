"""Fits what turns distributions into answers: the readout, the Gaussian model's prior, set limits.

All of it is fitted to what members say of tracks that they were not fitted on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, IntVector, Proba
from models.emotion import N_QUADRANTS, Modality, Readout
from models.fusion import DEFAULT_FUSION, Evidence
from models.personal.gaussian import Components, Gaussian
from models.sets import prediction_sets, scores, threshold
from training.corpora import Names
from training.corpus import Corpus
from training.datasets.listeners import ListenerLabels
from training.prior import Opinions, fit_components, fit_gaussian, fit_prior
from training.system import System

AXES = ("valence", "arousal")


@dataclass(frozen=True, slots=True, eq=False)
class Unseen:
    """What the default fusion says of training tracks, by members that were not fitted on them.

    Tracks are read as those of an unknown corpus: without its level, scale and offset.

    Attributes:
        corpus: The tracks.
        proba: By the modalities that are heard, of the tracks that have them
            ``(n_heard, n_quadrants)``.
        has: By the same, which tracks have them ``(n_tracks,)``.
    """

    corpus: Corpus
    proba: Mapping[frozenset[Modality], Proba]
    has: Mapping[frozenset[Modality], NDArray[np.bool_]]

    def y(self, present: frozenset[Modality]) -> IntVector:
        """Return the labels of the tracks that have these modalities."""
        return self.corpus.y[self.has[present]]

    def dataset(self, present: frozenset[Modality]) -> Names:
        """Return the corpora of the tracks that have these modalities."""
        return self.corpus.dataset[self.has[present]]


def predict_unseen(system: System, corpus: Corpus) -> Unseen:
    """Return what is said out of fold of the tracks that the system was fitted to."""
    told = {m: _of_all(f.served_out_of_fold, corpus, m) for m, f in system.fitted.items()}
    common = {m: c.common(corpus.features[m]) for m, c in system.committees.items()}
    proba, has = {}, {}
    for present in ({Modality.AUDIO}, {Modality.LYRICS}, set(Modality)):
        key = frozenset(present)
        has[key] = np.logical_and.reduce([corpus.has[m] for m in sorted(present)])
        evidence = Evidence(
            {m: told[m][has[key]] for m in Modality if m in present},
            {m: common[m][has[key]] for m in Modality if m in present},
        )
        proba[key] = system.fusions[DEFAULT_FUSION].fuse(evidence)
    return Unseen(corpus, proba, has)


@dataclass(frozen=True, slots=True, eq=False)
class HeardByListeners:
    """What single listeners said of training tracks.

    Attributes:
        dataset: The corpus that the tracks are of.
        labels: Who said what.
    """

    dataset: str
    labels: ListenerLabels


def fit_listeners(
    system: System, unseen: Unseen, readout: Readout, heard: HeardByListeners
) -> Gaussian:
    """Return what the Gaussian personaliser expects of a listener.

    Args:
        system: The shared models.
        unseen: What they say of tracks that they were not fitted on.
        readout: Says how far a quadrant's points lie from the axes.
        heard: What single listeners said of some of these tracks.
    """
    corpus, labels = unseen.corpus, heard.labels
    audio = frozenset({Modality.AUDIO})
    committee = system.committees[Modality.AUDIO]
    x = committee.common(corpus.features[Modality.AUDIO][unseen.has[audio]])
    # Of all corpora: components of one corpus run wild on another's sound.
    components = fit_components(x)
    own = unseen.dataset(audio) == heard.dataset
    place = {str(track_id): row for row, track_id in enumerate(_ids(unseen, audio)[own])}
    track = np.array([place[track_id] for track_id in labels.tracks])
    opinions = Opinions(
        listener=np.unique(labels.listeners, return_inverse=True)[1],
        track=track,
        y=labels.y,
        proba=unseen.proba[audio][own][track],
        phi=components(x[own])[track],
    )
    unit = np.abs(readout.mean).mean(axis=0)
    prior = fit_prior(opinions, unit, has_offset=False)
    return fit_gaussian(opinions, components, prior)


def listener_facts(gaussian: Gaussian, labels: ListenerLabels) -> dict[str, object]:
    """Return what a model card says of the Gaussian model."""
    prior = gaussian.prior
    return {
        "n_components": gaussian.components.n_components,
        "n_listeners": len(set(labels.listeners)),
        "n_labels": len(labels.y),
        "n_heard": len(set(labels.tracks)),
        "gain": prior.gain.tolist(),
        "shared": prior.shared,
        "level": prior.level,
        "taste": prior.taste,
        "noise": prior.noise,
    }


def fit_limits(unseen: Unseen) -> dict[frozenset[Modality], float]:
    """Return the limits of prediction sets for nobody in particular.

    The limit is that of the corpus that needs the widest sets, so that sets hold what is stated in
    each of the corpora; the weights of the fusion were fitted to these tracks too, a number or two.
    """
    return {
        present: max(
            threshold(scores(proba[own], unseen.y(present)[own]))
            for own in _by_corpus(unseen, present).values()
        )
        for present, proba in unseen.proba.items()
    }


def coverage_facts(
    unseen: Unseen, limits: Mapping[frozenset[Modality], float]
) -> dict[str, dict[str, dict[str, float]]]:
    """Return what sets of these limits hold, and how large they are, by modalities and corpus."""
    return {
        "+".join(sorted(present)): {
            name: _coverage(proba[own], unseen.y(present)[own], limits[present])
            for name, own in _by_corpus(unseen, present).items()
        }
        for present, proba in unseen.proba.items()
    }


def fit_gain(unseen: Unseen, readout: Readout) -> Readout:
    """Return the readout whose values rise with the truth, one for one, on held-out tracks of audio.

    The truth of a track is where annotations of its quadrant lie, on average: no corpus has both
    recordings and points. The corpora weigh alike.
    """
    slopes = [list(each.values()) for each in slope_facts(unseen, readout).values()]
    gain = np.mean([[axis["slope"] for axis in each] for each in slopes], axis=0)
    return replace(readout, gain=readout.gain * gain)


def slope_facts(unseen: Unseen, readout: Readout) -> dict[str, dict[str, dict[str, float]]]:
    """Return the slope of truth on prediction, and the spread, by corpus of audio and axis."""
    audio = frozenset({Modality.AUDIO})
    mean, _ = readout(unseen.proba[audio])
    truth = readout.mean[unseen.y(audio)]
    return {
        name: {
            axis: {
                "slope": round(float(np.polyfit(mean[own, k], truth[own, k], 1)[0]), 4),
                "sd": round(float(mean[own, k].std()), 4),
            }
            for k, axis in enumerate(AXES)
        }
        for name, own in _by_corpus(unseen, audio).items()
    }


def _coverage(proba: Proba, y: IntVector, limit: float) -> dict[str, float]:
    sets = prediction_sets(proba, limit)
    return {
        "coverage": round(float(sets[np.arange(len(y)), y].mean()), 4),
        "size": round(float(sets.sum(axis=1).mean()), 4),
    }


def _by_corpus(unseen: Unseen, present: frozenset[Modality]) -> dict[str, NDArray[np.bool_]]:
    dataset = unseen.dataset(present)
    return {str(name): dataset == name for name in np.unique(dataset)}


def _ids(unseen: Unseen, present: frozenset[Modality]) -> NDArray[np.str_]:
    return unseen.corpus.ids[unseen.has[present]]


def _of_all(out_of_fold: Proba, corpus: Corpus, modality: Modality) -> Proba:
    """Return rows for all tracks; those without the modality are empty."""
    rows = np.zeros((len(corpus.y), N_QUADRANTS))
    rows[corpus.has[modality]] = out_of_fold
    return rows
