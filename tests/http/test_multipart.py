"""The reader of multipart forms: what Starlette's and BentoML's let through."""

import asyncio
from contextlib import ExitStack

import pytest

from service.http.errors import MalformedFormError
from service.http.multipart import MAX_PARTS, MAX_TEXT_BYTES, read_form

TYPE = "multipart/form-data; boundary=b"


def part(disposition: str, value: bytes) -> bytes:
    return (
        b"--b\r\nContent-Disposition: form-data; "
        + disposition.encode()
        + b"\r\n\r\n"
        + value
        + b"\r\n"
    )


def form(*resources: bytes) -> bytes:
    return b"".join(resources) + b"--b--\r\n"


def read(body: bytes, *, content_type: str = TYPE, at_once: int = 1 << 16):
    async def chunks():
        for start in range(0, len(body), at_once):
            yield body[start : start + at_once]

    return asyncio.run(read_form(content_type, chunks(), UPLOADS))


UPLOADS = ExitStack()


@pytest.fixture(autouse=True)
def _closed():
    yield
    UPLOADS.close()


@pytest.mark.parametrize("text", ["123", "null", "true", '"quoted"', "[1]", "{}", "", "é 漢 🎵"])
def test_a_text_stays_the_text_it_is(text):
    """Trap: stock BentoML reads a text as JSON when it happens to parse."""
    assert read(form(part('name="lyrics"', text.encode()))) == {"lyrics": text}


@pytest.mark.parametrize("at_once", [1, 7, 4096])
def test_a_file_arrives_whole_in_pieces_of_any_size(at_once):
    data = bytes(range(256)) * 8 + b"\r\n--not-the-boundary"

    fields = read(form(part('name="audio"; filename="a.wav"', data)), at_once=at_once)

    assert fields["audio"].read() == data


def test_a_large_file_leaves_memory_and_has_no_name_in_the_file_system():
    data = b"x" * (2**20 + 1)

    file = read(form(part('name="audio"; filename="../../etc/passwd"', data)))["audio"]

    assert file._rolled
    assert isinstance(file.name, int | None)  # a descriptor, not a path
    assert file.read() == data


def test_files_are_closed_with_the_request():
    file = read(form(part('name="audio"; filename="a"', b"x")))["audio"]

    UPLOADS.close()

    assert file.closed


def test_the_part_of_a_file_nobody_chose_is_no_file():
    assert read(form(part('name="audio"; filename=""', b""))) == {}


def test_an_empty_file_with_a_name_is_a_file():
    assert read(form(part('name="audio"; filename="a.wav"', b"")))["audio"].read() == b""


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "truncated"),
        (b"nonsense", "not a form"),
        (part('name="lyrics"', b"la"), "truncated"),
        (form(part('name="lyrics"', b"la"))[:-6], "truncated"),
        (form(part('name="lyrics"', b"la"), part('name="lyrics"', b"li")), '"lyrics" comes twice'),
        (form(part('name="title"', b"\xff")), "not UTF-8 at byte 0"),
        (form(part("", b"la")), "no field name"),
        (b"--b\r\n\r\nla\r\n--b--\r\n", "no field name"),
        (form(b'--b\r\nContent-Disposition: attachment; name="a"\r\n\r\nx\r\n'), "no field name"),
        (form(*[part(f'name="f{i}"', b"") for i in range(MAX_PARTS + 1)]), "more than 16 parts"),
        (form(part('name="lyrics"', b"x" * (MAX_TEXT_BYTES + 1))), "longer than 1048576 bytes"),
        (form(part(f'name="{"x" * 5_000}"', b"la")), "Maximum header size"),
        (form(part('name="a"' + "\r\nX: y" * 9, b"la")), "Maximum header count"),
        (form(part('name="a"', b"\r\n--bx" * 65)), "too often"),
        (form(part('name="a"', b"") + b"--b" + b" " * 2**17), "white space"),
    ],
)
def test_what_is_no_whole_form_is_refused(body, message):
    with pytest.raises(MalformedFormError, match=message):
        read(body)


@pytest.mark.parametrize("boundary", ["", "; boundary=", f"; boundary={'b' * 5_000}"], ids=len)
def test_a_form_without_a_boundary_or_with_a_long_one_is_refused(boundary):
    with pytest.raises(MalformedFormError):
        read(form(part('name="lyrics"', b"la")), content_type=f"multipart/form-data{boundary}")


def test_some_boundaries_in_data_are_data():
    data = b"\r\n--bx" * 50

    assert read(form(part('name="lyrics"', data))) == {"lyrics": data.decode()}


