"""Fields that several wire types share, with their bounds."""

from typing import Annotated

from pydantic import AfterValidator, Field

from models.emotion import Quadrant
from models.library import MAX_TEXT

MAX_LYRICS = 100_000
MAX_BATCH = 1_000
MAX_EXCLUDED = 10_000
MAX_PAGE = 500
MAX_CURSOR = 1_000

_ID = r"^[A-Za-z0-9][A-Za-z0-9._:@-]*$"


def _without_nul(text: str) -> str:
    # PostgreSQL cannot keep it, and no title or lyric needs it.
    if "\0" in text:
        raise ValueError("The text must not contain the character U+0000")
    return text


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
Lyrics = Annotated[
    str,
    Field(max_length=MAX_LYRICS, description="In any language; English is understood best."),
    AfterValidator(_without_nul),
]
Name = Annotated[str, Field(min_length=1, max_length=50)]
"""Of a fusion or a strategy; which ones exist is the domain's to say."""

Coordinate = Annotated[float, Field(ge=-1, le=1)]
QuadrantName = Annotated[Quadrant, Field(strict=False)]
"""A quadrant, which JSON can only write as text."""
