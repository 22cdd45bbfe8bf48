"""Titles, artists and words, from tags and from files."""

import struct

import pytest

from attune_client.cli.importing.texts import TextError, Texts, read_texts, without_times

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


def test_tags_say_title_artist_and_words(tmp_path):
    path = tagged(
        tmp_path / "a.mp3",
        TIT2=text("Blue \n in  Green"),
        TPE1=text("Élan"),
        USLT=sung("[00:01.00]Here it comes"),
    )

    assert read_texts(path, None) == Texts("Blue in Green", "Élan", "Here it comes", "embedded")


def test_a_file_beside_comes_before_what_is_embedded(tmp_path):
    path = tagged(tmp_path / "a.mp3", USLT=sung("embedded"))
    beside = tmp_path / "a.lrc"
    beside.write_text(LRC)

    told = read_texts(path, beside)

    assert (told.lyrics, told.lyrics_from) == ("Here it [comes]\nwarm and slow", ".lrc")


def test_plain_text_goes_byte_for_byte(tmp_path):
    beside = tmp_path / "a.txt"
    beside.write_bytes("\ufeff[00:01]La\r\n\n".encode())

    assert read_texts(tmp_path / "a.ogg", beside).lyrics == "\ufeff[00:01]La\r\n\n"


@pytest.mark.parametrize("name", ["a.txt", "a.lrc"])
def test_nothing_but_blanks_is_no_lyrics(tmp_path, name):
    beside = tmp_path / name
    beside.write_text(" \n\n")

    told = read_texts(tmp_path / "a.ogg", beside)

    assert (told.lyrics, told.lyrics_from) == (None, "")


def test_words_that_are_no_text_are_told(tmp_path):
    beside = tmp_path / "a.txt"
    beside.write_bytes("Été".encode("latin-1"))

    with pytest.raises(TextError, match=r"a\.txt is no text in UTF-8"):
        read_texts(tmp_path / "a.ogg", beside)


@pytest.mark.parametrize("content", [b"", b"music", b"ID3\x03\x00\x00\x00\x00\x00\x7f", b"OggS"])
def test_what_has_no_tags_has_no_names(tmp_path, content):
    path = tmp_path / "a.mp3"
    path.write_bytes(content)

    assert read_texts(path, None) == Texts(None, None, None, "")


def test_a_title_is_no_longer_than_the_service_takes(tmp_path):
    path = tagged(tmp_path / "a.mp3", TIT2=text("x" * 1000))

    assert len(read_texts(path, None).title) == 500


def test_times_are_left_out_wherever_they_stand():
    assert without_times("[00:01.00] [00:02:11]a\n<00:01>b <00:02.5>c\n[1:2]") == "a\nb c"
    assert without_times("a [chorus]\n[Verse]\nb") == "a [chorus]\n[Verse]\nb"
