"""The made-up datasets are of the sizes that are asked for, and have something to learn."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from tests import synthetic, synthetic_laa
from training.datasets import laa
from training.datasets.paired import shared_artist_rows
from training.datasets.populations import load_population
from training.datasets.recordings import read_wave
from training.datasets.source import Source
from training.datasets.studies import load_study


@pytest.fixture(name="data", scope="module")
def _data(tmp_path_factory):
    data = tmp_path_factory.mktemp("data")
    synthetic.write_amg1608(
        data / "amg1608",
        n_songs=40,
        n_annotators=5,
        n_full=2,
        n_labels_full=30,
        n_labels_others=6,
        n_frames=8,
        recordings=True,
    )
    synthetic.write_deam(data / "deam", n_songs=16, n_rows=10, recordings=True)
    return data


def test_made_up_amg1608_is_of_the_size_that_was_asked_for(data):
    study = load_study("amg1608", Source(data, rows="frames"))

    assert study.labels.counts == {"0": 30, "1": 30, "2": 6, "3": 6, "4": 6}
    assert study.features.x.shape == (40 * 8, 260)
    assert study.features.rows.counts.tolist() == [8] * 40
    assert np.bincount(study.labels.y, minlength=4).min() >= 10
    assert sorted(study.recordings) == sorted(study.features.ids)


def test_made_up_deam_is_of_the_size_that_was_asked_for(data):
    population = load_population("deam", Source(data, rows="frames"))

    assert population.features.x.shape == (16 * 10, 260)
    assert population.features.ids[0] == "2@15.0"
    assert np.bincount(population.y, minlength=4).min() >= 20
    assert len(population.recordings) == 16


def test_recordings_are_long_enough_for_the_network(data):
    study = load_study("amg1608", Source(data))
    population = load_population("deam", Source(data))

    for paths in (study.recordings, population.recordings):
        assert len(read_wave(next(iter(paths.values())))) >= 59_049


def test_what_is_learnt_of_one_holds_for_the_other_once_each_is_standardised(data):
    study = load_study("amg1608", Source(data))
    population = load_population("deam", Source(data))

    learnt = LogisticRegression(max_iter=200).fit(
        _standardised(population.features.x), population.y
    )

    x = _standardised(study.features.x)[study.track_places]
    assert learnt.score(x, study.labels.y) > 0.6
    assert learnt.score(study.features.x[study.track_places], study.labels.y) < 0.5


def test_a_seed_makes_the_same_songs(tmp_path):
    for name, seed in (("one", 3), ("again", 3), ("other", 4)):
        synthetic.write_deam(tmp_path / name / "deam", n_songs=4, n_rows=3, seed=seed)

    one, again, other = (
        load_population("deam", Source(tmp_path / name, rows="frames")).features.x
        for name in ("one", "again", "other")
    )

    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_made_up_laa_shares_as_many_artists_as_were_asked_for(tmp_path):
    for name, n_shared in (("none", 0), ("two", 2)):
        synthetic_laa.write_laa(
            tmp_path / name,
            n_train=40,
            n_test=20,
            n_audio=4,
            n_lyrics=4,
            n_shared_artists=n_shared,
        )

    none, two = (
        [laa.load(tmp_path / name / f"LaA_{part}.csv") for part in ("train", "test")]
        for name in ("none", "two")
    )

    assert [len(tracks.ids) for tracks in none] == [40, 20]
    assert len(shared_artist_rows(*none)) == 0
    assert len(shared_artist_rows(*two)) == 2 * 4


@pytest.mark.parametrize(
    ("signal", "n_shared", "least", "most"),
    [(0.0, 0, 0.20, 0.31), (0.9, 0, 0.33, 0.46), (0.0, 200, 0.32, 0.42)],
)
def test_made_up_laa_tells_of_moods_and_of_artists(signal, n_shared, least, most):
    train, test = synthetic_laa.draw_laa(
        n_train=800, n_test=800, n_audio=40, n_lyrics=4, signal=signal, n_shared_artists=n_shared
    )

    machine = SVC(C=1, gamma="auto").fit(train.audio, train.labels)

    # Chance is 0.25 with a standard deviation of 0.02 over 800 tracks in fours of an artist.
    assert least < machine.score(test.audio, test.labels) < most


def _standardised(x):
    return (x - x.mean(axis=0)) / x.std(axis=0)