@pytest.mark.parametrize("at_once", [1, 7, 4096])
def test_white_space_may_stand_behind_a_boundary(at_once):
    second = part('name="title"', b"le").replace(b"--b\r\n", b"--b  \t\r\n")

    fields = read(part('name="lyrics"', b"la") + form(second), at_once=at_once)

    assert fields == {"lyrics": "la", "title": "le"}


def test_the_charset_of_a_form_cannot_be_changed():
    body = form(part('name="lyrics"', "é".encode()))

    assert read(body, content_type=f"{TYPE}; charset=utf-16") == {"lyrics": "é"}


RECORDING = b"ID3\x04\xff\xfb\x90\r\n\x00" * 600
NAMED = 'name="audio"; filename="song.mp3"'
PLAIN_TEXT = ('name="lyrics"', "Content-Type: text/plain; charset=utf-8")
CLIENTS = {
    # name: (boundary, its parameter, headers of the file, headers of the text)
    "Chrome": (
        "----WebKitFormBoundary7MA4YWxkTrZu0gW",
        "boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW",
        ('name="audio"; filename="s\u00f6ng %22a%22.mp3"', "Content-Type: audio/mpeg"),
        ('name="lyrics"',),
    ),
    "Internet Explorer": (
        "---------------------------7d81b516112482",
        "boundary=---------------------------7d81b516112482",
        (r'name="audio"; filename="C:\Music\song.mp3"', "Content-Type: audio/mpeg"),
        ('name="lyrics"',),
    ),
    "curl": (
        "------------------------d74496d66958873e",
        "boundary=------------------------d74496d66958873e",
        (NAMED, "Content-Type: application/octet-stream"),
        ('name="lyrics"',),
    ),
    "curl -F audio=<file": ("b", "boundary=b", ('name="audio"',), ('name="lyrics"',)),
    "old requests": (
        "c4e5",
        "boundary=c4e5",
        ("name=\"audio\"; filename*=utf-8''s%C3%B6ng.mp3",),
        ('name="lyrics"',),
    ),
    "continued name": (
        "b",
        "boundary=b",
        ('name="audio"; filename*0="a;b"; filename*1=c',),
        PLAIN_TEXT,
    ),
    "continued encoded name": (
        "b",
        "boundary=b",
        ("name=\"audio\"; filename*0*=utf-8''s%C3%B6; filename*1=ng.mp3",),
        PLAIN_TEXT,
    ),
    "aiohttp": (
        "0f1e2d",
        'boundary="0f1e2d"',
        (f"{NAMED}; filename*=utf-8''song.mp3", "Content-Type: audio/mpeg"),
        PLAIN_TEXT,
    ),
    "no file name, octets": (
        "b",
        "boundary=b",
        ('name="audio"', "Content-Type: application/octet-stream"),
        PLAIN_TEXT,
    ),
    "no file name, audio": (
        "b",
        "boundary=b",
        ('name="audio"', "Content-Type: audio/wav"),
        PLAIN_TEXT,
    ),
    "empty file name": ("b", "boundary=b", ('name="audio"; filename=""',), PLAIN_TEXT),
    ".NET": (
        "5c2d7a",
        'boundary="5c2d7a"',
        ("name=audio; filename=song.mp3; filename*=utf-8''song.mp3",),
        ("name=lyrics", "Content-Type: text/plain; charset=utf-8"),
    ),
    "Java": (
        "aK_7-x",
        "boundary=aK_7-x; charset=ISO-8859-1",
        (NAMED, "Content-Type: audio/mpeg", "Content-Transfer-Encoding: binary"),
        (*PLAIN_TEXT, "Content-Transfer-Encoding: 8bit"),
    ),
    "OkHttp": (
        "bf5e-4c1d",
        "boundary=bf5e-4c1d",
        (NAMED, "content-type: audio/mpeg", "content-length: 6600"),
        ('name="lyrics"', "content-length: 14"),
    ),
    "Retrofit": (
        "b",
        "boundary=b",
        (NAMED, "Content-Type: multipart/form-data"),
        ('name="lyrics"', "Content-Type: multipart/form-data"),
    ),
    "Python's email": (
        "===============123==",
        'charset="utf-8"; Boundary="===============123=="',
        (NAMED, "MIME-Version: 1.0", "Content-Type: audio/mpeg"),
        (*PLAIN_TEXT, "MIME-Version: 1.0"),
    ),
    "odd boundary": ("a'()+_,-./:=? b", 'boundary="a\'()+_,-./:=? b"', (NAMED,), ("name=lyrics",)),
}
"""Forms as clients send them, one file and one text each."""


