"""Run ``python -m training learning`` from its arguments to a table."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from models.personal.logistic import SHIPPED, Prior
from models.personal.logistic.evidence import fit_prior
from models.personal.logistic.model import N_TASTE
from training.experiments.deployment import Outcome, outcomes
from training.experiments.few_labels.comparison import STUDIES, OtherStudies
from training.experiments.few_labels.logistic import opinions_of
from training.members.listener_prior import Opinions

HEAD = (
    "| Shipped prior is of | Listeners | NLL as shipped | learnt freely | learnt, shrunk "
    "| as the service does | of the draws: worst | taken |",
    "|---|---:|---:|---:|---:|---:|---:|---:|",
)


def run(
    dataset: str, data: Path, snapshot: Path, sizes: Sequence[int], n_draws: int
) -> Iterator[str]:
    """Yield the lines of a table of priors learnt from deployments of several sizes.

    Differences of NLL are relative to the shipped prior; below 0 is better.

    Raises:
        AttuneError: A dataset cannot be read.
    """
    studies = OtherStudies(dataset, data, snapshot, seed=0)
    known = {name: opinions_of(studies.peers(name)) for name in STUDIES}
    others = [name for name in STUDIES if name != dataset]
    yield from HEAD
    for source in (others, *([name] for name in others), [dataset]):
        shipped = fit_prior([known[name].studied(N_TASTE) for name in source], SHIPPED)
        yield from _rows(", ".join(source), known[dataset], shipped, sizes, range(n_draws))


def _rows(
    name: str, own: Opinions, shipped: Prior, sizes: Sequence[int], seeds: Sequence[int]
) -> Iterator[str]:
    found = list(outcomes(own, shipped, sizes, seeds))
    for size in sizes:
        yield _row(name, [one for one in found if one.n_listeners == size])


def _row(name: str, found: Sequence[Outcome]) -> str:
    base = np.array([one.shipped for one in found])
    free, shrunk, served = (
        np.array([getattr(one, column) for one in found]) - base
        for column in ("free", "shrunk", "served")
    )
    cells = [
        name,
        str(found[0].n_listeners),
        f"{base.mean():.3f}",
        f"{free.mean():+.4f}",
        f"{shrunk.mean():+.4f}",
        f"{served.mean():+.4f}",
        f"{served.max():+.4f}",
        f"{np.mean([one.is_taken for one in found]):.0%}",
    ]
    return f"| {' | '.join(cells)} |"
