"""Made-up LaA, the notebook's pair of tables, in the form that pandas gives it.

Embeddings tell a little of the mood and a little of the artist, who has a mood of their own:
whoever knows the artist knows more than the tracks say.
"""

from pathlib import Path
from typing import NamedTuple

import click
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.command_line import HELP_OPTIONS

_STEPS = 1024
_LARGEST_STEP = 16 * _STEPS
_STEP_CELLS = np.array(
    [repr(k / _STEPS) for k in range(-_LARGEST_STEP, _LARGEST_STEP + 1)], object
)
"""Multiples of 1/1024 below 16 as Python writes them; single precision holds them exactly."""
_EMOTIONS = np.array(["Angry", "Happy", "Relaxed", "Sad"], object)
_EMOTION_SIGNS = np.array([[-1, 1], [1, 1], [1, -1], [-1, -1]])
_TRACKS_AN_ARTIST = 4


class Laa(NamedTuple):
    """The rows of one of LaA's tables that mean something.

    Attributes:
        artists: Number of each track's artist ``(n_tracks,)``.
        labels: 0 to 3 as the notebook counts: angry, happy, relaxed, sad.
        audio: Shape ``(n_tracks, n_audio)``, in multiples of 1/1024, as all embeddings.
        lyrics: Shape ``(n_tracks, n_lyrics)``.
    """

    artists: NDArray[np.int64]
    labels: NDArray[np.int64]
    audio: NDArray[np.float32]
    lyrics: NDArray[np.float32]


def draw_laa(  # noqa: PLR0913 -- the sizes of a dataset
    *,
    n_train: int,
    n_test: int,
    n_audio: int = 498,
    n_lyrics: int = 768,
    signal: float = 0.9,
    n_shared_artists: int = 0,
    seed: int = 0,
) -> tuple[Laa, Laa]:
    """Return the rows of a training and of a test table, see :func:`write_laa`."""
    rng = np.random.default_rng(seed)
    artists = np.arange(n_train + n_test) // _TRACKS_AN_ARTIST
    artists[n_train:] += artists[n_train - 1] + 1 - artists[n_train]
    tested = artists[n_train:] - artists[n_train]
    artists[n_train:] = np.where(tested < n_shared_artists, tested, artists[n_train:])
    n_artists = int(artists.max()) + 1
    own = rng.integers(4, size=n_artists)[artists]
    labels = np.where(rng.random(len(artists)) < 0.7, own, rng.integers(4, size=len(artists)))
    audio, lyrics = (
        _embeddings(labels, artists, n_numbers, signal, rng) for n_numbers in (n_audio, n_lyrics)
    )
    parts = (rng.permutation(n_train), n_train + rng.permutation(n_test))
    one, other = (Laa(artists[at], labels[at], audio[at], lyrics[at]) for at in parts)
    return one, other


def write_laa(  # noqa: PLR0913 -- the sizes of a dataset
    folder: Path,
    *,
    n_train: int,
    n_test: int,
    n_audio: int = 498,
    n_lyrics: int = 768,
    signal: float = 0.9,
    n_shared_artists: int = 0,
    seed: int = 0,
) -> tuple[Path, Path]:
    """Write the notebook's two tables into a folder, and return their paths.

    Args:
        folder: It is made if need be.
        n_train: Rows of ``LaA_train.csv``, four an artist.
        n_test: Rows of ``LaA_test.csv``, four an artist.
        n_audio: Numbers in an audio embedding.
        n_lyrics: Numbers in a lyrics embedding.
        signal: How far moods lie from the middle, in deviations of the noise; with 0.9, full sizes
            and 10,870 rows the notebook's machines reach about what they reach on the real data.
        n_shared_artists: Artists of the test table who are in the training table too.
        seed: The same seed writes the same numbers.
    """
    folder.mkdir(parents=True, exist_ok=True)
    drawn = draw_laa(
        n_train=n_train,
        n_test=n_test,
        n_audio=n_audio,
        n_lyrics=n_lyrics,
        signal=signal,
        n_shared_artists=n_shared_artists,
        seed=seed,
    )
    paths = (folder / "LaA_train.csv", folder / "LaA_test.csv")
    for path, part in zip(paths, drawn, strict=True):
        _laa_frame(part, np.random.default_rng(seed)).to_csv(path, index=False)
    return paths


def _embeddings(
    labels: NDArray[np.int64],
    artists: NDArray[np.int64],
    n_numbers: int,
    signal: float,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Return the sum of three vectors: a mood's, an artist's and a track's own."""
    moods = rng.normal(0, signal / np.sqrt(n_numbers), (4, n_numbers))
    voices = rng.normal(0, 0.7, (int(artists.max()) + 1, n_numbers))
    x = rng.normal(size=(len(labels), n_numbers)) + moods[labels] + voices[artists]
    steps = np.rint(x * _STEPS).clip(-_LARGEST_STEP, _LARGEST_STEP)
    return (steps / _STEPS).astype(np.float32)


def _laa_frame(part: Laa, rng: np.random.Generator) -> pd.DataFrame:
    n_tracks = len(part.labels)
    # Not bounded: some lie beyond 1.
    points = np.abs(rng.normal(0, 1, (n_tracks, 2))) * _EMOTION_SIGNS[part.labels]
    places = np.arange(n_tracks)
    return pd.DataFrame(
        {
            "Unnamed: 0.1": places,
            "Unnamed: 0": rng.permutation(n_tracks),
            "artist_name": [f"Artist {artist}" for artist in part.artists],
            "track_name": [f"Track {place}" for place in places],
            "valence": points[:, 0],
            "arousal": points[:, 1],
            "lyrics": [f'La, "la"\nla {place}' for place in places],
            "audio_url": [f"https://music.example/{place}.mp3" for place in places],
            "search_method": "exact",
            "emotion": _EMOTIONS[part.labels],
            "lyrics_embedding": [_list_literal(row) for row in part.lyrics],
            "audio_embedding": [_list_literal(row) for row in part.audio],
            "label": part.labels,
        }
    )


def _list_literal(row: NDArray[np.float32]) -> str:
    """Return numbers as Python writes a list of them; looking them up is fast."""
    cells = _STEP_CELLS[np.rint(row * _STEPS).astype(np.int64) + _LARGEST_STEP]
    return f"[{', '.join(cells.tolist())}]"


@click.command(context_settings=HELP_OPTIONS)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--train",
    type=click.IntRange(min=1),
    default=10_870,
    show_default=True,
    help="Rows of the training table.",
)
@click.option(
    "--test",
    type=click.IntRange(min=1),
    default=2_716,
    show_default=True,
    help="Rows of the test table.",
)
@click.option(
    "--shared-artists",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Artists of both tables.",
)
def main(folder: Path, train: int, test: int, shared_artists: int) -> None:
    """Write a pair of synthetic tables into FOLDER."""
    for path in write_laa(folder, n_train=train, n_test=test, n_shared_artists=shared_artists):
        click.echo(path)


if __name__ == "__main__":
    main()
