"""Words that people use, for quadrants and numbers."""

import re

import click
from click.shell_completion import CompletionItem

from attune_client.replies import Distribution, Estimate, Quadrant

WORDS = {Quadrant.Q1: "happy", Quadrant.Q2: "tense", Quadrant.Q3: "sad", Quadrant.Q4: "calm"}
NAMES = {
    **{word: quadrant for quadrant, word in WORDS.items()},
    "angry": Quadrant.Q2,
    **{quadrant.value.lower(): quadrant for quadrant in Quadrant},
    **{quadrant.value[1]: quadrant for quadrant in Quadrant},
}
"""All that a quadrant may be called, in small letters."""
FARTHEST = 1.0
_PAIR = 2
_SECONDS = 60


class QuadrantName(click.ParamType):  # type: ignore[type-arg]  # generic in newer clicks only
    """A quadrant by its word, by its number, or as Q1 to Q4."""

    name = "quadrant"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Quadrant:
        """Return the quadrant."""
        found = NAMES.get(str(value).lower())
        if found is None:
            self.fail(f"{value!r} is none of {', '.join(WORDS.values())}, Q1 to Q4.", param, ctx)
        return found

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer the words, and Q1 to Q4 to who begins so."""
        del ctx, param
        known = [*WORDS.values(), *(quadrant.value for quadrant in Quadrant)]
        begun = incomplete.lower()
        return [CompletionItem(name) for name in known if name.lower().startswith(begun)]


class Place(click.ParamType):  # type: ignore[type-arg]  # likewise
    """A point of the plane, as valence and arousal with a comma between."""

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
    """Return valence and arousal.

    >>> point(["0.5", "-1"])
    (0.5, -1.0)

    Raises:
        ValueError: They are not two numbers in [-1, 1].
    """
    if len(texts) != _PAIR:
        raise ValueError(f"A point is two numbers, valence and arousal; this is {len(texts)}.")
    return coordinate("valence", texts[0]), coordinate("arousal", texts[1])


def coordinate(name: str, text: str) -> float:
    """Return a number in [-1, 1].

    Raises:
        ValueError: It is none.
    """
    try:
        number = float(text)
    except ValueError:
        raise ValueError(f"The {name} is {text.strip()!r}; a number is needed.") from None
    if not -FARTHEST <= number <= FARTHEST:
        raise ValueError(f"The {name} is {text.strip()}; it must lie in [-1, 1].")
    return number


def plain(text: str) -> str:
    r"""Return text that is safe to show in a terminal: on one line, without control characters.

    >>> plain("a\x1b[2Jb\nc")
    'a?[2Jb?c'
    """
    shown = "".join(letter if letter.isprintable() else "?" for letter in text)
    return re.sub(r"[\ud800-\udfff]", "?", shown)


def percent(share: float) -> str:
    """Return a share as people write it.

    >>> percent(0.625)
    '62 %'
    """
    return f"{share * 100:.0f} %"


def about(estimate: Estimate) -> str:
    """Return a coordinate and how unsure it is."""
    return f"{estimate.mean:+.2f} ± {estimate.sd:.2f}"


def likeliest(probabilities: Distribution) -> list[tuple[Quadrant, float]]:
    """Return the quadrants and their probabilities, the likeliest first."""
    pairs = [(quadrant, probabilities[quadrant.value]) for quadrant in Quadrant]
    return sorted(pairs, key=lambda pair: -pair[1])


def clock(seconds: float) -> str:
    """Return a time in a recording.

    >>> clock(75.2)
    '1:15'
    """
    minutes, rest = divmod(round(seconds), _SECONDS)
    return f"{minutes}:{rest:02d}"
