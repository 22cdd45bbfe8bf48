"""Multipart forms, read strictly: texts stay texts, files stay files, each field comes once.

BentoML's own reader decodes a text as JSON if it parses, and downloads a text in place of a file.
Starlette's reader accepts truncated forms, decodes invalid UTF-8 as Latin-1 and keeps the client's
file name. This reader uses the same tokeniser without these defects.

A part is a file if it has a file name, also in the form ``filename*`` alone, which older versions
of urllib3 send for names outside ASCII. A part of the field ``audio`` is one without a name, too.
"""

from collections.abc import AsyncIterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, MultipartState, parse_options_header

from service.http.errors import MalformedFormError
from service.http.part_headers import UTF_8, PartHeaders, decoded, known_charset, read_headers
from service.http.validation_errors import describe_value

MAX_PARTS = 16
MAX_TEXT_BYTES = 2**20
"""Size limit of a text field; enough for the longest lyrics in any script."""
_MAX_DELIMITERS = 4 * MAX_PARTS
"""Lines that begin with the boundary, also within data; each is slow to parse."""
_MAX_PADDING = 64
"""Bytes of white space after a boundary, which are slow to parse."""
_LINE_END = b"\r\n"
_MAX_PREAMBLE = 1024
"""Bytes in front of the first boundary, which are skipped."""
_IN_MEMORY_BYTES = 2**20
_REASONS = {
    "in header at": "a header of a part is not one line of the form Name: value, in ASCII",
    "Did not find": "a line of a boundary or a header does not end in CR LF",
}
"""Sentences for messages of the tokeniser that only its authors understand."""
_SHORT_TEXT_BYTES = 4096
"""Largest content of a file's field that is a text, if it declares no type and is UTF-8."""

_OF_ANY_ENCODING = frozenset({"lyrics"})
"""Texts that are kept as files if they are not UTF-8: ``curl -F 'lyrics=<FILE'`` sends such."""

Upload = SpooledTemporaryFile[bytes]
"""An uploaded file, in memory or in an unnamed temporary file."""


@dataclass(slots=True)
class _Part:
    """A field that is being read."""

    header: bytearray = field(default_factory=bytearray)
    header_value: bytearray = field(default_factory=bytearray)
    raw_headers: dict[bytes, bytes] = field(default_factory=dict)
    text: bytearray = field(default_factory=bytearray)
    file: Upload | None = None
    headers: PartHeaders = field(init=False)  # once all have arrived


class _FormReader:
    """Collects the fields from the tokeniser's events."""

    def __init__(self, uploads: ExitStack) -> None:
        self.fields: dict[str, str | Upload] = {}
        self.is_complete = False
        self._uploads = uploads
        self._part = _Part()
        self._n_parts = 0
        self._charset = UTF_8

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
        part.raw_headers[bytes(part.header).lower()] = bytes(part.header_value)
        part.header.clear()
        part.header_value.clear()

    def on_headers_finished(self) -> None:
        part = self._part
        part.headers = read_headers(part.raw_headers)
        if part.headers.name in self.fields:
            raise MalformedFormError(f"{_the_field(part)} comes twice; once is enough.")
        if part.headers.is_file:
            part.file = self._new_file()

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        part = self._part
        if part.file is not None:
            part.file.write(data[start:end])
            return
        part.text += data[start:end]
        if len(part.text) > MAX_TEXT_BYTES:
            raise MalformedFormError(f"{_the_field(part)} is longer than {MAX_TEXT_BYTES} bytes.")

    def on_part_end(self) -> None:
        part, name = self._part, self._part.headers.name
        if part.file is None:
            self._add_text(part)
        elif part.headers.may_be_text and (text := _short_text(part.file)) is not None:
            self.fields[name] = text
        elif part.headers.is_chosen or part.file.tell():
            part.file.seek(0)
            self.fields[name] = part.file

    def on_end(self) -> None:
        self.is_complete = True

    def _new_file(self) -> Upload:
        file = SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115  # `uploads` closes it
        return self._uploads.enter_context(file)

    def _add_text(self, part: _Part) -> None:
        charset = part.headers.charset or self._charset
        if (
            part.headers.name in _OF_ANY_ENCODING
            and charset == UTF_8
            and _utf_8(part.text) is None
        ):
            self.fields[part.headers.name] = file = self._new_file()
            file.write(part.text)
            file.seek(0)
            return
        text = decoded(part.text, _the_field(part), charset)
        if part.headers.name == "_charset_":  # of HTML: the charset of the texts that follow
            self._charset = known_charset(text)
        else:
            self.fields[part.headers.name] = text


