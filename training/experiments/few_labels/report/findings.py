"""Findings of a comparison over all listeners, each figure computed once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.arrays import IntVector
from training.experiments.cohort import QUALITY, Cohort
from training.experiments.few_labels.methods import METHODS
from training.experiments.few_labels.plan import Plan
from training.experiments.few_labels.report.listener import ListenerFigures
from training.metrics import Interval, score
from training.reporting.bootstrap import Bands, Bootstrap, share
from training.reporting.comparison import Line, compare
from training.reporting.scores import PARTS, Floats, known_mean

ITSELF = "0 labels"
"""The method itself at the start, as a rival beside all other methods."""
FIGURES = ("accuracy", "weighted F1", "NLL")
_EARLY = 8
_ROUNDING = 1e-12
_PERCENTILES = (10, 90)


@dataclass(frozen=True, slots=True)
class Contrast:
    """A paired difference of one of `FIGURES`.

    Attributes:
        figure: Name of the figure.
        subject: The method.
        against: The method that is subtracted, or `ITSELF`.
        n_labels: Number of labels.
        line: The difference with its tests.
    """

    figure: str
    subject: str
    against: str
    n_labels: int
    line: Line

    @property
    def verdict(self) -> str:
        """The verdict after correction in words; a lower NLL is better."""
        if self.figure != "NLL" or not self.line.is_judged:
            return self.line.verdict
        if self.line.is_worse:
            return "**better**"
        return "**worse**" if self.line.is_better else "no clear difference"


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """Coverage of prediction sets over listeners.

    Attributes:
        mean: Mean with its interval.
        deviation: Standard deviation over listeners.
        low: 10th percentile over listeners.
        high: 90th percentile over listeners.
        size: Mean number of quadrants in a set.
    """

    mean: Interval
    deviation: float
    low: float
    high: float
    size: float


@dataclass(frozen=True, slots=True, eq=False)
class Findings(Cohort[Plan, ListenerFigures]):
    """Figures of all methods over all listeners.

    Attributes:
        crowd: Index of the crowd of other listeners in the protocol.
        figures: Each of `FIGURES` for every method ``(n_methods, n_parts, n_steps)``.
        quality: NLL, Brier score and ECE of all predictions together, at `shown_at`
            ``(n_metrics, n_methods, n_shown)``.
    """

    crowd: int
    figures: Mapping[str, Bands]
    quality: Floats

    @classmethod
    def of(
        cls,
        plan: Plan,
        listeners: Sequence[ListenerFigures],
        left_out: Sequence[str],
        crowd: int = 0,
    ) -> "Findings":
        """Compute the figures."""
        bootstrap = Bootstrap.of(len(listeners), plan.protocol.seed)
        bands = {
            name: bootstrap.bands(np.stack([figure_of(one, name) for one in listeners]))
            for name in FIGURES
        }
        steps = [plan.protocol.n_labels.index(n) for n in shown_at(plan.protocol.n_labels)]
        quality = _quality(listeners, steps)
        return cls(plan, listeners, left_out, bootstrap, crowd, bands, quality)

    @property
    def f1(self) -> Bands:
        """Weighted F1 for every method ``(n_methods, n_parts, n_steps)``."""
        return self.figures["weighted F1"]

    @property
    def n_others(self) -> int | None:
        """Number of other listeners who vote; None for all."""
        return self.plan.protocol.n_others[self.crowd]

    @property
    def parts(self) -> list[str]:
        """Parts of the tracks: all; also warm and cold if both exist."""
        return list(PARTS) if (self.n_judged > 0).all() else [PARTS[0]]

    @property
    def n_labels(self) -> tuple[int, ...]:
        """Numbers of labels at which methods are evaluated."""
        return self.plan.protocol.n_labels

    @property
    def judged_at(self) -> tuple[int, ...]:
        """Numbers of labels at which differences are tested: 8 and the largest."""
        return shown_at(self.n_labels)[1:]

    @property
    def ours(self) -> list[str]:
        """The methods that the page compares with all others."""
        return [name for name in self.plan.methods if METHODS[name].is_ours]

    @property
    def with_sets(self) -> list[str]:
        """The methods with prediction sets."""
        covered = self.over(lambda one: one.covered).swapaxes(0, 1)
        return [
            name
            for name, one in zip(self.plan.methods, covered, strict=True)
            if not np.isnan(one).all()
        ]

    def place(self, method: str) -> int:
        """Return the index of a method on the first axis of figures."""
        return self.plan.methods.index(method)

    def contrasts(
        self, subject: str, part: str, figure: str, rivals: Sequence[str] = ()
    ) -> list[Contrast]:
        """Return the differences between a method and others, and itself at 0 labels.

        Listeners without a track of the part are left out.

        Args:
            subject: The method.
            part: Part of the tracks.
            figure: One of `FIGURES`.
            rivals: The other methods; empty for all.
        """
        pairs = list(self._pairs(subject, part, figure, rivals or self.plan.methods))
        differences = np.stack([one for _, _, one in pairs], axis=1)
        is_known = ~np.isnan(differences).any(axis=1)
        if not is_known.any():
            return []
        bootstrap = Bootstrap.of(int(is_known.sum()), self.plan.protocol.seed)
        lines = compare(bootstrap, differences[is_known])
        return [
            Contrast(figure, subject, against, n, line)
            for (against, n, _), line in zip(pairs, lines, strict=True)
        ]

    def _pairs(
        self, subject: str, part: str, figure: str, rivals: Sequence[str]
    ) -> Iterator[tuple[str, int, Floats]]:
        values = self.over(lambda one: figure_of(one, figure))[:, :, PARTS.index(part)]
        ours = values[:, self.place(subject)]
        for n in self.judged_at:
            step = self.n_labels.index(n)
            for rival in rivals:
                if rival != subject:
                    yield rival, n, ours[:, step] - values[:, self.place(rival), step]
            yield ITSELF, n, ours[:, step] - ours[:, 0]

    def harmed(self, method: str, n_labels: int) -> tuple[int, Interval]:
        """Return number and share of listeners whose F1 is below their F1 at 0 labels."""
        f1 = self.over(lambda one: one.f1)[:, self.place(method), 0]
        lost = f1[:, self.n_labels.index(n_labels)] - f1[:, 0] < -_ROUNDING
        return int(lost.sum()), share(int(lost.sum()), len(self.listeners))

    def changed(self, method: str, step: int) -> Interval:
        """Return the share of tracks whose likeliest quadrant differs from that at 0 labels."""
        place = self.place(method)
        return self.bands(lambda one: one.changed[place, 0]).at(step)

    def coverage(self, method: str, part: int, step: int) -> Spread:
        """Return the coverage of a method's prediction sets."""
        place = self.place(method)
        covered = self.over(lambda one: one.covered)[:, place, part, step]
        known = covered[~np.isnan(covered)]
        low, high = np.percentile(known, _PERCENTILES) if len(known) else (np.nan, np.nan)
        size = self.over(lambda one: one.size)[:, place, part, step]
        return Spread(
            mean=self.bootstrap.bands(covered).at(),
            deviation=float(known.std(ddof=1)) if len(known) > 1 else np.nan,
            low=float(low),
            high=float(high),
            size=float(known_mean(size)),
        )

    def covered(self, method: str) -> Bands:
        """Return a method's coverage ``(n_parts, n_steps)``."""
        place = self.place(method)
        return self.bands(lambda one: one.covered[place])

    @property
    def n_predictions(self) -> int:
        """Number of predictions of a method at each number of labels."""
        return sum(len(one.y) for one in self.listeners)


def pooled(listeners: Sequence[ListenerFigures]) -> tuple[IntVector, Floats]:
    """Return all test labels and each method's predictions, listener after listener."""
    y = np.concatenate([one.y for one in listeners])
    return y, np.concatenate([one.proba for one in listeners], axis=2).astype(np.float64)


def figure_of(listener: ListenerFigures, name: str) -> Floats:
    """Return one of `FIGURES` ``(n_methods, n_parts, n_steps)``."""
    return {"accuracy": listener.accuracy, "weighted F1": listener.f1, "NLL": listener.nll}[name]


def shown_at(n_labels: Sequence[int]) -> tuple[int, ...]:
    """Return the numbers of labels of a wide table's columns: 0, 8 and the largest.

    >>> shown_at((0, 1, 3, 5, 8, 12, 28))
    (0, 8, 28)
    """
    return tuple(sorted({n_labels[0], _EARLY, n_labels[-1]} & set(n_labels)))


def _quality(listeners: Sequence[ListenerFigures], steps: Sequence[int]) -> Floats:
    y, proba = pooled(listeners)
    return np.array(
        [
            [[score(metric, y, by_step[step]) for step in steps] for by_step in proba]
            for metric in QUALITY.values()
        ]
    )
