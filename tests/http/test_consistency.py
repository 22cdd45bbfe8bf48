"""One reply, one story, under each personaliser: whom it is told to, votes and parts."""

import pytest

from tests.http.conftest import register, somebody
from tests.http.samples import NOTHING, PARTS, adds_up, clatter, hum, said
from tests.http.serving import serving

pytestmark = pytest.mark.http

CROWD = ("Q2", "Q2", "Q2", "Q1")  # what four users say of each track that is voted on


@pytest.fixture(scope="module", name="personaliser", params=["logistic", "committee"])
def _personaliser(request):
    return request.param


@pytest.fixture(scope="module", name="client")
def _client(personaliser, tmp_path_factory):
    """An application of its own under one personaliser."""
    url = f"sqlite:///{tmp_path_factory.mktemp(personaliser)}/attune.db"
    with serving(ATTUNE_DATABASE_URL=url, ATTUNE_PERSONALISER=personaliser) as client:
        yield client


@pytest.fixture(scope="module", name="tracks")
def _tracks(client):
    """Ids of recordings and of lyrics, none of which anybody voted on."""
    for number in range(4):
        for name, made in (("hum", hum), ("clatter", clatter)):
            audio = {"audio": ("a.wav", made(number))}
            assert client.put(f"/tracks/{name}-{number}", files=audio).status_code == 201
    sounds = [f"{name}-{number}" for number in range(4) for name in ("hum", "clatter")]
    return [*sounds, *(register(client) for _ in range(4))]


@pytest.fixture(scope="module", name="voted")
def _voted(client):
    """Ids of the same kind that users voted on, and the reply to nobody before they did."""
    for number in range(2):
        client.put(f"/tracks/voted-{number}", files={"audio": ("a.wav", clatter(10 + number))})
    ids = ["voted-0", "voted-1", register(client)]
    before = {each: felt(client, each) for each in ids}
    for number, quadrant in enumerate(CROWD):
        labels = [said(each, quadrant) for each in ids]
        sent = {"user_id": f"voter-{number}", "labels": labels}
        assert client.post("/update", json=sent).status_code == 200
    return before


def felt(client, track_id, user=None, **asked):
    sent = {"track_id": track_id, **asked} | ({"user_id": user} if user else {})
    reply = client.post("/predict", json=sent)
    assert reply.status_code == 200, reply.text
    return reply.json()


def for_nobody(prediction, user):
    """Return an unknown user's prediction without what says whose it is."""
    assert prediction["personal"] == {"user_id": user, "n_labels": 0, "used": False}
    return prediction | {"personal": None}


def test_an_unknown_user_is_told_what_nobody_in_particular_is(client, tracks, voted):
    for track_id in (*tracks, *voted):
        user = somebody()
        nobodys = felt(client, track_id)

        assert nobodys["personal"] is None
        assert for_nobody(felt(client, track_id, user), user) == nobodys


@pytest.mark.usefixtures("voted")
@pytest.mark.parametrize("fusion", ["average", "audio"])
def test_so_it_is_with_another_fusion(client, fusion):
    user = somebody()

    own = felt(client, "voted-0", user, fusion=fusion)

    assert for_nobody(own, user) == felt(client, "voted-0", fusion=fusion)
    assert own["set"] is None


def test_every_way_to_ask_gets_the_same_answer(client, tracks, voted):
    ids, user = [tracks[0], *voted], somebody()
    asked = {"track_ids": ids}

    nobodys = client.post("/predict_batch", json=asked).json()["items"]
    own = client.post("/predict_batch", json=asked | {"user_id": user}).json()["items"]

    for item, users_item in zip(nobodys, own, strict=True):
        assert for_nobody(users_item["prediction"], user) == item["prediction"]
    for track_id in ids:
        shown = client.get(f"/tracks/{track_id}").json()["prediction"]
        users = client.get(f"/tracks/{track_id}", params={"user_id": user}).json()["prediction"]
        assert shown == for_nobody(users, user) == felt(client, track_id)


@pytest.mark.usefixtures("voted")
def test_a_track_that_is_put_again_is_told_with_the_votes_on_it(client):
    again = client.put("/tracks/voted-0", files={"audio": ("a.wav", clatter(10))})

    assert again.status_code == 200
    assert again.json()["prediction"] == felt(client, "voted-0")


@pytest.mark.parametrize("lyrics", [{}, {"lyrics": "tears of night"}], ids=["audio", "both"])
def test_an_upload_tells_an_unknown_user_what_it_tells_nobody(client, lyrics):
    sent, user = {"audio": ("a.wav", clatter(3))}, somebody()

    nobodys = client.post("/predict", files=sent, data=lyrics).json()
    own = client.post("/predict", files=sent, data=lyrics | {"user_id": user}).json()

    assert for_nobody(own, user) == nobodys
    assert adds_up(nobodys)
    assert nobodys["why"]["population"]["share"] == 1.0
    assert [nobodys["why"][part] for part in PARTS[1:]] == [NOTHING] * 3


def test_why_adds_up_and_says_whose_it_is(client, personaliser, tracks, voted):
    n_votes = dict.fromkeys(tracks, 0) | dict.fromkeys(voted, len(CROWD))
    for track_id, n in n_votes.items():
        result = felt(client, track_id, somebody())
        assert adds_up(result)
        assert result["why"]["level"] == result["why"]["taste"] == NOTHING
        is_heard_of = n > 0 and personaliser == "logistic"
        assert (result["why"]["others"] != NOTHING) is is_heard_of
        assert result["why"].keys() == {*PARTS, "words"}
        assert ("other listeners" in result["why"]["words"]) is is_heard_of


def test_where_all_was_used_there_is_no_notice(client, tracks):
    shown = client.get(f"/tracks/{tracks[0]}").json()["prediction"]

    assert shown["notices"] == felt(client, tracks[-1])["notices"] == []
