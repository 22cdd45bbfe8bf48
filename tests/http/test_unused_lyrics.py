"""Lyrics in a language that is not read, over HTTP."""

import pytest

pytestmark = pytest.mark.http

SPANISH = "Me dejaste solo y la lluvia sigue cayendo\nLloro en este cuarto vacío y nadie llama"


def told(client, **sent):
    reply = client.post("/predict", **sent)
    assert reply.status_code == 200, reply.text
    return reply.json()


@pytest.mark.parametrize(
    ("call", "lyrics", "detail"),
    [
        ("POST /predict", SPANISH, "The lyrics are in Spanish"),
        ("PUT /tracks/in-spanish", SPANISH, "The lyrics are in Spanish"),
        ("POST /predict", "12 34 1999", "No words were found in the lyrics"),
    ],
    ids=["predict", "put", "no words"],
)
def test_lyrics_that_are_not_read_are_refused_where_they_are_alone(client, call, lyrics, detail):
    reply = client.request(*call.split(), json={"lyrics": lyrics})

    assert (reply.status_code, reply.json()["code"]) == (422, "no_evidence")
    assert detail in reply.json()["detail"]


def test_beside_audio_lyrics_in_spanish_change_nothing(client, tone):
    heard = {"files": {"audio": ("a.wav", tone)}}
    alone = told(client, **heard)

    both = told(client, **heard, data={"lyrics": SPANISH})

    assert both["probabilities"] == alone["probabilities"]
    assert both["modalities"].get("lyrics") is None
