"""Conversion between labels and rows of the log."""

from collections.abc import Mapping
from typing import Any

from models.emotion import Quadrant
from service.db.track_rows import AnyRow
from service.labels import DatedLabel, Label, LabelEvent, QuadrantVotes

_QUADRANT_OF: Mapping[str | None, Quadrant | None] = {None: None, **{q.value: q for q in Quadrant}}
_OTHERS = ("others_q1", "others_q2", "others_q3", "others_q4")


def columns_of(dated: DatedLabel) -> dict[str, Any]:
    """Return the columns that hold a label; others' votes only if there are any."""
    columns = {name: getattr(dated.label, name) for name in Label.__slots__}
    known = frozen_votes(dated.label, dated.others)
    others = dict(zip(_OTHERS, known or (None,) * len(_OTHERS), strict=True))
    columns |= {"created_at": dated.created_at, "is_superseded": dated.is_superseded}
    return columns | others


def frozen_votes(label: Label, others: QuadrantVotes | None) -> QuadrantVotes | None:
    """Return others' votes as they are recorded with a label: only with an answer, and not 0."""
    return others if label.quadrant is not None and any(others or ()) else None


def label_in(row: AnyRow) -> Label:
    """Return the label in a whole row."""
    _, _, event_id, track_id, quadrant, valence, arousal, _, *circumstances, _, _, _, _, _ = row
    return Label(event_id, track_id, _QUADRANT_OF[quadrant], valence, arousal, *circumstances)


def event_in(row: AnyRow) -> LabelEvent:
    """Return the event in a whole row."""
    *_, q1, q2, q3, q4, is_superseded = row
    others = None if q1 is None else (q1, q2, q3, q4)
    return LabelEvent(row.seq, row.user_id, label_in(row), row.created_at, others, is_superseded)
