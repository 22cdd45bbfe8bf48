"""How answers count as votes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import norm

from models.emotion import QUADRANTS, Quadrant
from models.votes import RESOLUTION, SOFTNESS, answer_votes, soft_votes, vote_of

POINTS = arrays(np.float64, st.tuples(st.integers(0, 20), st.just(2)), elements=st.floats(-1, 1))


@given(POINTS)
def test_votes_are_exact_fractions_and_sum_to_exactly_one(points):
    votes = soft_votes(points)

    assert votes.shape == (len(points), 4)
    assert (votes >= 0).all()
    assert (votes * RESOLUTION == np.round(votes * RESOLUTION)).all()
    assert votes.sum(axis=1).tolist() == [1.0] * len(points)


@given(POINTS)
def test_votes_are_the_probabilities_of_the_quadrants_around_a_point(points):
    right, up = norm.cdf(points / SOFTNESS).T
    expected = np.stack(
        [right * up, (1 - right) * up, (1 - right) * (1 - up), right * (1 - up)], 1
    )

    np.testing.assert_allclose(soft_votes(points), expected, rtol=0, atol=1 / RESOLUTION)


@given(POINTS, st.randoms())
def test_the_sum_of_votes_does_not_depend_on_their_order(points, random):
    votes = list(soft_votes(points))
    total = sum(votes, np.zeros(4))
    random.shuffle(votes)

    assert sum(votes, np.zeros(4)).tolist() == total.tolist()
    assert total.sum() == len(points)


@pytest.mark.parametrize("quadrant", QUADRANTS)
def test_a_bare_quadrant_is_one_vote_for_it(quadrant):
    assert vote_of(quadrant, None).tolist() == [float(each is quadrant) for each in QUADRANTS]


def test_one_point_counts_as_among_others():
    assert (
        vote_of(Quadrant.Q2, (-0.1, 0.2)).tolist()
        == soft_votes(np.array([[-0.1, 0.2]]))[0].tolist()
    )


POINT = st.tuples(st.floats(-1, 1), st.floats(-1, 1))


@given(st.lists(st.tuples(st.sampled_from(QUADRANTS), st.none() | POINT)))
def test_many_answers_are_the_votes_of_each(answers):
    quadrants = np.array([quadrant.index for quadrant, _ in answers], np.int64)
    points = np.array([point or (np.nan, np.nan) for _, point in answers]).reshape(-1, 2)

    votes = answer_votes(quadrants, points)

    assert votes.tolist() == [vote_of(*answer).tolist() for answer in answers]
