"""Titles, artists and lyrics, from tags and from files."""

import struct

import pytest

from attune_client.cli.importing.metadata import TextError, Texts, read_texts, without_time_stamps

LRC = """\
[ti:A title]
[offset:+500]
[00:12.00]Here it [comes]
[00:15.30][01:20.00]warm and <00:16.00>slow

[02:00]
"""


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
    assert (texts.artist, texts.lyrics) == ("Élan", "Here it comes")
    assert texts.lyrics_from == "embedded"


@pytest.mark.parametrize(
    ("name", "content", "lyrics"),
    [
        ("a.lrc", LRC, "Here it [comes]\nwarm and slow"),
        ("a.txt", "\ufeff[00:01]La\r\n\n", "\ufeff[00:01]La\r\n\n"),
        ("a.txt", " \n\n", None),
        ("a.lrc", "[00:01] \n\n", None),
    ],
)
def test_a_lyrics_file_precedes_the_tags(tmp_path, name, content, lyrics):
    path = tagged(tmp_path / "a.mp3", USLT=sung("embedded"))
    (tmp_path / name).write_bytes(content.encode())

    texts = read_texts(path, tmp_path / name)

    assert (texts.lyrics, texts.lyrics_from) == (lyrics, name[1:] * bool(lyrics))


def test_a_lyrics_file_in_another_encoding_is_an_error(tmp_path):
    beside = tmp_path / "a.txt"
    beside.write_bytes("Été".encode("latin-1"))

    with pytest.raises(TextError, match=r"a\.txt is not text in UTF-8"):
        read_texts(tmp_path / "a.ogg", beside)


@pytest.mark.parametrize("content", [b"", b"music", b"ID3\x03\x00\x00\x00\x00\x00\x7f", b"OggS"])
def test_a_recording_without_tags_has_no_texts(tmp_path, content):
    path = tmp_path / "a.mp3"
    path.write_bytes(content)

    assert read_texts(path, None) == Texts(None, None, None, "")


def test_time_stamps_are_removed_anywhere():
    timed = "[00:01.00] [00:02:11]a\n<00:01>b <00:02.5>c\n[1:2]"

    assert without_time_stamps(timed) == "a\nb c"
    assert without_time_stamps("a [chorus]\n[Verse]\nb") == "a [chorus]\n[Verse]\nb"
