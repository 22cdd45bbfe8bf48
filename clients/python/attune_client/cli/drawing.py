"""The course of an emotion, drawn as one SVG file that needs nothing else."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self
from xml.sax.saxutils import escape

from attune_client.cli.courses import TimeSpan, at, end_of, middle, stretches
from attune_client.cli.words import WORDS, clock, percent
from attune_client.replies import Estimate, Prediction, Segment

WIDTH, HEIGHT = 800, 420
LEFT, RIGHT, TOP, BOTTOM = 70, 690, 60, 320
STRIP_TOP, STRIP_HEIGHT = 345, 26
LETTER = 8
"""Roughly the width of a letter."""
STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200)
MOST_TICKS = 9


@dataclass(frozen=True, slots=True)
class Line:
    """How a coordinate is drawn: told apart by colour, by dashes, by marks and by its name."""

    axis: str
    colour: str
    dashes: str
    mark: str


# Blue and vermillion of Okabe and Ito's colours: dark and light enough apart for print in grey.
LINES = (
    Line("valence", "#0072B2", "", '<circle cx="{x}" cy="{y}" r="3.5" fill="{colour}"/>'),
    Line(
        "arousal",
        "#D55E00",
        ' stroke-dasharray="9 5"',
        '<rect x="{left}" y="{top}" width="7" height="7" fill="#fff" stroke="{colour}"'
        ' stroke-width="1.8"/>',
    ),
)


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is drawn.

    Attributes:
        segments: At least one, in order.
    """

    title: str
    summary: str
    segments: Sequence[Segment]

    @classmethod
    def of(cls, title: str, prediction: Prediction) -> Self:
        """Return a prediction as a drawing."""
        quadrant = prediction.quadrant
        whom = f" to {prediction.personal.user_id}" if prediction.personal else ""
        sure = percent(prediction.probabilities[quadrant.value])
        summary = f"As a whole it feels {WORDS[quadrant]}{whom}, with {sure} probability."
        return cls(title, summary, prediction.segments)


def draw(drawing: Drawing) -> str:
    """Return the drawing as an SVG document, with its title and its course in words."""
    end_s = end_of(drawing.segments)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}"'
        f' height="{HEIGHT}" role="img" aria-labelledby="title desc" font-family="sans-serif"'
        ' font-size="14" fill="#222">',
        f'<title id="title">{escape(drawing.title)}: valence and arousal over time</title>',
        f'<desc id="desc">{escape(_told(drawing))}</desc>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        _text(LEFT, 24, drawing.title, ' font-size="17" font-weight="bold"'),
        _text(LEFT, 44, drawing.summary),
        *_grid(end_s),
        *(_band(drawing.segments, line, end_s) for line in LINES),
        *(part for line in LINES for part in _curve(drawing.segments, line, end_s)),
        *_names(drawing.segments),
        *(part for each in stretches(drawing.segments) for part in _strip(each, end_s)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _told(drawing: Drawing) -> str:
    course = ", then ".join(
        f"{WORDS[each.quadrant]} from {clock(each.start_s)} to {clock(each.end_s)}"
        for each in stretches(drawing.segments)
    )
    return f"{drawing.summary} Its course: {course}."


def _grid(end_s: float) -> Iterator[str]:
    for value in (-1.0, -0.5, 0.0, 0.5, 1.0):
        y = _y(value)
        weight = 1.4 if value == 0 else 0.5
        yield (
            f'<line x1="{LEFT}" y1="{y}" x2="{RIGHT}" y2="{y}" stroke="#888"'
            f' stroke-width="{weight}"/>'
        )
        yield _text(LEFT - 8, y + 5, f"{value:+.1f}", ' text-anchor="end"')
    step = next((step for step in STEPS_S if end_s / step <= MOST_TICKS), STEPS_S[-1])
    for tick in range(0, int(end_s) + 1, step):
        x = _x(tick, end_s)
        yield f'<line x1="{x}" y1="{BOTTOM}" x2="{x}" y2="{BOTTOM + 5}" stroke="#444"/>'
        yield _text(x, BOTTOM + 20, clock(tick), ' text-anchor="middle" font-size="12"')


def _band(segments: Sequence[Segment], line: Line, end_s: float) -> str:
    known = _known(segments, line.axis)
    upper = [f"{_x(moment, end_s)},{_y(each.mean + each.sd)}" for moment, each in known]
    lower = [f"{_x(moment, end_s)},{_y(each.mean - each.sd)}" for moment, each in reversed(known)]
    points = " ".join(upper + lower)
    return f'<polygon points="{points}" fill="{line.colour}" fill-opacity="0.15"/>'


def _curve(segments: Sequence[Segment], line: Line, end_s: float) -> Iterator[str]:
    known = [(_x(moment, end_s), _y(each.mean)) for moment, each in _known(segments, line.axis)]
    points = " ".join(f"{x},{y}" for x, y in known)
    yield (
        f'<polyline points="{points}" fill="none" stroke="{line.colour}" stroke-width="2.5"'
        f"{line.dashes}/>"
    )
    every = max(1, len(known) // MOST_TICKS)
    for x, y in known[::every]:
        yield line.mark.format(x=x, y=y, left=x - 3.5, top=y - 3.5, colour=line.colour)


def _names(segments: Sequence[Segment]) -> Iterator[str]:
    """Yield the names of the lines, at their ends and never on top of each other."""
    places = {line.axis: _y(getattr(segments[-1], line.axis).mean) for line in LINES}
    upper, lower = sorted(LINES, key=lambda line: places[line.axis])
    apart = max(0.0, 18 - (places[lower.axis] - places[upper.axis])) / 2
    for line, shift in ((upper, -apart), (lower, apart)):
        style = f' fill="{line.colour}" font-weight="bold"'
        yield _text(RIGHT + 10, round(places[line.axis] + shift + 5, 1), line.axis, style)


def _strip(stretch: TimeSpan, end_s: float) -> Iterator[str]:
    left, right = _x(stretch.start_s, end_s), _x(stretch.end_s, end_s)
    word = WORDS[stretch.quadrant]
    width = round(right - left, 1)
    yield (
        f'<rect x="{left}" y="{STRIP_TOP}" width="{width}" height="{STRIP_HEIGHT}" fill="#fff"'
        f' stroke="#444"><title>{word}, {clock(stretch.start_s)} to'
        f" {clock(stretch.end_s)}</title></rect>"
    )
    if width > LETTER * len(word):
        x = round((left + right) / 2, 1)
        yield _text(x, STRIP_TOP + 18, word, ' text-anchor="middle"')


def _known(segments: Sequence[Segment], axis: str) -> list[tuple[float, Estimate]]:
    """Return the curve's points: the middles of segments, and the ends of the recording."""
    moments = [segments[0].start_s, *map(middle, segments), end_of(segments)]
    return [(moment, at(moment, segments, axis)) for moment in moments]


def _x(moment_s: float, end_s: float) -> float:
    return round(LEFT + (RIGHT - LEFT) * moment_s / end_s, 1)


def _y(value: float) -> float:
    within = min(1.0, max(-1.0, value))
    return round(BOTTOM - (BOTTOM - TOP) * (within + 1) / 2, 1)


def _text(x: float, y: float, words: str, style: str = "") -> str:
    return f'<text x="{x}" y="{y}"{style}>{escape(words)}</text>'
