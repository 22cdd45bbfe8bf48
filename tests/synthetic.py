"""Made-up AMG1608, DEAM and LaA in the formats in which they are published.

AMG1608 and DEAM hold the same signal: some columns are linear in where a moment lies on the plane,
the others are noise. Their scales differ, as the real ones' do, so each must be standardised by
itself. In LaA, the notebook's pair of tables, embeddings tell a little of the mood and a little of
the artist, who has a mood of their own: whoever knows the artist knows more than the tracks say.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import soundfile
from numpy.typing import NDArray
from scipy.io import savemat

Points = NDArray[np.float64]

RATE_HZ = 16_000
RECORDING_S = 5.0
STEP_MS = 500
DEAM_ANNOTATIONS = "annotations/annotations averaged per song/dynamic (per second annotations)"
_DEAM_START_MS = 15_000
_N_SIGNALS = 40
_AMG1608, _DEAM = 1608, 1802
_REACH = 100
"""Cells lie in (-100, 100), with three digits after the point."""
_STEPS = 1024
_LARGEST_STEP = 16 * _STEPS
_STEP_CELLS = np.array(
    [repr(k / _STEPS) for k in range(-_LARGEST_STEP, _LARGEST_STEP + 1)], object
)
"""Multiples of 1/1024 below 16 as Python writes them; single precision holds them exactly."""
_EMOTIONS = np.array(["Angry", "Happy", "Relaxed", "Sad"], object)
_EMOTION_SIGNS = np.array([[-1, 1], [1, 1], [1, -1], [-1, -1]])
_TRACKS_AN_ARTIST = 4
_CELLS = np.array([f"{k / 1000:.3f}" for k in range(-1000 * _REACH, 1000 * _REACH + 1)], object)


def column_names() -> list[str]:
    """Return what DEAM calls its 260 features, in its order."""
    voice = ("F0final", "voicingFinalUnclipped", "jitterLocal", "jitterDDP", "shimmerLocal")
    energy = ("audspec_lengthL1norm", "audspecRasta_lengthL1norm", "pcm_RMSenergy", "pcm_zcr")
    spectrum = (
        "fband250-650",
        "fband1000-4000",
        *(f"spectralRollOff{share}.0" for share in (25, 50, 75, 90)),
        *(f"spectral{name}" for name in ("Flux", "Centroid", "Entropy", "Variance")),
        *(f"spectral{name}" for name in ("Skewness", "Kurtosis", "Slope")),
        "psySharpness",
        "spectralHarmonicity",
    )
    return [
        f"{name}_{ending}{place}_{statistic}"
        for ending in ("sma", "sma_de")
        for name, place in (
            *((name, "") for name in (*voice, "logHNR", *energy)),
            *(("audSpec_Rfilt", f"[{band}]") for band in range(26)),
            *((f"pcm_fftMag_{name}", "") for name in spectrum),
            *(("pcm_fftMag_mfcc", f"[{band}]") for band in range(1, 15)),
        )
        for statistic in ("stddev", "amean")
    ]


def write_amg1608(  # noqa: PLR0913 -- the sizes of a dataset
    folder: Path,
    *,
    n_songs: int,
    n_annotators: int,
    n_full: int,
    n_labels_full: int = 150,
    n_labels_others: int = 20,
    n_frames: int = 60,
    n_features: int = 260,
    seed: int = 0,
    recordings: bool = False,
) -> None:
    """Write the files of AMG1608 into its folder.

    Args:
        folder: Of the dataset.
        n_songs: Two an artist; song ``k`` is called ``k + 1``.
        n_annotators: Each turns the plane by an angle of his own.
        n_full: How many of them, the first, give ``n_labels_full`` labels.
        n_labels_full: Of each of the first.
        n_labels_others: Of each of the others.
        n_frames: Rows of a song's table, one each half second.
        n_features: The first of the 260 columns.
        seed: The same seed writes the same numbers.
        recordings: Whether to write ``npy/``, samples at 16 kHz.
    """
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    points = _song_points(n_songs, rng)
    counts = [n_labels_full if who < n_full else n_labels_others for who in range(n_annotators)]
    info = np.empty((n_songs, 2), dtype=object)
    info[:] = [[f"artist {song // 2}", f"title {song}"] for song in range(n_songs)]
    savemat(
        folder / "AMG1608.mat",
        {"song_label": _annotations(points, counts, rng), "song_info": info},
    )
    ids = np.arange(1, n_songs + 1)
    savemat(folder / "1608_song_id.mat", {"mat_id2song_id": ids[:, None]})
    for song, point in zip(ids, points, strict=True):
        x = _features(_walk(point, n_frames, rng), n_features, rng, _AMG1608)
        _write_moments(folder / "feats" / f"{song}.csv", STEP_MS * np.arange(n_frames), x)
    if recordings:
        (folder / "npy").mkdir()
        for song, point in zip(ids, points, strict=True):
            np.save(folder / "npy" / f"{song}.npy", _tone(point, rng))


def write_deam(  # noqa: PLR0913 -- the sizes of a dataset
    folder: Path,
    *,
    n_songs: int,
    n_rows: int = 30,
    n_features: int = 260,
    seed: int = 0,
    recordings: bool = False,
) -> None:
    """Write the files of DEAM into its folder.

    Args:
        folder: Of the dataset.
        n_songs: Song ``k`` is called ``k + 2``; DEAM's first is 2.
        n_rows: Half seconds of a song that have annotations and features; features go on for a
            second before and after.
        n_features: The first of the 260 columns.
        seed: The same seed writes the same numbers.
        recordings: Whether to write ``MEMD_audio/``.
    """
    rng = np.random.default_rng(seed)
    points = _song_points(n_songs, rng)
    ids = np.arange(2, n_songs + 2)
    walks = np.array([_walk(point, n_rows + 4, rng) for point in points])
    starts_ms = _DEAM_START_MS + STEP_MS * np.arange(-2, n_rows + 2)
    for place, axis in enumerate(("valence", "arousal")):
        header = ["song_id", *(f"sample_{start}ms" for start in starts_ms[2:-2])]
        rows = (
            [str(song), *_cells(row)] for song, row in zip(ids, walks[:, 2:-2, place], strict=True)
        )
        _write_table(folder / DEAM_ANNOTATIONS / f"{axis}.csv", ",", header, rows)
    for song, walk in zip(ids, walks, strict=True):
        x = _features(walk, n_features, rng, _DEAM)
        _write_moments(folder / "features" / "features" / f"{song}.csv", starts_ms, x)
    if recordings:
        (folder / "MEMD_audio").mkdir()
        for song, point in zip(ids, points, strict=True):
            soundfile.write(folder / "MEMD_audio" / f"{song}.wav", _tone(point, rng), RATE_HZ)


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
    """Return numbers as Python writes a list of them, looked up as in ``_cells``."""
    cells = _STEP_CELLS[np.rint(row * _STEPS).astype(np.int64) + _LARGEST_STEP]
    return f"[{', '.join(cells.tolist())}]"


def _song_points(n_songs: int, rng: np.random.Generator) -> Points:
    """Return valence and arousal ``(n_songs, 2)``, the quadrants in turn, away from the axes."""
    signs = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]])[np.arange(n_songs) % 4]
    return rng.uniform(0.2, 0.8, (n_songs, 2)) * signs


def _annotations(points: Points, counts: Sequence[int], rng: np.random.Generator) -> Points:
    """Return every annotator's points ``(n_songs, n_annotators, 2)``, not a number where none.

    Points are rounded to twentieths, as by a coarse pointer, so that some lie on an axis.
    """
    said = np.full((len(points), len(counts), 2), np.nan)
    for who, count in enumerate(counts):
        angle = rng.uniform(-0.6, 0.6)
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        songs = rng.choice(len(points), count, replace=False)
        heard = points[songs] @ turn + rng.normal(0, 0.15, (count, 2))
        said[songs, who] = (np.round(heard * 20) / 20).clip(-1, 1)
    return said


def _walk(point: Points, n_moments: int, rng: np.random.Generator) -> Points:
    """Return where a song's moments lie ``(n_moments, 2)``: a slow walk about its point."""
    steps = rng.normal(0, 0.05, (n_moments, 2)).cumsum(axis=0)
    return (point + steps - steps.mean(axis=0)).clip(-1, 1)


