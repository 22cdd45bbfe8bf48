# ruff: noqa: RUF001  # other scripts are what is tested
"""Encodings of lyrics: files as editors of many countries save them."""

import pytest

from models.lyrics.encodings import MAX_BYTES, Decoded, decode

DOS = ["cp850", "cp437"]
WESTERN = ["cp1252", "latin-1"]
TEXTS = [
    ("你好世界", ["gb18030", "big5"]),
    ("月亮代表我的心\n你问我爱你有多深", ["gb18030"]),
    ("朋友一生一起走", ["gb18030"]),
    ("[ti:童话]\n[00:01.00]忘了有多久\n[00:04.00]再没听到你", ["gb18030"]),
    ("海闊天空\n今天我寒夜裡看雪飄過", ["big5"]),
    ("上を向いて歩こう\n涙がこぼれないように", ["cp932", "euc_jp", "iso2022_jp"]),
    ("君の名は", ["cp932", "euc_jp"]),
    ("아리랑 아리랑 아라리요", ["cp949"]),
    ("봄날 보고 싶다", ["cp949", "iso2022_kr", "utf-16-le", "utf-16-be"]),
    (
        "가\n비가 오는 거리에서 너를 기다려\n천천히 밤이 내려와",
        ["cp949", "utf-16-le", "utf-16-be"],
    ),
    ("Миллион алых роз\nиз окна видишь ты", ["cp1251", "koi8_r"]),
    ("[00:01.00]Я тебя люблю\n[00:05.00]Ты моя весна", ["cp1251", "koi8_r"]),
    ("Медленно падает ночь", ["koi8_r", "cp866", "iso8859_5"]),
    ("Чакам те под дъжда", ["cp1251"]),
    ("Ще не вмерла України і слава, і воля", ["cp1251", "koi8_u"]),
    ("café olé mi amor", WESTERN),
    ("Señorita", WESTERN),
    ("Don’t stop believin’ — hold on to that feelin’", ["cp1252"]),
    ("The café is closed and the rain comes down", [*WESTERN, "mac_roman", *DOS]),
    ("I can’t go home and I don’t know why", ["cp1252", "mac_roman"]),
    ("IT’S THE ROCK ’N’ ROLL", ["cp1252"]),
    ("I don´t know", WESTERN),
    ("Give me 50¢\n§ 5\nChorus × 2\n© Nobody", WESTERN),
    ("Ævar", WESTERN),
    ("Non, rien de rien\nNon, je ne regrette rien\nNi le mal, tout ça m'est bien égal", WESTERN),
    ("Über den Wolken muß die Freiheit wohl grenzenlos sein", WESTERN),
    ("Langsam fällt die Nacht über die Dächer", [*WESTERN, "mac_roman", *DOS]),
    ("Nel blu dipinto di blu, felice di stare lassù\nperché è così", WESTERN),
    ("Dziwny jest ten świat, gdzie wciąż mieści się wiele zła", ["cp1250", "iso8859_2"]),
    ("Szép vagy, gyönyörű vagy Magyarország", ["cp1250"]),
    ("Τα παιδιά του Πειραιά\nΑπ' το παράθυρό μου στέλνω", ["cp1253"]),
    ("İstanbul'da sonbahar şarkısı", ["cp1254"]),
    ("Gece yavaşça düşüyor", ["cp1254"]),
    ("Mana sirds dzied tavu vārdu\nRīt uzlēks saule", ["cp1257", "iso8859_13"]),
    ("ירושלים של זהב", ["cp1255"]),
    ("انت عمري اللي ابتدى بنورك صباحه", ["cp1256"]),
    ("ลอยลอยกระทง วันเพ็ญเดือนสิบสอง", ["cp874"]),
]


@pytest.mark.parametrize(
    ("text", "encoding"), [(text, encoding) for text, own in TEXTS for encoding in own]
)
def test_short_lyrics_are_read_in_the_encodings_of_their_language(text, encoding):
    found = decode(text.encode(encoding))

    assert (found.text, found.is_guessed) == (text, True)


def test_an_accent_at_the_end_of_long_lyrics_is_read():
    text = "The sun is up and everybody sings\n" * 2_000 + "at the café"

    assert decode(text.encode("latin-1")) == Decoded(text, "cp1252", is_guessed=True)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "utf-8"])
@pytest.mark.parametrize("text", ["La la", "Миллион роз", "世界"])
def test_unicode_with_a_mark_is_not_guessed(text, encoding):
    found = decode(text.encode(encoding))

    assert (found.text, found.is_guessed, found.n_unreadable) == (text, False, 0)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("text", ["The sun is up", "Миллион алых роз", "世界 [00:01.00]"])
def test_unicode_without_a_mark_is_told_by_its_zeros(text, encoding):
    assert decode(text.encode(encoding)) == Decoded(text, encoding, is_guessed=True)


@pytest.mark.parametrize(
    ("data", "text", "n_unreadable"),
    [
        ("naïve été, l’été".encode() + b"\xff", "naïve été, l’été\ufffd", 1),
        ("It\ufffds over".encode(), "It\ufffds over", 0),
        (b"The \x81 sun is up", "The \ufffd sun is up", 1),
        (b"The sun\0is up!", "The sun\0is up!", 0),
        (b"The caf\xe9\0is shut", "The café\0is shut", 0),
        ("é".encode("utf-16") + b"a", "é\ufffd", 1),
    ],
)
def test_a_broken_character_costs_no_other(data, text, n_unreadable):
    found = decode(data)

    assert (found.text, found.n_unreadable) == (text, n_unreadable)


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\x01\x02\x03" * 9,
        bytes(range(256)) * 9,
        bytes(range(1, 32)) * 9,
        b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\0>\0\x01\0\0\0" * 9,
    ],
)
def test_what_is_no_text_is_not_read(data):
    assert decode(data) is None


def test_only_the_first_mebibyte_is_read_and_no_character_of_it_is_broken():
    found = decode("é".encode() * MAX_BYTES)

    assert found == Decoded("é" * (MAX_BYTES // 2), "utf-8")
    assert decode(("a" + "é" * MAX_BYTES).encode()).n_unreadable == 0
