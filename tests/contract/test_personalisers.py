"""What every personaliser does, on real snapshots. Another joins by a line in PERSONALISERS.

A personal model is a pure function of the snapshot and of the answers that stand.
"""

import io

import numpy as np
import pytest

from models.emotion import QUADRANTS, Modality
from models.personal import Answer, CommitteePersonaliser, LogisticPersonaliser
from models.prediction.predictor import predict_all
from tests import small_models

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
GOAL_BYTES = {"logistic": 8 * 1024, "committee": 64 * 1024, "committee-newest": 64 * 1024}


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
    return small_models.drawn_tracks(snapshot, 40)


@pytest.fixture(scope="module", name="hundred")
def _hundred(snapshot):
    return small_models.drawn_tracks(snapshot, 100, seed=2)


@pytest.fixture(scope="module", name="mixed")
def _mixed(snapshot):
    """Tracks with both modalities, with audio and with lyrics."""
    return [
        *small_models.drawn_tracks(snapshot, 4, seed=1),
        *small_models.drawn_tracks(snapshot, 4, seed=1, without=LYRICS),
        *small_models.drawn_tracks(snapshot, 4, seed=1, without=AUDIO),
    ]


def answers(tracks, *, seed=0, batch_size=7):
    drawn = np.random.default_rng(seed).integers(0, 4, len(tracks))
    return [
        Answer(track, QUADRANTS[quadrant], batch=place // batch_size)
        for place, (track, quadrant) in enumerate(zip(tracks, drawn, strict=True))
    ]


@pytest.fixture(name="says")
def _says(snapshot):
    """What a model says of tracks, as one array ``(n_tracks, n_quadrants + 4)``."""

    def says(model, tracks):
        heard = predict_all(snapshot, tracks, personal=model, fusion="log_opinion")
        points = [[h.valence.mean, h.valence.sd, h.arousal.mean, h.arousal.sd] for h in heard]
        return np.hstack([np.stack([h.proba for h in heard]), points])

    return says


def probability(snapshot, given, personal):
    heard = predict_all(
        snapshot, [each.track for each in given], personal=personal, fusion="log_opinion"
    )
    return np.array([h.proba[a.quadrant.index] for h, a in zip(heard, given, strict=True)])


@pytest.mark.parametrize("given", [slice(1), slice(4, 8), slice(8, 12), slice(52)], ids=str)
def test_a_model_is_the_same_after_it_was_stored(personaliser, tracks, mixed, given, says):
    reply = [*mixed, *tracks][given]
    model = personaliser.fit(answers(reply))

    stored = personaliser.from_bytes(model.to_bytes())

    assert stored.n_labels == model.n_labels == len(reply)
    assert (says(stored, tracks) == says(model, tracks)).all()
    assert stored.to_bytes() == model.to_bytes()


def test_the_order_of_answers_does_not_matter(personaliser, tracks, mixed):
    given = answers([*tracks[:10], *mixed])
    shuffled = [given[place] for place in np.random.default_rng(0).permutation(len(given))]

    assert personaliser.fit(shuffled).to_bytes() == personaliser.fit(given).to_bytes()


@pytest.mark.parametrize("batch_size", [1, 10, 100])
def test_a_hundred_answers_are_stored_within_the_goal(personaliser, hundred, batch_size):
    # Drawn at random, they contradict each other, and more trees are grown than people's would.
    given = answers(hundred, batch_size=batch_size)

    assert len(personaliser.fit(given).to_bytes()) <= GOAL_BYTES[personaliser.algorithm]


@pytest.mark.parametrize("quadrant", QUADRANTS)
def test_one_answer_makes_itself_likelier(committee, snapshot, mixed, quadrant):
    for track in mixed[::3]:  # one or two of each kind
        given = [Answer(track, quadrant)]

        after = probability(snapshot, given, committee.fit(given))

        assert after > probability(snapshot, given, None)


@pytest.mark.parametrize("quadrant", QUADRANTS[::2])
def test_many_answers_alike_make_themselves_likelier(personaliser, snapshot, tracks, quadrant):
    given = [Answer(track, quadrant) for track in tracks]

    after = probability(snapshot, given, personaliser.fit(given))

    assert (after > probability(snapshot, given, personaliser.population_model)).all()


@pytest.mark.parametrize("n_answers", [3, 40])
def test_answers_become_likelier_on_the_whole(committee, snapshot, tracks, n_answers):
    # Answers drawn at random contradict each other: not each can be followed.
    given = answers(tracks[:n_answers])

    after = probability(snapshot, given, committee.fit(given))

    moved = after - probability(snapshot, given, None)
    assert moved.mean() > 0.05
    assert (moved > 0).mean() > 0.6


@pytest.mark.parametrize("quadrants", [QUADRANTS[:1], QUADRANTS[:2]], ids=len)
def test_a_hundred_tracks_that_sound_the_same_leave_numbers(personaliser, tracks, quadrants, says):
    same = [Answer(tracks[0], quadrants[place % len(quadrants)]) for place in range(100)]

    assert np.isfinite(says(personaliser.fit(same), tracks)).all()


def member_logits(model, modality, tracks):
    """What the members say of tracks to everybody, and what a personal model makes of it."""
    features = np.stack([track.features.vector(modality) for track in tracks])
    shared = np.stack(
        [track.population_prediction.member_logits[modality] for track in tracks], axis=1
    )
    return shared, model.member_logits(modality, features, shared)


@pytest.mark.parametrize("missing", Modality)
def test_answers_about_one_modality_say_nothing_of_the_other(committee, snapshot, tracks, missing):
    model = committee.fit(answers(small_models.drawn_tracks(snapshot, 5, seed=3, without=missing)))

    shared, personal = member_logits(model, missing, tracks)

    assert (personal == shared).all()


@pytest.mark.parametrize("modality", Modality)
def test_algorithms_that_cannot_learn_say_what_they_said(committee, snapshot, tracks, modality):
    whole = snapshot.committees[modality]

    shared, personal = member_logits(committee.fit(answers(tracks[:20])), modality, tracks)

    changed = {
        name: bool((personal[whole.rows(name)] != shared[whole.rows(name)]).any())
        for name in whole.families
    }
    assert changed == {name: name in whole.learners for name in whole.families}


def test_a_model_is_stored_as_plain_arrays(personaliser, tracks):
    stored = io.BytesIO(personaliser.fit(answers(tracks[:5])).to_bytes())

    with np.load(stored, allow_pickle=False) as file:
        assert {array.dtype.kind for array in file.values()} <= set("fiu")


def test_a_model_leaves_what_the_shared_members_say_alone(personaliser, tracks, says):
    model = personaliser.fit(answers(tracks[:5]))
    before = says(model, tracks)
    shared = [track.population_prediction.member_logits[AUDIO].copy() for track in tracks]

    says(model, tracks)

    assert (says(model, tracks) == before).all()
    for track, was in zip(tracks, shared, strict=True):
        assert (track.population_prediction.member_logits[AUDIO] == was).all()


def test_a_track_is_recognised_alike_in_any_company(personaliser, tracks, mixed, says):
    model = personaliser.fit(answers(tracks[:10]))
    company = [*mixed[::2], *tracks[:10], *mixed[1::2]]

    alone = np.concatenate([says(model, [track]) for track in company])

    assert alone == pytest.approx(says(model, company), abs=1e-3)
