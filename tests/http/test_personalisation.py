"""What one listener is told over HTTP: others' votes, own level, own taste, and what counts."""
# ruff: noqa: PLR0913, PLR0917  # as many fixtures as it takes

import pytest

from tests.http.conftest import register, somebody
from tests.http.samples import NOTHING, PARTS, QUADRANTS, adds_up, clatter, hum, said

pytestmark = pytest.mark.http

OPPOSITE = {"Q1": "Q3", "Q2": "Q4", "Q3": "Q1", "Q4": "Q2"}
POINTS = {"Q1": (0.6, 0.2), "Q2": (-0.5, 0.3), "Q3": (-0.1, -0.4), "Q4": (0.4, -0.6)}
N_OF_ONE_MIND = 12
N_SOUNDS = 7  # of each kind; all but the last are answered


@pytest.fixture(autouse=True)
def _logistic(settings):
    if settings.personaliser != "logistic":
        pytest.skip(f"NOT LOGISTIC: this service learns by {settings.personaliser}.")


@pytest.fixture(scope="module", name="tracks")
def _tracks(client):
    """The ids of tracks by their lyrics: nothing but the listener's level can be heard in them."""
    return [register(client) for _ in range(N_OF_ONE_MIND + 1)]


@pytest.fixture(scope="module", name="sounds")
def _sounds(client):
    """The ids of recordings of two kinds."""
    kinds = {"hum": hum, "clatter": clatter}
    for kind, made in kinds.items():
        for number in range(N_SOUNDS):
            audio = {"audio": ("a.wav", made(number))}
            assert client.put(f"/tracks/{kind}-{number}", files=audio).status_code == 201
    return {kind: [f"{kind}-{number}" for number in range(N_SOUNDS)] for kind in kinds}


@pytest.fixture(name="other")
def _other(client):
    """Somebody else, who is forgotten again."""
    other = somebody()
    yield other
    client.delete(f"/users/{other}")


@pytest.fixture(name="tell")
def _tell(client):
    """Sends labels; whoever sent some is forgotten in the end, so that their votes go."""
    users = set()

    def tell(user, labels):
        users.add(user)
        reply = client.post("/update", json={"user_id": user, "labels": labels})
        assert reply.status_code == 200, reply.text
        return reply.json()

    yield tell
    for user in users:
        client.delete(f"/users/{user}")


@pytest.fixture(name="felt")
def _felt(client):
    """Predicts a registered track."""

    def felt(track_id, user=None, **asked):
        sent = {"track_id": track_id, **asked} | ({"user_id": user} if user else {})
        reply = client.post("/predict", json=sent)
        assert reply.status_code == 200, reply.text
        return reply.json()

    return felt


def alike(quadrant, track_ids):
    return [said(track_id, quadrant) for track_id in track_ids]


def nameless(prediction):
    return prediction | {"personal": None}


@pytest.mark.parametrize("quadrant", QUADRANTS)
def test_what_another_says_of_a_track_moves_it_for_everybody_else(
    felt, tell, track, old_track, user, other, quadrant
):
    before = {each: (felt(each), felt(each, user)) for each in (track, old_track)}

    tell(other, [said(track, quadrant)])

    nobodys, own = felt(track), felt(track, user)
    others = own["why"]["others"]
    assert own["probabilities"][quadrant] > before[track][1]["probabilities"][quadrant] + 0.01
    assert max(others["log_odds"], key=others["log_odds"].get) == quadrant
    assert others["log_odds"][quadrant] > 0
    assert others["share"] > 0
    assert "1 other listener leans to " in own["why"]["words"]
    assert own["why"]["level"] == own["why"]["taste"] == NOTHING
    assert own["personal"] == {"user_id": user, "n_labels": 0, "used": False}
    assert nobodys == nameless(own)
    assert (felt(old_track), felt(old_track, user)) == before[old_track]


def test_votes_count_together_and_vanish_with_those_who_gave_them(felt, tell, client, track, user):
    crowd = [somebody() for _ in range(5)]
    seen = [felt(track, user)]
    for other in crowd:
        tell(other, [said(track, "Q3")])
        seen.append(felt(track, user))

    probabilities = [each["probabilities"]["Q3"] for each in seen]
    sds = [each["valence"]["sd"] for each in seen]
    assert probabilities == sorted(set(probabilities))
    assert sds == sorted(set(sds), reverse=True)

    for number in range(len(crowd), 0, -1):
        client.delete(f"/users/{crowd[number - 1]}")
        assert felt(track, user) == seen[number - 1]


def test_ones_own_vote_never_counts_as_anothers(felt, tell, track, user, other):
    before = felt(track, user)

    tell(user, [said(track, "Q3")])
    alone = felt(track, user)
    tell(other, [said(track, "Q1")])
    together = felt(track, user)
    tell(user, [said(track, event_id="no", retracted=True)])
    newcomer = felt(track, user)

    assert alone["why"]["others"] == before["why"]["others"] == NOTHING
    assert together["why"]["others"]["log_odds"] == newcomer["why"]["others"]["log_odds"]
    assert newcomer["why"]["others"]["log_odds"]["Q1"] > 0


