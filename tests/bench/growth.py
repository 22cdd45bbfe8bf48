"""How the processor time of a simulation grows with listeners and rounds."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import process_time

import numpy as np
from tqdm import tqdm

from tests.bench.simulation_columns import Trial
from training.datasets.listeners import Study
from training.experiments.active_learning.plan import Protocol, UnitKey
from training.experiments.active_learning.results import Results
from training.experiments.active_learning.unit import run_unit
from training.experiments.starting_models import Start, begin
from training.reporting.figures import COLOURS, DASHES, MARKERS, label_left, panels

N_REPEATS = 3


@dataclass(frozen=True)
class Cost:
    """Processor time of all modes of some listeners: asking, learning, predicting, keeping."""

    listeners: int
    rounds: int
    spent_s: float


@dataclass(frozen=True)
class Growth:
    """Costs of several sizes.

    Attributes:
        start_s: Processor time of fitting the shared models of one listener, the mean.
        listeners: Costs of more and more listeners.
        rounds: Costs of more and more rounds.
    """

    start_s: float
    listeners: Sequence[Cost]
    rounds: Sequence[Cost]


def grow(
    study: Study, listeners: Sequence[str], modes: Sequence[str], protocol: Protocol
) -> Growth:
    """Run our default at several sizes; the median of repeats, taken in turn.

    Sizes are a quarter, half and all of the listeners, and one to three thirds of the rounds.
    """
    began = process_time()
    # Every size splits the tracks alike, so that nothing but the size differs.
    starts = [begin(study, listener, 0, protocol) for listener in tqdm(listeners, desc="starts")]
    start_s = (process_time() - began) / len(starts)
    n, most = len(starts), protocol.n_rounds
    by_listeners = [(starts[: n // part], most) for part in (4, 2, 1)]
    by_rounds = [(starts[: n // 2], most * part // 3) for part in (1, 2, 3)]
    sizes = [*by_listeners, *by_rounds]
    spent = np.zeros((N_REPEATS, len(sizes)))
    for repeat, place in tqdm(list(np.ndindex(spent.shape)), desc="growth", unit="run"):
        chosen, n_rounds = sizes[place]
        spent[repeat, place] = _spend(chosen, modes, replace(protocol, n_rounds=n_rounds))
    costs = [
        Cost(len(chosen), n_rounds, float(seconds))
        for (chosen, n_rounds), seconds in zip(sizes, np.median(spent, axis=0), strict=True)
    ]
    return Growth(start_s, costs[:3], costs[3:])


def _spend(starts: Sequence[Start], modes: Sequence[str], protocol: Protocol) -> float:
    began = process_time()
    with tempfile.TemporaryDirectory() as scratch:
        results = Results(Path(scratch), protocol)
        for start in starts:
            for mode in modes:
                key = UnitKey(start.listener, 0, mode, "successive")
                unit, models = run_unit(start, key, protocol)
                results.put_models(key, models)
                results.put(unit)
    return process_time() - began


def costs_by_rounds(trials: Sequence[Trial], sizes: Sequence[int]) -> list[Cost]:
    """Return what the original's organisation had spent after so many rounds."""
    ends = np.sum([trial.ends_s for trial in trials], axis=0)
    return [Cost(0, n_rounds, float(ends[n_rounds - 1])) for n_rounds in sizes]


def power(costs: Sequence[Cost], name: str) -> float:
    """Return the power of ``listeners`` or ``rounds`` that the costs grow with; 1 is linear."""
    size = np.array([getattr(cost, name) for cost in costs], float)
    spent = np.array([cost.spent_s for cost in costs])
    return float(np.polyfit(np.log(size), np.log(spent), 1)[0])


def draw(panel_lines: dict[tuple[str, str], Sequence[Cost]], path: Path) -> None:
    """Draw costs, a panel for each pair of a title and what grows: ``listeners``, ``rounds``."""
    with panels([title for title, _ in panel_lines], path) as row:
        for axes, ((_, name), costs) in zip(row, panel_lines.items(), strict=True):
            size = [getattr(cost, name) for cost in costs]
            style = {"color": COLOURS[0], "linestyle": DASHES[0], "marker": MARKERS[0]}
            axes.plot(size, [cost.spent_s for cost in costs], markersize=5, **style)
            axes.set(xlabel=name, ylim=(0, None), xlim=(0, None))
        label_left(row, "processor time, s")
