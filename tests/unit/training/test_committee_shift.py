"""What balancing takes out of a committee's SVM is put back."""

from dataclasses import replace

import numpy as np

from training.members.committee import Recipe, TrainingSet, fit_committee
from training.metrics import nll, score


def test_a_shift_puts_the_frequencies_back_that_balancing_took_out():
    rng = np.random.default_rng(3)
    y = rng.choice(4, size=400, p=[0.7, 0.1, 0.1, 0.1])
    x = (rng.normal(size=(400, 6)) + np.eye(4, 6)[y]).astype(np.float32)
    data = TrainingSet(x, y, np.arange(400))
    recipe = Recipe(algorithms=("svm",))

    balanced, shifted = (
        fit_committee(data, replace(recipe, svm_shift=is_on), seed=0, title="")
        for is_on in (False, True)
    )

    shares = np.bincount(y) / len(y)
    off = [np.abs(each.out_of_fold.mean(axis=0) - shares).sum() for each in (balanced, shifted)]
    assert off[1] < 0.05 < off[0]
    assert score(nll, y, shifted.out_of_fold) < score(nll, y, balanced.out_of_fold)


def test_shifted_machines_say_what_they_were_judged_by():
    rng = np.random.default_rng(3)
    y = rng.choice(4, size=200, p=[0.4, 0.2, 0.2, 0.2])
    x = rng.normal(size=(200, 6)).astype(np.float32)
    groups = np.arange(200)

    fitted = fit_committee(
        TrainingSet(x, y, groups), Recipe(algorithms=("svm",), svm_shift=True), seed=0, title=""
    )

    said = fitted.committee.families["svm"].logits(x)[fitted.fold, np.arange(200)]
    np.testing.assert_allclose(said, fitted.logits_out_of_fold["svm"], atol=1e-5)
