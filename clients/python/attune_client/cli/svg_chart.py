"""A chart of valence and arousal over time, as a self-contained SVG file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self
from xml.sax.saxutils import escape

from attune_client.cli.formatting import clock, percent
from attune_client.cli.timelines import TimeSpan, at, end_of, middle, time_spans
from attune_client.quadrants import WORDS
from attune_client.replies import Estimate, Prediction, Segment

WIDTH, HEIGHT = 800, 420
LEFT, RIGHT, TOP, BOTTOM = 70, 690, 60, 320
STRIP_TOP, STRIP_HEIGHT = 345, 26
LETTER_WIDTH = 8  # roughly
STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200)
MAX_TICKS = 9


@dataclass(frozen=True, slots=True)
class Line:
    """The style of an axis: colour, dashes and marks, so that print in grey is readable."""

    axis: str
    colour: str
    dashes: str
    mark: str


# Blue and vermillion of Okabe and Ito's palette, which differ in grey too.
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
class Chart:
    """The content of a chart.

    Attributes:
        segments: At least one, in order.
    """

    title: str
    summary: str
    segments: Sequence[Segment]

    @classmethod
    def of(cls, title: str, prediction: Prediction) -> Self:
        """Return the chart of a prediction."""
        quadrant = prediction.quadrant
        listener = f" to {prediction.personal.user_id}" if prediction.personal else ""
        sure = percent(prediction.probabilities[quadrant.value])
        summary = f"Overall it feels {WORDS[quadrant]}{listener}, with {sure} probability."
        return cls(title, summary, prediction.segments)


def draw(chart: Chart) -> str:
    """Return the chart as an SVG document, with a title and a description."""
    end_s = end_of(chart.segments)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}"'
        f' height="{HEIGHT}" role="img" aria-labelledby="title desc" font-family="sans-serif"'
        ' font-size="14" fill="#222">',
        f'<title id="title">{escape(chart.title)}: valence and arousal over time</title>',
        f'<desc id="desc">{escape(_description(chart))}</desc>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        _text(LEFT, 24, chart.title, ' font-size="17" font-weight="bold"'),
        _text(LEFT, 44, chart.summary),
        *_grid(end_s),
        *(_band(chart.segments, line, end_s) for line in LINES),
        *(part for line in LINES for part in _curve(chart.segments, line, end_s)),
        *_names(chart.segments),
        *(part for each in time_spans(chart.segments) for part in _strip(each, end_s)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _description(chart: Chart) -> str:
    timeline = ", then ".join(
        f"{WORDS[each.quadrant]} from {clock(each.start_s)} to {clock(each.end_s)}"
        for each in time_spans(chart.segments)
    )
    return f"{chart.summary} Over time: {timeline}."


def _grid(end_s: float) -> Iterator[str]:
    for value in (-1.0, -0.5, 0.0, 0.5, 1.0):
        y = _y(value)
        weight = 1.4 if value == 0 else 0.5
        yield (
            f'<line x1="{LEFT}" y1="{y}" x2="{RIGHT}" y2="{y}" stroke="#888"'
            f' stroke-width="{weight}"/>'
        )
        yield _text(LEFT - 8, y + 5, f"{value:+.1f}", ' text-anchor="end"')
    step = next((step for step in STEPS_S if end_s / step <= MAX_TICKS), STEPS_S[-1])
    for tick in range(0, int(end_s) + 1, step):
        x = _x(tick, end_s)
        yield f'<line x1="{x}" y1="{BOTTOM}" x2="{x}" y2="{BOTTOM + 5}" stroke="#444"/>'
        yield _text(x, BOTTOM + 20, clock(tick), ' text-anchor="middle" font-size="12"')


def _band(segments: Sequence[Segment], line: Line, end_s: float) -> str:
    points = [(_x(moment, end_s), each) for moment, each in _points(segments, line.axis)]
    upper = [f"{x},{_y(each.mean + each.sd)}" for x, each in points]
    lower = [f"{x},{_y(each.mean - each.sd)}" for x, each in reversed(points)]
    return (
        f'<polygon points="{" ".join(upper + lower)}" fill="{line.colour}" fill-opacity="0.15"/>'
    )


def _curve(segments: Sequence[Segment], line: Line, end_s: float) -> Iterator[str]:
    points = [(_x(moment, end_s), _y(each.mean)) for moment, each in _points(segments, line.axis)]
    path = " ".join(f"{x},{y}" for x, y in points)
    yield (
        f'<polyline points="{path}" fill="none" stroke="{line.colour}" stroke-width="2.5"'
        f"{line.dashes}/>"
    )
    every = max(1, len(points) // MAX_TICKS)
    for x, y in points[::every]:
        yield line.mark.format(x=x, y=y, left=x - 3.5, top=y - 3.5, colour=line.colour)


def _names(segments: Sequence[Segment]) -> Iterator[str]:
    """Yield the names at the ends of the lines, at least 18 units apart."""
    places = {line.axis: _y(getattr(segments[-1], line.axis).mean) for line in LINES}
    upper, lower = sorted(LINES, key=lambda line: places[line.axis])
    gap = max(0.0, 18 - (places[lower.axis] - places[upper.axis])) / 2
    for line, shift in ((upper, -gap), (lower, gap)):
        style = f' fill="{line.colour}" font-weight="bold"'
        yield _text(RIGHT + 10, round(places[line.axis] + shift + 5, 1), line.axis, style)


def _strip(span: TimeSpan, end_s: float) -> Iterator[str]:
    left, right = _x(span.start_s, end_s), _x(span.end_s, end_s)
    word = WORDS[span.quadrant]
    width = round(right - left, 1)
    yield (
        f'<rect x="{left}" y="{STRIP_TOP}" width="{width}" height="{STRIP_HEIGHT}" fill="#fff"'
        f' stroke="#444"><title>{word}, {clock(span.start_s)} to'
        f" {clock(span.end_s)}</title></rect>"
    )
    if width > LETTER_WIDTH * len(word):
        x = round((left + right) / 2, 1)
        yield _text(x, STRIP_TOP + 18, word, ' text-anchor="middle"')


def _points(segments: Sequence[Segment], axis: str) -> list[tuple[float, Estimate]]:
    """Return the curve's points: start, middles of the segments, end."""
    moments = [segments[0].start_s, *map(middle, segments), end_of(segments)]
    return [(moment, at(moment, segments, axis)) for moment in moments]


def _x(moment_s: float, end_s: float) -> float:
    return round(LEFT + (RIGHT - LEFT) * moment_s / end_s, 1)


def _y(value: float) -> float:
    within = min(1.0, max(-1.0, value))
    return round(BOTTOM - (BOTTOM - TOP) * (within + 1) / 2, 1)


def _text(x: float, y: float, words: str, style: str = "") -> str:
    return f'<text x="{x}" y="{y}"{style}>{escape(words)}</text>'
