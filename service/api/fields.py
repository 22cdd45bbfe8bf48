"""Fields that several wire types share, with their bounds."""

from datetime import UTC, datetime, timedelta
from tempfile import SpooledTemporaryFile
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
)

from models.emotion import SYNONYMS, WORDS, Quadrant, quadrant_named
from models.features.embeddings import LARGEST
from models.ids import ID_CHARACTERS, ID_RULE, MAX_ID, TRACK_ID
from models.library import MAX_TEXT
from models.lyrics.text import MAX_LYRICS
from models.search_words import parse_search
from service.clock import utc_now

MAX_SENT_LYRICS = 2**20
"""More characters of lyrics are refused; see `models.lyrics.text` for how many are used."""
MAX_BATCH = 1_000
MAX_EMBEDDING = 16_384
MAX_EXCLUDED = 10_000
MAX_PAGE = 500
MAX_CURSOR = 1_000
MAX_SEARCH = 200
MAX_SEARCH_WORDS = 20
MAX_LINES = 100_000
MAX_URL = 2_000
MAX_KEY = MAX_ID
MAX_VOTES = 1_000_000_000
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
CLOCKS_DIFFER = timedelta(days=1)
"""Most that the clock of a client may be ahead of the server's."""

_ID = "^{}{}*$".format(*ID_CHARACTERS)


def _without_nul(text: str) -> str:
    # PostgreSQL cannot store U+0000 in a text.
    if "\0" in text:
        raise ValueError("The text must not contain the character U+0000")
    return text


def _text_or_file(value: Any, check: ValidatorFunctionWrapHandler) -> Any:
    return value if isinstance(value, SpooledTemporaryFile) else check(value)


def _as_id(text: str) -> str:
    if not TRACK_ID.fullmatch(text):
        raise ValueError(f"an id has {ID_RULE.replace('`', '')}")
    return text


def _with_words(search: str) -> str:
    n_words = len(parse_search(_without_nul(search)))
    if not n_words:
        raise ValueError("a search needs at least one word")
    if n_words > MAX_SEARCH_WORDS:
        raise ValueError(f"a search has at most {MAX_SEARCH_WORDS} words, not {n_words}")
    return search


def _with_host(url: str) -> str:
    try:
        host, _ = urlsplit(url).hostname, urlsplit(url).port
    except ValueError as error:
        raise ValueError(f"The URL cannot be read: {error}") from error
    if not host:
        raise ValueError("The URL has no host")
    return url


def _quadrant(value: object) -> Quadrant | None:
    if value is None:
        return None
    return quadrant_named(value if isinstance(value, str) else "")


def _timestamp(value: object) -> object:
    # Pydantic would also accept numbers, and numbers written as text.
    if not isinstance(value, str):
        raise ValueError("a time must be text")  # noqa: TRY004  # pydantic expects ValueError
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("a time must be ISO 8601, such as 2026-04-08T19:30:00Z") from None
    if time.tzinfo is None:
        raise ValueError("a time needs a time zone")
    if time < EARLIEST:
        raise ValueError("a time must be in 1970 or later")
    latest = utc_now() + CLOCKS_DIFFER
    if time > latest:
        bound = f"{latest:%Y-%m-%dT%H:%M:%SZ}"
        raise ValueError(f"a time must not be in the future; at most {bound}, a day from now")
    return time.astimezone(UTC)


Id = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_ID,
        description=f"{ID_RULE[0].upper()}{ID_RULE[1:]}.",
        json_schema_extra={"pattern": _ID},
    ),
    AfterValidator(_as_id),
]
"""Id of a track, a user or an event, chosen by the client."""

Text = Annotated[str, Field(max_length=MAX_TEXT), AfterValidator(_without_nul)]
AudioUrl = Annotated[
    str,
    Field(
        max_length=MAX_URL,
        pattern=r"^https?://[!-~]+$",
        description="Address (http or https) from which a browser plays the recording; the "
        "service never fetches it.",
    ),
    AfterValidator(_with_host),
]
_LYRICS = (
    "In English. Lyrics in other languages or without words are not used, and of longer ones only "
    f"the first {MAX_LYRICS:,} characters are; `notices` reports both. Time marks, as in `.lrc` "
    "files, are left out."
)
PlainLyrics = Annotated[str, Field(max_length=MAX_SENT_LYRICS, description=_LYRICS)]
Lyrics = Annotated[
    str,
    Field(
        max_length=MAX_SENT_LYRICS,
        description=f"{_LYRICS} A form may also hold them as a file (`.txt`, `.lrc`) in any "
        "encoding.",
    ),
    WrapValidator(_text_or_file),
]
"""The text, or the file of a form."""
Embedding = Annotated[
    list[Annotated[float, Field(ge=-LARGEST, le=LARGEST)]],
    Field(
        min_length=1,
        max_length=MAX_EMBEDDING,
        fail_fast=True,  # error messages about a body of wrong numbers would take gigabytes
        description="Numbers that your own encoder computed. `embeddings` of `GET /model` holds "
        "the required length, if it is not null.",
    ),
]
Name = Annotated[str, Field(min_length=1, max_length=50)]
"""Name of a fusion or a strategy; the domain knows which ones exist."""

StrategyName = Annotated[Name, AfterValidator(_without_nul)]
"""Name of the strategy that chose a track, here or elsewhere; stored as sent."""

Rating = Annotated[int, Field(ge=1, le=5)]
Coordinate = Annotated[float, Field(ge=-1, le=1)]
VoteSum = Annotated[float, Field(ge=0, le=MAX_VOTES)]
_Word = Annotated[str, WithJsonSchema({"type": "string", "enum": [*WORDS.values(), *SYNONYMS]})]
QuadrantName = Annotated[
    Quadrant | None,
    BeforeValidator(_quadrant, json_schema_input_type=Quadrant | _Word | None),
    Field(
        description="Q1 to Q4, or a word for it: happy (Q1), tense or angry (Q2), sad (Q3), calm "
        "or relaxed (Q4); letters may be of either case. Replies have Q1 to Q4."
    ),
]
"""An optional quadrant, by name or word."""

Timestamp = Annotated[
    datetime,
    BeforeValidator(_timestamp),
    Field(
        description="ISO 8601 with a time zone, from 1970 to at most a day from now, as clocks "
        "differ; stored to the microsecond.",
    ),
]
CallKey = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_KEY,
        pattern=r"^[!-~]+$",
        description="Identifies the call. A repeated call with the same key and body gets the "
        "first reply and records nothing; one with another body is refused. With a key, labels "
        "may omit `event_id`. Unique for the user; printable ASCII without spaces.",
        examples=["ana-2026-04-08-1"],
    ),
]
"""The header Idempotency-Key, chosen by the client."""
Search = Annotated[
    str,
    Field(
        max_length=MAX_SEARCH,
        description=f"Words of the title and the artist in any order, at most {MAX_SEARCH_WORDS}. "
        "Case and accents do not count, and the last word may be the beginning of a longer one. "
        "Text without blanks, such as Chinese and Japanese, is found by any part of it.",
    ),
    AfterValidator(_with_words),
]
Limit = Annotated[int, Field(ge=1, le=MAX_PAGE, description="Maximum number of entries.")]
Cursor = Annotated[
    str | None, Field(max_length=MAX_CURSOR, description="`next_cursor` of the previous page.")
]
