"""A chart of valence and arousal over time, as text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from attune_client.cli.formatting import clock
from attune_client.cli.timelines import at, end_of, time_spans
from attune_client.quadrants import WORDS
from attune_client.replies import Estimate, Segment

ROWS = 11
"""Rows of a panel; the middle row is zero."""
MARGIN = 6
MIN_COLUMNS = 20
TITLES = {
    "valence": ("valence: unpleasant -1, pleasant +1", "blue"),
    "arousal": ("arousal: quiet -1, excited +1", "yellow"),
}
BRAILLE = 0x2800
DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""Bits of a Braille character: the left dots from the top, then the right ones."""
EPSILON = 1e-9
SCALE = {0: "+1.0", ROWS // 2: " 0.0", ROWS - 1: "-1.0"}


@dataclass(frozen=True, slots=True)
class Characters:
    """The characters of a chart; an empty ``mean`` means Braille dots."""

    mean: str
    band: str
    zero: str
    edge: str
    tick: str


RICH = Characters(mean="", band="░", zero="─", edge="│", tick="┼")
PLAIN = Characters(mean="*", band=":", zero="-", edge="|", tick="+")


def panels(
    segments: Sequence[Segment], width: int, *, is_rich: bool
) -> Iterator[tuple[str, str | None]]:
    """Yield the lines of the chart with their styles; the chart is complete without colours.

    Two panels show the means of valence and arousal within a band of one standard deviation; the
    last lines show the likeliest quadrant and the time.

    Args:
        segments: At least one, in order.
        width: Of the terminal, in characters.
        is_rich: Whether the terminal can show Braille and box characters.
    """
    characters = RICH if is_rich else PLAIN
    n_columns = max(MIN_COLUMNS, width - MARGIN)
    n_moments = 2 * n_columns
    moments = [end_of(segments) * (number + 0.5) / n_moments for number in range(n_moments)]
    for axis, (title, style) in TITLES.items():
        yield title, style
        for line in _panel(segments, moments, axis, characters):
            yield line, style
    yield " " * MARGIN + _strip(segments, n_columns, characters), None
    yield " " * MARGIN + _times(end_of(segments), n_columns), None


def _panel(
    segments: Sequence[Segment], moments: Sequence[float], axis: str, characters: Characters
) -> Iterator[str]:
    known = [at(moment, segments, axis) for moment in moments]
    cells = [
        _cell(before, after, characters)
        for before, after in zip(known[::2], known[1::2], strict=True)
    ]
    for row in range(ROWS):
        empty = characters.zero if row == ROWS // 2 else " "
        drawn = [cell.get(row, empty) for cell in cells]
        edge = characters.tick if row in SCALE else characters.edge
        yield f"{SCALE.get(row, ''):>4} {edge}{''.join(drawn)}".rstrip()


def _cell(before: Estimate, after: Estimate, characters: Characters) -> dict[int, str]:
    """Return one column's characters by row: the band, and the means of two moments."""
    top, bottom = _row(before.mean + before.sd), _row(before.mean - before.sd)
    drawn = dict.fromkeys(range(int(top), int(bottom) + 1), characters.band)
    dots: dict[int, int] = {}
    for side, estimate in enumerate((before, after)):
        row = _row(estimate.mean)
        dot = DOTS[side][int(row % 1 * len(DOTS[side]))]
        dots[int(row)] = dots.get(int(row), 0) | dot
    marks = {row: characters.mean or chr(BRAILLE + dot) for row, dot in dots.items()}
    return drawn | marks


def _row(value: float) -> float:
    """Return the distance of a value from the top, in rows, clipped to the panel."""
    from_top = (1 - value) / 2 * (ROWS - 1) + 0.5
    return min(ROWS - EPSILON, max(0.0, from_top))


def _strip(segments: Sequence[Segment], n_columns: int, characters: Characters) -> str:
    end_s = end_of(segments)
    drawn = ""
    for span in time_spans(segments):
        room = round(span.end_s / end_s * n_columns) - len(drawn)
        word = f"{characters.edge}{WORDS[span.quadrant]}"
        drawn += word[:room].ljust(room)
    return drawn.rstrip()


def _times(end_s: float, n_columns: int) -> str:
    last = clock(end_s)
    return clock(0.0) + last.rjust(n_columns - len(clock(0.0)))
