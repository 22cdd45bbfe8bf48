"""What running an experiment is, whatever it tries: pieces of work, and results that are kept."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from itertools import product
from typing import Protocol, TypeVar

from tqdm import tqdm

from training.engine import Engine, results
from training.experiments.protocol import PlanError
from training.experiments.splits import Split


class Piece(Protocol):
    """What one worker does at a time: units that share their start."""

    @property
    def n_units(self) -> int:
        """Units that have no result yet."""
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
    """Do all pieces and keep what comes of each as soon as it is there.

    An interrupted run loses the pieces under way; the next one goes on from there.

    Args:
        pieces: What is left to do.
        work: Does a piece; it travels to each worker once.
        keep: Keeps what came of a piece and returns how many units that was.
        engine: Where the work is done.
        progress: The title of the progress bar and all units there are, those done before too.

    Raises:
        EngineError: Some pieces failed; the others are kept.
    """
    title, n_units = progress
    n_left = sum(piece.n_units for piece in pieces)
    with tqdm(total=n_units, initial=n_units - n_left, desc=title, unit="unit") as bar:
        for _, done in results(engine.map(work, pieces)):
            bar.update(keep(done))


def splits_of(
    listeners: Sequence[str], n_splits: int, split: Callable[[str, int], Split]
) -> Iterable[Split]:
    """Yield the splits of whoever has enough labels; of the others it is told when it fails."""
    for listener, index in product(listeners, range(n_splits)):
        with suppress(PlanError):
            yield split(listener, index)
