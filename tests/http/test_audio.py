"""A track that can be heard again: whole, in parts, by a key or by a ticket."""

import base64
import hashlib
import hmac
import io
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import numpy as np
import pytest
import soundfile

from service.api.tracks.audio import media_type_of_audio
from service.auth.api_keys import EVERY_SCOPE, make_key
from tests.audio_signals import encoded, id3_tag, tone
from tests.http.authorized_service import FAR, Keys, behind, opened, refusal
from tests.http.samples import hum

pytestmark = pytest.mark.http

URL = "https://music.example/a%20song.mp3?x=1"
NUMBERS = count(500)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module", name="sound")
def _sound():
    return hum(42)


@pytest.fixture(scope="module", name="heard")
def _heard(client, sound):
    """The reply about a track whose audio is kept."""
    reply = client.put("/tracks/heard-again", files={"audio": ("a.wav", sound)})
    assert reply.status_code == 201, reply.text
    return reply.json() | {"path": "/tracks/heard-again/audio"}


def new_track(client, **sent):
    track_id = f"audible-{next(NUMBERS)}"
    return track_id, client.put(f"/tracks/{track_id}", json={"lyrics": track_id, **sent})


def test_kept_audio_comes_back_as_it_was_sent(client, heard, sound):
    reply = client.get(heard["path"])

    assert reply.status_code == 200
    assert reply.content == sound
    assert reply.headers["content-type"] == "audio/wav"
    assert reply.headers["accept-ranges"] == "bytes"
    assert reply.headers["content-length"] == str(len(sound))
    assert reply.headers["cache-control"] == "private, max-age=3600"
    assert reply.headers["x-content-type-options"] == "nosniff"


def test_the_address_in_a_track_is_where_it_is_heard(client, heard, sound):
    listed = client.get("/tracks", params={"limit": 500}).json()["tracks"]
    again = next(each for each in listed if each["track_id"] == heard["track_id"])

    assert heard["audio_url"].startswith("/tracks/heard-again/audio?ticket=")
    assert again["audio_url"] == client.get("/tracks/heard-again").json()["audio_url"]
    assert client.get(heard["audio_url"]).content == sound


@pytest.mark.parametrize(
    ("asked", "part"),
    [("0-9", slice(10)), ("100-", slice(100, None)), ("-7", slice(-7, None))],
)
def test_a_part_of_it_comes_alone(client, heard, sound, asked, part):
    reply = client.get(heard["path"], headers={"Range": f"bytes={asked}"})

    begin, end, _ = part.indices(len(sound))
    assert (reply.status_code, reply.content) == (206, sound[part])
    assert reply.headers["content-range"] == f"bytes {begin}-{end - 1}/{len(sound)}"


def test_a_part_beyond_its_end_is_refused_and_its_size_told(client, heard, sound):
    reply = client.get(heard["path"], headers={"Range": f"bytes={len(sound)}-"})

    assert refusal(reply) == (416, "requested_range_not_satisfiable")
    assert reply.headers["content-range"] == f"bytes */{len(sound)}"


def test_a_part_of_another_recording_is_not_mixed_with_this_one(client, heard, sound):
    headers = {"Range": "bytes=0-9", "If-Range": '"another"'}

    reply = client.get(heard["path"], headers=headers)

    assert (reply.status_code, reply.content) == (200, sound)


def test_its_head_can_be_asked_for_alone(client, heard, sound):
    reply = client.head(heard["path"])

    assert (reply.status_code, reply.content) == (200, b"")
    assert reply.headers["content-length"] == str(len(sound))


def test_a_track_without_a_recording_has_none_to_hear(client, track):
    reply = client.get(f"/tracks/{track}/audio")

    assert refusal(reply) == (404, "audio_not_kept")
    assert "ATTUNE_AUDIO" in reply.json()["detail"]
    assert client.get(f"/tracks/{track}").json()["audio_url"] is None
    assert refusal(client.get("/tracks/nowhere/audio")) == (404, "track_not_found")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://music.example/a.mp3",
        "javascript:alert(1)",
        "/a.mp3",
        "https://",
        "https:///a.mp3",
        "https://[music",
        "https://music.example:x/a.mp3",
        "https://music.example/a song.mp3",
        "https://music.example/\u00e4.mp3",
        "https://music.example/\n",
        "",
        "https://music.example/".ljust(2_001, "a"),
    ],
)
def test_what_a_browser_cannot_play_is_refused(client, url):
    _, reply = new_track(client, audio_url=url)

    assert refusal(reply) == (422, "invalid_request")
    (fault,) = reply.json()["errors"]
    assert fault["field"] == "audio_url"
    assert fault["message"].startswith('audio_url is "')


def test_an_address_may_have_2000_characters(client):
    assert new_track(client, audio_url="https://music.example/".ljust(2_000, "a"))[1].is_success


