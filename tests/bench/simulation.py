"""``make bench-simulation``: ours beside the paper's organisation, and how the cost grows.

Both sides run the same units from the same starts in one run, turn by turn, on one thread; what is
compared are sums over these turns. Fitting the population is the same on both sides and left out
of the comparison.
"""

import argparse
import platform
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from pathlib import Path
from time import perf_counter

import numpy as np
from sklearn.metrics import f1_score
from tqdm import tqdm

from tests.bench import plain
from training.datasets.listeners import Study, select_listeners
from training.datasets.studies import Source, load_study
from training.experiments.active_learning.plan import Protocol, UnitKey
from training.experiments.active_learning.results import Results, Unit
from training.experiments.active_learning.unit import run_unit
from training.experiments.start import Start, begin
from training.reporting.cells import fixed
from training.reporting.figures import COLOURS, DASHES, MARKERS, label_left, panels
from training.reporting.render import Table, render

MODES = ("mc", "hc", "mix", "rand")
OUT = Path("reports/simulation/cost")
N_QUERIES, N_ROUNDS, MIN_LABELS = 4, 15, 80
N_REPEATS = 3


@dataclass
class Race:
    """What both sides did on the same units."""

    ours_s: float = 0.0
    plain_s: float = 0.0
    n_units: int = 0
    n_scores: int = 0
    n_equal: int = 0
    largest_gap: float = 0.0
    n_asked: int = 0
    n_asked_alike: int = 0
    ours: Counter[str] = field(default_factory=Counter)
    theirs: Counter[str] = field(default_factory=Counter)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.simulation")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--listeners", type=int, default=4, help="in the comparison")
    told = parser.parse_args(arguments)
    study = load_study("trompa", Source(told.data))
    everybody = select_listeners(study, min_labels=MIN_LABELS, chosen=None)
    race = compare(study, everybody[: told.listeners])
    costs = {
        "listeners": grow(study, [(everybody[:n], N_ROUNDS) for n in (4, 8, 16)]),
        "rounds": grow(study, [(everybody[:8], n) for n in (5, 10, 15)]),
    }
    _write(race, costs, told.listeners)
    return 0


def compare(study: Study, listeners: Sequence[str]) -> Race:
    """Run every mode of one split of each listener on both sides."""
    protocol = Protocol("trompa", n_queries=N_QUERIES, n_rounds=N_ROUNDS)
    race = Race()
    starts = [begin(study, who, 0, protocol) for who in listeners]
    run_unit(starts[0], UnitKey("warm up", 0, "mc", "successive"), protocol)
    with tempfile.TemporaryDirectory() as scratch:
        for start in tqdm(starts, desc="comparison", unit="listener"):
            population = Path(scratch) / start.listener / "population"
            plain.write_population(start, population)
            for mode in MODES:
                _one(race, start, mode, protocol, population)
    return race


def _one(race: Race, start: Start, mode: str, protocol: Protocol, population: Path) -> None:
    began = perf_counter()
    theirs = plain.run(start, population, population.parent / mode, mode, protocol)
    race.plain_s += perf_counter() - began

    began = perf_counter()
    results = Results(population.parent / "ours", protocol)
    unit, arrays = run_unit(start, UnitKey(start.listener, 0, mode, "successive"), protocol)
    writing = perf_counter()
    results.put_models(unit.key, arrays)
    results.put(unit)
    ended = perf_counter()
    race.ours_s += ended - began

    race.n_units += 1
    race.theirs.update(theirs.seconds)
    race.ours.update(unit.seconds)
    race.ours["saving"] += ended - writing
    _check(race, start, unit, theirs)


def _check(race: Race, start: Start, unit: Unit, theirs: plain.Outcome) -> None:
    asked = start.places[theirs.asked]
    race.n_asked += len(asked)
    race.n_asked_alike += int((asked == unit.asked).sum())
    truth = unit.judged.y
    for round_, row in enumerate(theirs.f1):
        for member, score in enumerate(row):
            said = unit.answers[round_, member]
            own = f1_score(truth, said, average="weighted", zero_division=0)
            race.n_scores += 1
            race.n_equal += abs(own - score) < 1e-9
            race.largest_gap = max(race.largest_gap, abs(own - score))


@dataclass(frozen=True)
class Cost:
    """What a whole experiment of some size took, in seconds."""

    n_listeners: int
    n_rounds: int
    starts_s: float
    units_s: float


