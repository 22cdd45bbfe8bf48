"""Titles, artists and lyrics, from tags and from files."""

import struct

import pytest

from attune_client.cli.importing.metadata import MAX_LYRICS_BYTES, Texts, read_texts


def tagged(path, **frames):
    """Write an MP3 with nothing but an ID3v2.3 tag in it."""
    body = b"".join(
        name.encode() + struct.pack(">IH", len(content), 0) + content
        for name, content in frames.items()
    )
    size = len(body)
    sizes = bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0))
    path.write_bytes(b"ID3\x03\x00\x00" + sizes + body + b"\xff\xfb\x90\x00" + bytes(413))
    return path


def text(words):
    return b"\x03" + words.encode()


def sung(words):
    return b"\x03eng\0" + words.encode()


def test_title_artist_and_lyrics_come_from_tags(tmp_path):
    path = tagged(
        tmp_path / "a.mp3",
        TIT2=text("Blue \n in  Green" + "x" * 1000),
        TPE1=text("Élan"),
        USLT=sung("[00:01.00]Here it comes"),
    )

    texts = read_texts(path, None)

    assert (texts.title[:14], len(texts.title)) == ("Blue in Greenx", 500)
    assert (texts.artist, texts.lyrics) == ("Élan", b"[00:01.00]Here it comes")
    assert texts.lyrics_from == "embedded"


@pytest.mark.parametrize(
    ("name", "content", "sent"),
    [
        ("a.lrc", b"[00:01.00]La\r", b"[00:01.00]La\r"),
        ("a.txt", "caf\xe9".encode("utf-16"), "caf\xe9".encode("utf-16")),
        ("a.txt", b" \n\n", None),
        ("a.txt", b"la " * 500_000, (b"la " * 500_000)[:MAX_LYRICS_BYTES]),
    ],
    ids=["times", "utf-16", "blank", "long"],
)
def test_a_lyrics_file_precedes_the_tags_and_is_sent_as_it_is(tmp_path, name, content, sent):
    path = tagged(tmp_path / "a.mp3", USLT=sung("embedded"))
    (tmp_path / name).write_bytes(content)

    texts = read_texts(path, tmp_path / name)

    assert (texts.lyrics, texts.lyrics_from) == (sent, name[1:] * bool(sent))


def test_a_lyrics_file_that_cannot_be_opened_is_passed_over_with_a_notice(tmp_path):
    path = tagged(tmp_path / "a.mp3", USLT=sung("embedded"))
    (tmp_path / "a.txt").mkdir()

    texts = read_texts(path, tmp_path / "a.txt")

    assert (texts.lyrics, texts.lyrics_from) == (b"embedded", "embedded")
    assert [(each.code, each.message) for each in texts.notices] == [
        ("lyrics_unreadable", "a.txt cannot be read: Is a directory.")
    ]


def timed(*lines):
    """Return the content of a SYLT frame in milliseconds."""
    return b"\x03eng\x02\x01\0" + b"".join(
        words.encode() + b"\0" + struct.pack(">I", 1000 * i) for i, words in enumerate(lines)
    )


@pytest.mark.parametrize(
    ("frames", "lyrics"),
    [
        ({"SYLT": timed("Here it", "comes"), "USLT": sung("Here it\ncomes")}, b"Here it\ncomes"),
        ({"SYLT": timed("war", "ming up"), "USLT": sung("Warming, up!")}, b"Warming, up!"),
        ({"SYLT": timed("la la", "lo")}, b"[00:00.00]la la\n[00:01.00]lo"),
        (
            {"USLT": sung("one two three four five six"), "SYLT": timed("one two three four six")},
            b"one two three four five six",
        ),
        ({"USLT": sung("by me"), "SYLT": timed("la la")}, b"by me\n[00:00.00]la la"),
    ],
    ids=["both", "syllables", "timed only", "nearly the same", "different"],
)
def test_lyrics_with_and_without_times_are_sent_once(tmp_path, frames, lyrics):
    assert read_texts(tagged(tmp_path / "a.mp3", **frames), None).lyrics == lyrics


@pytest.mark.parametrize("content", [b"", b"music", b"ID3\x03\x00\x00\x00\x00\x00\x7f", b"OggS"])
def test_a_recording_without_tags_has_no_texts(tmp_path, content):
    path = tmp_path / "a.mp3"
    path.write_bytes(content)

    assert read_texts(path, None) == Texts(None, None, None, "")
