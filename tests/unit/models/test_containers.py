"""Containers: what is no audio, what is damaged, what a file says of itself and of others."""

import io
import struct

import av
import numpy as np
import pytest

from models.audio.decoding import SAMPLE_RATE_HZ, decode
from models.errors import AudioError, NotAudioError, UndecodableAudioError
from tests.audio_signals import (
    FORMATS,
    chord,
    encoded,
    id3_tag,
    over_channels,
    peak_hz,
    referring_to,
    tone,
)

TEXT = b"These are lyrics, not music, whatever the file is called.\n" * 40


def heard(file, **bounds):
    return decode(io.BytesIO(file), **bounds)


def flac_claiming(n_samples):
    """Three seconds of flac whose header tells another length."""
    file = bytearray(encoded(tone(seconds=3), "flac 16 bit"))
    file[21] = file[21] & 0xF0 | n_samples >> 32
    file[22:26] = struct.pack(">I", n_samples & 0xFFFFFFFF)
    return bytes(file)


def wav_claiming(n_bytes):
    """Three seconds of wav whose header tells another length."""
    file = bytearray(encoded(tone(seconds=3)))
    struct.pack_into("<I", file, file.index(b"data") + 4, n_bytes)
    return bytes(file)


def mp3_claiming(n_frames):
    """Three seconds of mp3 whose header tells another length."""
    file = bytearray(encoded(tone(seconds=3), "mp3"))
    struct.pack_into(">I", file, file.index(b"Xing") + 8, n_frames)
    return bytes(file)


def mp3_of_untold_length():
    """Three seconds of mp3, of varying bitrate, without the header that tells their length."""
    return encoded(tone(seconds=3), "mp3").replace(b"Xing", bytes(4))


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(b"x", id="one byte"),
        pytest.param(TEXT, id="text"),
        pytest.param(TEXT.decode().encode("utf-16"), id="text of another encoding"),
        pytest.param(bytes(50_000), id="zeros"),
        pytest.param(b"\xff" * 50_000, id="ones"),
        pytest.param(np.random.default_rng(1).bytes(100_000), id="random, like mp3"),
        pytest.param(np.random.default_rng(2).bytes(100_000), id="random"),
        pytest.param(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(500), id="png"),
        pytest.param(b"%PDF-1.7\n" + bytes(500), id="pdf"),
        pytest.param(b"RIFF\xff\0\0\0AVI LIST" + bytes(500), id="avi"),
        pytest.param(b"RIFF\xff\0\0\0WAVEfmt ", id="the start of a wav"),
        pytest.param(b"fLaC", id="the start of a flac"),
        pytest.param(b"OggS" + bytes(23), id="the start of an ogg"),
        pytest.param(b"\xff\xfb\x90\x64" + bytes(5_000), id="the start of an mp3"),
        pytest.param(b"\xff\xf1\x50\x80" + bytes(5_000), id="the start of an aac"),
        pytest.param(b"\0\0\0\x20ftypM4A " + bytes(500), id="the start of an m4a"),
        pytest.param(id3_tag(), id="a tag and nothing else"),
        pytest.param(b"ID3\x04\0\0\x7f\x7f\x7f\x7f", id="a tag of 256 MB that is not there"),
        pytest.param(id3_tag(0) * 5_000, id="tags without end"),
        pytest.param((id3_tag(0) + b"\0") * 5_000, id="tags and zeros without end"),
        pytest.param(id3_tag() + TEXT, id="a tag and text"),
    ],
)
def test_what_is_no_audio_is_refused(file):
    with pytest.raises(UndecodableAudioError, match="wav, flac, ogg, opus, mp3, m4a, aac"):
        heard(file)


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (b"", "the file is empty."),
        (id3_tag() + bytes(99), "only tags and blanks are there."),
    ],
    ids=["nothing", "a tag and zeros"],
)
def test_of_a_file_without_content_it_is_said_that_it_is_empty(file, message):
    with pytest.raises(UndecodableAudioError, match=message):
        heard(file)


PLAYLISTS = {
    "names": "{target}\n",
    "m3u": "#EXTM3U\n#EXTINF:2,Ana\n{target}\n",
    "hls": "#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:2.0,\n{target}\n#EXT-X-ENDLIST\n",
    "ffconcat": "ffconcat version 1.0\nfile '{target}'\n",
    "pls": "[playlist]\nFile1={target}\nNumberOfEntries=1\n",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 97\n",
}


@pytest.mark.parametrize("playlist", PLAYLISTS.values(), ids=PLAYLISTS)
@pytest.mark.parametrize("name", ["list.mp3", "list.m3u8"])
def test_nothing_that_a_playlist_names_is_opened(playlist, name, tmp_path):
    (tmp_path / "music.wav").write_bytes(encoded(tone(440, seconds=2)))
    (tmp_path / name).write_text(playlist.format(target=tmp_path / "music.wav"))

    with (tmp_path / name).open("rb") as file, pytest.raises(UndecodableAudioError):
        decode(file)


