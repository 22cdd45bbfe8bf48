"""The paper's cnn as a member of its committee; it reads recordings instead of features.

The prediction for a song counts for each of its rows, so that all members are scored alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from models.arrays import IntVector, Proba
from models.emotion import N_QUADRANTS
from training.cnn.data import Mel
from training.cnn.paper import PaperCnn, PaperRecipe
from training.datasets.folds import Fold
from training.experiments.paper.algorithm import UNFINISHED, Algorithm
from training.experiments.paper.members import Batch, Member, Tracks
from training.experiments.paper.spectrograms import mel_of
from training.experiments.source_dataset import Corpus


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """A fold's network.

    Attributes:
        network: The current network.
        recipe: Settings of training.
        best: Loss that chooses the epoch of an update: ``batch``, or ``test``, which is a leak.
        seed: Seed of the next update.
    """

    network: PaperCnn
    recipe: PaperRecipe
    best: str
    seed: int = 0

    def proba(self, tracks: Tracks) -> Proba:
        """Return the distributions of the tracks, repeated for each of their rows."""
        return np.asarray(tracks.rows.spread(self.network.proba(_mels(tracks.recordings))))

    def learn(self, batch: Batch) -> "Network":
        """Return the network after fine-tuning on the newest answers."""
        mels = _mels(batch.tracks.recordings)
        judged = (_mels(batch.judged.recordings), batch.judged_y)
        chooses = judged if self.best == "test" else (mels, batch.y)
        tuned = self.network.tune(mels, batch.y, *chooses, self.recipe, self.seed)
        return replace(self, network=tuned, seed=self.seed + 1)

    def save(self, path: Path) -> None:
        """Write the network as ONNX."""
        self.network.save(path)


def cnn(width: int, n_epochs: int, best: str) -> Algorithm:
    """Return the algorithm that fits and loads networks.

    Args:
        width: Channels of the first block.
        n_epochs: Most epochs of a fold; an update has half as many.
        best: See :attr:`Network.best`.
    """
    recipe = PaperRecipe(width, n_epochs, n_tuning_epochs=max(1, n_epochs // 2))

    def load(path: Path) -> Member:
        return Network(PaperCnn.load(path), recipe, best)

    def fit(corpus: Corpus, fold: Fold, seed: int, path: Path) -> Member:
        train, test = (_songs(corpus, rows) for rows in (fold.train, fold.test))
        unfinished = path.with_suffix(UNFINISHED)
        network = PaperCnn.fit(*train, *test, recipe, seed, title=path.stem, checkpoint=unfinished)
        return Network(network, recipe, best)

    return Algorithm(fit, load, f"width {width}, {n_epochs} epochs")


def _songs(corpus: Corpus, rows: IntVector) -> tuple[list[Mel], IntVector]:
    """Return the songs of some rows and the most frequent quadrant of each song's rows."""
    songs = np.unique(corpus.songs[rows])
    counts = np.zeros((len(corpus.recordings), N_QUADRANTS))
    np.add.at(counts, (corpus.songs[rows], corpus.y[rows]), 1)
    return _mels([corpus.recordings[song] for song in songs]), counts[songs].argmax(axis=1)


def _mels(paths: Sequence[Path]) -> list[Mel]:
    return [mel_of(path) for path in paths]
