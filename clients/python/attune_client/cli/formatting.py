"""Quadrants, points and numbers as text, and parsed from text."""

import re

import click
from click.shell_completion import CompletionItem

from attune_client.quadrants import NAMES, WORDS
from attune_client.replies import Distribution, Estimate, Quadrant

NUMBERED = {**NAMES, **{quadrant.value[1]: quadrant for quadrant in Quadrant}}
"""The names of quadrants that may be typed, in lower case."""


class QuadrantName(click.ParamType):  # type: ignore[type-arg]  # generic only in newer versions of click
    """A quadrant by word, by number, or as Q1 to Q4."""

    name = "quadrant"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Quadrant:
        """Return the quadrant."""
        found = NUMBERED.get(str(value).strip().lower())
        if found is None:
            self.fail(
                f"{value!r} is not one of {', '.join(WORDS.values())}, Q1 to Q4.", param, ctx
            )
        return found

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return the names that begin with ``incomplete``."""
        del ctx, param
        names = [*WORDS.values(), *(quadrant.value for quadrant in Quadrant)]
        start = incomplete.lower()
        return [CompletionItem(name) for name in names if name.lower().startswith(start)]


class Point(click.ParamType):  # type: ignore[type-arg]  # as above
    """A point of the plane, as ``valence,arousal``."""

    name = "valence,arousal"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, float]:
        """Return valence and arousal."""
        if isinstance(value, tuple):
            return value
        try:
            return point(str(value).split(","))
        except ValueError as error:
            self.fail(str(error), param, ctx)


def point(texts: list[str]) -> tuple[float, float]:
    """Return valence and arousal from two texts.

    >>> point(["0.5", "-1"])
    (0.5, -1.0)

    Raises:
        ValueError: The texts are not two numbers in [-1, 1].
    """
    if len(texts) != 2:  # noqa: PLR2004  # valence and arousal
        raise ValueError(f"A point is two numbers, valence and arousal; got {len(texts)}.")
    return _coordinate("valence", texts[0]), _coordinate("arousal", texts[1])


def _coordinate(name: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise ValueError(f"The {name} is {text.strip()!r}; it must be a number.") from None
    if not -1 <= number <= 1:
        raise ValueError(f"The {name} is {text.strip()}; it must lie in [-1, 1].")
    return number


def plain(text: str) -> str:
    r"""Return text that is safe in a terminal: one line, no control characters.

    >>> plain("a\x1b[2Jb\nc")
    'a?[2Jb?c'
    """
    shown = "".join(letter if letter.isprintable() else "?" for letter in text)
    return re.sub(r"[\ud800-\udfff]", "?", shown)


def percent(share: float) -> str:
    """Return a share as a percentage.

    >>> percent(0.625)
    '62 %'
    """
    return f"{share * 100:.0f} %"


def about(estimate: Estimate) -> str:
    """Return a coordinate and its standard deviation."""
    return f"{estimate.mean:+.2f} ± {estimate.sd:.2f}"


def likeliest(probabilities: Distribution) -> list[tuple[Quadrant, float]]:
    """Return quadrants and probabilities, the likeliest first."""
    pairs = [(quadrant, probabilities[quadrant.value]) for quadrant in Quadrant]
    return sorted(pairs, key=lambda pair: -pair[1])


def clock(seconds: float) -> str:
    """Return a time as minutes and seconds.

    >>> clock(75.2)
    '1:15'
    """
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"
