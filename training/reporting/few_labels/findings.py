"""Everything that the page tells, computed once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from models.arrays import IntVector
from training.experiments.few_labels.methods import METHODS
from training.experiments.few_labels.plan import Plan
from training.metrics import Interval, Metric, brier, ece, nll, score
from training.reporting.bootstrap import Bands, Bootstrap, share
from training.reporting.cohort import Cohort
from training.reporting.comparison import Line, compare
from training.reporting.few_labels.listener import ListenerFigures
from training.reporting.scores import Floats, known_mean

RIVALS = ("committee-successive", "committee-refit", "map", "population")
"""What our methods are held against, beside themselves at 0 labels."""
QUALITY: dict[str, Metric] = {"NLL": nll, "Brier": brier, "ECE": ece}
_EARLY = 12
_ROUNDING = 1e-12
_PERCENTILES = (10, 90)


@dataclass(frozen=True, slots=True)
class Contrast:
    """A paired difference of weighted F1.

    Attributes:
        subject: The method that is judged.
        against: Another method, or ``0 labels``: itself at the start.
        n_labels: After how many labels.
        line: The difference and how sure it is.
    """

    subject: str
    against: str
    n_labels: int
    line: Line


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """Shares of tracks that prediction sets cover, over listeners.

    Attributes:
        mean: With its interval.
        deviation: Standard deviation over listeners.
        low: A tenth of the listeners are covered no more than that.
        high: A tenth are covered no less.
        size: Mean number of quadrants in a set.
    """

    mean: Interval
    deviation: float
    low: float
    high: float
    size: float


@dataclass(frozen=True, slots=True, eq=False)
class Findings(Cohort[Plan, ListenerFigures]):
    """What came out, over all listeners.

    Attributes:
        f1: Of every method ``(n_methods, n_parts, n_steps)``.
        quality: NLL, Brier score and ECE of all predictions together, at 0 and at the most labels
            ``(n_metrics, n_methods, 2)``.
    """

    f1: Bands
    quality: Floats

    @classmethod
    def of(
        cls, plan: Plan, listeners: Sequence[ListenerFigures], left_out: Sequence[str]
    ) -> "Findings":
        """Compute them."""
        bootstrap = Bootstrap.of(len(listeners), plan.protocol.seed)
        f1 = bootstrap.bands(np.stack([one.f1 for one in listeners]))
        return cls(plan, listeners, left_out, bootstrap, f1, _quality(listeners))

    @property
    def n_labels(self) -> tuple[int, ...]:
        """At how many labels methods were judged."""
        return self.plan.protocol.n_labels

    @property
    def judged_at(self) -> tuple[int, ...]:
        """At which of these differences are tested: 12 and the most."""
        return tuple(sorted({_EARLY, self.n_labels[-1]} & set(self.n_labels)))

    @property
    def ours(self) -> list[str]:
        """The methods that are held against the others."""
        return [name for name in self.plan.methods if METHODS[name].is_ours]

    @property
    def with_sets(self) -> list[str]:
        """The methods that have prediction sets."""
        covered = self.over(lambda one: one.covered).swapaxes(0, 1)
        return [
            name
            for name, one in zip(self.plan.methods, covered, strict=True)
            if not np.isnan(one).all()
        ]

    def place(self, method: str) -> int:
        """Return where a method stands on the first axis of figures."""
        return self.plan.methods.index(method)

    def contrasts(self, subject: str, part: int) -> list[Contrast]:
        """Return one of our methods minus each rival, and minus itself at 0 labels.

        Listeners without a track of that part are left out.
        """
        pairs = list(self._pairs(subject, part))
        differences = np.stack([one for _, _, one in pairs], axis=1)
        is_known = ~np.isnan(differences).any(axis=1)
        if not is_known.any():
            return []
        bootstrap = Bootstrap.of(int(is_known.sum()), self.plan.protocol.seed)
        lines = compare(bootstrap, differences[is_known])
        return [
            Contrast(subject, against, n, line)
            for (against, n, _), line in zip(pairs, lines, strict=True)
        ]

    def _pairs(self, subject: str, part: int) -> Iterator[tuple[str, int, Floats]]:
        f1 = self.over(lambda one: one.f1)[:, :, part]
        ours = f1[:, self.place(subject)]
        for n in self.judged_at:
            step = self.n_labels.index(n)
            for rival in RIVALS:
                if rival in self.plan.methods:
                    yield rival, n, ours[:, step] - f1[:, self.place(rival), step]
            yield "0 labels", n, ours[:, step] - ours[:, 0]

    def harmed(self, method: str, n_labels: int) -> tuple[int, Interval]:
        """Return how many listeners' F1 falls below their own at 0 labels, and which share."""
        f1 = self.over(lambda one: one.f1)[:, self.place(method), 0]
        lost = f1[:, self.n_labels.index(n_labels)] - f1[:, 0] < -_ROUNDING
        return int(lost.sum()), share(int(lost.sum()), len(self.listeners))

    def coverage(self, method: str, part: int, step: int) -> Spread:
        """Return how many tracks a method's prediction sets cover."""
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
        """How many predictions a method made at each number of labels."""
        return sum(len(one.y) for one in self.listeners)


def pooled(listeners: Sequence[ListenerFigures]) -> tuple[IntVector, Floats]:
    """Return all that was judged and what each method said of it, listener after listener."""
    y = np.concatenate([one.y for one in listeners])
    return y, np.concatenate([one.proba for one in listeners], axis=2).astype(np.float64)


def _quality(listeners: Sequence[ListenerFigures]) -> Floats:
    y, proba = pooled(listeners)
    return np.array(
        [
            [[score(metric, y, said[step]) for step in (0, -1)] for said in proba]
            for metric in QUALITY.values()
        ]
    )
