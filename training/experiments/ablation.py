"""Cost and gain of each group of audio features beside the encoder's embedding."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias

import librosa
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from models.arrays import FloatMatrix, FloatVector, IntVector, Waveform
from models.audio.decoding import SAMPLE_RATE_HZ, decode
from models.audio.spectrogram import power_spectrogram
from models.emotion import N_QUADRANTS
from models.features.descriptors import HOP, N_DESCRIPTORS, N_FFT, N_MFCC, N_SHAPE, describe, pool
from models.features.encoders import MUSICNN
from models.features.extraction import N_AUDIO_FEATURES, FeatureExtractor, level_excerpt
from training.datasets import emotify, taffc4q
from training.datasets.feature_cache import FeatureCache, keep
from training.datasets.folds import grouped_folds
from training.datasets.tracks import LabelledTracks
from training.members.svm import fit_rbf_svm
from training.metrics import Interval, accuracy, bootstrap_by_group, bootstrap_difference
from training.reporting.number_format import fixed
from training.reporting.render import Table, render

CONTRAST_BANDS = 6
CONTRAST_FMIN_HZ = 100.0
_TIMINGS = 7
_SVM_C = 2.0
_SEEDS = 3
_N_FOLDS = 5
Runs: TypeAlias = list[NDArray[np.float64]]


@dataclass(frozen=True, slots=True, eq=False)
class Spectra:
    """Spectra that the groups of librosa's features share.

    Attributes:
        power: Power spectrogram ``(n_bins, n_frames)``.
        magnitude: Square root of ``power``.
        mel_db: Mel spectrogram in dB ``(n_mels, n_frames)``.
    """

    wave: Waveform
    power: FloatMatrix
    magnitude: FloatMatrix
    mel_db: FloatMatrix

    @classmethod
    def of(cls, wave: Waveform) -> "Spectra":
        """Return the spectra of a recording with normalised level and trimmed silence."""
        wave = level_excerpt(wave).wave
        padded = np.pad(wave, N_FFT // 2)
        power = np.ascontiguousarray(power_spectrogram(padded, n_fft=N_FFT, hop=HOP).T)
        mel = librosa.feature.melspectrogram(S=power, sr=SAMPLE_RATE_HZ)
        return cls(wave, power, np.sqrt(power), librosa.power_to_db(mel, top_db=None))


def _contrast(spectra: Spectra) -> FloatVector:
    contrast = librosa.feature.spectral_contrast(
        S=spectra.magnitude, sr=SAMPLE_RATE_HZ, n_bands=CONTRAST_BANDS, fmin=CONTRAST_FMIN_HZ
    )
    return pool(contrast.T)


def _chroma(spectra: Spectra) -> FloatVector:
    return pool(librosa.feature.chroma_stft(S=spectra.power, sr=SAMPLE_RATE_HZ, tuning=0.0).T)


def _rhythm(spectra: Spectra) -> FloatVector:
    onset = librosa.onset.onset_strength(S=spectra.mel_db, sr=SAMPLE_RATE_HZ, hop_length=HOP)
    tempo = librosa.feature.tempo(onset_envelope=onset, sr=SAMPLE_RATE_HZ, hop_length=HOP)
    return np.concatenate([pool(onset[:, None]), np.log2(tempo)]).astype(np.float32)


SERVED: Mapping[str, slice] = {
    "cepstrum": slice(N_MFCC),
    "tonality": slice(N_MFCC, N_DESCRIPTORS - N_SHAPE),
    "shape": slice(N_DESCRIPTORS - N_SHAPE, N_DESCRIPTORS),
}
"""Columns of :func:`models.features.descriptors.describe`."""
OTHERS: Mapping[str, Callable[[Spectra], FloatVector]] = {
    "contrast": _contrast,
    "chroma": _chroma,
    "rhythm": _rhythm,
}
GROUPS = (*SERVED, *OTHERS)
SHIPPED = tuple(SERVED)
SETS = (
    (),
    *((name,) for name in GROUPS),
    ("cepstrum", "tonality"),
    SHIPPED,
    *((*SHIPPED, name) for name in OTHERS),
    GROUPS,
)
"""Sets of groups beside the embedding, from none to all."""


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """A dataset with the embedding and every group's features, all ``(n_tracks, …)``."""

    tracks: LabelledTracks
    embedding: FloatMatrix
    groups: Mapping[str, FloatMatrix]

    def features(self, chosen: tuple[str, ...]) -> FloatMatrix:
        """Return the embedding and the chosen groups side by side."""
        return np.hstack([self.embedding, *(self.groups[name] for name in chosen)])


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """One-hot answers by set of features: at home once for each seed, abroad once."""

    home: Mapping[tuple[str, ...], Runs]
    away: Mapping[tuple[str, ...], NDArray[np.float64]]


