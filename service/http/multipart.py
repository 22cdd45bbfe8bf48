"""Multipart forms, read strictly: texts stay texts, files stay files, each field comes once.

BentoML's own reader decodes a text as JSON if it parses, and downloads a text in place of a file.
Starlette's reader accepts truncated forms, decodes invalid UTF-8 as Latin-1 and keeps the client's
file name. This reader uses the same tokeniser without these defects.
"""

from collections.abc import AsyncIterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, MultipartState, parse_options_header

from service.http.errors import MalformedFormError
from service.http.validation_errors import describe_value

MAX_PARTS = 16
MAX_TEXT_BYTES = 2**20
"""Size limit of a text field; enough for the longest lyrics in any script."""
_MAX_DELIMITERS = 4 * MAX_PARTS
"""Lines that begin with the boundary, also within data; each is slow to parse."""
_MAX_PADDING = 64
"""Bytes of white space after a boundary, which are slow to parse."""
_IN_MEMORY_BYTES = 2**20

Upload = SpooledTemporaryFile[bytes]
"""An uploaded file, in memory or in an unnamed temporary file."""


@dataclass(slots=True)
class _Part:
    """A field that is being read."""

    name: str = ""
    header: bytearray = field(default_factory=bytearray)
    header_value: bytearray = field(default_factory=bytearray)
    disposition: bytes = b""
    text: bytearray = field(default_factory=bytearray)
    file: Upload | None = None
    is_chosen: bool = True  # False for a browser's empty part of a file input without a file


class _FormReader:
    """Collects the fields from the tokeniser's events."""

    def __init__(self, uploads: ExitStack) -> None:
        self.fields: dict[str, str | Upload] = {}
        self.is_complete = False
        self._uploads = uploads
        self._part = _Part()
        self._n_parts = 0

    def on_part_begin(self) -> None:
        self._part = _Part()
        self._n_parts += 1
        if self._n_parts > MAX_PARTS:
            raise MalformedFormError(f"The form has more than {MAX_PARTS} parts.")

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._part.header += data[start:end]

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._part.header_value += data[start:end]

    def on_header_end(self) -> None:
        part = self._part
        if bytes(part.header).lower() == b"content-disposition":
            part.disposition = bytes(part.header_value)
        part.header.clear()
        part.header_value.clear()

    def on_headers_finished(self) -> None:
        part = self._part
        kind, options = parse_options_header(part.disposition)
        if kind != b"form-data" or b"name" not in options:
            raise MalformedFormError("A part of the form has no field name.")
        part.name = _utf8(options[b"name"], "A field's name")
        if part.name in self.fields:
            raise MalformedFormError(
                f"The field {describe_value(part.name)} comes twice; once is enough."
            )
        if b"filename" in options:
            file = SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115  # `uploads` closes it
            part.file = self._uploads.enter_context(file)
            part.is_chosen = options[b"filename"] != b""

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        part = self._part
        if part.file is not None:
            part.file.write(data[start:end])
            return
        part.text += data[start:end]
        if len(part.text) > MAX_TEXT_BYTES:
            raise MalformedFormError(
                f"The field {describe_value(part.name)} is longer than {MAX_TEXT_BYTES} bytes."
            )

    def on_part_end(self) -> None:
        part = self._part
        if part.file is None:
            self.fields[part.name] = _utf8(part.text, f"The field {describe_value(part.name)}")
        elif part.is_chosen or part.file.tell():
            part.file.seek(0)
            self.fields[part.name] = part.file

    def on_end(self) -> None:
        self.is_complete = True


class _Tokeniser:
    """Parses a form in chunks, and refuses forms that are slow to parse.

    The parser searches data for the boundary, but reads byte by byte after a boundary.
    """

    def __init__(self, boundary: bytes, reader: _FormReader) -> None:
        self._delimiter = b"\r\n--" + boundary
        self._n_delimiters = 0
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": reader.on_part_begin,
                "on_part_data": reader.on_part_data,
                "on_part_end": reader.on_part_end,
                "on_header_field": reader.on_header_field,
                "on_header_value": reader.on_header_value,
                "on_header_end": reader.on_header_end,
                "on_headers_finished": reader.on_headers_finished,
                "on_end": reader.on_end,
            },
        )

    def write(self, chunk: bytes) -> None:
        self._n_delimiters += chunk.count(self._delimiter)
        if self._n_delimiters > _MAX_DELIMITERS:
            raise MalformedFormError("The boundary of the form comes too often in its data.")
        if self._parser.state is MultipartState.BOUNDARY_PADDING:
            padding = len(chunk) - len(chunk.lstrip(b" \t"))
            if padding > _MAX_PADDING:
                raise MalformedFormError("There is too much white space after a boundary.")
        self._parser.write(chunk)


def _utf8(data: bytes | bytearray, what: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedFormError(f"{what} is not UTF-8 at byte {error.start}.") from error


async def read_form(
    content_type: str, chunks: AsyncIterable[bytes], uploads: ExitStack
) -> dict[str, str | Upload]:
    """Return the fields of a form: a ``str`` for a text, an open file for a file.

    Args:
        content_type: Header Content-Type, which holds the boundary.
        chunks: The body.
        uploads: Takes the files and closes them.

    Raises:
        MalformedFormError: The body is not a form, is truncated, is not UTF-8, or holds a field
            twice.
    """
    _, options = parse_options_header(content_type)
    if b"boundary" not in options:
        raise MalformedFormError("The Content-Type of the form has no boundary.")
    reader = _FormReader(uploads)
    try:
        tokeniser = _Tokeniser(options[b"boundary"], reader)
        async for chunk in chunks:
            tokeniser.write(chunk)
    except FormParserError as error:
        raise MalformedFormError(f"The body is not a form: {error}.") from error
    if not reader.is_complete:
        raise MalformedFormError("The form is truncated: its closing boundary is missing.")
    return reader.fields
