"""The part of a page that sets the notebook's figures beside those without its leaks."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from models.arrays import IntVector, Proba
from models.emotion import N_QUADRANTS
from training.metrics import Interval, accuracy, bootstrap_by_group, bootstrap_difference
from training.reporting.number_format import UNKNOWN, code, signed
from training.reporting.render import Table, render


@dataclass(frozen=True, slots=True, eq=False)
class WithoutShared:
    """What is answered once the training rows of artists who are in both files are left out.

    Attributes:
        n_artists: In both files.
        n_rows: Training rows that were left out.
        as_notebook: Name to answers, of the same tracks in the same order.
        closed: The same of those whose leak was closed.
    """

    n_artists: int
    n_rows: int
    as_notebook: Mapping[str, IntVector]
    closed: Mapping[str, IntVector]


@dataclass(frozen=True, slots=True, eq=False)
class Replication:
    """Answers to the same tracks by the notebook's recipe and by ours, over all splits.

    Attributes:
        y: Class indices ``(n_answers,)``.
        groups: Artist of each ``(n_answers,)``; a track that is answered in several splits, or
            repeats, counts as often, always with its artist.
        as_notebook: Name to answers ``(n_answers,)`` by the notebook's recipe.
        closed: The same of those whose leak was closed.
        ours: The same by our system; it may have names that the notebook lacks.
        without_shared: What is answered without the artists of both files; None if none was left
            out.
    """

    y: IntVector
    groups: IntVector
    as_notebook: Mapping[str, IntVector]
    closed: Mapping[str, IntVector]
    ours: Mapping[str, IntVector] = field(default_factory=dict)
    without_shared: WithoutShared | None = None

    def share(self, answers: IntVector, seed: int) -> Interval:
        """Return an accuracy; a seed means the same samples of artists in every figure."""
        rng = np.random.default_rng(seed)
        return bootstrap_by_group(accuracy, self.y, _certain(answers), self.groups, rng)

    def gap(self, first: IntVector, second: IntVector, seed: int) -> Interval:
        """Return how far the accuracy of the first answers is above that of the second."""
        pair = (_certain(first), _certain(second))
        rng = np.random.default_rng(seed)
        return bootstrap_difference(accuracy, self.y, pair, self.groups, rng)


def section(found: Replication, seed: int) -> str:
    """Return the part of the page as Markdown.

    Args:
        found: All answers.
        seed: Of the bootstrap.
    """
    return render(
        "notebook",
        found=found,
        n_tracks=len(found.y),
        figures=_figures(found, seed),
        shared=_shared(found, found.without_shared, seed) if found.without_shared else None,
    )


def _figures(found: Replication, seed: int) -> Table:
    names = [*found.as_notebook, *(name for name in found.ours if name not in found.as_notebook)]
    head = ["fusion", "as the notebook", "leak closed", "what the leak is worth", "ours"]
    return Table(head, [[code(name), *_row(found, name, seed)] for name in names])


def _row(found: Replication, name: str, seed: int) -> list[str]:
    columns = (found.as_notebook, found.closed, found.ours)
    theirs, closed, ours = (_share(found, column, name, seed) for column in columns)
    return [theirs, closed, _gap(found, (found.as_notebook, found.closed), name, seed), ours]


def _shared(found: Replication, without: WithoutShared, seed: int) -> Table:
    head = ["fusion", "as the notebook", "leak closed too", "what the artists are worth"]
    rows = [
        [
            code(name),
            _share(found, without.as_notebook, name, seed),
            _share(found, without.closed, name, seed),
            _gap(found, (found.as_notebook, without.as_notebook), name, seed),
        ]
        for name in without.as_notebook
    ]
    return Table(head, rows)


def _share(found: Replication, column: Mapping[str, IntVector], name: str, seed: int) -> str:
    return str(found.share(column[name], seed)) if name in column else UNKNOWN


def _gap(
    found: Replication,
    pair: tuple[Mapping[str, IntVector], Mapping[str, IntVector]],
    name: str,
    seed: int,
) -> str:
    if not all(name in column for column in pair):
        return UNKNOWN
    first, second = pair
    return signed(found.gap(first[name], second[name], seed))


def _certain(answers: IntVector) -> Proba:
    return np.eye(N_QUADRANTS)[answers]