def grow(study: Study, sizes: Sequence[tuple[Sequence[str], int]]) -> list[Cost]:
    """Run all modes of some splits for several sizes; the median of repeats, taken in turn."""
    runs: list[list[Cost]] = [[] for _ in sizes]
    rounds = [(index, size) for _ in range(N_REPEATS) for index, size in enumerate(sizes)]
    for index, (listeners, n_rounds) in tqdm(rounds, desc="growth", unit="run"):
        runs[index].append(_cost(study, listeners, n_rounds))
    return [
        replace(
            repeats[0],
            starts_s=float(np.median([cost.starts_s for cost in repeats])),
            units_s=float(np.median([cost.units_s for cost in repeats])),
        )
        for repeats in runs
    ]


def _cost(study: Study, listeners: Sequence[str], n_rounds: int) -> Cost:
    protocol = Protocol("trompa", n_queries=N_QUERIES, n_rounds=n_rounds)
    starts_s = units_s = 0.0
    with tempfile.TemporaryDirectory() as scratch:
        done = Results(Path(scratch), protocol)
        for listener in listeners:
            began = perf_counter()
            # Every size parts the tracks alike, so that rounds alone differ.
            start = begin(study, listener, 0, Protocol("trompa", n_queries=4, n_rounds=15))
            started = perf_counter()
            for mode in MODES:
                key = UnitKey(listener, 0, mode, "successive")
                done.put(run_unit(start, key, protocol)[0])
            units_s += perf_counter() - started
            starts_s += started - began
    return Cost(len(listeners), n_rounds, starts_s, units_s)


def _write(race: Race, costs: dict[str, list[Cost]], n_listeners: int) -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    _draw(costs, OUT / "cost.png")
    text = page(race, costs, n_listeners, platform.machine())
    (OUT / "index.md").write_text(text, encoding="utf-8")
    sys.stdout.write(f"{text}\nThe page is {OUT / 'index.md'}.\n")


def page(race: Race, costs: dict[str, list[Cost]], n_listeners: int, machine: str) -> str:
    """Return the page as Markdown."""
    return render(
        "cost",
        race=race,
        machine=machine,
        n_listeners=n_listeners,
        modes=MODES,
        n_rounds=N_ROUNDS,
        n_queries=N_QUERIES,
        shares=_shares(race),
        growth={name: _power(name, rows) for name, rows in costs.items()},
        costs=Table(
            ["listeners", "rounds", "fitting the population, s", "asking, learning, judging, s"],
            [
                [str(c.n_listeners), str(c.n_rounds), fixed(c.starts_s, 2), fixed(c.units_s, 2)]
                for rows in costs.values()
                for c in rows
            ],
        ),
    )


def _shares(race: Race) -> Table:
    """Return where both sides' time goes, the most first."""
    sides = [
        [(name, f"{100 * spent / sum(side.values()):.0f} %") for name, spent in side.most_common()]
        for side in (race.theirs, race.ours)
    ]
    rows = zip_longest(*sides, fillvalue=("", ""))
    head = ["step", "the paper's organisation", "step", "ours"]
    return Table(head, [[*theirs, *ours] for theirs, ours in rows])


def _power(name: str, rows: Sequence[Cost]) -> float:
    """Return with which power of a size the seconds grow."""
    size = np.array([getattr(row, f"n_{name}") for row in rows], float)
    total = np.array([row.units_s for row in rows])
    return float(np.polyfit(np.log(size), np.log(total), 1)[0])


def _draw(costs: dict[str, list[Cost]], path: Path) -> None:
    with panels([f"by {name}" for name in costs], path) as row:
        for axes, (name, rows) in zip(row, costs.items(), strict=True):
            size = [getattr(cost, f"n_{name}") for cost in rows]
            drawn = {
                "asking, learning, judging": [cost.units_s for cost in rows],
                "fitting the population": [cost.starts_s for cost in rows],
            }
            for (label, seconds), *look in zip(
                drawn.items(), COLOURS, DASHES, MARKERS, strict=False
            ):
                colour, dashes, marker = look
                style = {"color": colour, "linestyle": dashes, "marker": marker}
                axes.plot(size, seconds, label=label, markersize=5, **style)
            axes.set(xlabel=name, ylim=(0, None), xlim=(0, None))
        label_left(row, "seconds")
        row[0].legend(frameon=False)


if __name__ == "__main__":
    sys.exit(main())
