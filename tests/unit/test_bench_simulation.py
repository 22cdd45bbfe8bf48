"""What ``make bench-simulation`` sets side by side, on few questions of one small listener."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

from tests import studies
from tests.bench import columns, growth, plain, simulation
from training.experiments.active_learning.plan import Protocol

pytestmark = pytest.mark.slow
PROTOCOL = Protocol("small", n_queries=2, n_rounds=2)


@pytest.fixture(scope="module", name="trials")
def _trials():
    study = studies.study(n_listeners=3)
    return columns.compare(study, ["listener 0"], ("mix", "rand"), PROTOCOL)


def test_the_originals_organisation_and_ours_reach_the_same_scores_to_the_last_digit(trials):
    one, other = trials["original"], trials["paper"]
    n_scores = 2 * 3 * (15 + 1)  # modes, rounds with that before the first, members and consensus
    assert columns.n_equal(one, other) == (n_scores, n_scores)
    assert all((a.asked == b.asked).all() for a, b in zip(one, other, strict=True))


def test_what_the_originals_models_are_asked_changes_them(trials):
    assert all((trial.f1[0] != trial.f1[-1]).any() for trial in trials["original"])


def test_the_original_keeps_a_file_a_model_and_boosters_with_all_their_trees(tmp_path):
    starts = columns.starts_of(studies.study(n_listeners=3), "listener 0", PROTOCOL, tmp_path)
    plain.run(starts.paper, starts.pretrained, tmp_path / "user", "rand", PROTOCOL)
    files = sorted(path.name for path in (tmp_path / "user").iterdir())
    assert files == sorted(path.name for path in starts.pretrained.iterdir())
    assert len(files) == 15
    boosters = [
        pickle.loads((folder / "classifier_xgb.it_4").read_bytes())  # noqa: S301
        for folder in (starts.pretrained, tmp_path / "user")
    ]
    assert [booster.num_boosted_rounds() for booster in boosters] == [100, 300]


def test_a_score_that_differs_is_refused(trials):
    one = trials["original"]
    f1 = one[1].f1.copy()
    f1[2, 14] = np.nextafter(f1[2, 14], 1)
    with pytest.raises(columns.UnequalScoresError, match="95 of 96 scores"):
        columns.require_equal(one, [one[0], replace(one[1], f1=f1)])


def test_another_question_is_refused(trials):
    one = trials["original"]
    asked = one[0].asked[::-1]
    with pytest.raises(columns.UnequalScoresError, match="1 of 2 listeners and modes"):
        columns.require_equal(one, [replace(one[0], asked=asked), one[1]])


def test_every_column_tells_its_processor_time_bytes_and_scores(trials):
    for column in columns.COLUMNS:
        for trial in trials[column]:
            assert trial.f1.shape == (3, 15)
            assert trial.consensus.shape == (3,)
            assert trial.n_bytes > 0
            assert trial.spent_s == pytest.approx(sum(trial.parts_s.values()), rel=0.2)


def test_the_page_names_different_methods_and_claims_no_speed_at_equal_scores_for_them(trials):
    lines = simulation.comparison(trials, PROTOCOL)
    told = [line for line in lines if "are different methods" in line]
    assert [line.split("`")[1] for line in told] == ["successive", "refit"]
    assert all("equal scores" not in line for line in told)
    assert sum("**96 of 96** scores" in line for line in lines) == 1


def test_growth_tells_linear_from_quadratic_in_rounds(trials):
    linear = [growth.Cost(1, n, 2.0 * n) for n in (3, 6, 10)]
    quadratic = [growth.Cost(1, n, 0.5 * n**2) for n in (3, 6, 10)]
    assert growth.power(linear, "rounds") == pytest.approx(1)
    assert growth.power(quadratic, "rounds") == pytest.approx(2)
    one, both = growth.costs_by_rounds(trials["original"], (1, 2))
    assert 0 < one.spent_s < both.spent_s
