# ruff: noqa: RUF001  # typographic signs are what is tested
"""The text of lyrics: canonical form, marks of time, and what is said of a text."""

import pytest

from models.lyrics.text import MAX_LYRICS, LyricsText, canonical_lyrics, read_lyrics, tidy_lyrics

WORDS = "The sun is up\nand everybody sings"


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        (WORDS, WORDS),
        (WORDS.replace("\n", "\r\n"), WORDS),
        (WORDS.replace("\n", "\r"), WORDS),
        (WORDS.replace("\n", "\u2028"), WORDS),
        (f"\ufeff\r\n {WORDS}\t\n\n", WORDS),
        ("The sun\0is up", "The sunis up"),
        ("Cafe\u0301", "Caf\xe9"),
        (" \r\n\t", ""),
    ],
)
def test_lyrics_have_one_form_whichever_editor_wrote_them(text, canonical):
    assert canonical_lyrics(text) == canonical


@pytest.mark.parametrize(
    "text", ["e" + "\u0300\u0316" * 50_000, "\ufb2c" * 900, "Cafe\u0301 " * 9]
)
def test_the_canonical_form_is_stable_and_quick_for_any_text(text):
    canonical = canonical_lyrics(text)

    assert canonical_lyrics(canonical) == canonical


@pytest.mark.parametrize(
    "timed",
    [
        "[00:10.34]The sun is up\n[00:15.86]and everybody sings",
        "[00:10.34]The sun is up[00:15.86]\n[00:15.86]and everybody sings[00:20.36]\n",
        "The sun is up [00:15.86]\nand everybody sings [00:20.36]",
        "The sun is up[00:15]\nand everybody sings[00:20]",
        "[00:01.00]The [00:01.50]sun [00:02.00]is up\n[00:03]and everybody [00:04]sings",
        "[01:02:03.45]The sun is up\n[01:02:04.45]and everybody sings",
        "[00:01]The sun is up\n[00:02]and everybody sings",
        "[00:01:50] The sun is up\n[00:02:50] and everybody sings",
        "[ 00:01.00 ]The sun is up\n[00:02,500]and everybody sings",
        "[00:01.00][01:02.00]The sun is up\n[00:02.00] [01:04.00]and everybody sings",
        "[00:01.00] <00:01.00> The <00:01.50> sun <00:02.00> is up\n"
        "<00:03.00>and every<00:04>body sings",
        "[ti:x [live]]\r[ar:Ana]\r[offset:+500]\r[#:note]\r[00:01.00]The sun is up\r"
        "[00:02.00]and everybody sings\r",
        "[TI:x][by:me]\n[00:01.00]F: The sun is up\n[00:02.00]v1: and everybody sings",
        "[00:01.00]The sun is up\n[bg: <00:02.00>and everybody sings]",
        "1\n00:00:01,000 --> 00:00:02,000\n<i>The sun is up</i>\n\n"
        "2\n00:00:03,000 --> 00:00:04,000\nand everybody sings\n",
        "WEBVTT - x\nKind: captions\n\nNOTE by me\nfor you\n\n"
        "00:01.000 --> 00:02.000 align:start\n"
        "<v Ana>The <00:01.500>sun is up</v>\n\n00:02.000 --> 00:03.000\nand everybody sings",
        "WEBVTT\n\nfirst\n00:01.000 --> 00:02.000\nThe sun is&lrm; up\n\n"
        "second\n00:02.000 --> 00:03.000\nand everybody sings",
        "0:00:01.000,0:00:02.000\nThe sun is up\n\n0:00:03.000,0:00:04.000\nand everybody sings",
        "[Script Info]\nTitle: x\n\n[Events]\nFormat: Layer, Start\n"
        "Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,{\\k20}The {\\k30}sun is up\\N"
        "and everybody sings",
        "[ ti:x][al:y][00:00.00]\n[artist:Ana]\n[t_time:(03:20)]\n[00:00.50][tr:x]\n"
        "\u200b[00:01.00]The sun is up\n"
        "\u200e[00:02.00]and every\u00adbody sings",
        "\uff3b00:01.00\uff3dThe sun is up\n[00\uff1a02.00]and everybody sings",
        "[1000,2000]<0,300,0>The <300,300,0>sun is up\n[3000,2000]and (3000,300)everybody sings",
        "The sun is up<br />\nand everybody sings<BR>",
    ],
)
def test_marks_of_time_and_remarks_are_no_words(timed):
    assert tidy_lyrics(timed).text == WORDS
    assert tidy_lyrics(timed.replace("\n", "\r")).text == WORDS


