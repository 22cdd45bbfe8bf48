"""Made-up AMG1608 and DEAM in the formats in which they are published.

Both hold the same signal: some columns are linear in where a moment lies on the plane, the others
are noise. Their scales differ, as the real ones' do, so each must be standardised by itself.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
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
