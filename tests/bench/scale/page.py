"""The page: tables and a figure of what was measured."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.bench.rank import PLAIN
from tests.bench.scale import isolation, replicas
from tests.bench.scale.databases import Size
from tests.bench.scale.large import Large
from tests.bench.scale.measuring import Measured
from tests.bench.scale.replicas import Polls
from tests.bench.scale.trial import Trial
from tests.stress.isolation import N_CLIENTS
from training.reporting.figures import COLOURS, DASHES, MARKERS, label_left, panels

FIGURE = "growth.png"
BEND = 1_000
"""Answers of a listener up to which one power is fitted, and beyond which another."""
_TYPICAL = 10
_DRAWN = (
    "POST /update, 1 answer",
    "POST /rank, quadrant",
    "POST /query",
    "POST /predict, track_id, listener",
    "GET …/picture",
    "GET /overview",
)
Costs = Mapping[int, float]
"""Processor time in milliseconds by what grows."""


@dataclass(frozen=True, slots=True)
class Results:
    """All that was measured.

    Attributes:
        trials: By size.
        pass_ms: Processor time of one pass over the mapped bytes, by number of tracks.
    """

    trials: Mapping[Size, Trial]
    pass_ms: Mapping[int, float]
    large: Large | None = None
    polls: Polls | None = None

    @property
    def largest(self) -> Trial:
        return self.trials[max(self.trials)]

    def over_tracks(self) -> dict[int, Trial]:
        """Return the trials of as many listeners, by tracks."""
        fewest = min(size.n_listeners for size in self.trials)
        return {s.n_tracks: t for s, t in self.trials.items() if s.n_listeners == fewest}

    def over_listeners(self) -> dict[int, Trial]:
        """Return the trials of one catalogue, by listeners: that with most of them."""
        n_tracks = [size.n_tracks for size in self.trials]
        most = max(n_tracks, key=n_tracks.count)
        return {s.n_listeners: t for s, t in self.trials.items() if s.n_tracks == most}


def page(results: Results, heading: Sequence[str]) -> str:
    """Return the page as Markdown."""
    sections: dict[str, list[str]] = {
        "Sizes": sizing(results.trials.values()),
        "Bytes on the disk": _bytes(results),
        "Starts": _starts(results),
        "Every call": _calls(results),
        "Growth over the answers of a listener": _labels(results.largest),
        "Query strategies": _strategies(results),
        "Quick calls beside uploads": _isolation(results),
    }
    if results.large is not None:
        sections[f"{results.large.n_tracks:,} tracks in one process"] = _large(results.large)
    if results.polls is not None:
        sections[f"{replicas.N_REPLICAS} replicas, on paper"] = _replicas(results)
    lines = ["# What size costs", "", *heading, ""]
    for title, section in sections.items():
        lines += [f"## {title}", "", *section, ""]
    return "\n".join(lines).rstrip() + "\n"


def sizing(trials: Iterable[Trial]) -> list[str]:
    """Return the table that the operator's page repeats."""
    head = (
        "tracks",
        "listeners",
        "answers",
        "disk",
        "track features",
        "parent, after a start",
        "worker, after a start",
        "worker, after every call",
        "warm start",
        "its processor time",
    )
    return _table(
        head,
        [
            [
                f"{t.size.n_tracks:,}",
                f"{t.size.n_listeners:,}",
                f"{t.n_events:,}",
                f"{sum(t.table_bytes.values()) / 1e6:,.0f} MB",
                f"{t.feature_bytes / 1e6:,.0f} MB",
                f"{t.warm.memory.parent:,.0f} MiB",
                f"{t.warm.memory.worker:,.0f} MiB",
                f"{t.memory.worker:,.0f} MiB",
                f"{t.warm.wall_s:.0f} s",
                f"{t.warm.cpu_s:.1f} s",
            ]
            for t in trials
        ],
    )


def _bytes(results: Results) -> list[str]:
    tables = sorted({name for t in results.trials.values() for name in t.table_bytes})
    largest = results.largest.table_bytes
    tables.sort(key=lambda name: -largest.get(name, 0))
    shown = [name for name in tables if largest.get(name, 0) > sum(largest.values()) / 1_000]
    rows = [
        [
            f"`{name}`",
            *(f"{t.table_bytes.get(name, 0) / 1e6:,.1f}" for t in results.trials.values()),
        ]
        for name in shown
    ]
    return [
        "Megabytes of each table with its indexes.",
        "",
        *_table(["table", *_names(results)], rows),
    ]