class _Tokeniser:
    """Parses a form in chunks, and refuses forms that are slow to parse.

    The parser searches data for the boundary, but reads byte by byte after a boundary.
    """

    def __init__(self, boundary: bytes, reader: _FormReader) -> None:
        self._delimiter = _LINE_END + b"--" + boundary
        self._n_delimiters = 0
        self._head = bytearray(_LINE_END)
        self._has_begun = False
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
        """Parse the next bytes of the form."""
        if not self._has_begun:
            chunk = self._without_preamble(chunk)
        self._n_delimiters += chunk.count(self._delimiter)
        if self._n_delimiters > _MAX_DELIMITERS:
            raise MalformedFormError("The boundary of the form comes too often in its data.")
        if self._parser.state is MultipartState.BOUNDARY_PADDING:
            padding = len(chunk) - len(chunk.lstrip(b" \t"))
            if padding > _MAX_PADDING:
                raise MalformedFormError("There is too much white space after a boundary.")
        self._parser.write(chunk)

    def end(self) -> None:
        """Refuse a body without any boundary."""
        if not self._has_begun and len(self._head) > len(_LINE_END):
            raise _without_boundary()

    def _without_preamble(self, chunk: bytes) -> bytes:
        """Return the form from its first boundary on; nothing until that has arrived."""
        self._head += chunk
        most = _MAX_PREAMBLE + len(self._delimiter)
        start = self._head.find(self._delimiter, 0, most)
        if start < 0:
            if len(self._head) > most:
                raise _without_boundary()
            return b""
        self._has_begun = True
        return bytes(self._head[start + len(_LINE_END) :])


def _the_field(part: _Part) -> str:
    return f"The field {describe_value(part.headers.name)}"


def _short_text(file: Upload) -> str | None:
    """Return the content of a file as a text, or None if it is none."""
    if file.tell() > _SHORT_TEXT_BYTES:
        return None
    file.seek(0)
    return _utf_8(file.read())


def _utf_8(data: bytes | bytearray) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def _reason(error: FormParserError) -> str:
    message = str(error)
    return next((reason for part, reason in _REASONS.items() if part in message), message)


def _without_boundary() -> MalformedFormError:
    return MalformedFormError(
        "The body is not a form: no line begins with the boundary of its Content-Type."
    )


async def read_form(
    content_type: str, chunks: AsyncIterable[bytes], uploads: ExitStack
) -> dict[str, str | Upload]:
    """Return the fields of a form: a ``str`` for a text, an open file for a file.

    Args:
        content_type: Header Content-Type, which holds the boundary.
        chunks: The body.
        uploads: Takes the files and closes them.

    Raises:
        MalformedFormError: The body is not a form, is truncated, is no text in its charset, or
            holds a field twice.
    """
    _, options = parse_options_header(content_type)
    if b"boundary" not in options:
        raise MalformedFormError("The Content-Type of the form has no boundary.")
    reader = _FormReader(uploads)
    try:
        tokeniser = _Tokeniser(options[b"boundary"], reader)
        async for chunk in chunks:
            tokeniser.write(chunk)
        tokeniser.end()
    except FormParserError as error:
        raise MalformedFormError(f"The body is not a form: {_reason(error)}.") from error
    if not reader.is_complete:
        raise MalformedFormError("The form is truncated: its closing boundary is missing.")
    return reader.fields