@pytest.mark.parametrize("mask", ["{}", "file://{}"])
def test_nothing_that_an_m4a_names_is_opened(mask, tmp_path):
    path = tmp_path / "other.m4a"
    path.write_bytes(encoded(tone(1_000, seconds=2), "m4a"))

    with pytest.raises(UndecodableAudioError):
        heard(referring_to(mask.format(path), encoded(tone(440, seconds=2), "m4a")))


@pytest.mark.parametrize("name", FORMATS)
def test_what_lies_in_the_working_directory_does_not_matter(name, tmp_path, monkeypatch):
    # Where libsndfile would look for the resource fork of a file without a name.
    (tmp_path / "._").write_bytes(bytes(1_000))
    (tmp_path / ".AppleDouble").mkdir()
    monkeypatch.chdir(tmp_path)

    wave = heard(encoded(tone(440, seconds=2), name))

    assert peak_hz(wave) == pytest.approx(440, abs=1)


@pytest.mark.parametrize("name", ["music.raw", "music.mp3", "music.txt", "music"])
@pytest.mark.parametrize("kind", ["wav 16 bit", "mp3", "m4a"])
def test_what_a_file_is_called_does_not_matter(name, kind, tmp_path):
    (tmp_path / name).write_bytes(encoded(tone(440), kind))

    with (tmp_path / name).open("rb") as file:
        wave = decode(file)

    assert peak_hz(wave) == pytest.approx(440, abs=1)


@pytest.mark.parametrize("name", ["mp3", "aac", "flac 16 bit", "m4a"])
@pytest.mark.parametrize("before", [b"", id3_tag(2_000), id3_tag(70_000) + id3_tag(10)], ids=len)
def test_tags_change_no_sample(name, before):
    file = encoded(chord(), name)

    wave = heard(before + file + b"TAG" + bytes(125))

    np.testing.assert_array_equal(wave, heard(file))