def _starts(results: Results) -> list[str]:
    rows = []
    for trial in results.trials.values():
        for kind, start in (("cold", trial.cold), ("warm", trial.warm)):
            times = (start.wall_s, start.cpu_s, start.rank_s, start.cpu_rank_s)
            rows.append([str(trial.size), kind, *(f"{each:.1f}" for each in times)])
    head = ["database", "start", "ready, s", "processor s", "ranks and asks, s", "processor s"]
    return [
        "A cold start has no files of track features; a warm one has.",
        "",
        *_table(head, rows),
    ]


def _calls(results: Results) -> list[str]:
    """Return every call at every size, with the powers of growth."""
    tracks, listeners = results.over_tracks(), results.over_listeners()
    rows = []
    for name in _named(results):
        costs = [_cell(_find(trial, name)) for trial in results.trials.values()]
        grown = [_power(_costs(trials, name)) for trials in (tracks, listeners)]
        rows.append([name, *costs, *grown])
    head = ["call", *_names(results), "power over tracks", "over listeners"]
    return [
        "Milliseconds of the worker's processor: the median of later calls, and the first call"
        f" after a start in brackets. Listeners have {_TYPICAL} answers. Powers are fitted to"
        f" {_of(tracks)} tracks of {min(results.trials).n_listeners:,} listeners and to"
        f" {_of(listeners)} listeners; 0 does not grow, 1 is linear.",
        "",
        *_table(head, rows),
        "",
        f"![Processor time over tracks, listeners and answers]({FIGURE})",
    ]


def _labels(trial: Trial) -> list[str]:
    names = list(dict.fromkeys(c.name for c in trial.calls if c.n_labels is not None))
    counts = sorted({c.n_labels for c in trial.calls if c.n_labels is not None})
    rows = []
    for name in names:
        costs = _label_costs(trial, name)
        few = {n: ms for n, ms in costs.items() if n <= BEND}
        many = {n: ms for n, ms in costs.items() if n >= BEND}
        cells = [_cell(_find(trial, name, n)) for n in counts]
        rows.append([name, *cells, _power(few), _power(many), _slope(many)])
    powers = [f"power to {BEND:,}", "beyond", "ms a thousand beyond"]
    head = ["call", *(f"{n:,}" for n in counts), *powers]
    return [
        f"Of {trial.size}; milliseconds of the worker's processor, as above.",
        "",
        *_table(head, rows),
    ]


def _strategies(results: Results) -> list[str]:
    trials = [t for n, t in results.over_tracks().items() if n in results.pass_ms]
    names = [n for n in _named(results) if n.startswith("POST /query ")]
    rows = [
        [
            name.removeprefix("POST /query "),
            *(c for t in trials for c in _passes(results, t, name)),
        ]
        for name in names
    ]
    head = ["strategy"]
    for trial in trials:
        n_tracks = trial.size.n_tracks
        head += [f"{n_tracks:,} tracks, ms", "passes", "first, passes"]
    passes = ", ".join(f"{ms:.2f} ms of {n:,}" for n, ms in results.pass_ms.items())
    return [
        "Whole calls over HTTP beside one NumPy product of the mapped track features with two"
        f" columns ({passes} tracks; processor time).",
        "",
        *_table(head, rows),
    ]


def _passes(results: Results, trial: Trial, name: str) -> list[str]:
    call, once = _find(trial, name), results.pass_ms[trial.size.n_tracks]
    if call is None or call.problem:
        return [_cell(call), "", ""]
    return [f"{each:.1f}" for each in (call.typical_ms, call.typical_ms / once)] + [
        f"{call.first_ms / once:.1f}"
    ]


def _isolation(results: Results) -> list[str]:
    rows = []
    for trial in results.trials.values():
        if (found := trial.isolation) is not None:
            ratio = found.p95_beside_ms / found.p95_ms
            times = (
                found.p95_ms,
                found.slowest_ms,
                found.p95_beside_ms,
                found.slowest_beside_ms,
            )
            cells = [str(trial.size), f"{found.n_beside}", *(f"{ms:,.0f}" for ms in times)]
            rows.append([*cells, f"{ratio:.1f}"])
    head = [
        "database",
        "calls beside",
        "p95, ms",
        "slowest",
        "p95 beside",
        "slowest beside",
        "p95 beside, of p95",
    ]
    return [
        f"Wall time of {isolation.N_CALLS} predictions by id, alone and beside"
        f" {N_CLIENTS} clients that upload recordings of ten minutes all the time; as"
        f" many of them as {isolation.BOUND_S:.0f} s allow.",
        "",
        *_table(head, rows),
    ]


