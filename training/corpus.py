"""The tracks that the shipped models learn from: some have audio, some lyrics, some both."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, IntVector
from models.emotion import Modality
from training.datasets import nju, pmemo, taffc4q
from training.datasets.tracks import PairedTable
from training.embed import FeatureCache
from training.folds import artist_groups

LEAST_CHARACTERS = 40
"""Recognised lyrics shorter than this are a recogniser's guesses at instrumental music."""


@dataclass(frozen=True, slots=True, eq=False)
class Corpus:
    """Labelled tracks with the features they have.

    Attributes:
        dataset: Where each track is from ``(n_tracks,)``, as all that follows.
        y: Class indices.
        groups: The artist, over all datasets alike.
        features: Modality to features ``(n_tracks, n_features)``; zeros where there are none.
        has: Modality to whether each track has it.
    """

    dataset: NDArray[np.str_]
    y: IntVector
    groups: IntVector
    features: dict[Modality, FloatMatrix]
    has: dict[Modality, NDArray[np.bool_]]

    @property
    def is_paired(self) -> NDArray[np.bool_]:
        """Whether each track has every modality ``(n_tracks,)``."""
        return np.asarray(np.logical_and.reduce(list(self.has.values())))

    def __len__(self) -> int:
        """Return the number of tracks."""
        return len(self.y)

    def take(self, places: IntVector) -> "Corpus":
        """Return some of the tracks."""
        return Corpus(
            self.dataset[places],
            self.y[places],
            self.groups[places],
            {modality: x[places] for modality, x in self.features.items()},
            {modality: has[places] for modality, has in self.has.items()},
        )

    def describe(self) -> dict[str, dict[str, int]]:
        """Return what was taken from each dataset, for a manifest."""
        return {
            str(name): {
                "tracks": int((self.dataset == name).sum()),
                **{
                    str(m): int((has & (self.dataset == name)).sum())
                    for m, has in self.has.items()
                },
            }
            for name in np.unique(self.dataset)
        }


def load_corpus(data: Path, cache: FeatureCache) -> Corpus:
    """Read the three datasets and compute, or fetch, their features.

    Raises:
        DatasetError: A table or clip is missing.
    """
    clips = taffc4q.load(data / "taffc4q")
    texts = {"nju": nju.load(data / "nju"), "pmemo": pmemo.load(data / "pmemo")}
    audio = cache.audio("taffc4q", dict(zip(clips.ids, clips.audio, strict=True)))
    heard = [text if len(text) > LEAST_CHARACTERS else "" for text in clips.lyrics]
    lyrics = [cache.lyrics("taffc4q", heard)]
    lyrics += [cache.lyrics(name, tracks.lyrics) for name, tracks in texts.items()]
    return assemble(
        [("taffc4q", clips.y, clips.artists)]
        + [(name, tracks.y, tracks.artists) for name, tracks in texts.items()],
        audio=[audio],
        lyrics=lyrics,
    )


def load_recognised(data: Path, cache: FeatureCache) -> PairedTable:
    """Return the clips of taffc4q in which a speech recogniser heard more than a few words.

    Raises:
        DatasetError: A table or clip is missing.
    """
    clips = taffc4q.load(data / "taffc4q")
    kept = [place for place, text in enumerate(clips.lyrics) if len(text) > LEAST_CHARACTERS]
    paths = {clips.ids[place]: clips.audio[place] for place in kept}
    return PairedTable(
        ids=list(paths),
        y=clips.y[kept],
        artists=[clips.artists[place] for place in kept],
        audio=cache.audio("taffc4q", paths),
        lyrics=cache.lyrics("taffc4q", [clips.lyrics[place] for place in kept]),
    )


def assemble(
    labelled: Sequence[tuple[str, IntVector, Sequence[str]]],
    *,
    audio: Sequence[FloatMatrix],
    lyrics: Sequence[FloatMatrix],
) -> Corpus:
    """Put datasets under one another.

    Args:
        labelled: Name, class indices and artists of each dataset.
        audio: Features of the first datasets; those that follow have no audio.
        lyrics: Features of each dataset, zeros where a track has no lyrics.
    """
    n_tracks = [len(y) for _, y, _ in labelled]
    missing = [np.zeros((n, audio[0].shape[1]), np.float32) for n in n_tracks[len(audio) :]]
    features = {
        Modality.AUDIO: np.concatenate([*audio, *missing]),
        Modality.LYRICS: np.concatenate(list(lyrics)),
    }
    return Corpus(
        dataset=np.concatenate([np.full(len(y), name) for name, y, _ in labelled]),
        y=np.concatenate([y for _, y, _ in labelled]),
        groups=artist_groups([artist for _, _, artists in labelled for artist in artists]),
        features=features,
        has={modality: np.asarray(x.any(axis=1)) for modality, x in features.items()},
    )
