"""The training tracks of the shipped models, with audio, lyrics or both."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, IntVector
from models.emotion import Modality
from training.datasets import emotify, nju, pmemo, taffc4q
from training.datasets.feature_cache import FeatureCache
from training.datasets.folds import artist_groups
from training.datasets.tracks import LabelledTracks, PairedTable
from training.members.committee import TrainingSet
from training.members.corpus_offsets import strata

_WITH_AUDIO: Mapping[str, Callable[[Path], LabelledTracks]] = {
    "taffc4q": taffc4q.load,
    "emotify": emotify.load,
}
LEAST_CHARACTERS = 40
"""Shorter recognised lyrics are mostly errors of the recogniser on instrumental music."""


@dataclass(frozen=True, slots=True, eq=False)
class Corpus:
    """Tracks with labels and features; one-dimensional arrays are ``(n_tracks,)``.

    Attributes:
        ids: Unique within a dataset.
        dataset: The dataset of each track.
        y: Class indices.
        groups: The artist, numbered across datasets.
        features: Modality to features ``(n_tracks, n_features)``; zeros where missing.
        has: Modality to whether each track has it.
    """

    ids: NDArray[np.str_]
    dataset: NDArray[np.str_]
    y: IntVector
    groups: IntVector
    features: dict[Modality, FloatMatrix]
    has: dict[Modality, NDArray[np.bool_]]

    @property
    def is_paired(self) -> NDArray[np.bool_]:
        """Whether each track has every modality ``(n_tracks,)``."""
        return np.asarray(np.logical_and.reduce(list(self.has.values())))

    @property
    def strata(self) -> IntVector:
        """Stratum of each track, by corpus and quadrant, to balance folds ``(n_tracks,)``."""
        return strata(self.y, self.dataset)

    def __len__(self) -> int:
        """Return the number of tracks."""
        return len(self.y)

    def take(self, places: IntVector) -> "Corpus":
        """Return the tracks at the given positions."""
        return Corpus(
            self.ids[places],
            self.dataset[places],
            self.y[places],
            self.groups[places],
            {modality: x[places] for modality, x in self.features.items()},
            {modality: has[places] for modality, has in self.has.items()},
        )

    def narrowed(self, modality: Modality, n_features: int) -> "Corpus":
        """Return the same tracks with the first ``n_features`` features of a modality."""
        cut = {modality: self.features[modality][:, :n_features]}
        return replace(self, features=self.features | cut)

    def describe(self) -> dict[str, dict[str, int]]:
        """Return the numbers of tracks of each dataset, for a manifest."""
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
    """Read the four datasets and their features, which are computed if not cached.

    Raises:
        DatasetError: A table or clip is missing.
    """
    clips = {name: load(data / name) for name, load in _WITH_AUDIO.items()}
    texts = {"nju": nju.load(data / "nju"), "pmemo": pmemo.load(data / "pmemo")}
    audio = [
        cache.audio(name, dict(zip(tracks.ids, tracks.audio, strict=True)))
        for name, tracks in clips.items()
    ]
    lyrics = [cache.lyrics(name, _recognised(tracks)) for name, tracks in clips.items()]
    lyrics += [cache.lyrics(name, tracks.lyrics) for name, tracks in texts.items()]
    return assemble(clips | texts, audio=audio, lyrics=lyrics)


def audio_labels(data: Path) -> TrainingSet:
    """Return the tracks with audio in the order of :func:`load_corpus`, without features.

    Raises:
        DatasetError: A table or clip is missing.
    """
    parts = {name: load(data / name) for name, load in _WITH_AUDIO.items()}
    y = np.concatenate([part.y for part in parts.values()])
    return TrainingSet(
        np.zeros((len(y), 0), np.float32),
        y,
        artist_groups([artist for part in parts.values() for artist in part.artists]),
        np.concatenate([np.full(len(part.y), name) for name, part in parts.items()]),
    )


def _recognised(tracks: LabelledTracks) -> list[str]:
    """Return the lyrics that are long enough to be credible, otherwise empty texts."""
    return [text if len(text) > LEAST_CHARACTERS else "" for text in tracks.lyrics]


def paired_corpus(tracks: PairedTable, dataset: str = "own") -> Corpus:
    """Return a table as a corpus; every track has both modalities."""
    everywhere = np.ones(len(tracks.y), np.bool_)
    return Corpus(
        ids=np.array(tracks.ids, np.str_),
        dataset=np.full(len(tracks.y), dataset),
        y=tracks.y,
        groups=tracks.groups,
        features={Modality.AUDIO: tracks.audio, Modality.LYRICS: tracks.lyrics},
        has=dict.fromkeys(Modality, everywhere),
    )


def load_recognised(data: Path, cache: FeatureCache) -> PairedTable:
    """Return the clips of taffc4q with credible recognised lyrics.

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
    sources: Mapping[str, LabelledTracks],
    *,
    audio: Sequence[FloatMatrix],
    lyrics: Sequence[FloatMatrix],
) -> Corpus:
    """Concatenate datasets.

    Args:
        sources: Dataset to its tracks.
        audio: Features of the first datasets; the others have no audio.
        lyrics: Features of each dataset, zeros where a track has no lyrics.
    """
    tracks = list(sources.values())
    missing = [
        np.zeros((len(part.ids), audio[0].shape[1]), np.float32) for part in tracks[len(audio) :]
    ]
    features = {
        Modality.AUDIO: np.concatenate([*audio, *missing]),
        Modality.LYRICS: np.concatenate(list(lyrics)),
    }
    return Corpus(
        ids=np.concatenate([np.array(part.ids, np.str_) for part in tracks]),
        dataset=np.concatenate([np.full(len(part.ids), name) for name, part in sources.items()]),
        y=np.concatenate([part.y for part in tracks]),
        groups=artist_groups([artist for part in tracks for artist in part.artists]),
        features=features,
        has={modality: np.asarray(x.any(axis=1)) for modality, x in features.items()},
    )
