"""Names of quadrants: Q1 to Q4, and words for them."""

from collections.abc import Mapping

from attune_client.replies import Quadrant

WORDS: Mapping[Quadrant, str] = {
    Quadrant.Q1: "happy",
    Quadrant.Q2: "tense",
    Quadrant.Q3: "sad",
    Quadrant.Q4: "calm",
}
"""The everyday word for each quadrant."""
NAMES: Mapping[str, Quadrant] = {
    **{quadrant.value.lower(): quadrant for quadrant in Quadrant},
    **{word: quadrant for quadrant, word in WORDS.items()},
    "angry": Quadrant.Q2,
    "relaxed": Quadrant.Q4,
}
"""Every accepted name, in lower case."""


def quadrant_named(name: str) -> Quadrant:
    """Return the quadrant with this name or word, in any letter case.

    >>> quadrant_named("Happy")
    <Quadrant.Q1: 'Q1'>

    Raises:
        ValueError: No quadrant is called so.
    """
    quadrant = NAMES.get(str(name).strip().lower())
    if quadrant is None:
        known = ", ".join(f"{quadrant} or {word}" for quadrant, word in WORDS.items())
        raise ValueError(f"The quadrant is {name!r}; it must be {known}.")
    return quadrant
