"""Timelines: valence and arousal at any moment of a recording."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from attune_client.replies import Estimate, Quadrant, Segment


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """A time span, in seconds, in which one quadrant is the likeliest."""

    quadrant: Quadrant
    start_s: float
    end_s: float


def end_of(segments: Sequence[Segment]) -> float:
    """Return the end of the last segment, in seconds."""
    return max(segment.end_s for segment in segments)


def middle(segment: Segment) -> float:
    """Return the middle of a segment, in seconds."""
    return (segment.start_s + segment.end_s) / 2


def at(moment_s: float, segments: Sequence[Segment], axis: str) -> Estimate:
    """Return ``valence`` or ``arousal`` at a moment, linear between the middles of segments."""
    middles = [middle(segment) for segment in segments]
    values: list[Estimate] = [getattr(segment, axis) for segment in segments]
    right = bisect_left(middles, moment_s)
    if right == 0 or right == len(middles):
        return values[max(0, right - 1)]
    left = right - 1
    share = (moment_s - middles[left]) / (middles[right] - middles[left])
    return replace(
        values[left],
        mean=values[left].mean + share * (values[right].mean - values[left].mean),
        sd=values[left].sd + share * (values[right].sd - values[left].sd),
    )


def time_spans(segments: Sequence[Segment]) -> list[TimeSpan]:
    """Return the likeliest quadrant over time; overlapping segments meet halfway."""
    borders = [
        segments[0].start_s,
        *((a.end_s + b.start_s) / 2 for a, b in pairwise(segments)),
        end_of(segments),
    ]
    spans = [
        TimeSpan(_likeliest(segment), *span)
        for segment, span in zip(segments, pairwise(borders), strict=True)
    ]
    runs = (list(run) for _, run in groupby(spans, key=lambda span: span.quadrant))
    return [TimeSpan(run[0].quadrant, run[0].start_s, run[-1].end_s) for run in runs]


def _likeliest(segment: Segment) -> Quadrant:
    return max(Quadrant, key=lambda quadrant: segment.probabilities[quadrant.value])
