"""The page on what each group of audio features costs and adds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from training.metrics import Interval
from training.reporting.cells import fixed
from training.reporting.render import Table, render


@dataclass(frozen=True, slots=True)
class FeatureSet:
    """Accuracy with some features, and what these cost.

    Attributes:
        title: What they are.
        n_features: How many numbers a track.
        extra_ms: Milliseconds a clip beside the embedding's.
        home: Accuracy on the dataset that was learnt from, on artists not seen.
        over_embedding: How far that is above the embedding alone.
        over_shipped: How far it is above what ships.
        away: Accuracy on another dataset.
    """

    title: str
    n_features: int
    extra_ms: float
    home: Interval
    over_embedding: Interval
    over_shipped: Interval
    away: Interval


@dataclass(frozen=True, slots=True)
class Ablation:
    """What was measured.

    Attributes:
        sets: Each set of features.
        n_home: Tracks of the dataset that was learnt from.
        n_away: Tracks of the other.
        majority: Share of the largest quadrant there.
        group_ms: Milliseconds a clip by group of features.
        spectra_ms: Of what the groups share.
        served_ms: Of all that is served.
    """

    sets: Sequence[FeatureSet]
    n_home: int
    n_away: int
    majority: float
    group_ms: Mapping[str, float]
    spectra_ms: float
    served_ms: float


def page(command: str, ablation: Ablation) -> str:
    """Return the page as Markdown."""
    rows = [
        [one.title, str(one.n_features), fixed(one.extra_ms, 1)]
        + [str(each) for each in (one.home, one.over_embedding, one.over_shipped, one.away)]
        for one in ablation.sets
    ]
    head = ["features", "numbers", "extra ms", "taffc4q", "over the embedding"]
    table = Table([*head, "over what is shipped", "Emotify"], rows)
    return render("features", command=command, ablation=ablation, table=table)
