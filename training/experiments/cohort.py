"""Listeners of an experiment and the bootstrap over them, shared by all report pages."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import numpy as np

from models.arrays import IntVector
from models.errors import AttuneError
from training.metrics import Metric, brier, ece, nll
from training.reporting.bootstrap import Bands, Bootstrap
from training.reporting.render import Table
from training.reporting.scores import Floats

QUALITY: Mapping[str, Metric] = {"NLL": nll, "Brier": brier, "ECE": ece}
"""Metrics of the predicted probabilities."""


class UnfairComparisonError(AttuneError):
    """Units that cannot be compared: their starts differ, or one repeated a question."""


class UnfinishedError(AttuneError):
    """The results hold all units of no listener."""


@dataclass(frozen=True, slots=True, eq=False)
class Listener:
    """A listener and the number of their test tracks.

    Attributes:
        listener: Name of the listener.
        n_judged: Mean number of test tracks in a split: all, warm, cold ``(n_parts,)``.
        n_empty: Splits without such a track ``(n_parts,)``.
    """

    listener: str
    n_judged: Floats
    n_empty: IntVector


class SplitPlan(Protocol):
    """A plan with a number of splits."""

    @property
    def n_splits(self) -> int:
        """Splits of each listener."""
        ...


PlanT = TypeVar("PlanT", bound=SplitPlan)
ListenerT = TypeVar("ListenerT", bound=Listener)


@dataclass(frozen=True, slots=True, eq=False)
class Cohort(Generic[PlanT, ListenerT]):
    """The listeners of a plan and one bootstrap for all their figures.

    Attributes:
        plan: The plan that was run.
        listeners: Figures of each listener, in order of names.
        left_out: Listeners with incomplete results.
        bootstrap: Samples of these listeners.
    """

    plan: PlanT
    listeners: Sequence[ListenerT]
    left_out: Sequence[str]
    bootstrap: Bootstrap

    def over(self, figure: Callable[[ListenerT], Floats | IntVector]) -> Floats:
        """Return the figures of all listeners ``(n_listeners, ...)``."""
        return np.stack([np.asarray(figure(one), dtype=np.float64) for one in self.listeners])

    def bands(self, figure: Callable[[ListenerT], Floats | IntVector]) -> Bands:
        """Return the mean of a figure over listeners, with its interval."""
        return self.bootstrap.bands(self.over(figure))

    @property
    def n_starts(self) -> int:
        """Number of pairs of listener and split."""
        return len(self.listeners) * self.plan.n_splits

    @property
    def n_judged(self) -> Floats:
        """Mean number of test tracks in a split: all, warm, cold ``(n_parts,)``."""
        return np.asarray(self.over(lambda one: one.n_judged).mean(axis=0))

    @property
    def n_empty(self) -> IntVector:
        """Splits of all listeners without such a track ``(n_parts,)``."""
        return np.asarray(self.over(lambda one: one.n_empty).sum(axis=0), np.int64)

    def table(self, head: Sequence[str], cells: Callable[[ListenerT], Sequence[str]]) -> Table:
        """Return one row a listener: name, number of test tracks, then the given cells."""
        rows = [[one.listener, f"{one.n_judged[0]:.1f}", *cells(one)] for one in self.listeners]
        return Table(["listener", "tracks judged", *head], rows)


def finished(
    folder: Path, listeners: Sequence[str], is_done: Callable[[str], bool], units: str
) -> tuple[list[str], list[str]]:
    """Return the listeners with complete results, and the others, in order of names.

    Args:
        folder: Folder of the results.
        listeners: Names to choose from.
        is_done: Returns whether all units of a listener have results.
        units: Description of the units, for the error.

    Raises:
        UnfinishedError: No listener has complete results.
    """
    done = {listener for listener in listeners if is_done(listener)}
    if not done:
        raise UnfinishedError(
            f"None of {len(listeners)} listeners in {folder} has all units of {units}: finish the"
            " experiment first."
        )
    return sorted(done), sorted(set(listeners) - done)
