"""How calibration to a catalogue is chosen and judged."""

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from models.calibration.zero_points import SHIPPED, Answers, without_answers
from models.emotion import SIGNS, softmax
from tests import small_models
from training.experiments.catalogue_calibration.audio_variants import SOUNDS, with_variant
from training.experiments.catalogue_calibration.catalogues import Catalogue, Population, drawn
from training.experiments.catalogue_calibration.evaluation import (
    N_ANSWERS,
    Judgement,
    Score,
    judge,
    judge_answers,
    pooled,
)
from training.experiments.catalogue_calibration.generated_music import Demo, Mood
from training.experiments.catalogue_calibration.report import page
from training.experiments.catalogue_calibration.selection import Trial, answered, likeliest, safest
from training.experiments.catalogue_calibration.study import Choice, StudyResult
from training.members.committee import TrainingSet
from training.members.population_reference import population_reference
from training.reporting.render import Provenance


def _catalogue(n_tracks=400, *, seed=0, sound=0.0, arousal=0.0):
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.arange(n_tracks) % 4)
    signs = 1.5 * SIGNS[y] + rng.normal(size=(n_tracks, 2)) + [0.0, arousal]
    phi = rng.normal(size=(n_tracks, 6))
    phi[:, :2] += SIGNS[y]
    phi[:, 5] += sound
    return Catalogue("drawn", softmax(signs @ SIGNS.T / 2.0), phi, y)


def _reference():
    known = _catalogue(800, seed=1)
    return population_reference(known.proba, known.phi, known.y, np.zeros(800))


def _foreign():
    return _catalogue(seed=2, sound=4.0, arousal=-2.0)


def test_catalogues_are_drawn_of_one_quadrant_of_two_and_of_all():
    catalogues = list(drawn(_catalogue(), 10, np.random.default_rng(0)))

    kinds = [len(np.unique(each.y)) for each in catalogues]
    assert kinds[:8] == [1] * 4 + [2] * 4
    assert len(catalogues) == 18
    assert max(kinds[8:]) == 4
    assert all(25 <= len(each.y) < 80 for each in catalogues)


def test_genres_are_catalogues_and_a_track_may_have_several():
    source = _catalogue(100)
    genres = ["Jazz; Latin"] * 40 + ["Jazz"] * 30 + [""] * 30

    found = {each.name: len(each.y) for each in source.genres(genres)}

    assert found == {"Jazz": 70, "Latin": 40}


def test_the_safest_trial_gains_most_among_those_that_lose_little():
    trials = [Trial(SHIPPED, 0.03, -0.05, 0.1, 0.3), Trial(SHIPPED, 0.01, -0.02, 0.0, 0.1)]
    trials.append(Trial(SHIPPED, 0.02, -0.03, 0.0, 0.2))

    assert safest(trials) is trials[2]
    assert safest(trials[:1]) is trials[0]
    assert likeliest(trials) is trials[0]


def test_the_worst_twentieth_is_averaged():
    accuracy = np.concatenate([np.full(38, 0.1), [-0.2, -0.4]])

    trial = Trial.of(SHIPPED, np.column_stack([accuracy, np.full(40, 0.5)]))

    assert trial.worst == pytest.approx(-0.3)
    assert trial.harmed == pytest.approx(0.05)
    assert trial.likelihood == pytest.approx(0.5)


def test_answers_are_tried_on_tracks_that_they_are_not_about():
    always_q1 = np.eye(4)[np.zeros(4, int)]

    truthful = answered(_reference(), [_foreign()], np.eye(4), SHIPPED)
    useless = answered(_reference(), [_foreign()], always_q1, SHIPPED)

    # The last setting gives answers their greatest weight.
    assert truthful[-1].gain > 0.15
    assert useless[-1].gain < truthful[-1].gain - 0.1


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1))
def test_macro_f1_is_scikit_learns(pairs):
    y, said = np.array(pairs).T

    expected = f1_score(y, said, labels=range(4), average="macro", zero_division=0.0)
    assert Score.of(y, np.eye(4)[said]).macro_f1 == pytest.approx(expected)