@pytest.mark.parametrize(
    "file",
    [
        *(pytest.param(flac_claiming(n), id=f"flac {n}") for n in (0, 1, 10**6, 2**36 - 1)),
        *(pytest.param(wav_claiming(n), id=f"wav {n}") for n in (2**31 - 1, 2**32 - 1)),
        *(pytest.param(mp3_claiming(n), id=f"mp3 {n}") for n in (0, 1, 10**6, 2**32 - 1)),
        pytest.param(mp3_of_untold_length(), id="mp3 untold"),
    ],
)
def test_the_length_is_what_is_there_whatever_the_header_claims(file):
    wave = heard(file)

    # Without its header an mp3 begins and ends with a frame or two that the encoder made up.
    assert len(wave) / SAMPLE_RATE_HZ == pytest.approx(3, abs=0.15)
    assert peak_hz(wave) == pytest.approx(440, abs=1)


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "m4a"])
def test_of_a_file_cut_short_what_is_there_is_heard(name):
    file = encoded(chord(seconds=10), name)

    wave = heard(file[: len(file) * 6 // 10])

    # Vorbis comes in pages of some 4 kB, a second and a half of this.
    assert 4.4 <= len(wave) / SAMPLE_RATE_HZ <= 6.2
    np.testing.assert_allclose(wave[:60_000], heard(file)[:60_000], rtol=0, atol=1e-4)


def test_an_m4a_cut_short_before_its_table_of_contents_is_refused():
    file = encoded(chord(seconds=10), "m4a")

    with pytest.raises(UndecodableAudioError, match="damaged"):
        heard(file[: len(file) * 6 // 10])


@pytest.mark.parametrize("name", [name for name in FORMATS if name[:3] not in {"ogg", "web"}])
def test_around_a_hole_in_a_file_the_rest_is_heard(name):
    whole = encoded(chord(seconds=10), name)

    wave = heard(with_a_hole(whole))

    # A lost flac frame is a quarter of a second; a lost fragment is one of aac.
    assert len(wave) / SAMPLE_RATE_HZ == pytest.approx(10, abs=0.6)
    np.testing.assert_allclose(wave[:60_000], heard(whole)[:60_000], rtol=0, atol=1e-4)


def with_a_hole(file):
    middle = len(file) // 2
    return file[:middle] + bytes(200) + file[middle + 200 :]


@pytest.mark.parametrize(
    ("name", "least_s"), [("ogg vorbis", 8), ("ogg opus", 8), ("webm", 4.9), ("ogg flac", 8)]
)
def test_of_a_file_with_a_hole_a_page_or_a_cluster_is_lost(name, least_s):
    wave = heard(with_a_hole(encoded(chord(seconds=10), name)))

    assert least_s < len(wave) / SAMPLE_RATE_HZ < 10.1


def test_however_the_middle_of_an_aac_is_damaged_its_end_is_heard():
    whole = encoded(chord(seconds=4, rate_hz=44_100), "aac", rate_hz=44_100)

    lengths_s = [len(heard(with_damage_in_the_middle(whole, seed))) / 16_000 for seed in range(40)]

    assert min(lengths_s) > 3


def with_damage_in_the_middle(file, seed):
    rng = np.random.default_rng(seed)
    damaged = bytearray(file)
    for at in rng.integers(len(file) // 3, len(file) * 2 // 3, 40):
        damaged[at] = rng.integers(256)
    return bytes(damaged)


def film(*, sound):
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as output:
        pictures = output.add_stream("mpeg4", rate=10, width=16, height=16, pix_fmt="yuv420p")
        tracks = [output.add_stream("aac", rate=SAMPLE_RATE_HZ, layout="mono") for _ in sound]
        output.mux([*pictures.encode(av.VideoFrame(16, 16, "yuv420p")), *pictures.encode(None)])
        for wave, track in zip(sound, tracks, strict=True):
            frame = av.AudioFrame.from_ndarray(wave[None], "fltp", "mono")
            frame.sample_rate, frame.pts = SAMPLE_RATE_HZ, 0
            output.mux([*track.encode(frame), *track.encode(None)])
    return file.getvalue()


def test_the_sound_of_a_film_is_heard():
    wave = heard(film(sound=[tone(440, seconds=2)]))

    assert peak_hz(wave) == pytest.approx(440, abs=1)


def test_a_film_with_six_tracks_beside_its_sound_is_heard():
    assert peak_hz(heard(film(sound=[tone(440)] * 7))) == pytest.approx(440, abs=1)


def test_a_film_with_more_tracks_is_refused():
    with pytest.raises(UndecodableAudioError, match="more than 8 tracks"):
        heard(film(sound=[tone(440)] * 8))


def test_a_track_of_an_unknown_codec_before_the_sound_is_passed_over():
    first, second = tone(440, seconds=2), tone(880, seconds=2)
    file = film(sound=[first, second]).replace(b"mp4a", b"apac", 1).replace(b"esds", b"free", 2)

    assert peak_hz(heard(file)) == pytest.approx(880, abs=1)


def test_a_film_without_sound_is_refused():
    with pytest.raises(UndecodableAudioError, match="no audio track"):
        heard(film(sound=[]))


@pytest.mark.slow
def test_however_a_file_is_damaged_the_answer_is_audio_or_a_refusal():
    rng = np.random.default_rng(2026)
    files = [
        encoded(over_channels(tone(440, rate_hz=48_000), 2), name, rate_hz=48_000)
        for name in FORMATS
    ]
    answers = [answer(damaged(files[i % len(files)], rng)) for i in range(400)]

    refusals = [error for error in answers if error is not None]
    # Damage was done, and not all of it was fatal: the test tests something.
    assert 100 < len(refusals) < 300
    assert all(str(error).endswith(".") for error in refusals)


def answer(file):
    """None if it is heard; the refusal; anything else that is raised ends the test."""
    try:
        wave = heard(file, max_duration_s=30)
    except AudioError as error:
        return error
    assert np.isfinite(wave).all()
    return None


def damaged(file, rng):
    return DAMAGES[rng.integers(len(DAMAGES))](bytearray(file), rng)


def scattered(file, rng):
    for at in rng.integers(len(file), size=rng.integers(1, 20)):
        file[at] = rng.integers(256)
    return bytes(file)


def in_the_header(file, rng):
    for at in rng.integers(300, size=rng.integers(1, 8)):
        file[at] = rng.integers(256)
    return bytes(file)


def extreme_numbers(file, rng):
    numbers = (b"\xff" * 4, bytes(4), b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\1")
    for at in rng.integers(400, size=rng.integers(1, 6)):
        file[at : at + 4] = numbers[rng.integers(len(numbers))]
    return bytes(file)


def cut(file, rng):
    return bytes(file[: rng.integers(len(file))])


def replaced(file, rng):
    start, end = sorted(rng.integers(len(file), size=2))
    file[start:end] = rng.bytes(rng.integers(2_000))
    return bytes(file)


DAMAGES = (scattered, in_the_header, extreme_numbers, cut, replaced)


def test_a_size_that_exceeds_any_file_is_refused(tmp_path):
    wma = bytearray(encoded(tone(440), "wma"))
    wma[46:54] = (2**62).to_bytes(8, "little")  # of the first object in the header
    path = tmp_path / "damaged.wma"
    path.write_bytes(wma)

    with path.open("rb") as file, pytest.raises(NotAudioError, match="the wma has no data"):
        decode(file)
