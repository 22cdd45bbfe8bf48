"""Tracks, the model, probes and the contract over HTTP."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from models.query import STRATEGIES

pytestmark = pytest.mark.http


def test_a_track_is_registered_once_and_then_replaced(client):
    sent = {"lyrics": "rain", "title": "Rain", "artist": "Ana"}

    first = client.put("/tracks/rain", json=sent)
    again = client.put("/tracks/rain", json=sent)
    renamed = client.put("/tracks/rain", json=sent | {"title": "More rain"})

    assert [reply.status_code for reply in (first, again, renamed)] == [201, 200, 200]
    assert first.json() == again.json()
    assert renamed.json()["title"] == "More rain"
    assert client.get("/tracks/rain").json() == renamed.json()


def test_a_track_may_come_as_a_form(client, tone):
    sent = {"title": "123", "artist": "null", "audio_url": "https://music.test/a.mp3"}

    reply = client.put("/tracks/form", files={"audio": ("a.wav", tone)}, data=sent)

    result = reply.json()
    assert reply.status_code == 201
    assert (result["title"], result["artist"]) == ("123", "null")
    assert result["audio_url"].startswith("/tracks/form/audio?ticket=")  # what is kept is played
    assert (result["has_audio"], result["has_lyrics"]) == (True, False)
    assert result["duration_s"] == pytest.approx(2.0)
    assert result["created_at"].endswith("Z")


def test_a_labelled_track_keeps_its_content_and_may_be_renamed(client, user, track):
    lyrics = f"tears of night {track}"
    labels = [{"event_id": "e", "track_id": track, "quadrant": "Q1"}]
    client.post("/update", json={"user_id": user, "labels": labels})

    other = client.put(f"/tracks/{track}", json={"lyrics": "others"})
    renamed = client.put(f"/tracks/{track}", json={"lyrics": lyrics, "title": "Night"})

    assert (other.status_code, other.json()["code"]) == (409, "track_labelled")
    assert (renamed.status_code, renamed.json()["title"]) == (200, "Night")


def test_calls_beside_the_deletion_of_a_track_are_answered_for_what_they_did(client, user):
    def put(number):
        return client.put("/tracks/contested", json={"lyrics": f"Rain in May, {number % 2}"})

    def delete(_):
        return client.delete("/tracks/contested")

    def label(number):
        label = {"event_id": f"e{number}", "track_id": "contested", "quadrant": "Q1"}
        return client.post("/update", json={"user_id": f"{user}-{number % 3}", "labels": [label]})

    with ThreadPoolExecutor(4) as pool:
        replies = {each.__name__: pool.map(each, range(60)) for each in (put, delete, label)}
        statuses = {name: {reply.status_code for reply in of} for name, of in replies.items()}

    assert statuses["put"] <= {200, 201, 409}
    assert statuses["delete"] <= {204, 404}
    assert statuses["label"] <= {200, 404}


def test_a_deleted_track_is_gone_until_it_is_registered_again(client, track):
    replies = [client.delete(f"/tracks/{track}") for _ in range(2)]

    assert [reply.status_code for reply in replies] == [204, 404]
    assert replies[0].content == b""
    assert client.get(f"/tracks/{track}").status_code == 404
    assert client.post("/predict", json={"track_id": track}).status_code == 404
    again = client.put(f"/tracks/{track}", json={"lyrics": f"tears of night {track}"})
    assert again.status_code == 201


@pytest.mark.parametrize("track_id", ["a", "A.b_c:d@e-f", "9", "x" * 200])
def test_ids_of_every_allowed_shape_work(client, track_id):
    assert client.put(f"/tracks/{track_id}", json={"lyrics": "la"}).status_code in {200, 201}
    assert client.get(f"/tracks/{track_id}").json()["track_id"] == track_id


def test_pages_show_every_track_once_in_order(client):
    for i in range(5):
        client.put(f"/tracks/page-{i}", json={"lyrics": f"page {i}"})
    pages, cursor = [], {}

    while cursor is not None:
        reply = client.get("/tracks", params={"limit": 2, **cursor}).json()
        pages.append([track["track_id"] for track in reply["tracks"]])
        cursor = reply["next_cursor"] and {"cursor": reply["next_cursor"]}

    seen = [track_id for page in pages for track_id in page]
    assert max(map(len, pages)) == 2
    assert seen == sorted(set(seen))
    assert {f"page-{i}" for i in range(5)} <= set(seen)


def test_a_search_pages_through_the_tracks_with_all_its_words(client):
    for i in range(3):
        names = {"title": f"Zugvögel {i}", "artist": "Café Zenith"}
        client.put(f"/tracks/found-{i}", json={"lyrics": f"found {i}", **names})
    client.delete("/tracks/found-1")
    query = {"search": "zenith ZUGVOG", "limit": 1}

    first = client.get("/tracks", params=query).json()
    second = client.get("/tracks", params=query | {"cursor": first["next_cursor"]}).json()

    assert [track["track_id"] for track in first["tracks"]] == ["found-0"]
    assert [track["title"] for track in second["tracks"]] == ["Zugvögel 2"]
    assert second["next_cursor"] is None
    assert second["tracks"][0]["prediction"]["segments"] == []


def test_a_list_leaves_segments_out(client, tone):
    client.put("/tracks/heard", files={"audio": ("a.wav", tone)})

    listed = client.get("/tracks", params={"limit": 500}).json()["tracks"]

    assert all(track["prediction"]["segments"] == [] for track in listed)
    assert client.get("/tracks/heard").json()["prediction"]["segments"]


def test_the_model_says_what_it_can_be_asked_for(client):
    result = client.get("/model").json()

    assert result["default_fusion"] in result["fusions"]
    assert result["strategies"] == list(STRATEGIES)
    assert result["modalities"] == ["audio", "lyrics"]
    assert result["manifest"]["version"] == result["snapshot"]


def test_metrics_are_what_prometheus_reads(client):
    reply = client.get("/metrics")

    assert reply.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "# TYPE attune_requests_total counter" in reply.text


def test_every_reference_of_the_contract_leads_somewhere(client):
    reply = client.get("/openapi.json")

    names = set(re.findall(r'"#/components/schemas/(\w+)"', reply.text))
    assert names <= set(reply.json()["components"]["schemas"])


def test_a_request_id_is_given_and_an_own_one_kept(client):
    given = client.get("/model").headers["x-request-id"]
    other = client.get("/model").headers["x-request-id"]
    own = client.get("/model", headers={"X-Request-ID": "my-id/1"}).headers["x-request-id"]

    assert re.fullmatch("[0-9a-f]{32}", given)
    assert given != other
    assert own == "my-id/1"


@pytest.mark.parametrize("offered", ["", "a" * 129, "two words", "tab\t", "caf\u00e9"])
def test_a_request_id_that_could_harm_a_log_is_replaced(client, offered):
    headers = {"X-Request-ID": offered.encode("latin-1")}

    reply = client.get("/nowhere", headers=headers)

    assert re.fullmatch("[0-9a-f]{32}", reply.headers["x-request-id"])
    assert reply.json()["request_id"] == reply.headers["x-request-id"]