def test_more_answers_help_more():
    catalogue = _catalogue(seed=2, arousal=-2.0)
    everybody = Answers(np.arange(400), np.eye(4)[catalogue.y], np.arange(400))

    scores = judge_answers(_reference(), catalogue, everybody)

    assert tuple(scores) == N_ANSWERS
    nothing_answered = judge(_reference(), catalogue).after
    assert scores[0].accuracy == pytest.approx(nothing_answered.accuracy)
    assert scores[50].accuracy > scores[20].accuracy > scores[0].accuracy


def test_a_population_hears_other_tracks_as_a_snapshot_does():
    known, other = (small_models.tracks(n, seed=n, distance=3.0) for n in (160, 40))
    population = Population.fit(TrainingSet(known.x, known.y, np.arange(160)), seed=0)

    heard = population.predict_catalogue("other", other.x, other.y)

    assert (heard.proba.argmax(axis=1) == other.y).mean() > 0.6
    found = without_answers(population.reference, heard.proba, heard.phi)
    assert found.distance < 0.1


class _Extractor:
    """Hears how loud and how long a recording is."""

    class spec:  # noqa: N801
        digest = "0123456789abcdef0123"

    def __init__(self):
        self.n_heard = 0

    def waveform(self, wave):
        self.n_heard += 1
        return _Heard(np.array([np.abs(wave).max(), len(wave)], np.float32))


class _Heard:
    def __init__(self, vector):
        self.vector = vector


@pytest.fixture(name="clip")
def _clip(tmp_path):
    path = tmp_path / "clip.wav"
    noise = np.random.default_rng(0).normal(0.0, 0.05, 32_000)
    soundfile.write(path, noise, 16_000)
    return path


@pytest.mark.parametrize("sound", SOUNDS)
def test_a_changed_sound_is_as_loud_and_is_heard_once(sound, clip, tmp_path):
    extractor = _Extractor()

    first = with_variant(sound, {"a": clip}, extractor, tmp_path / "cache")
    again = with_variant(sound, {"a": clip}, extractor, tmp_path / "cache")

    np.testing.assert_array_equal(first, again)
    assert extractor.n_heard == 1
    wave, _ = soundfile.read(clip)
    assert first[0, 0] == pytest.approx(np.abs(wave).max(), rel=1e-3)


def test_halves_of_a_catalogue_are_pooled_by_their_tracks():
    one, other = _judged("Jazz", 0.6, 0.7), _judged("Jazz", 0.9, 0.7, n_tracks=20)

    (both,) = pooled([one, other])

    assert both.n_tracks == 60
    assert both.before.accuracy == pytest.approx(0.7)
    assert both.after.macro_f1 == pytest.approx(0.6)


def _judged(name, before, after, n_tracks=40):
    scores = (Score(value, value - 0.1) for value in (before, after))
    return Judgement(name, n_tracks, 0.25, np.array([-0.1, 0.4]), *scores)


def test_the_page_is_the_stored_one(expect_page):
    run = Provenance("python -m training calibration", "", versions="numpy 2")
    trials = [Trial(SHIPPED, 0.02, -0.025, 0.01, 0.1), Trial(SHIPPED, 0.03, -0.08, 0.1, 0.2)]
    counts = np.array([1, 0, 0, 4]), np.array([3, 0, 0, 2])
    found = StudyResult(
        chosen=Choice(100, 704, {"as it is": 0.004, "saturated": 1.3}, trials, trials),
        demo=Demo(
            [Mood("calm", *counts), Mood("happy", *counts)],
            0.7,
            np.array([-0.1, 0.7]),
            0.8,
            (9, 13),
        ),
        emotify=_judged("Emotify", 0.6, 0.62),
        answers={n: Score(0.6 + n / 1000, 0.4) for n in N_ANSWERS},
        subsets=[_judged("Q1", 0.7, 0.7), _judged("Jazz", 0.7, 0.69)],
        foreign_genres=[_judged("pop", 0.7, 0.64)],
    )

    expect_page("calibration.md", page(found, run))