def run(data: Path, out: Path, cache_folder: Path, weights: Path) -> None:
    """Measure every set of features and write ``features/index.md`` into ``out``."""
    extractor = FeatureExtractor.open(weights)
    cache = FeatureCache(cache_folder, extractor)
    home = _table("taffc4q", taffc4q.load(data / "taffc4q"), cache, cache_folder)
    away = _table("emotify", emotify.load(data / "emotify"), cache, cache_folder)
    with home.tracks.audio[0].open("rb") as file:
        costs = _costs(decode(file), extractor)
    folder = out / "features"
    folder.mkdir(parents=True, exist_ok=True)
    command = f"python -m training ablate --data {data}"
    text = page(command, home, away, answers(home, away), costs)
    (folder / "index.md").write_text(text, encoding="utf-8")


def _table(name: str, tracks: LabelledTracks, cache: FeatureCache, folder: Path) -> Dataset:
    paths = dict(zip(tracks.ids, tracks.audio, strict=True))
    vectors = cache.audio(name, paths)
    embedding, timbre = vectors[:, : MUSICNN.dimension], vectors[:, MUSICNN.dimension :]
    statistics = timbre[:, : N_AUDIO_FEATURES - MUSICNN.dimension].reshape(len(vectors), 3, -1)
    served = {
        group: statistics[:, :, columns].reshape(len(vectors), -1)
        for group, columns in SERVED.items()
    }
    return Dataset(tracks, embedding, served | _others(name, paths, folder))


def _others(name: str, paths: Mapping[str, Path], folder: Path) -> dict[str, FloatMatrix]:
    kept = folder / "ablation-2" / name  # of revision 2 of the features: at one level
    rows = [
        keep(kept / f"{track_id}.npy", partial(_describe, path))
        for track_id, path in tqdm(paths.items(), desc=f"{name} descriptors", unit="track")
    ]
    ends = np.cumsum([len(group(_probe())) for group in OTHERS.values()])
    parts = np.split(np.stack(rows), ends[:-1], axis=1)
    return dict(zip(OTHERS, parts, strict=True))


def _describe(path: Path) -> FloatVector:
    with path.open("rb") as file:
        spectra = Spectra.of(decode(file))
    return np.concatenate([group(spectra) for group in OTHERS.values()])


def _probe() -> Spectra:
    noise = np.random.default_rng(0).normal(0.0, 0.1, SAMPLE_RATE_HZ)
    return Spectra.of(noise.astype(np.float32))


def _costs(wave: Waveform, extractor: FeatureExtractor) -> dict[str, float]:
    """Return the processor time of each group for one recording, in milliseconds."""
    spectra = Spectra.of(wave)
    costs = {name: _milliseconds(partial(group, spectra)) for name, group in OTHERS.items()}
    costs["shared spectra"] = _milliseconds(lambda: Spectra.of(wave))
    costs["timbre"] = _milliseconds(lambda: pool(describe(wave)))
    costs["all that is served"] = _milliseconds(lambda: extractor.waveform(wave))
    return costs


