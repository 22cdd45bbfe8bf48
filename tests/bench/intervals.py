"""``python -m tests.bench.intervals STUDY RESULTS``: how far apart a simulation's questions lay.

Of the first 8 questions of each unit, the mean over the questions of ``1 - cos^2`` to the nearest
of the others, by the angle between the tracks' components: 0 for the same sound, 1 for tracks that
have nothing to do with each other. Means over a listener's splits, then over listeners; intervals
are of the difference to ``rand`` within listeners. RESULTS is what ``python -m training simulate
--out`` left.
"""

from collections import defaultdict
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from models.snapshot import load_snapshot
from training.arguments import DATA, PRETRAINED
from training.datasets.source import Source
from training.datasets.studies import load_study
from training.experiments.result_folder import read_arrays
from training.experiments.study import AudioSource
from training.members.components import fit_components

N_FIRST = 8
N_SAMPLES = 10_000
CONTROL = "rand"


@click.command()
@click.argument("study")
@click.argument("results", type=click.Path(path_type=Path, exists=True))
@click.option("--data", type=click.Path(path_type=Path), default=DATA, show_default=True)
def main(study: str, results: Path, data: Path) -> None:
    """Print a line for each mode, the widest first."""
    by_mode = _apart(results, _directions(study, data))
    click.echo("| mode | apart | minus rand |\n|---|---|---|")
    rng = np.random.default_rng(0)
    for mode, apart in sorted(by_mode.items(), key=lambda each: -each[1].mean()):
        difference = apart - by_mode[CONTROL]
        drawn = rng.integers(0, len(apart), (N_SAMPLES, len(apart)))
        low, high = np.percentile(difference[drawn].mean(axis=1), [2.5, 97.5])
        interval = f"{difference.mean():+.3f} [{low:+.3f}, {high:+.3f}]"
        click.echo(f"| `{mode}` | {apart.mean():.3f} | {interval} |")


def _directions(name: str, data: Path) -> NDArray[np.float64]:
    """Return components of length 1 of every track of a study ``(n_tracks, n_components)``."""
    is_small = name == "agreement"  # 22 excerpts have no components of their own
    ears = AudioSource(PRETRAINED if is_small else None)
    x = load_study(name, Source(data, cache=ears.open)).features.x
    shipped = load_snapshot(PRETRAINED).listener_model.components if is_small else None
    phi = (shipped or fit_components(x))(x)
    size = np.sqrt((phi**2).sum(axis=1, keepdims=True))
    return np.asarray(phi / np.where(size > 0, size, 1.0))


def _apart(results: Path, directions: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Return how far apart the questions of each mode lie ``(n_listeners,)``."""
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for path in sorted(results.glob("listeners/*/units/*.npz")):
        _, mode = path.stem.rsplit("-", 1)[0].split("-", 1)
        asked = directions[read_arrays(path)["asked"][:N_FIRST].astype(np.int64)]
        squares = (asked @ asked.T) ** 2
        np.fill_diagonal(squares, 0.0)
        found[mode][path.parent.parent.name].append(float((1.0 - squares.max(axis=1)).mean()))
    return {
        mode: np.array([np.mean(units) for _, units in sorted(listeners.items())])
        for mode, listeners in found.items()
    }


if __name__ == "__main__":
    main()
