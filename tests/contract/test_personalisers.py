"""What every personaliser does, on real snapshots. Another joins by a line in PERSONALISERS.

A personal model is a pure function of the snapshot and of the answers that stand.
"""

import numpy as np
import pytest

from models.emotion import QUADRANTS, Modality, Quadrant
from models.personal import Answer, CommitteePersonaliser, LogisticPersonaliser
from models.prediction.predictor import recognise
from tests import small

COMMITTEES = {
    "committee": lambda snapshot: CommitteePersonaliser(snapshot.committees),
    "committee-newest": lambda snapshot: CommitteePersonaliser(
        snapshot.committees, "committee-newest"
    ),
}
PERSONALISERS = {
    **COMMITTEES,
    "logistic": lambda snapshot: LogisticPersonaliser(snapshot.listener_model),
}
AUDIO, LYRICS = Modality
GOAL_BYTES = 64 * 1024


@pytest.fixture(scope="module", name="snapshot", params=["shipped", "with_cnn"])
def _snapshot(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(name="personaliser", params=PERSONALISERS)
def _personaliser(request, snapshot):
    return PERSONALISERS[request.param](snapshot)


@pytest.fixture(name="committee", params=COMMITTEES)
def _committee(request, snapshot):
    return COMMITTEES[request.param](snapshot)


@pytest.fixture(scope="module", name="tracks")
def _tracks(snapshot):
    return small.drawn_tracks(snapshot, 40)


@pytest.fixture(scope="module", name="mixed")
def _mixed(snapshot):
    """Tracks with both modalities, with audio and with lyrics."""
    return [
        *small.drawn_tracks(snapshot, 4, seed=1),
        *small.drawn_tracks(snapshot, 4, seed=1, without=LYRICS),
        *small.drawn_tracks(snapshot, 4, seed=1, without=AUDIO),
    ]


def answers(tracks, *, seed=0):
    drawn = np.random.default_rng(seed).integers(0, 4, len(tracks))
    return [Answer(track, QUADRANTS[place]) for track, place in zip(tracks, drawn, strict=True)]


@pytest.fixture(name="says")
def _says(snapshot):
    """What a model says of tracks, as one array ``(n_tracks, n_quadrants + 4)``."""

    def says(model, tracks):
        heard = recognise(snapshot, tracks, personal=model, fusion="log_opinion")
        points = [[h.valence.mean, h.valence.sd, h.arousal.mean, h.arousal.sd] for h in heard]
        return np.hstack([np.stack([h.proba for h in heard]), points])

    return says


def probability(snapshot, given, personal):
    heard = recognise(
        snapshot, [each.track for each in given], personal=personal, fusion="log_opinion"
    )
    return np.array([h.proba[a.quadrant.index] for h, a in zip(heard, given, strict=True)])


@pytest.mark.parametrize("n_answers", [1, 2, 7, 40])
def test_a_model_is_the_same_after_it_was_stored(personaliser, tracks, n_answers, says):
    model = personaliser.fit(answers(tracks[:n_answers]))

    stored = personaliser.from_bytes(model.to_bytes())

    assert stored.n_labels == model.n_labels == n_answers
    assert (says(stored, tracks) == says(model, tracks)).all()
    assert stored.to_bytes() == model.to_bytes()


def test_a_model_of_tracks_without_a_modality_is_the_same_after_it_was_stored(
    personaliser, tracks, mixed, says
):
    for given in (mixed[4:8], mixed[8:], mixed):
        model = personaliser.fit(answers(given))

        stored = personaliser.from_bytes(model.to_bytes())

        assert (says(stored, tracks) == says(model, tracks)).all()


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_answers_does_not_matter(personaliser, tracks, mixed, seed):
    given = answers([*tracks[:10], *mixed])
    shuffled = [given[place] for place in np.random.default_rng(seed).permutation(len(given))]

    assert personaliser.fit(shuffled).to_bytes() == personaliser.fit(given).to_bytes()


def test_fitting_twice_gives_the_same_bytes(personaliser, tracks):
    given = answers(tracks[:10])

    assert personaliser.fit(given).to_bytes() == personaliser.fit(given).to_bytes()


def test_another_answer_gives_another_model(committee, tracks, says):
    one, other = (
        committee.fit([Answer(tracks[0], quadrant)]) for quadrant in (Quadrant.Q1, Quadrant.Q3)
    )

    assert (says(one, tracks) != says(other, tracks)).any()


@pytest.mark.parametrize("n_answers", [1, 10, 100])
def test_a_model_is_small(personaliser, snapshot, n_answers):
    given = answers(small.drawn_tracks(snapshot, n_answers, seed=2))

    assert len(personaliser.fit(given).to_bytes()) <= GOAL_BYTES


@pytest.mark.parametrize("quadrant", QUADRANTS)
def test_one_answer_makes_itself_likelier(committee, snapshot, tracks, quadrant):
    for track in tracks[:5]:
        given = [Answer(track, quadrant)]

        after = probability(snapshot, given, committee.fit(given))

        assert after > probability(snapshot, given, None)


@pytest.mark.parametrize("quadrant", QUADRANTS)
def test_many_answers_alike_make_themselves_likelier(personaliser, snapshot, tracks, quadrant):
    given = [Answer(track, quadrant) for track in tracks]

    after = probability(snapshot, given, personaliser.fit(given))

    assert (after > probability(snapshot, given, personaliser.population_model)).all()


@pytest.mark.parametrize("n_answers", [3, 10, 40])
def test_answers_become_likelier_on_the_whole(committee, snapshot, tracks, n_answers):
    # Answers drawn at random contradict each other: not each can be followed.
    given = answers(tracks[:n_answers])

    after = probability(snapshot, given, committee.fit(given))

    moved = after - probability(snapshot, given, None)
    assert moved.mean() > 0.05
    assert (moved > 0).mean() > 0.6


def test_an_answer_is_taken_back_by_leaving_it_out(committee, tracks, says):
    given = answers(tracks[:10])

    without = committee.fit(given[:-1])

    assert without.to_bytes() == committee.fit(list(reversed(given[:-1]))).to_bytes()
    assert without.n_labels == 9
    assert (says(without, tracks) != says(committee.fit(given), tracks)).any()


@pytest.mark.parametrize("places", [[0], [0, 1], list(range(40))], ids=len)
@pytest.mark.parametrize("quadrant", QUADRANTS)
def test_answers_all_of_one_quadrant_leave_numbers(personaliser, tracks, places, quadrant, says):
    model = personaliser.fit([Answer(tracks[place], quadrant) for place in places])

    assert np.isfinite(says(model, tracks)).all()


def test_a_hundred_tracks_that_sound_the_same_leave_numbers(personaliser, tracks, says):
    same = [Answer(tracks[0], QUADRANTS[place % 2]) for place in range(100)]

    assert np.isfinite(says(personaliser.fit(same), tracks)).all()


@pytest.mark.parametrize("missing", Modality)
def test_answers_about_one_modality_say_nothing_of_the_other(committee, snapshot, tracks, missing):
    model = committee.fit(answers(small.drawn_tracks(snapshot, 5, seed=3, without=missing)))

    features = np.stack([track.features.vector(missing) for track in tracks])
    shared = np.stack(
        [track.population_prediction.member_logits[missing] for track in tracks], axis=1
    )
    assert (model.member_logits(missing, features, shared) == shared).all()


@pytest.mark.parametrize("missing", Modality)
def test_a_track_with_one_modality_is_learnt_from_and_recognised(committee, snapshot, missing):
    given = [Answer(small.drawn_tracks(snapshot, 1, seed=4, without=missing)[0], Quadrant.Q2)]

    after = probability(snapshot, given, committee.fit(given))

    assert after > probability(snapshot, given, None)


def test_a_model_leaves_what_the_shared_members_say_alone(personaliser, tracks, says):
    model = personaliser.fit(answers(tracks[:5]))
    before = says(model, tracks)
    shared = [track.population_prediction.member_logits[AUDIO].copy() for track in tracks]

    says(model, tracks)

    assert (says(model, tracks) == before).all()
    for track, was in zip(tracks, shared, strict=True):
        assert (track.population_prediction.member_logits[AUDIO] == was).all()


def test_a_track_is_told_of_alike_in_any_company(personaliser, tracks, says):
    model = personaliser.fit(answers(tracks[:10]))

    alone = np.concatenate([says(model, [track]) for track in tracks])

    assert alone == pytest.approx(says(model, tracks), abs=1e-3)
