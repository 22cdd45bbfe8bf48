"""Predictions over HTTP: what goes in each way, and what comes out."""

import math

import pytest

from tests.audio_signals import encoded
from tests.audio_signals import tone as tone_samples
from tests.http.samples import PARTS, wav

pytestmark = pytest.mark.http


def test_a_file_and_lyrics_are_told_in_full(client, tone):
    reply = client.post("/predict", files={"audio": ("a.wav", tone)}, data={"lyrics": "la la"})

    result = reply.json()
    assert reply.status_code == 200
    assert set(result) == {
        "quadrant",
        "probabilities",
        "valence",
        "arousal",
        "entropy",
        "ambiguous",
        "set",
        "why",
        "fusion",
        "modalities",
        "segments",
        "personal",
        "notices",
        "model",
    }
    assert result["quadrant"] == max(result["probabilities"], key=result["probabilities"].get)
    assert result["ambiguous"] is (max(result["probabilities"].values()) < 0.5)
    assert 0 <= result["entropy"] <= math.log(4) + 1e-9
    assert result["set"].keys() == {"quadrants", "coverage"}
    assert result["why"].keys() == {*PARTS, "words"}
    assert all(result["why"][part].keys() == {"log_odds", "share"} for part in PARTS)
    assert result["why"]["words"].startswith("By its sound and lyrics ")
    assert result["personal"] is None
    assert result["model"]["snapshot"] == client.get("/model").json()["snapshot"]
    assert result["fusion"] == client.get("/model").json()["default_fusion"]


def test_every_distribution_sums_to_one(client):
    sent = {"files": {"audio": ("a.wav", wav(7.0))}, "data": {"lyrics": "la la"}}

    result = client.post("/predict", **sent).json()

    distributions = [
        result["probabilities"],
        *result["modalities"].values(),
        *(segment["probabilities"] for segment in result["segments"]),
    ]
    assert len(distributions) == 1 + 2 + 2
    assert [sum(each.values()) for each in distributions] == pytest.approx([1.0] * 5)


def test_segments_follow_each_other(client):
    result = client.post("/predict", files={"audio": ("a.wav", wav(10.0))}).json()

    starts = [segment["start_s"] for segment in result["segments"]]
    assert starts == sorted(starts)
    assert all(0 <= s["start_s"] < s["end_s"] <= 10.0 for s in result["segments"])
    assert all(
        -1 <= s["valence"]["mean"] <= 1 and s["valence"]["sd"] >= 0 for s in result["segments"]
    )


def test_a_recording_in_integer_units_is_heard_and_a_notice_says_so(client):
    wave = tone_samples(seconds=2)
    plain, scaled = (encoded(wave * scale, "wav float") for scale in (1, 2**15))

    expected = client.post("/predict", files={"audio": ("a.wav", plain)}).json()
    result = client.post("/predict", files={"audio": ("a.wav", scaled)}).json()

    assert [notice["code"] for notice in result["notices"]] == ["audio_scaled"]
    assert "divided by 32768" in result["notices"][0]["message"]
    assert result["probabilities"] == pytest.approx(expected["probabilities"], abs=1e-3)


@pytest.mark.parametrize(
    "name", ["webm as browsers record it", "aiff 16 bit", "wma", "ogg flac", "m4a in fragments"]
)
def test_a_recording_of_every_kind_is_predicted(client, name):
    file = encoded(tone_samples(seconds=2), name)

    assert client.post("/predict", files={"audio": ("a", file)}).status_code == 200


@pytest.mark.parametrize("fusion", ["audio", "lyrics", "log_opinion"])
def test_a_fusion_can_be_chosen(client, tone, fusion):
    sent = {"files": {"audio": ("a.wav", tone)}, "data": {"lyrics": "la", "fusion": fusion}}

    assert client.post("/predict", **sent).json()["fusion"] == fusion


def test_one_modality_alone_leads_to_what_it_says(client):
    """The members are calibrated on what many agree on; one listener's answer is less sure."""
    result = client.post("/predict", json={"lyrics": "la la", "fusion": "lyrics"}).json()

    by_lyrics = result["modalities"]["lyrics"]
    assert ordered(result["probabilities"]) == ordered(by_lyrics)
    assert result["quadrant"] == ordered(by_lyrics)[0]
    assert max(result["probabilities"].values()) < max(by_lyrics.values())


def ordered(probabilities):
    """Return the quadrants, the likeliest first."""
    return sorted(probabilities, key=probabilities.get, reverse=True)


def test_a_batch_answers_item_by_item_and_errors_stand_in_their_place(client, old_track):
    reply = client.post("/predict_batch", json={"track_ids": [old_track, "nowhere", old_track]})

    first, second, third = reply.json()["items"]
    alone = client.post("/predict", json={"track_id": old_track}).json()
    assert first == third
    assert first["prediction"]["quadrant"] == alone["quadrant"]
    # A matrix product rounds by its shape: a batch is not bit for bit its items.
    assert first["prediction"]["probabilities"] == pytest.approx(alone["probabilities"])
    assert second["prediction"] is None
    assert second["error"]["code"] == "track_not_found"
    assert "'nowhere'" in second["error"]["detail"]


def test_a_form_may_name_a_registered_track(client, old_track):
    of_form = client.post("/predict", files={"track_id": (None, old_track)})

    assert of_form.json() == client.post("/predict", json={"track_id": old_track}).json()


FORM = b'--b\r\nContent-Disposition: form-data; name="lyrics"\r\n\r\nla\r\n--b--'


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("Application/JSON", b'{"lyrics": "la"}'),
        ("application/json; charset=utf-8", b'{"lyrics": "la"}'),
        ("Multipart/Form-Data; boundary=b", FORM),
    ],
)
def test_a_media_type_is_read_as_http_says(client, media_type, body):
    headers = {"Content-Type": media_type}

    assert client.post("/predict", content=body, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "named",
    ["; filename*=utf-8''s%C3%B6ng.wav", '; filename=""', "", "\r\nContent-Type: audio/wav"],
)
def test_a_recording_is_heard_however_its_part_is_named(client, tone, named):
    part = f'--b\r\nContent-Disposition: form-data; name="audio"{named}\r\n\r\n'.encode()
    form = {"Content-Type": "multipart/form-data; boundary=b"}

    whole = client.post("/predict", files={"audio": ("song.wav", tone)}).json()
    reply = client.post("/predict", content=part + tone + b"\r\n--b--", headers=form)

    assert (reply.status_code, reply.json()) == (200, whole)