@pytest.mark.parametrize(
    "text",
    [
        "[Chorus]\nMeet me at 10:30",
        "[Verse 1: Ana]\nJohn [3:16] <3",
        "[Chorus: Ana & Bo]\na --> b",
        "F: the key of love\n1\n2",
        "[Bridge 2: x4]\n(1,2) step (3,4)\n<3 <b",
        "[1,2] step\n[3,4] go\n[Version: mine] she said\n1. One\n2. Two",
    ],
)
def test_a_text_without_marks_keeps_what_resembles_them(text):
    assert tidy_lyrics(text).text == text


@pytest.mark.parametrize(
    "mark", ["[ti:a]", "[ti:", "[", "[00:01.00]", "1\n", "<c", "00:01,0 --> "]
)
def test_marks_are_removed_in_linear_time(mark):
    assert len(tidy_lyrics(mark * 100_000).sent) == len(mark) * 100_000


def codes(read):
    return [(notice.code, notice.value) for notice in read.notices]


@pytest.mark.parametrize(
    ("data", "text", "said"),
    [
        (f"[ti:x]\n{WORDS}\n".encode("utf-16"), WORDS, []),
        (WORDS.encode("utf-16-le"), WORDS, [("lyrics_encoding", "utf-16-le")]),
        ("[00:01.00]你好世界\n".encode("gbk"), "你好世界", [("lyrics_encoding", "gb18030")]),
        (b"\x89PNG\r\n\x1a\n\x01\x02\x03", "", [("lyrics_unreadable", "")]),
        (rb"{\rtf1\ansi The sun is up\par}", "", [("lyrics_unreadable", "RTF")]),
        (b"\n<!DOCTYPE html><p>The sun is up", "", [("lyrics_unreadable", "HTML")]),
        (b"<tt xml:lang='en'><p>The sun is up</p></tt>", "", [("lyrics_unreadable", "XML")]),
        (b"%PDF-1.4\nBT (The sun is up) Tj ET", "", [("lyrics_unreadable", "PDF")]),
        (b"", "", []),
    ],
)
def test_a_file_is_read_and_what_was_guessed_is_said(data, text, said):
    read = read_lyrics(data)

    assert (read.text, codes(read)) == (text, said)


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
@pytest.mark.parametrize("text", ["Cómo te extraño à", "\ufeffDon’t go", "“Él”", "Я тебя"])
def test_utf_8_that_was_read_as_another_encoding_is_mended_and_this_is_said(text, encoding):
    misread = "".join(
        bytes([byte]).decode(encoding, "ignore") or chr(byte) for byte in text.encode()
    )

    for read in (tidy_lyrics(misread), read_lyrics(misread.encode())):
        assert (read.text, codes(read)) == (text.strip("\ufeff"), [("lyrics_encoding", "utf-8")])


@pytest.mark.parametrize("text", ["CAFÉ – Â", "Ã la carte", "naïve £5 ½", "Ã©, é"])
def test_a_text_that_is_no_misread_utf_8_stays(text):
    assert tidy_lyrics(text) == LyricsText(text, (), text)


def test_long_lyrics_are_cut_at_a_word_and_this_is_said():
    read = read_lyrics(b"la la sun " * 11_000)

    assert (len(read.text), read.text[-3:]) == (MAX_LYRICS - 1, "sun")
    assert codes(read) == [("lyrics_cut", "109999")]
    assert read.notices[0].message == (
        "The lyrics have 109999 characters, more than 100000: only the first 99999 were used."
    )
    assert tidy_lyrics("a" * 100_001).text == "a" * 100_000
    assert codes(read_lyrics(b"[00:01.00]" * 200_000)) == [("lyrics_cut", "2000000")]
