"""Lyrics that are not read, over HTTP: in another language, or without words."""

import pytest

pytestmark = pytest.mark.http

SPANISH = "Me dejaste solo y la lluvia sigue cayendo\nLloro en este cuarto vacío y nadie llama"


def told(client, **sent):
    reply = client.post("/predict", **sent)
    assert reply.status_code == 200, reply.text
    return reply.json()


@pytest.mark.parametrize("path", ["/predict", "/tracks/in-spanish"])
def test_lyrics_in_spanish_alone_are_refused_with_the_language(client, path):
    method = {"/predict": "POST", "/tracks/in-spanish": "PUT"}[path]

    reply = client.request(method, path, json={"lyrics": SPANISH})

    assert (reply.status_code, reply.json()["code"]) == (422, "no_evidence")
    assert "The lyrics are in Spanish" in reply.json()["detail"]


@pytest.mark.parametrize("lyrics", ["asdf qwer zxcv", "12 34 1999", "♪♪♪"], ids=ascii)
def test_lyrics_without_words_alone_are_refused(client, lyrics):
    reply = client.post("/predict", json={"lyrics": lyrics})

    assert (reply.status_code, reply.json()["code"]) == (422, "no_evidence")
    assert "No words were found in the lyrics" in reply.json()["detail"]


def test_beside_audio_lyrics_in_spanish_change_nothing(client, tone):
    heard = {"files": {"audio": ("a.wav", tone)}}
    alone = told(client, **heard)

    both = told(client, **heard, data={"lyrics": SPANISH})

    assert both["probabilities"] == alone["probabilities"]
    assert both["modalities"].get("lyrics") is None


def test_lyrics_in_english_still_count_beside_audio(client, tone):
    heard = {"files": {"audio": ("a.wav", tone)}}

    both = told(client, **heard, data={"lyrics": "You left me alone and the rain keeps falling"})

    assert both["probabilities"] != told(client, **heard)["probabilities"]
    assert both["modalities"]["lyrics"]
