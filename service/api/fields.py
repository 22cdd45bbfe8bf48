"""Fields that several wire types share, with their bounds."""

from datetime import UTC, datetime, timedelta
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from models.emotion import Quadrant
from models.features.embeddings import LARGEST
from models.library import MAX_TEXT
from service.api.examples import IDEMPOTENCY_KEY
from service.clock import utc_now

MAX_LYRICS = 100_000
MAX_BATCH = 1_000
MAX_EMBEDDING = 16_384
MAX_EXCLUDED = 10_000
MAX_PAGE = 500
MAX_CURSOR = 1_000
MAX_LINES = 100_000
MAX_URL = 2_000
MAX_KEY = 200
MAX_VOTES = 1_000_000_000
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
CLOCKS_DIFFER = timedelta(days=1)
"""How far the clock of a client may be ahead of ours."""

_ID = r"^[A-Za-z0-9][A-Za-z0-9._:@-]*$"


def _without_nul(text: str) -> str:
    # PostgreSQL cannot keep it, and no title or lyric needs it.
    if "\0" in text:
        raise ValueError("The text must not contain the character U+0000")
    return text


def _with_host(url: str) -> str:
    try:
        host, _ = urlsplit(url).hostname, urlsplit(url).port
    except ValueError as error:
        raise ValueError(f"The URL cannot be read: {error}") from error
    if not host:
        raise ValueError("The URL names no host")
    return url


def _moment(value: object) -> object:
    # Pydantic would read numbers as well, and numbers written as text.
    if not isinstance(value, str):
        raise ValueError("a moment is written as text")  # noqa: TRY004  # pydantic's way
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    latest = utc_now() + CLOCKS_DIFFER
    if moment > latest:
        bound = f"{latest:%Y-%m-%dT%H:%M:%SZ}"
        raise ValueError(f"a moment must not be in the future; at most {bound}, a day from now")
    return moment.astimezone(UTC) if moment >= EARLIEST else moment


Id = Annotated[
    str,
    Field(
        min_length=1,
        max_length=200,
        pattern=_ID,
        description="Letters, digits and `._:@-`, the first a letter or digit.",
    ),
]
"""Name of a track, a user or an event, chosen by the client."""

Text = Annotated[str, Field(max_length=MAX_TEXT), AfterValidator(_without_nul)]
AudioUrl = Annotated[
    str,
    Field(
        max_length=MAX_URL,
        pattern=r"^https?://[!-~]+$",
        description="Where a browser finds the recording, as http or https; the service never "
        "fetches it.",
    ),
    AfterValidator(_with_host),
]
Lyrics = Annotated[
    str,
    Field(
        max_length=MAX_LYRICS,
        description="In English. Other languages and texts without words are not used, which "
        "`notices` says.",
    ),
    AfterValidator(_without_nul),
]
Embedding = Annotated[
    list[Annotated[float, Field(ge=-LARGEST, le=LARGEST)]],
    Field(
        min_length=1,
        max_length=MAX_EMBEDDING,
        fail_fast=True,  # a body of wrong numbers would cost gigabytes of what is told of them
        description="Numbers that your own encoder computed: as many as `embeddings` of "
        "`GET /model` says, where it says any.",
    ),
]
Name = Annotated[str, Field(min_length=1, max_length=50)]
"""Of a fusion or a strategy; which ones exist is the domain's to say."""

StrategyName = Annotated[Name, AfterValidator(_without_nul)]
"""Of what asked, here or elsewhere; kept as it is told."""

Rating = Annotated[int, Field(ge=1, le=5)]
Coordinate = Annotated[float, Field(ge=-1, le=1)]
VoteSum = Annotated[float, Field(ge=0, le=MAX_VOTES)]
QuadrantName = Annotated[Quadrant, Field(strict=False)]
"""A quadrant, which JSON can only write as text."""

Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    Field(
        ge=EARLIEST,
        description="ISO 8601 with a time zone, from 1970 and not in the future (at most a day "
        "from now, as clocks differ); kept to the microsecond.",
    ),
]
CallKey = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_KEY,
        pattern=r"^[!-~]+$",
        description="Names the call: sent again with the same key and body, it gets the reply "
        "that it got and records nothing; with another body it is refused. Labels may then come "
        "without `event_id`. Unique for the user; printable ASCII without spaces.",
        examples=[IDEMPOTENCY_KEY],
    ),
]
"""The header Idempotency-Key, chosen by the client."""
Limit = Annotated[int, Field(ge=1, le=MAX_PAGE, description="At most this many.")]
Cursor = Annotated[
    str | None, Field(max_length=MAX_CURSOR, description="`next_cursor` of the page before.")
]
