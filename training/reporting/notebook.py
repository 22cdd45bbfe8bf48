"""The section of a page that compares the notebook's figures with those without its leaks."""

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
    """Answers after the training rows of artists in both files are left out.

    Attributes:
        n_artists: Number of artists in both files.
        n_rows: Number of training rows that were left out.
        as_notebook: Fusion to answers by the notebook's recipe, for the same tracks.
        closed: Fusion to answers without the leak.
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
        groups: Artist of each answer ``(n_answers,)``; a track has one answer for each split or
            repeat.
        as_notebook: Fusion to answers ``(n_answers,)`` by the notebook's recipe.
        closed: Fusion to answers without the leak.
        ours: Fusion to answers by our system; it may have more fusions than the notebook.
        without_shared: Answers without the artists in both files; None if there are none.
    """

    y: IntVector
    groups: IntVector
    as_notebook: Mapping[str, IntVector]
    closed: Mapping[str, IntVector]
    ours: Mapping[str, IntVector] = field(default_factory=dict)
    without_shared: WithoutShared | None = None

    def share(self, answers: IntVector, seed: int) -> Interval:
        """Return an accuracy; equal seeds use equal samples of artists."""
        rng = np.random.default_rng(seed)
        return bootstrap_by_group(accuracy, self.y, _certain(answers), self.groups, rng)

    def gap(self, first: IntVector, second: IntVector, seed: int) -> Interval:
        """Return the difference in accuracy between the first and the second answers."""
        pair = (_certain(first), _certain(second))
        rng = np.random.default_rng(seed)
        return bootstrap_difference(accuracy, self.y, pair, self.groups, rng)


def section(found: Replication, seed: int) -> str:
    """Return the section as Markdown; the seed is that of the bootstrap."""
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