def _cost(chosen: tuple[str, ...], ms: Mapping[str, float]) -> float:
    """Return the milliseconds of a set; the served groups are computed together."""
    served = ms["timbre"] if set(chosen) & set(SERVED) else 0.0
    others = [ms[name] for name in chosen if name in OTHERS]
    return served + (ms["shared spectra"] + sum(others) if others else 0.0)


def _milliseconds(work: Callable[[], object]) -> float:
    work()
    times = []
    for _ in range(_TIMINGS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return float(np.median(times)) * 1e3


def answers(home: Dataset, away: Dataset) -> Answers:
    """Return the answers of SVMs on each set of features, out of fold at home, and abroad."""
    return Answers(
        {chosen: _out_of_fold(home, chosen) for chosen in tqdm(SETS, desc="feature sets")},
        {chosen: _transferred(home, away, chosen) for chosen in SETS},
    )


def page(
    command: str,
    home: Dataset,
    away: Dataset,
    answers: Answers,
    ms: Mapping[str, float],
) -> str:
    """Return the page as Markdown; ``ms`` holds milliseconds for one recording."""
    rows = []
    for chosen in SETS:
        title = " + ".join(("embedding", *chosen)) + (" (shipped)" if chosen == SHIPPED else "")
        runs = answers.home[chosen]
        accuracies = (
            _judged(home, runs),
            _gain(home, runs, answers.home[()]),
            _gain(home, runs, answers.home[SHIPPED]),
            _judged(away, [answers.away[chosen]]),
        )
        n_features = home.features(chosen).shape[1]
        rows.append([title, str(n_features), fixed(_cost(chosen, ms), 1), *map(str, accuracies)])
    head = ["features", "numbers", "extra ms", "taffc4q", "over the embedding"]
    return render(
        "features",
        command=command,
        n_home=len(home.tracks.ids),
        n_away=len(away.tracks.ids),
        majority=np.bincount(away.tracks.y).max() / len(away.tracks.y),
        others=list(OTHERS),
        ms=ms,
        table=Table([*head, "over what is shipped", "Emotify"], rows),
    )


def _out_of_fold(table: Dataset, chosen: tuple[str, ...]) -> Runs:
    """Return out-of-fold one-hot answers for each seed, with folds grouped by artist."""
    x, y, groups = table.features(chosen), table.tracks.y, table.tracks.groups
    runs = []
    for seed in range(_SEEDS):
        answered = np.zeros(len(y), np.int64)
        for fold in grouped_folds(y, groups, _N_FOLDS, seed):
            machine = fit_rbf_svm(x[fold.train], y[fold.train], c=_SVM_C)
            answered[fold.test] = machine.scores(x[fold.test]).argmax(axis=1)
        runs.append(np.eye(N_QUADRANTS)[answered])
    return runs


def _transferred(home: Dataset, away: Dataset, chosen: tuple[str, ...]) -> NDArray[np.float64]:
    machine = fit_rbf_svm(home.features(chosen), home.tracks.y, c=_SVM_C)
    answered = machine.scores(away.features(chosen)).argmax(axis=1)
    return np.asarray(np.eye(N_QUADRANTS)[answered])


def _repeated(table: Dataset, n: int) -> tuple[IntVector, IntVector]:
    return np.tile(table.tracks.y, n), np.tile(table.tracks.groups, n)


def _judged(table: Dataset, runs: Runs) -> Interval:
    y, groups = _repeated(table, len(runs))
    return bootstrap_by_group(accuracy, y, np.concatenate(runs), groups, np.random.default_rng(0))


def _gain(table: Dataset, runs: Runs, plain: Runs) -> Interval:
    y, groups = _repeated(table, len(runs))
    pair = np.concatenate(runs), np.concatenate(plain)
    return bootstrap_difference(accuracy, y, pair, groups, np.random.default_rng(0))
