"""What a track is made of is what is heard and read, not the bytes; its names change alone."""

from itertools import count

import pytest

from tests.audio_signals import chord, encoded
from tests.retagging import RETAGGED

pytestmark = pytest.mark.http

NUMBERS = count()
LYRICS = "Caf\u00e9 in the rain\nand nobody sings"
SAME_LYRICS = {
    "CRLF": LYRICS.replace("\n", "\r\n"),
    "CR": LYRICS.replace("\n", "\r"),
    "NFD": LYRICS.replace("\u00e9", "e\u0301"),
    "mark": f"\ufeff{LYRICS}",
    "blank lines": f"\n{LYRICS}  \n\n",
}
URL = "https://music.example/song.mp3"


def label(client, track_id):
    answer = {"event_id": track_id, "track_id": track_id, "quadrant": "Q1"}
    reply = client.post("/update", json={"user_id": "whoever-labels", "labels": [answer]})
    assert reply.status_code == 200, reply.text


@pytest.fixture(name="labelled")
def _labelled(client):
    """The id of a labelled track of lyrics, with every name."""
    track_id = f"named-{next(NUMBERS)}"
    names = {"title": "Old", "artist": "Ana", "audio_url": URL}
    client.put(f"/tracks/{track_id}", json={"lyrics": LYRICS, **names})
    label(client, track_id)
    return track_id


@pytest.mark.parametrize("ending", RETAGGED)
def test_a_labelled_track_may_be_tagged_again(client, ending):
    kind, retag = RETAGGED[ending]
    recording, path, name = encoded(chord(), kind), f"/tracks/tagged-{ending}", f"a.{ending}"
    tagged_again, other_sound = retag(recording), encoded(chord(seed=1), kind)
    first = client.put(path, files={"audio": (name, recording)}, data={"title": "Old"})
    label(client, f"tagged-{ending}")

    again = client.put(path, files={"audio": (name, tagged_again)}, data={"title": "New"})
    other = client.put(path, files={"audio": (name, other_sound)})

    assert (first.status_code, again.status_code) == (201, 200), again.text
    assert again.json()["title"] == "New"
    assert again.json()["duration_s"] == first.json()["duration_s"]
    assert client.get(f"{path}/audio").content == tagged_again != recording
    assert (other.status_code, other.json()["code"]) == (409, "track_labelled")


@pytest.mark.parametrize("form", SAME_LYRICS)
def test_the_same_words_are_the_same_lyrics_however_they_are_written(client, labelled, form):
    before = client.get(f"/tracks/{labelled}").json()

    as_json = client.put(f"/tracks/{labelled}", json={"lyrics": SAME_LYRICS[form], "title": "New"})
    as_form = client.put(
        f"/tracks/{labelled}", files={"lyrics": (None, SAME_LYRICS[form]), "title": (None, "Form")}
    )

    assert (as_json.status_code, as_json.json()["title"]) == (200, "New"), as_json.text
    assert (as_form.status_code, as_form.json()["title"]) == (200, "Form"), as_form.text
    assert as_form.json()["prediction"] == before["prediction"]


@pytest.mark.parametrize("form", SAME_LYRICS)
def test_the_same_words_are_predicted_the_same_however_they_are_written(client, form):
    plain = client.post("/predict", json={"lyrics": LYRICS}).json()

    assert client.post("/predict", json={"lyrics": SAME_LYRICS[form]}).json() == plain


@pytest.mark.parametrize(
    ("sent", "left"),
    [
        ({"title": "New"}, ("New", "Ana", URL)),
        ({"artist": None, "lyrics": None}, ("Old", None, URL)),
        ({"title": None, "audio_url": f"{URL}?2"}, (None, "Ana", f"{URL}?2")),
    ],
)
def test_names_change_without_content_and_those_not_sent_stay(client, labelled, sent, left):
    reply = client.put(f"/tracks/{labelled}", json=sent)

    track = reply.json()
    assert reply.status_code == 200, reply.text
    assert (track["title"], track["artist"], track["audio_url"]) == left
    assert track["has_lyrics"]
    assert client.get(f"/tracks/{labelled}").json() == track


def test_names_change_by_a_form_and_a_kept_recording_stays(client, tone):
    client.put("/tracks/renamed", files={"audio": ("a.wav", tone)}, data={"title": "Old"})

    reply = client.put("/tracks/renamed", files={"title": (None, "New")})

    assert (reply.status_code, reply.json()["title"]) == (200, "New")
    assert client.get("/tracks/renamed/audio").content == tone


def test_content_without_names_clears_them(client, labelled):
    reply = client.put(f"/tracks/{labelled}", json={"lyrics": LYRICS})

    assert (reply.status_code, reply.json()["title"], reply.json()["artist"]) == (200, None, None)


def test_names_alone_make_no_track(client, labelled):
    client.delete(f"/tracks/{labelled}")

    for track_id in ("never-registered", labelled):
        reply = client.put(f"/tracks/{track_id}", json={"title": "New", "artist": "Bo"})

        assert (reply.status_code, reply.json()["code"]) == (422, "no_evidence")
        assert reply.json()["detail"] == (
            f"There is no track {track_id!r} whose title, artist could change; a new track needs "
            "audio, lyrics or embeddings."
        )


def test_no_field_at_all_changes_nothing(client, labelled):
    reply = client.put(f"/tracks/{labelled}", json={})

    assert (reply.status_code, reply.json()["code"]) == (422, "no_evidence")
    assert client.get(f"/tracks/{labelled}").json()["title"] == "Old"