@pytest.mark.parametrize("quadrant", QUADRANTS)
def test_answers_of_one_mind_are_learnt_and_forgotten_once_retracted(
    felt, tell, client, tracks, user, quadrant
):
    *labelled, unheard = tracks
    before = felt(unheard, user)

    first = tell(user, alike(quadrant, labelled[:1]))
    once = felt(unheard, user)
    result = tell(user, alike(quadrant, labelled[1:]))

    own = felt(unheard, user)
    used = {"user_id": user, "n_labels": N_OF_ONE_MIND, "used": True}
    assert first["personal"] == once["personal"] == used | {"n_labels": 1}
    probabilities = [each["probabilities"][quadrant] for each in (before, once, own)]
    assert probabilities == sorted(set(probabilities))
    assert once["why"]["level"]["log_odds"][quadrant] > 0
    assert result["personal"] == client.get(f"/users/{user}").json()["personal"] == used
    assert own["personal"] == used
    assert own["quadrant"] == own["set"]["quadrants"][0] == quadrant
    assert own["probabilities"][quadrant] > before["probabilities"][quadrant] + 0.1
    assert own["why"]["level"]["share"] > 0
    assert own["why"]["taste"] == own["why"]["others"] == NOTHING  # there is nothing to hear
    assert own["valence"]["sd"] < before["valence"]["sd"]

    taken_back = [said(each, event_id=f"no-{each}", retracted=True) for each in labelled]
    assert tell(user, taken_back)["personal"] == used | {"n_labels": 0, "used": False}
    assert felt(unheard, user) == before


@pytest.mark.parametrize("quadrant", QUADRANTS)
def test_points_are_learnt_from_like_quadrants(felt, tell, tracks, user, quadrant):
    *labelled, unheard = tracks
    before = felt(unheard, user)
    valence, arousal = POINTS[quadrant]

    result = tell(user, [said(each, valence=valence, arousal=arousal) for each in labelled])

    own = felt(unheard, user)
    assert result["personal"]["used"]
    assert own["quadrant"] == quadrant
    assert (own["valence"]["mean"] - before["valence"]["mean"]) * valence > 0
    assert (own["arousal"]["mean"] - before["arousal"]["mean"]) * arousal > 0


@pytest.mark.parametrize(
    ("of_hums", "of_clatter"), [("Q1", "Q3"), ("Q4", "Q2"), ("Q2", "Q4"), ("Q3", "Q1")]
)
def test_a_taste_for_sounds_is_learnt(felt, tell, sounds, user, of_hums, of_clatter):
    mind = {"hum": of_hums, "clatter": of_clatter}
    unheard = {kind: track_ids[-1] for kind, track_ids in sounds.items()}
    before = {kind: felt(track_id, user) for kind, track_id in unheard.items()}

    result = tell(user, [label for kind in mind for label in alike(mind[kind], sounds[kind][:-1])])

    assert result["personal"]["used"]
    own = {kind: felt(track_id, user) for kind, track_id in unheard.items()}
    tastes = {kind: each["why"]["taste"]["log_odds"] for kind, each in own.items()}
    for (kind, quadrant), other in zip(mind.items(), reversed(mind), strict=True):
        assert own[kind]["probabilities"][quadrant] > before[kind]["probabilities"][quadrant]
        assert tastes[kind][quadrant] > tastes[other][quadrant]


def test_all_sources_add_up_whoever_asks_and_however(felt, tell, client, sounds, user, other):
    labelled, unheard = sounds["hum"][:-1], sounds["hum"][-1]
    tell(user, [*alike("Q1", labelled), *alike("Q3", sounds["clatter"][:-1])])
    tell(other, [said(unheard, "Q2")])

    own = felt(unheard, user)
    (item,) = client.post("/predict_batch", json={"track_ids": [unheard], "user_id": user}).json()[
        "items"
    ]
    shown = client.get(f"/tracks/{unheard}", params={"user_id": user}).json()["prediction"]

    assert shown == item["prediction"] == own
    assert all(own["why"][part]["share"] > 0 for part in PARTS)
    assert adds_up(own)


def test_a_track_that_is_sent_along_has_no_votes(client, tell, user, other):
    sent = {"lyrics": "rain of night"}
    client.put("/tracks/rain-of-night", json=sent)
    tell(other, [said("rain-of-night", "Q3")])

    uploaded = client.post("/predict", json=sent | {"user_id": user}).json()
    registered = client.post(
        "/predict", json={"track_id": "rain-of-night", "user_id": user}
    ).json()

    assert uploaded["why"]["others"] == NOTHING
    assert registered["why"]["others"]["share"] > 0