def _features(
    points: Points, n_features: int, rng: np.random.Generator, dataset: int
) -> NDArray[np.float64]:
    """Return features of moments ``(n_moments, n_features)``.

    Whatever the seed, columns mean the same in all datasets, and have a dataset's own scales.
    """
    is_signal = np.arange(260) % (260 // _N_SIGNALS) == 0
    slopes = np.random.default_rng(2013).normal(size=(2, 260)) * is_signal
    scales = np.random.default_rng(dataset)
    scale, offset = scales.uniform(0.5, 3, 260), scales.uniform(-40, 40, 260)
    x = (points @ slopes + rng.normal(size=(len(points), 260))) * scale + offset
    return x[:, :n_features]


def _write_moments(path: Path, starts_ms: NDArray[np.int64], x: NDArray[np.float64]) -> None:
    header = ["frameTime", *column_names()[: x.shape[1]]]
    rows = ([f"{start / 1000:.1f}", *_cells(row)] for start, row in zip(starts_ms, x, strict=True))
    _write_table(path, ";", header, rows)


def _cells(row: NDArray[np.float64]) -> list[str]:
    """Return numbers as text; looking it up is many times as fast as formatting it."""
    text: list[str] = _CELLS[np.rint(row * 1000).astype(np.int64) + 1000 * _REACH].tolist()
    return text


def _write_table(
    path: Path, separator: str, header: Sequence[str], rows: Iterator[Sequence[str]]
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [separator.join(row) for row in (header, *rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _tone(point: Points, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return a tone, the higher the more arousal, the richer the less valence, and some noise."""
    valence, arousal = point
    phase = 2 * np.pi * 440 * 2**arousal * np.arange(int(RECORDING_S * RATE_HZ)) / RATE_HZ
    wave = np.sin(phase) + (1 - valence) / 4 * np.sin(3 * phase)
    return (0.4 * wave + rng.normal(0, 0.01, len(wave))).clip(-1, 1).astype(np.float32)