@pytest.mark.parametrize(
    "around", [(b"", b""), (b"A preamble.\r\n", b"An epilogue.\r\n")], ids=len
)
@pytest.mark.parametrize(("boundary", "parameter", "file", "text"), CLIENTS.values(), ids=CLIENTS)
def test_a_form_of_any_client_is_a_file_and_a_text(boundary, parameter, file, text, around):
    lyrics = part("\r\n".join(text), "die Nächte".encode())
    body = form(part("\r\n".join(file), RECORDING), lyrics).replace(
        b"--b", f"--{boundary}".encode()
    )

    before, after = around
    content_type = f"Multipart/Form-Data; {parameter}"
    fields = read(before + body + after, content_type=content_type, at_once=7)

    assert fields.keys() == {"audio", "lyrics"}
    assert (fields["audio"].read(), fields["lyrics"]) == (RECORDING, "die Nächte")


@pytest.mark.parametrize(
    "chosen", ['filename=""', "filename*=UTF-8''", "filename=\"\"; filename*=UTF-8''"]
)
def test_an_empty_part_without_a_file_name_is_no_file_in_any_form(chosen):
    assert read(form(part(f'name="audio"; {chosen}', b""))) == {}


@pytest.mark.parametrize(
    "typed", ["", "\r\nContent-Type: text/plain", "\r\nContent-Type: text/uri-list"]
)
def test_a_short_text_in_the_place_of_a_file_stays_a_text(typed):
    assert read(form(part(f'name="audio"{typed}', b"http://a.test"))) == {"audio": "http://a.test"}


@pytest.mark.parametrize(
    ("charset", "sent"),
    [
        ("iso-8859-1", b"N\xe4chte"),
        ('"Windows-1252"', b"N\xe4chte"),
        ("UTF-16", "Nächte".encode("utf-16")),
        ("US-ASCII", "Nächte".encode()),  # a declaration that old clients make of anything
    ],
)
def test_a_text_is_read_in_the_charset_it_declares(charset, sent):
    disposition = f'name="lyrics"\r\nContent-Type: text/plain; charset={charset}'

    assert read(form(part(disposition, sent))) == {"lyrics": "Nächte"}


def test_the_field_charset_of_html_is_that_of_the_texts_behind_it():
    body = form(part('name="_charset_"', b"iso-8859-1"), part('name="title"', b"N\xe4chte"))

    assert read(body) == {"title": "Nächte"}


def test_lyrics_that_are_not_utf_8_are_kept_as_a_file():
    fields = read(form(part('name="lyrics"', b"N\xe4chte")))

    assert fields["lyrics"].read() == b"N\xe4chte"


def typed(header, *, name="lyrics", value=b"la"):
    """Return a form of one part with a second header."""
    return form(part(f'name="{name}"\r\n{header}', value))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (typed("Content-Type: text/plain; charset=utf-7"), 'charset "utf-7" .* is not known'),
        (form(part('name="_charset_"', b"zip")), 'charset "zip" of the form is not known'),
        (typed("Content-Type: text/plain; charset=utf-16", value=b"a"), "not UTF-16 at byte 0"),
        (
            typed("Content-Transfer-Encoding: base64", name="audio", value=b"SUQz"),
            '"audio" has the Content-Transfer-Encoding "base64"; send it as it is',
        ),
        (typed("Content-Transfer-Encoding: Quoted-Printable"), '"Quoted-Printable"'),
        (b"x" * 2000 + b"\r\n" + form(part("name=a", b"la")), "no line begins with the boundary"),
        (b"x--b\r\n", "no line begins with the boundary"),
        (
            form(part("name=lyrics", b"la")).replace(b"\r\n", b"\n"),
            "not a form: a line of a boundary or a header does not end in CR LF",
        ),
        (form(part('\r\n name="lyrics"', b"la")), "a header of a part is not one line"),
        (form(part("name=a\r\nN\u00e4me: x", b"la")), "is not one line of .*, in ASCII"),
        (
            form(b'--b\r\nContent-Disposition: attachment; name="a"\r\n\r\nx\r\n'),
            r"its Content-Disposition is \"attachment; name=\\\"a\\\"\", not such as form-data",
        ),
        (
            typed("Content-Type: multipart/mixed; boundary=c", name="audio", value=b"--c--"),
            'The field "audio" holds several files; send one in a field',
        ),
    ],
)
def test_what_cannot_be_read_as_it_was_meant_is_refused_by_name(body, message):
    with pytest.raises(MalformedFormError, match=message):
        read(body)