def _large(large: Large) -> list[str]:
    once = large.cpu_ms[PLAIN]
    rows = [
        [name, f"{ms:.0f}", f"{ms / once:.1f}", f"{large.wall_ms[name]:.0f}"]
        for name, ms in large.cpu_ms.items()
    ]
    return [
        f"The files are {large.file_bytes / 1e6:,.0f} MB, generated in {large.made_s:.0f} s of a"
        f" processor. A new process opens them and ranks in {large.opened_s:.1f} s. After all"
        f" calls it holds {large.own_mib:,.0f} MiB of its own, and {large.mapped_mib:,.0f} MiB of"
        " files that all processes share. HTTP and the database's few rows are not in it.",
        "",
        *_table(["call", "processor ms", "passes", "wall ms"], rows),
    ]


def _replicas(results: Results) -> list[str]:
    assert results.polls is not None
    trial = results.largest
    cold_s = trial.cold.cpu_rank_s - trial.warm.cpu_rank_s
    return replicas.on_paper(results.polls, trial.feature_bytes, cold_s, trial.size.n_tracks)


def draw(results: Results, folder: Path) -> None:
    """Draw processor time over tracks, listeners and answers into the folder."""
    lines: dict[str, Callable[[str], Costs]] = {
        "tracks": lambda name: _costs(results.over_tracks(), name),
        "listeners": lambda name: _costs(results.over_listeners(), name),
        "answers": lambda name: _label_costs(results.largest, name),
    }
    with panels(list(lines), folder / FIGURE) as row:
        for axes, costs_of in zip(row, lines.values(), strict=True):
            for place, name in enumerate(_DRAWN):
                costs = costs_of(name)
                style = {
                    "color": COLOURS[place],
                    "linestyle": DASHES[place % len(DASHES)],
                    "marker": MARKERS[place],
                }
                axes.loglog(list(costs), list(costs.values()), markersize=4, label=name, **style)
            axes.tick_params(labelsize=8)
        handles, names = row[-1].get_legend_handles_labels()
        row[0].figure.legend(
            handles, names, loc="outside lower center", ncols=3, fontsize=8, frameon=False
        )
        label_left(row, "processor time, ms")


def _names(results: Results) -> list[str]:
    return [f"{s.n_tracks:,} / {s.n_listeners:,}" for s in results.trials]


def _named(results: Results) -> list[str]:
    """Return the names of all calls, in their order."""
    return list(dict.fromkeys(c.name for t in results.trials.values() for c in t.calls))


def _find(trial: Trial, name: str, n_labels: int = _TYPICAL) -> Measured | None:
    return next(
        (c for c in trial.calls if c.name == name and c.n_labels in (None, n_labels)), None
    )


def _costs(trials: Mapping[int, Trial], name: str) -> Costs:
    found = {n: _find(trial, name) for n, trial in trials.items()}
    return {n: c.typical_ms for n, c in found.items() if c is not None and not c.problem}


def _label_costs(trial: Trial, name: str) -> Costs:
    return {
        c.n_labels: c.typical_ms
        for c in trial.calls
        if c.name == name and c.n_labels is not None and not c.problem
    }


def _cell(call: Measured | None) -> str:
    if call is None:
        return ""
    if call.problem:
        return call.problem.partition(" {")[0]
    return f"{call.typical_ms:.1f} ({call.first_ms:.1f})"


def _power(costs: Costs) -> str:
    """Return the power that the costs grow with; empty for fewer than two."""
    if len(costs) <= 1:
        return ""
    size, spent = np.log(list(costs)), np.log(list(costs.values()))
    return f"{float(np.polyfit(size, spent, 1)[0]):z.2f}"


def _slope(costs: Costs) -> str:
    """Return the milliseconds that a thousand more cost; empty for fewer than two."""
    if len(costs) <= 1:
        return ""
    first, last = min(costs), max(costs)
    return f"{1e3 * (costs[last] - costs[first]) / (last - first):.2f}"


def _of(trials: Mapping[int, Trial]) -> str:
    return ", ".join(f"{n:,}" for n in trials)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(each)} |" for each in (head, ["---"] * len(head), *rows)]
