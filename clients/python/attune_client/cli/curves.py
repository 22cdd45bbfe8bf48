"""The course of an emotion, drawn in a terminal with letters."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from attune_client.cli.courses import at, end_of, stretches
from attune_client.cli.words import WORDS, clock
from attune_client.replies import Estimate, Segment

ROWS = 11
"""Of a panel; the one in the middle is zero."""
MARGIN = 6
NARROWEST = 20
TITLES = {
    "valence": ("valence: unpleasant -1, pleasant +1", "blue"),
    "arousal": ("arousal: quiet -1, excited +1", "yellow"),
}
BRAILLE = 0x2800
DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""Of a letter of Braille: the left dots from above, then the right ones."""
LEAST = 1e-9
SCALE = {0: "+1.0", ROWS // 2: " 0.0", ROWS - 1: "-1.0"}


@dataclass(frozen=True, slots=True)
class Letters:
    """What curves are made of; without one for the mean, it is dotted in Braille."""

    mean: str
    band: str
    zero: str
    edge: str
    tick: str


RICH = Letters(mean="", band="░", zero="─", edge="│", tick="┼")
PLAIN = Letters(mean="*", band=":", zero="-", edge="|", tick="+")


def panels(
    segments: Sequence[Segment], width: int, *, is_rich: bool
) -> Iterator[tuple[str, str | None]]:
    """Yield the lines of the drawing, each with its style; letters alone tell everything.

    Above, valence and arousal over time, each as a line of marks within the band of one standard
    deviation; below, the likeliest quadrant.

    Args:
        segments: At least one, in order.
        width: Of the terminal, in letters.
        is_rich: Whether the terminal has more than ASCII.
    """
    letters = RICH if is_rich else PLAIN
    n_columns = max(NARROWEST, width - MARGIN)
    n_moments = 2 * n_columns
    moments = [end_of(segments) * (number + 0.5) / n_moments for number in range(n_moments)]
    for axis, (title, style) in TITLES.items():
        yield title, style
        for line in _panel(segments, moments, axis, letters):
            yield line, style
    yield " " * MARGIN + _strip(segments, n_columns, letters), None
    yield " " * MARGIN + _times(end_of(segments), n_columns), None


def _panel(
    segments: Sequence[Segment], moments: Sequence[float], axis: str, letters: Letters
) -> Iterator[str]:
    known = [at(moment, segments, axis) for moment in moments]
    cells = [
        _cell(before, after, letters)
        for before, after in zip(known[::2], known[1::2], strict=True)
    ]
    for row in range(ROWS):
        empty = letters.zero if row == ROWS // 2 else " "
        drawn = [cell.get(row, empty) for cell in cells]
        edge = letters.tick if row in SCALE else letters.edge
        yield f"{SCALE.get(row, ''):>4} {edge}{''.join(drawn)}".rstrip()


def _cell(before: Estimate, after: Estimate, letters: Letters) -> dict[int, str]:
    """Return the letters of one column by their rows: the band, and the means of two moments."""
    top, bottom = _row(before.mean + before.sd), _row(before.mean - before.sd)
    drawn = dict.fromkeys(range(int(top), int(bottom) + 1), letters.band)
    dots: dict[int, int] = {}
    for side, estimate in enumerate((before, after)):
        row = _row(estimate.mean)
        dot = DOTS[side][int(row % 1 * len(DOTS[side]))]
        dots[int(row)] = dots.get(int(row), 0) | dot
    marks = {row: letters.mean or chr(BRAILLE + dot) for row, dot in dots.items()}
    return drawn | marks


def _row(value: float) -> float:
    """Return how far below the top a value is, in rows; the edge for what lies beyond it."""
    from_top = (1 - value) / 2 * (ROWS - 1) + 0.5
    return min(ROWS - LEAST, max(0.0, from_top))


def _strip(segments: Sequence[Segment], n_columns: int, letters: Letters) -> str:
    end_s = end_of(segments)
    drawn = ""
    for stretch in stretches(segments):
        room = round(stretch.end_s / end_s * n_columns) - len(drawn)
        word = f"{letters.edge}{WORDS[stretch.quadrant]}"
        drawn += word[:room].ljust(room)
    return drawn.rstrip()


def _times(end_s: float, n_columns: int) -> str:
    last = clock(end_s)
    return clock(0.0) + last.rjust(n_columns - len(clock(0.0)))
