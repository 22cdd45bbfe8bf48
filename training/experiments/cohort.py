"""What the pages of all experiments share: the listeners, and one bootstrap over them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import numpy as np

from models.arrays import IntVector
from models.errors import AttuneError
from training.reporting.bootstrap import Bands, Bootstrap
from training.reporting.render import Table
from training.reporting.scores import Floats


class UnfairComparisonError(AttuneError):
    """Units that cannot be compared: they did not begin alike, or one asked a thing twice."""


class UnfinishedError(AttuneError):
    """Results that do not hold a single listener's units to the last."""


@dataclass(frozen=True, slots=True, eq=False)
class Listener:
    """A listener, and how many tracks their models are judged on.

    Attributes:
        listener: Who.
        n_judged: Tracks judged in a split, on average: all, warm, cold ``(n_parts,)``.
        n_empty: Splits without a single such track ``(n_parts,)``.
    """

    listener: str
    n_judged: Floats
    n_empty: IntVector


class SplitPlan(Protocol):
    """A plan that says how many splits each listener has."""

    @property
    def n_splits(self) -> int:
        """Splits of each listener."""
        ...


PlanT = TypeVar("PlanT", bound=SplitPlan)
ListenerT = TypeVar("ListenerT", bound=Listener)


@dataclass(frozen=True, slots=True, eq=False)
class Cohort(Generic[PlanT, ListenerT]):
    """The listeners of a plan, and one bootstrap for all that is said of them.

    Attributes:
        plan: What was run.
        listeners: Figures of each listener, in order of names.
        left_out: Listeners whose results are not complete.
        bootstrap: Samples of these listeners.
    """

    plan: PlanT
    listeners: Sequence[ListenerT]
    left_out: Sequence[str]
    bootstrap: Bootstrap

    def over(self, figure: Callable[[ListenerT], Floats | IntVector]) -> Floats:
        """Return a figure of every listener ``(n_listeners, ...)``."""
        return np.stack([np.asarray(figure(one), dtype=np.float64) for one in self.listeners])

    def bands(self, figure: Callable[[ListenerT], Floats | IntVector]) -> Bands:
        """Return the mean of a figure over listeners, with its interval."""
        return self.bootstrap.bands(self.over(figure))

    @property
    def n_starts(self) -> int:
        """Pairs of listener and split."""
        return len(self.listeners) * self.plan.n_splits

    @property
    def n_judged(self) -> Floats:
        """Tracks judged in a split, on average: all, warm, cold ``(n_parts,)``."""
        return np.asarray(self.over(lambda one: one.n_judged).mean(axis=0))

    @property
    def n_empty(self) -> IntVector:
        """Splits without a single such track, over all listeners ``(n_parts,)``."""
        return np.asarray(self.over(lambda one: one.n_empty).sum(axis=0), np.int64)

    def table(self, head: Sequence[str], cells: Callable[[ListenerT], Sequence[str]]) -> Table:
        """Return a row of each listener: who, how many tracks judged, and some cells more."""
        rows = [[one.listener, f"{one.n_judged[0]:.1f}", *cells(one)] for one in self.listeners]
        return Table(["listener", "tracks judged", *head], rows)


def finished(
    folder: Path, listeners: Sequence[str], is_done: Callable[[str], bool], units: str
) -> tuple[list[str], list[str]]:
    """Return the listeners all of whose units are done, and the others, in order of names.

    Args:
        folder: Of the results.
        listeners: Who is asked for.
        is_done: Whether all of a listener's units are.
        units: Which these are, in words.

    Raises:
        UnfinishedError: Nobody's units are all done.
    """
    done = {listener for listener in listeners if is_done(listener)}
    if not done:
        raise UnfinishedError(
            f"None of {len(listeners)} listeners in {folder} has all units of {units}: run the"
            " experiment to its end first."
        )
    return sorted(done), sorted(set(listeners) - done)