@pytest.mark.usefixtures("heard")
def test_an_upload_that_cannot_be_kept_leaves_no_track(client, settings):
    (folder,) = settings.audio.iterdir()
    shelves = {each: folder / hashlib.sha256(hum(each)).hexdigest()[:2] for each in range(50, 60)}
    number = next(each for each, shelf in shelves.items() if not shelf.exists())
    shelves[number].write_text("In the place of a folder.")

    reply = client.put("/tracks/too-much", files={"audio": ("a.wav", hum(number))})

    assert refusal(reply) == (507, "audio_store_unavailable")
    assert "(File exists)" in reply.json()["detail"]
    assert client.get("/tracks/too-much").status_code == 404


@pytest.fixture(scope="module", name="far")
def _far(application, client):
    """A client on another machine, without a key, of a service that has one."""
    del client
    key = make_key("app", EVERY_SCOPE, None, NOON).key
    signed_urls = application.api.state.runtime.serving.shared.signed_urls
    return behind(application, opened(Keys(key), signed_urls), **FAR)


def ticket_of(track):
    return track["audio_url"].partition("?ticket=")[2]


def test_a_ticket_is_good_for_it_in_parts_too(far, heard, sound):
    assert far.get(heard["audio_url"]).content == sound
    part = far.get(heard["audio_url"], headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, b"RIFF")


def test_a_ticket_is_good_for_nothing_else(far, heard):
    ticket = {"ticket": ticket_of(heard)}

    assert refusal(far.get("/tracks/heard-again", params=ticket)) == (401, "key_needed")
    assert refusal(far.get("/tracks", params=ticket)) == (401, "key_needed")
    assert refusal(far.delete("/tracks/heard-again", params=ticket)) == (401, "key_needed")
    assert refusal(far.put(heard["path"], params=ticket)) == (401, "key_needed")


@pytest.mark.parametrize("is_real", [True, False], ids=["of another track", "made up"])
def test_another_ticket_is_none(far, heard, client, is_real):
    other = client.put("/tracks/other-hum", files={"audio": ("a.wav", hum(45))}).json()
    ticket = ticket_of(other) if is_real else "sesame"

    assert refusal(far.get(f"{heard['path']}?ticket={ticket}")) == (401, "ticket_unusable")
    assert far.get(heard["audio_url"]).status_code == 200


def test_the_name_of_a_folder_is_no_secret_that_makes_a_ticket(far, heard, settings):
    beside = Path(settings.database_url.removeprefix("sqlite:///")).parent
    (identity,) = {path.name.rpartition("-")[2] for path in (beside / "sketches").iterdir()}
    # As the releases before made tickets.
    key = hmac.digest(identity.encode(), b"attune: a ticket to hear a track", "sha256")
    until_h = int(ticket_of(heard).partition(".")[0])
    code = hmac.digest(key, f"{until_h} heard-again".encode(), "sha256")
    forged = f"{until_h}.{base64.urlsafe_b64encode(code).decode().rstrip('=')}"

    assert len(identity) == 32
    assert refusal(far.get(f"{heard['path']}?ticket={forged}")) == (401, "ticket_unusable")
    assert far.get(heard["audio_url"]).status_code == 200


def test_tickets_are_in_no_log_and_no_metric(far, heard, caplog, client):
    with caplog.at_level("DEBUG", "bentoml"):
        far.get(heard["audio_url"])
        far.get(f"{heard['path']}?ticket=sesame")

    expected = client.get("/metrics").text
    assert "GET /tracks/{track_id}/audio 200" in caplog.text
    assert 'route="/tracks/{track_id}/audio"' in expected
    for secret in (ticket_of(heard), "sesame", "heard-again"):
        assert secret not in caplog.text
        assert secret not in expected


def test_without_keys_this_machine_needs_no_ticket(client, heard, sound):
    assert client.get(f"{heard['path']}?ticket=sesame").content == sound


def written(form, subtype=None):
    file = io.BytesIO()
    soundfile.write(file, np.zeros(1_600), 16_000, format=form, subtype=subtype)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (written("WAV"), "audio/wav"),
        (written("FLAC"), "audio/flac"),
        (written("OGG", "VORBIS"), "audio/ogg"),
        (written("MP3"), "audio/mpeg"),
        (id3_tag() + written("MP3"), "audio/mpeg"),
        (id3_tag() + written("FLAC"), "audio/flac"),
        (bytes(300) + written("WAV"), "audio/wav"),
        (b"\0\0\0\x20ftypM4A ", "audio/mp4"),
        (encoded(tone(), "aac"), "audio/aac"),
        (encoded(tone(), "webm"), "audio/webm"),
        (encoded(tone(), "wma"), "audio/x-ms-wma"),
        (encoded(tone(), "aiff 16 bit"), "audio/aiff"),
        (b"<script>", "application/octet-stream"),
        (b"", "application/octet-stream"),
    ],
    ids=[
        *("wav", "flac", "ogg", "mp3", "mp3 with tags", "flac with tags", "wav behind zeros"),
        *("m4a", "aac", "webm", "wma", "aiff", "script", "nothing"),
    ],
)
def test_a_recording_is_known_by_its_content(content, media_type):
    assert media_type_of_audio(io.BytesIO(content)) == media_type
