"""The prior of listeners, fitted by leave-one-listener-out evidence."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.personal.logistic.evidence import (
    LEAST,
    MOST_ANSWERS,
    NAMES,
    StudyEvidence,
    fit_prior,
    log_evidence,
)
from models.personal.logistic.laplace import Batch, batches, find_modes, gathered
from models.personal.logistic.posterior import fit
from models.personal.logistic.prior import Prior
from models.population import AXES
from tests.simulated_listeners import N_COMPONENTS, TRUE, simulated

START = Prior(kappa=1.0, gamma=1.5, tau=0.1, omega=0.05)


def numbers(prior: Prior) -> np.ndarray:
    return np.array([getattr(prior, name) for name in NAMES])


def test_the_numbers_that_drew_the_answers_are_found_again() -> None:
    found = fit_prior([simulated(150, 30)], START)

    np.testing.assert_allclose(np.log(numbers(found) / numbers(TRUE)), 0.0, atol=0.35)


def test_answers_are_likelier_under_what_was_fitted_than_under_any_other_prior_around() -> None:
    studied = simulated(30, 10)
    found = fit_prior([studied], START)
    best = log_evidence(studied, found)

    around = [
        Prior(**{**dict(zip(NAMES, numbers(found), strict=True)), name: getattr(found, name) * by})
        for name in NAMES
        for by in (0.8, 1.25)
    ]

    assert max(log_evidence(studied, prior) for prior in around) < best


def test_few_listeners_move_a_prior_less_where_it_is_shrunk() -> None:
    few = simulated(4, 6)

    free, shrunk = (fit_prior([few], START, shrinkage=by) for by in (None, 0.2))

    moved = [np.abs(np.log(numbers(each) / numbers(START))).max() for each in (free, shrunk)]
    assert moved[1] < 0.3 < moved[0]


def test_taste_is_found_where_there_is_some_and_only_there() -> None:
    plain = Prior(4.0, 0.7, 0.5, 0.0)

    found, none = (
        fit_prior([simulated(60, 20, prior=drawn_from)], start).omega
        for drawn_from, start in ((TRUE, plain), (plain, START))
    )

    assert none < 0.05
    assert found > LEAST.omega


def test_of_a_listener_the_last_answers_count() -> None:
    studied = simulated(2, MOST_ANSWERS + 20)

    assert studied.n_answers == 2 * MOST_ANSWERS
    assert studied.groups[1][-1] == len(studied.e) - 1


def test_two_studies_count_alike_whatever_their_size() -> None:
    small, large = (
        simulated(20, 10, seed=1),
        simulated(60, 20, seed=2, prior=Prior(9, 1.2, 0.1, 0)),
    )
    found = fit_prior([small, large], START)

    def mean(prior: Prior) -> float:
        return (log_evidence(small, prior) + log_evidence(large, prior)) / 2.0

    assert mean(found) > max(mean(fit_prior([each], START)) for each in (small, large))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_the_order_of_listeners_does_not_matter(seed: int) -> None:
    studied = simulated(6, 5)
    order = np.random.default_rng(seed).permutation(6)
    rows = np.concatenate([np.flatnonzero(studied.listener == each) for each in order])
    mixed = StudyEvidence(
        studied.listener[rows],
        studied.log_p0[rows],
        studied.phi[rows],
        studied.e[rows],
        studied.others[:, rows],
    )

    assert log_evidence(mixed, TRUE) == pytest.approx(log_evidence(studied, TRUE), abs=1e-12)


def test_the_modes_and_the_evidence_are_those_of_one_listener_alone() -> None:
    studied = simulated(3, 7)
    design = np.column_stack([np.ones(len(studied.e)), studied.phi])
    scale = np.sqrt(TRUE.variances(N_COMPONENTS))
    item = TRUE.item(studied.log_p0, studied.others[0])
    [(_, rows)] = batches(studied.groups)
    batch = Batch(gathered(studied.e, rows), gathered(design, rows))

    found = find_modes(batch, gathered(item, rows), scale, batch.start())

    for own, weights, proba in zip(rows, found.weights, found.proba, strict=True):
        alone = fit(item[own], studied.e[own], design[own], scale**2)
        np.testing.assert_allclose(scale[:, None] * weights @ AXES.T, alone.weights, atol=1e-6)
        np.testing.assert_allclose(proba, alone.proba, atol=1e-6)
