"""Fits what turns distributions into answers: the Gaussian model's prior, the limits of sets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.arrays import FloatMatrix, Proba
from models.emotion import Modality, Readout
from models.fusion import DEFAULT_FUSION, Evidence
from models.personal.gaussian import Gaussian
from models.sets import scores, threshold
from training.corpus import Corpus
from training.datasets.listeners import ListenerLabels
from training.prior import Opinions, fit_components, fit_gaussian, fit_prior
from training.system import System


@dataclass(frozen=True, slots=True, eq=False)
class HeardByListeners:
    """What single listeners said of tracks.

    Attributes:
        ids: Of the tracks ``(n_tracks,)``.
        x: Their features ``(n_tracks, n_audio_features)``.
        labels: Who said what.
    """

    ids: Sequence[str]
    x: FloatMatrix
    labels: ListenerLabels


def fit_listeners(
    system: System, corpus: Corpus, readout: Readout, heard: HeardByListeners
) -> Gaussian:
    """Return what the Gaussian personaliser expects of a listener.

    Args:
        system: The shared models, which must not know the listeners' tracks.
        corpus: What they were fitted to.
        readout: Says how far a quadrant's points lie from the axes.
        heard: What single listeners said of other tracks.
    """
    x, labels = heard.x, heard.labels
    committee = system.committees[Modality.AUDIO]
    ours = corpus.features[Modality.AUDIO][corpus.has[Modality.AUDIO]]
    # Of both, and labels of neither: components of one corpus run wild on another's sound.
    components = fit_components(committee.common(np.concatenate([ours, x])))
    consensus = committee.consensus(committee.member_logits(x))
    proba = _fused(system, {Modality.AUDIO: consensus}, {Modality.AUDIO: committee.common(x)})
    place = {track_id: row for row, track_id in enumerate(heard.ids)}
    track = np.array([place[track_id] for track_id in labels.tracks])
    opinions = Opinions(
        listener=np.unique(labels.listeners, return_inverse=True)[1],
        track=track,
        y=labels.y,
        proba=proba[track],
        phi=components(committee.common(x))[track],
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


def fit_limits(system: System, corpus: Corpus) -> dict[frozenset[Modality], float]:
    """Return the limits of prediction sets for nobody in particular.

    They go by what the members said of artists they had not seen; the weights of the fusion were
    fitted to that too, a number or two.
    """
    told = {m: _of_all(fitted.out_of_fold, corpus, m) for m, fitted in system.fitted.items()}
    common = {m: c.common(corpus.features[m]) for m, c in system.committees.items()}
    limits = {}
    for present in ({Modality.AUDIO}, {Modality.LYRICS}, set(Modality)):
        has = np.logical_and.reduce([corpus.has[m] for m in sorted(present)])
        fused = _fused(
            system,
            {m: told[m][has] for m in Modality if m in present},
            {m: common[m][has] for m in Modality if m in present},
        )
        limits[frozenset(present)] = threshold(scores(fused, corpus.y[has]))
    return limits


def _of_all(out_of_fold: Proba, corpus: Corpus, modality: Modality) -> Proba:
    """Return rows for all tracks; those without the modality are empty."""
    rows = np.zeros((len(corpus.y), out_of_fold.shape[1]))
    rows[corpus.has[modality]] = out_of_fold
    return rows


def _fused(
    system: System, spoken: Mapping[Modality, Proba], features: Mapping[Modality, FloatMatrix]
) -> Proba:
    return system.fusions[DEFAULT_FUSION].fuse(Evidence(dict(spoken), dict(features)))
