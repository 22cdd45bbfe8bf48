"""What a deployment's log teaches of listeners: judged on what it did not see, or not taken."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import sem, t

from models.calibration.listeners import (
    LEAST_ANSWERS,
    LEAST_LISTENERS,
    ListenerCalibration,
    fit_listeners,
)
from models.emotion import N_QUADRANTS
from models.personal.logistic.posterior import fit
from models.personal.logistic.prequential import AnswerLog, compare, predicted
from models.personal.logistic.prior import Doubles, Prior, log_softmax
from tests.simulated_listeners import N_COMPONENTS, TRUE, logged

WRONG = Prior(kappa=0.5, gamma=2.0, tau=0.02, omega=0.02)


@pytest.fixture(scope="module", name="learnt")
def _learnt() -> ListenerCalibration:
    return fit_listeners(logged(LEAST_LISTENERS, 20), WRONG)


def t_interval(values: Doubles) -> tuple[float, float]:
    low, high = t.interval(0.95, len(values) - 1, values.mean(), sem(values))
    return float(low), float(high)


def test_a_wrong_prior_is_replaced_by_a_better_one(learnt: ListenerCalibration) -> None:
    assert learnt.state == "learnt"
    assert learnt.judged is not None
    assert learnt.learnt is not None
    assert learnt.judged.learnt < learnt.judged.shipped
    assert compare(logged(40, 20, seed=1), 0, WRONG, learnt.learnt).is_better


@pytest.mark.parametrize(
    ("n_listeners", "n_each", "n_counted"),
    [(LEAST_LISTENERS - 8, 20, LEAST_LISTENERS - 8), (3 * LEAST_LISTENERS, LEAST_ANSWERS - 1, 0)],
)
def test_few_listeners_with_enough_answers_teach_nothing(
    n_listeners: int, n_each: int, n_counted: int
) -> None:
    made = fit_listeners(logged(n_listeners, n_each), WRONG)

    assert (made.state, made.learnt, made.judged) == ("few", None, None)
    assert made.n_listeners == n_counted
    assert fit_listeners(logged(1, 1).take(slice(0)), TRUE).state == "few"


def test_what_later_answers_contradict_is_not_taken() -> None:
    """Early on, everybody has habits of their own; later answers have none."""
    early = logged(LEAST_LISTENERS, 20, prior=Prior(kappa=4.0, gamma=0.2, tau=6.0, omega=4.0))
    late = logged(LEAST_LISTENERS, 10, seed=3, prior=Prior(4.0, 1.0, 0.01, 0.0))
    log = AnswerLog(
        *(
            np.concatenate([getattr(early, name), getattr(late, name)])
            for name in AnswerLog.__slots__
        )
    )

    made = fit_listeners(log, Prior(kappa=4.0, gamma=1.0, tau=0.01, omega=0.01))

    assert (made.state, made.learnt) == ("worse", None)
    assert made.judged is not None
    assert made.judged.learnt >= made.judged.shipped


@pytest.mark.parametrize("row", [1, 13])
def test_each_answer_is_predicted_from_those_before_it_of_its_listener_alone(row: int) -> None:
    log = logged(3, 6)
    own = np.flatnonzero(log.listener[:row] == log.listener[row])
    design = np.column_stack([np.ones(len(log)), log.phi])
    item = TRUE.item(log.log_p0, log.frozen)
    before = fit(item[own], log.e[own], design[own], TRUE.variances(N_COMPONENTS))

    found = predicted(log, row, TRUE)[0]

    expected = log_softmax(item[row] + design[row] @ before.weights)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_the_interval_is_that_of_a_mean_where_each_listener_answers_once() -> None:
    log = logged(30, 1)
    found, of_one = compare(log, 0, WRONG, TRUE), compare(logged(1, 10), 0, WRONG, TRUE)
    before, after = (-(log.e * predicted(log, 0, each)).sum(axis=1) for each in (WRONG, TRUE))

    expected = t_interval(after - before)

    assert (found.low, found.high) == pytest.approx(expected)
    assert (of_one.low, of_one.high, of_one.n_listeners) == (None, None, 1)


def test_facts_are_read_as_they_were_written(learnt: ListenerCalibration) -> None:
    for made in (learnt, ListenerCalibration(WRONG, None, 24, 3, None)):
        text = json.dumps(made.to_facts(), allow_nan=False)

        assert ListenerCalibration.from_facts(json.loads(text)) == made


@pytest.mark.parametrize("number", [0.0, -1.0, math.inf, math.nan])
def test_numbers_that_cannot_be_served_are_unsound(number: float) -> None:
    made = ListenerCalibration(TRUE, TRUE, 100, 20, None)

    assert made.is_sound
    assert not replace(made, learnt=replace(TRUE, tau=number)).is_sound


def test_votes_of_now_leave_out_the_own_answer() -> None:
    log = replace(logged(3, 1), track=np.array([5, 5, 2]))

    now = log.studied().others[1]

    np.testing.assert_array_equal(now[0], log.e[1])
    np.testing.assert_array_equal(now[2], np.zeros(N_QUADRANTS))
