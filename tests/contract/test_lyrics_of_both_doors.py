"""`attune import` and `python -m training embed` give the same recording the same words."""

import struct
from pathlib import Path

import av
import numpy as np
import pytest
from attune_client.cli.importing.metadata import read_texts

from models.lyrics.text import read_lyrics
from training.library.lyrics import lyrics_of
from training.library.sources import Source

WORDS = "The sun is up\nand everybody sings"
TIMED = "[ti:x]\n[00:01.00]The sun is up\n[00:02.00]and everybody sings\n"
BESIDE = {
    "utf16.lrc": (TIMED.encode("utf-16"), WORDS, []),
    "gbk.lrc": ("[00:01.00]你好世界\n".encode("gbk"), "你好世界", ["lyrics_encoding"]),
    "latin1.txt": ("café olé mi amor".encode("latin-1"), "café olé mi amor", ["lyrics_encoding"]),
    "nul.txt": (b"The sun\0is up", "The sunis up", []),
    "long.txt": (b"la la sun " * 11_000, ("la la sun " * 10_000).strip(), ["lyrics_cut"]),
    "upper.LRC": (TIMED.encode(), WORDS, []),
    "return.lrc": (TIMED.replace("\n", "\r").encode(), WORDS, []),
    "ends.lrc": (
        b"[00:10.34]The sun is up[00:15.86]\n[00:15.86]and everybody sings[00:20.36]\n",
        WORDS,
        [],
    ),
    "within.lrc": (b"[00:01.00]The [00:01.50]sun [00:02.00]is up\n", "The sun is up", []),
    "hours.lrc": (b"[01:02:03.45]The sun is up\n", "The sun is up", []),
    "timed.txt": (TIMED.encode(), WORDS, []),
    "image.txt": (b"\x89PNG\r\n\x1a\n\x01\x02\x03", "", ["lyrics_unreadable"]),
    "huge.txt": (b"la " * 400_000, ("la " * 33_334).strip()[:99_998], ["lyrics_cut"]),
    "blank.txt": (b" \r\n", "", []),
}


def words_of(recording: Path, lyrics: Path | None = None):
    """Return the words and the codes of notices at both doors: imported, embedded."""
    sent = read_texts(recording, lyrics)
    imported = read_lyrics(sent.lyrics or b"")
    embedded = lyrics_of(Source("t", recording, lyrics))
    notices = ((*sent.notices, *imported.notices), embedded.notices)
    codes = [[notice.code for notice in each] for each in notices]
    return [(imported.text, codes[0]), (embedded.text, codes[1])]


@pytest.mark.parametrize("name", BESIDE)
def test_a_file_beside_a_recording_has_the_same_words(tmp_path, name):
    content, words, said = BESIDE[name]
    (tmp_path / name).write_bytes(content)
    (tmp_path / "song.wav").write_bytes(b"")

    assert words_of(tmp_path / "song.wav", tmp_path / name) == [(words, said)] * 2


def test_a_file_that_cannot_be_opened_leaves_the_words_of_the_tags(tmp_path):
    (tmp_path / "song.txt").mkdir()
    recording = mp3(tmp_path, USLT=b"\x03eng\0" + WORDS.encode())

    found = words_of(recording, tmp_path / "song.txt")

    assert found == [(WORDS, ["lyrics_unreadable"])] * 2


def mp3(folder, **frames):
    """Write an MP3 that consists of an ID3v2.3 tag and one frame of sound."""
    body = b"".join(
        name.encode() + struct.pack(">IH", len(content), 0) + content
        for name, content in frames.items()
    )
    sizes = bytes((len(body) >> shift) & 0x7F for shift in (21, 14, 7, 0))
    path = folder / "song.mp3"
    path.write_bytes(b"ID3\x03\x00\x00" + sizes + body + b"\xff\xfb\x90\x00" + bytes(413))
    return path


def sylt(*lines):
    return b"\x03eng\x02\x01\0" + b"".join(
        words.encode() + b"\0" + struct.pack(">I", 1000 * i) for i, words in enumerate(lines)
    )


def by_ffmpeg(folder, name, **tags):
    """Write a recording of silence with tags."""
    path = folder / name
    with av.open(str(path), "w") as file:
        file.metadata.update(tags)
        stream = file.add_stream({"flac": "flac", "m4a": "aac"}[path.suffix[1:]], rate=44_100)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4096), np.int16), "s16", "mono")
        frame.rate = 44_100
        file.mux([*stream.encode(frame), *stream.encode(None)])
    return path


@pytest.mark.parametrize(
    "record",
    [
        lambda folder: mp3(folder, USLT=b"\x03eng\0" + WORDS.encode()),
        lambda folder: mp3(folder, USLT=b"\x01eng\xff\xfe\0\0" + TIMED.encode("utf-16")),
        lambda folder: mp3(folder, SYLT=sylt(*WORDS.split("\n"))),
        lambda folder: mp3(
            folder, SYLT=sylt(*WORDS.split("\n")), USLT=b"\x03eng\0" + WORDS.encode()
        ),
        lambda folder: by_ffmpeg(folder, "song.flac", LYRICS=TIMED),
        lambda folder: by_ffmpeg(folder, "song.flac", LYRICS=TIMED, UNSYNCEDLYRICS=WORDS),
        lambda folder: by_ffmpeg(folder, "song.m4a", lyrics=TIMED.replace("\n", "\r")),
    ],
    ids=["USLT", "timed USLT", "SYLT", "both", "LYRICS", "two comments", "lyr"],
)
def test_tags_have_the_same_words_once(tmp_path, record):
    assert words_of(record(tmp_path)) == [(WORDS, [])] * 2
