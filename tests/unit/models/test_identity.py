"""The digest of what is heard: the same for the same sound, whatever stands around it."""

import io
from functools import partial
from itertools import count

import pytest
import soundfile

from models.audio.identity import sound_digest
from models.errors import UndecodableAudioError
from tests.audio_signals import FORMATS, MORE, OTHERS, chord, encoded
from tests.retagging import (
    RETAGGED,
    apev2,
    id3v1,
    id3v2,
    lyrics3,
    remuxed,
    with_flac_blocks,
)

WAVE, RATE_HZ = chord(seconds=2.0), 16_000
MP3, FLAC, AAC = (encoded(WAVE, name) for name in ("mp3", "flac 16 bit", "aac"))
VORBIS, OPUS, M4A = (encoded(WAVE, name) for name in ("ogg vorbis", "ogg opus", "m4a"))
WAV = encoded(WAVE)
JUNK = bytes(range(256)) * 9 + b"\xff" * 900 + bytes(500)


def digest(recording):
    return sound_digest(io.BytesIO(recording))


def written(container, subtype="PCM_16", endian=None):
    held = io.BytesIO()
    soundfile.write(held, WAVE, RATE_HZ, format=container, subtype=subtype, endian=endian)
    return held.getvalue()


def with_gain(webm):
    """An Opus file whose header tells players to play it louder."""
    at = webm.index(b"OpusHead") + 16
    return webm[:at] + b"\x00\x01" + webm[at + 2 :]


def same_sound():
    """Recordings, and what makes other bytes of them."""
    yield from ((encoded(WAVE, name), tag) for name, tag in RETAGGED.values())

    yield from (
        (MP3, lambda mp3: id3v2() + id3v2() + mp3),
        (MP3, lambda mp3: mp3 + id3v1()),
        (MP3, lambda mp3: mp3 + apev2()),
        (MP3, lambda mp3: mp3 + apev2() + id3v1()),
        (MP3, lambda mp3: mp3 + lyrics3() + id3v1()),
        (MP3, lambda mp3: apev2() + mp3),
        (MP3, lambda mp3: remuxed(mp3, "mp3")),
        (AAC, lambda aac: id3v2() + aac + id3v1()),
        (FLAC, lambda flac: id3v2() + with_flac_blocks(flac) + id3v1()),
        (FLAC, lambda flac: remuxed(flac, "flac")),
        (FLAC, lambda flac: remuxed(flac, "matroska")),
        (MP3, lambda mp3: remuxed(mp3, "wav")),
        (remuxed(FLAC, "ogg"), lambda ogg: remuxed(ogg, "ogg")),
        (VORBIS, lambda ogg: remuxed(ogg, "ogg", page_duration="100000")),
        (remuxed(VORBIS, "webm"), lambda webm: remuxed(webm, "webm")),
        (OPUS, lambda opus: remuxed(opus, "ogg", page_duration="100000")),
        (remuxed(OPUS, "webm"), with_gain),
        (remuxed(OPUS, "webm"), lambda webm: remuxed(webm, "webm")),
        (M4A, lambda m4a: remuxed(m4a, "mp4")),
        (M4A, lambda m4a: remuxed(m4a, "mp4", movflags="frag_keyframe+empty_moov")),
        (WAV, lambda wav: id3v2() + wav),
        (WAV, lambda _: written("WAVEX")),
        (WAV, lambda _: written("RF64")),
        (WAV, lambda _: written("WAV", endian="BIG")),
        (WAV, lambda _: written("AIFF")),
        (WAV, lambda _: written("AIFF", endian="LITTLE")),
        (WAV, lambda _: written("W64")),
    )
    others = OTHERS | MORE
    for name in sorted(others.keys() - {"w64"}):  # which holds no tags
        yield encoded(WAVE, name), partial(remuxed, container=others[name][0])
    for recording in (MP3, AAC, FLAC, VORBIS, OPUS, M4A, WAV):
        yield recording, lambda same: same + JUNK


@pytest.mark.parametrize(("recording", "tagged"), same_sound(), ids=count())
def test_the_same_sound_has_the_same_digest(recording, tagged):
    assert tagged(recording) != recording
    assert digest(tagged(recording)) == digest(recording)


@pytest.mark.parametrize("name", FORMATS)
def test_other_sound_has_another_digest(name):
    sounds = [encoded(wave, name) for wave in (WAVE, chord(seconds=2.0, seed=1), WAVE[:-2000])]

    assert len({digest(sound) for sound in sounds}) == len(sounds)


@pytest.mark.parametrize(
    "name",
    ["wav 16 bit", "wav a-law", "wav ms adpcm", "wav ima adpcm", "aifc ima adpcm", "mkv float"],
)
def test_samples_at_another_rate_or_on_more_channels_are_another_sound(name):
    stereo = WAVE[: len(WAVE) // 2 * 2].reshape(-1, 2)

    sounds = [encoded(WAVE, name), encoded(WAVE, name, rate_hz=44_100), encoded(stereo, name)]

    assert len({digest(sound) for sound in sounds}) == len(sounds)


def test_a_wma_whose_header_tells_another_rate_is_another_sound():
    wma = encoded(WAVE, "wma")
    slower = wma.replace(RATE_HZ.to_bytes(4, "little"), (RATE_HZ // 2).to_bytes(4, "little"))

    assert digest(slower) != digest(wma)


@pytest.mark.parametrize("name", ["mp3", "aac", "ogg vorbis", "ogg opus"])
def test_a_recording_joined_of_two_is_told_by_its_second_part(name):
    first, *others = (encoded(chord(seed=seed), name) for seed in range(3))
    others.append(encoded(chord(rate_hz=48_000), name, rate_hz=48_000))

    assert len({digest(first + other) for other in others}) == len(others)


@pytest.mark.parametrize(
    "recording",
    [
        b"",
        b"text",
        bytes(5000),
        FLAC[:42],
        VORBIS[:200],
        M4A[:500],
        encoded(WAVE[:0]),
    ],
    ids=count(),
)
def test_what_has_no_sound_has_no_digest(recording):
    with pytest.raises(UndecodableAudioError):
        digest(recording)
