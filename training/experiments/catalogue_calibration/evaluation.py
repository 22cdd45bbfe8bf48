"""Evaluate the calibration of catalogues."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector, Proba
from models.calibration.catalogue import Answers
from models.calibration.zero_points import shifted, with_answers, without_answers
from models.emotion import finite_log
from models.population import AXES, PopulationReference
from training.experiments.catalogue_calibration.catalogues import Catalogue
from training.metrics import accuracy, macro_f1

N_ANSWERS = (0, 5, 10, 20, 50)
N_DRAWS = 40

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Score:
    """Accuracy and macro-F1 of some tracks."""

    accuracy: float
    macro_f1: float

    @classmethod
    def of(cls, y: IntVector, proba: Proba) -> "Score":
        """Score the likeliest quadrants."""
        once = np.ones((1, len(y)))
        return cls(float(accuracy(y, proba, once)[0]), float(macro_f1(y, proba, once)[0]))

    @classmethod
    def mean(cls, scores: Sequence["Score"]) -> "Score":
        """Return the mean of several scores."""
        pairs = np.array([(each.accuracy, each.macro_f1) for each in scores])
        return cls(*pairs.mean(axis=0).tolist())


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """A catalogue before and after it is calibrated without answers.

    Attributes:
        distance: Distance from the mixtures of known tracks.
        offset: Offset of valence and arousal ``(2,)``.
    """

    name: str
    n_tracks: int
    distance: float
    offset: Doubles
    before: Score
    after: Score


def pooled(parts: Sequence[Judgement]) -> list[Judgement]:
    """Return one judgement for each name, the mean over tracks, in order of names."""
    names = sorted({part.name for part in parts})
    return [_mean([part for part in parts if part.name == name]) for name in names]


def _mean(parts: Sequence[Judgement]) -> Judgement:
    weight = np.array([part.n_tracks for part in parts], np.float64)
    weight /= weight.sum()

    def score(which: str) -> Score:
        scores = [getattr(part, which) for part in parts]
        pairs = np.array([(each.accuracy, each.macro_f1) for each in scores])
        return Score(*(weight @ pairs).tolist())

    return Judgement(
        parts[0].name,
        sum(part.n_tracks for part in parts),
        float(weight @ [part.distance for part in parts]),
        weight @ np.stack([part.offset for part in parts]),
        score("before"),
        score("after"),
    )


def judge(reference: PopulationReference, catalogue: Catalogue) -> Judgement:
    """Calibrate a catalogue to itself and score it before and after."""
    found = without_answers(reference, catalogue.proba, catalogue.phi)
    return Judgement(
        catalogue.name,
        len(catalogue.y),
        found.distance,
        found.offset[:2],
        Score.of(catalogue.y, catalogue.proba),
        Score.of(catalogue.y, shifted(catalogue.proba, AXES @ found.offset)),
    )


def judge_answers(
    reference: PopulationReference, catalogue: Catalogue, answers_given: Answers
) -> dict[int, Score]:
    """Return a catalogue's scores after some answers, on the tracks without an answer.

    Args:
        reference: Reference of the training tracks.
        catalogue: Catalogue with the consensus of many listeners.
        answers_given: Answers of single listeners; some are drawn, each about another track.
    """
    prior = without_answers(reference, catalogue.proba, catalogue.phi).offset
    sides = finite_log(catalogue.proba)
    scores: dict[int, list[Score]] = {n: [] for n in N_ANSWERS}
    for seed in range(N_DRAWS):
        order = np.random.default_rng(seed).permutation(len(answers_given))
        first = np.sort(np.unique(answers_given.track[order], return_index=True)[1])
        for n in N_ANSWERS:
            answers = answers_given.take(order[first[:n]])
            offset = with_answers(prior, sides[answers.track], answers)
            others = np.setdiff1d(np.arange(len(sides)), answers.track)
            after = shifted(catalogue.proba[others], AXES @ offset)
            scores[n].append(Score.of(catalogue.y[others], after))
    return {n: Score.mean(each) for n, each in scores.items()}
