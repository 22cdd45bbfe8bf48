"""Synthetic listeners answer by a rule about the demonstration's tracks; predictions follow them.

All of it over HTTP, under the snapshot that ships. One listener after another is asked, answers
and is forgotten, so that each is alone with the service.
"""

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean

import pytest
from attune_client import AttuneClient, Label, Prediction

from clients import demo_music
from tests.journey.opposite_listeners import PATIENT, felt
from tests.journey.servers import running, served_from

pytestmark = [pytest.mark.journey, pytest.mark.slow]

Point = tuple[float, float]
HAPPY, SAD, NEUTRAL = (0.6, 0.6), (-0.6, -0.5), (0.0, 0.0)
RULES: Mapping[str, Callable[[str], Point]] = {
    "always-happy": lambda _: HAPPY,
    "always-sad": lambda _: SAD,
    "electronic-happy-acoustic-sad": lambda track: HAPPY if "electronic" in track else SAD,
}
SPREAD = 0.1
"""Standard deviation of an answer around the place that the rule names, on either axis."""
N_EARLY, N_LATE = 8, 15
N_SEEDS = 100
N_NEUTRAL = 12
MOST_WORSE = 0.05  # nats


@dataclass(frozen=True)
class Judged:
    """How predictions of the tracks that a listener has not answered compare with the rule.

    Attributes:
        personal: Share of them that the listener's prediction places in the rule's quadrant.
        newcomer: The same share of a newcomer's predictions.
    """

    personal: float
    newcomer: float


@pytest.fixture(scope="module", name="attune")
def _attune(tmp_path_factory):
    """A client of a service that has the demonstration's tracks and no listener."""
    try:
        package = demo_music.fetch()
    except demo_music.MusicError as error:
        pytest.skip(f"NO MUSIC, NO JOURNEY: {error}")
    recordings = demo_music.unpack(package, tmp_path_factory.mktemp("demo-music"))
    served = served_from(tmp_path_factory.mktemp("synthetic"), ATTUNE_SEED="3")
    with pytest.MonkeyPatch.context() as patch, running(served) as server:
        patch.setenv("NO_PROXY", "127.0.0.1")
        with AttuneClient(server.url, retry=PATIENT) as client:
            for recording in recordings:
                client.put_track(recording.track_id, audio=recording.path)
            yield client


@pytest.fixture(scope="module", name="track_ids")
def _track_ids(attune):
    return [track.track_id for track in attune.tracks()]


@pytest.fixture(scope="module", name="judged", params=RULES)
def _judged(request, attune, track_ids):
    """A listener's rule by name, and how the predictions were after few and more answers."""
    return request.param, follow(attune, track_ids, request.param, random.Random(3))  # noqa: S311


def follow(
    attune: AttuneClient, track_ids: Sequence[str], name: str, rng: random.Random
) -> dict[int, Judged]:
    """Answer one question at a time; return the figures by number of answers."""
    rule, answered, found = RULES[name], set[str](), {}
    try:
        for n_answers in range(1, N_LATE + 1):
            (question,) = attune.query(name, n=1).tracks
            answered.add(question.track_id)
            attune.update(name, [point(question.track_id, rule(question.track_id), rng)])
            if n_answers in (N_EARLY, N_LATE):
                left = [track_id for track_id in track_ids if track_id not in answered]
                found[n_answers] = Judged(
                    share_right(felt(attune, left, name), rule),
                    share_right(felt(attune, left, "newcomer"), rule),
                )
    finally:
        attune.forget(name)
    return found


def point(track_id: str, place: Point, rng: random.Random) -> Label:
    """Return an answer near a place."""
    valence, arousal = (max(-1.0, min(1.0, each + rng.gauss(0, SPREAD))) for each in place)
    return Label.point(track_id, valence=valence, arousal=arousal)


