"""Bombs over HTTP: small uploads that ask for much are answered soon, in little memory."""

import time
from pathlib import Path

import pytest

from tests.audio_signals import encoded, over_channels
from tests.audio_signals import tone as sine
from tests.decompression_bombs import HEARD, REFUSED, peak_mb

pytestmark = pytest.mark.http

MOST_MB = 100
MOST_S = 30.0
SENT = {
    "mp3 with compressed pictures": 200,
    "aac with tags between frames": 200,
    "m4a with a picture": 200,
    "m4a with a compressed moov": 422,
    "m4a of fragments of many frames": 422,
    "ogg with large code books": 422,
}
"""Statuses of the answers."""


def predicted(client, file):
    """The reply, by how many megabytes memory grew at most, and the seconds that it took."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted anew
    before_mb, started_s = peak_mb(), time.monotonic()
    reply = client.post("/predict", files={"audio": ("a", file)})
    return reply, peak_mb() - before_mb, time.monotonic() - started_s


@pytest.mark.parametrize("name", SENT)
def test_an_uploaded_bomb_is_answered_soon_and_in_little_memory(name, client, tone):
    file = (HEARD | REFUSED)[name]()
    predicted(client, tone)  # what the first recording takes is not the bomb's

    reply, grown_mb, took_s = predicted(client, file)

    assert reply.status_code == SENT[name]
    assert grown_mb < MOST_MB
    assert took_s < MOST_S


def test_a_flac_of_eight_channels_is_answered(client):
    file = encoded(over_channels(sine(440), 8), "flac 24 bit")

    reply = client.post("/predict", files={"audio": ("a.flac", file)})

    assert reply.status_code == 200
