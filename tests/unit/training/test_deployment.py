"""What a deployment of some listeners teaches, judged on those who come after."""

import numpy as np
import pytest

from models.personal.logistic import Prior
from tests.simulated_listeners import simulated
from training.experiments import deployment
from training.experiments.deployment import outcomes
from training.members.listener_prior import Opinions

N_LISTENERS, N_EACH = 40, 12
RIGHT = Prior(kappa=4.0, gamma=0.7, tau=0.5, omega=0.3)
WRONG = Prior(kappa=0.3, gamma=2.5, tau=0.01, omega=0.01)


@pytest.fixture(scope="module", name="study")
def _study() -> Opinions:
    drawn = simulated(N_LISTENERS, N_EACH, seed=5)
    return Opinions(
        listener=drawn.listener,
        track=np.tile(np.arange(N_EACH), N_LISTENERS),
        y=drawn.e.argmax(axis=1),
        proba=np.exp(drawn.log_p0),
        phi=drawn.phi,
    )


def test_listeners_teach_more_than_a_wrong_prior(study: Opinions) -> None:
    [found] = outcomes(study, WRONG, [20], [0])

    assert found.n_listeners == 20
    assert found.is_taken
    assert found.served < found.shipped


def test_what_is_not_taken_is_not_served(study: Opinions) -> None:
    found = list(outcomes(study, RIGHT, [5, 20], range(3)))

    left = [one for one in found if not one.is_taken]
    assert left
    assert all(one.served == one.shipped for one in left)


def test_answers_are_logged_beside_the_votes_of_those_before(study: Opinions) -> None:
    places = np.array([0, N_EACH, 2 * N_EACH])  # three listeners about the same track

    log = deployment.logged(study, places, np.zeros((N_EACH, 4)))

    np.testing.assert_array_equal(log.frozen[0], np.zeros(4))
    np.testing.assert_array_equal(log.frozen[2], log.e[0] + log.e[1])
    votes = np.full((N_EACH, 4), 2.0)
    later = deployment.logged(study, places, votes, counts_on=False)
    np.testing.assert_array_equal(later.frozen, np.full((3, 4), 2.0))