def share_right(predictions: Mapping[str, Prediction], rule: Callable[[str], Point]) -> float:
    """Return the share of predictions that name the rule's quadrant."""
    return mean(each.quadrant == quadrant(rule(name)) for name, each in predictions.items())


def quadrant(place: Point) -> str:
    """Return the quadrant of a point; an axis belongs to its positive side."""
    valence, arousal = place
    upper, lower = ("Q1", "Q4") if valence >= 0 else ("Q2", "Q3")
    return upper if arousal >= 0 else lower


def loss(predictions: Mapping[str, Prediction], truth: Mapping[str, Point]) -> float:
    """Return the mean negative log-likelihood of the true quadrants, in nats."""
    return mean(
        -math.log(each.probabilities[quadrant(truth[name])]) for name, each in predictions.items()
    )


@pytest.mark.parametrize("judged", ["always-happy", "always-sad"], indirect=True)
def test_who_always_answers_alike_is_believed_after_eight_answers(judged):
    _, found = judged

    assert found[N_EARLY].personal >= 0.70
    assert found[N_LATE].personal >= 0.85


@pytest.mark.parametrize("judged", ["electronic-happy-acoustic-sad"], indirect=True)
def test_who_hears_by_style_is_predicted_better_than_a_newcomer(judged):
    _, found = judged

    assert found[N_LATE].personal > found[N_LATE].newcomer


def test_random_answers_cost_little(attune, track_ids):
    excess = [excess_loss(attune, track_ids, seed) for seed in range(N_SEEDS)]

    assert mean(excess) <= MOST_WORSE


def excess_loss(attune: AttuneClient, track_ids: Sequence[str], seed: int) -> float:
    """Return by how much a random answerer's predictions are worse than a newcomer's, in nats.

    The answers are points drawn evenly from the plane, about tracks drawn evenly; predictions are
    judged on such answers about the other tracks.
    """
    rng, name = random.Random(seed), f"random-{seed}"  # noqa: S311
    truth = {track_id: (rng.uniform(-1, 1), rng.uniform(-1, 1)) for track_id in track_ids}
    answered = rng.sample(track_ids, N_LATE)
    left = [track_id for track_id in track_ids if track_id not in answered]
    labels = [
        Label.point(track_id, valence=truth[track_id][0], arousal=truth[track_id][1])
        for track_id in answered
    ]
    try:
        attune.update(name, labels)
        return loss(felt(attune, left, name), truth) - loss(felt(attune, left, "newcomer"), truth)
    finally:
        attune.forget(name)


def test_neutral_answers_of_others_pull_a_newcomer_to_the_middle(attune, track_ids):
    before = felt(attune, track_ids, "newcomer")
    likely = max(track_ids, key=lambda track_id: before[track_id].probabilities["Q1"])
    names = [f"neutral-{number}" for number in range(N_NEUTRAL)]
    try:
        for name in names:
            attune.update(name, [Label.point(likely, valence=0.0, arousal=0.0)])
        after = felt(attune, [likely], "newcomer")[likely]
    finally:
        for name in names:
            attune.forget(name)

    assert after.probabilities["Q1"] < before[likely].probabilities["Q1"]
    assert distance(after) < distance(before[likely])


def test_own_neutral_answers_pull_the_other_tracks_to_the_middle(attune, track_ids):
    answered, left = track_ids[:N_NEUTRAL], track_ids[N_NEUTRAL:]
    labels = [Label.point(track_id, valence=0.0, arousal=0.0) for track_id in answered]
    before = felt(attune, left, "neutral")
    try:
        attune.update("neutral", labels)
        after = felt(attune, left, "neutral")
    finally:
        attune.forget("neutral")

    assert mean(map(distance, after.values())) < mean(map(distance, before.values()))


def distance(prediction: Prediction) -> float:
    """Return how far a distribution is from the even one: the sum over the quadrants."""
    return sum(abs(each - 0.25) for each in prediction.probabilities.values())
