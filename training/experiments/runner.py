"""Run the units of an experiment and store their results."""

from collections.abc import Callable, Sequence
from itertools import product
from typing import Protocol, TypeVar

from tqdm import tqdm

from training.engine import Engine, results
from training.experiments.protocol import PlanError
from training.experiments.splits import Split


class Piece(Protocol):
    """Units that one worker runs together, because they share their start."""

    @property
    def n_units(self) -> int:
        """Number of units without a result."""
        ...


_Piece = TypeVar("_Piece", bound=Piece)
_Done = TypeVar("_Done")


def run_pieces(
    pieces: Sequence[_Piece],
    work: Callable[[_Piece], _Done],
    keep: Callable[[_Done], int],
    engine: Engine,
    progress: tuple[str, int],
) -> None:
    """Run all pieces and store each result as soon as it is there.

    An interrupted run loses only the unfinished pieces; the next run continues from there.

    Args:
        pieces: The remaining work.
        work: Runs a piece; it is sent to each worker once.
        keep: Stores the result of a piece and returns its number of units.
        engine: Runs the pieces.
        progress: Title of the progress bar, and the number of units, finished ones included.

    Raises:
        EngineError: Some pieces failed; the others are stored.
    """
    title, n_units = progress
    n_left = sum(piece.n_units for piece in pieces)
    with tqdm(total=n_units, initial=n_units - n_left, desc=title, unit="unit") as bar:
        for _, done in results(engine.map(work, pieces)):
            bar.update(keep(done))


def splits_of(
    listeners: Sequence[str], n_splits: int, split: Callable[[str, int], Split]
) -> list[Split]:
    """Return the splits of the listeners with enough labels; the others fail when they run.

    Raises:
        PlanError: No listener has enough.
    """
    splits: list[Split] = []
    errors: list[PlanError] = []
    for listener, index in product(listeners, range(n_splits)):
        try:
            splits.append(split(listener, index))
        except PlanError as error:
            errors.append(error)
    if errors and not splits:
        raise errors[0]
    return splits
