"""Headers of the parts of a form: the name of a field, and whether it is a file or a text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from python_multipart.multipart import parse_options_header

from service.http.errors import MalformedFormError
from service.http.validation_errors import describe_value

UTF_8 = "utf-8"
_ALSO_UTF_8 = frozenset({"", "us-ascii", "ascii"})
_CHARSETS = frozenset(
    {
        *("utf-8", "utf8", "utf-16", "utf-16le", "utf-16be", "koi8-r", "koi8-u", "big5", "gbk"),
        *("gb2312", "gb18030", "shift_jis", "euc-jp", "iso-2022-jp", "euc-kr", "latin1"),
        *(f"iso-8859-{number}" for number in (*range(1, 12), *range(13, 17))),
        *(f"windows-{number}" for number in range(1250, 1259)),
    }
)
"""Closed, because Python keeps every name that it looks up."""
_FILE_FIELDS = frozenset({"audio"})
"""Fields that are files also without a file name."""
_AS_IT_IS = frozenset({b"", b"binary", b"8bit", b"7bit"})
"""Values of Content-Transfer-Encoding that change nothing."""
_QUOTED = re.compile(rb'"(?:\\.|[^"\\])*"')
_EXTENDED_NAME = re.compile(rb";[ \t]*filename\*[\d*]*[ \t]*=[ \t]*([^;\s]*)", re.IGNORECASE)
"""A file name by RFC 5987 or 2231, which `parse_options_header` leaves out."""


@dataclass(frozen=True, slots=True)
class PartHeaders:
    """What the headers of a part say.

    Attributes:
        name: Name of the field.
        charset: Charset of its text; None if the part declares none.
        is_file: Whether the part holds a file.
        is_chosen: False for a browser's empty part of a file input without a file.
        may_be_text: Whether the part of a file declares neither a file name nor a type of files.
    """

    name: str
    charset: str | None
    is_file: bool
    is_chosen: bool
    may_be_text: bool


def read_headers(headers: Mapping[bytes, bytes]) -> PartHeaders:
    """Return what the headers of a part say; their names are in lower case.

    Raises:
        MalformedFormError: There is no field name, or the content is several files, encoded for
            mails or in an unknown charset.
    """
    disposition = headers.get(b"content-disposition", b"")
    kind, options = parse_options_header(disposition)
    if kind != b"form-data" or b"name" not in options:
        raise MalformedFormError(
            "A part of the form has no field name: its Content-Disposition is "
            f"{describe_value(disposition.decode('latin-1'))}, not such as "
            'form-data; name="lyrics".'
        )
    name = decoded(options[b"name"], "A field's name")
    _require_plain(name, headers.get(b"content-transfer-encoding", b""))
    media_type, parameters = parse_options_header(headers.get(b"content-type"))
    if media_type.startswith(b"multipart/") and b"boundary" in parameters:
        raise MalformedFormError(
            f"The field {describe_value(name)} holds several files; send one in a field."
        )
    declared = parameters.get(b"charset")
    filenames = {options.get(b"filename"), _extended_name(disposition)} - {None}
    return PartHeaders(
        name,
        charset=None if declared is None else known_charset(declared.decode("latin-1")),
        is_file=bool(filenames) or name in _FILE_FIELDS,
        is_chosen=filenames != {b""},
        may_be_text=not filenames and media_type[:5] in {b"", b"text/"},
    )


def known_charset(name: str) -> str:
    """Return a charset by its name in any case.

    Raises:
        MalformedFormError: It is not known.
    """
    charset = name.strip().lower()
    if charset in _ALSO_UTF_8:
        return UTF_8
    if charset not in _CHARSETS:
        raise MalformedFormError(
            f"The charset {describe_value(name)} of the form is not known; send UTF-8."
        )
    return charset


def decoded(data: bytes | bytearray, what: str, charset: str = UTF_8) -> str:
    """Return bytes as a text; *what* begins the error's sentence.

    Raises:
        MalformedFormError: The bytes are no text in this charset.
    """
    try:
        return data.decode(charset)
    except UnicodeDecodeError as error:
        place = f"{charset.upper()} at byte {error.start}"
        raise MalformedFormError(f"{what} is not {place}.") from error


def _extended_name(disposition: bytes) -> bytes | None:
    """Return a file name as it is sent, without its charset and language."""
    found = _EXTENDED_NAME.search(_QUOTED.sub(b'"', disposition))
    return found and found[1].rpartition(b"'")[2]


def _require_plain(name: str, encoding: bytes) -> None:
    if encoding.strip().lower() not in _AS_IT_IS:
        raise MalformedFormError(
            f"The field {describe_value(name)} has the Content-Transfer-Encoding "
            f"{describe_value(encoding.decode('latin-1'))}; send it as it is, in binary."
        )
