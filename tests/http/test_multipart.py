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
        (form(part('name="lyrics"', b"\xff")), "not UTF-8 at byte 0"),
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
