"""Change of predictions with properties of a file: volume, channels, silence and codec."""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray
from tqdm import tqdm

from models.arrays import Proba, Waveform
from models.audio.decoding import SAMPLE_RATE_HZ, decode
from models.features.extraction import FeatureExtractor
from models.prediction.predictor import predict_all, predict_population
from models.snapshot import Snapshot, load_snapshot
from models.track import Track, TrackFeatures
from training.datasets.recordings import recordings_in
from training.reporting.number_format import fixed
from training.reporting.render import Table, render

LEVEL_BOUND, CODEC_BOUND = 0.02, 0.05
"""Largest allowed change of a probability: with volume or channels, and with codec or silence."""
NEAR = 0.05
"""The quadrant may change if the two likeliest differ by at most this."""
EMOTIFY_STEP = 20
_RATE_HZ = 48_000
_PEAK = 0.9
_WAV, _MP3, _OPUS = ("WAV", "PCM_16"), ("MP3", "MPEG_LAYER_III"), ("OGG", "OPUS")
REFERENCE = "wav, mono"

Samples = NDArray[np.float32]
Judge = Callable[[bytes], NDArray[np.float64]]
"""Maps a file to its distribution over quadrants ``(n_quadrants,)``."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to store the same music.

    Attributes:
        change: Maps samples ``(n_samples, 1)`` to those of all channels.
        kind: Container and codec by soundfile's names.
        bound: Largest allowed change of a probability.
    """

    change: Callable[[Samples], Samples]
    kind: tuple[str, str]
    bound: float


def _by(*gains: float) -> Callable[[Samples], Samples]:
    """Return a change that makes one channel for each gain."""
    return lambda wave: wave * np.array(gains, np.float32)


def _after_silence(wave: Samples) -> Samples:
    return np.concatenate([np.zeros((_RATE_HZ, 1), np.float32), wave])


VARIANTS: Mapping[str, Variant] = {
    REFERENCE: Variant(_by(1.0), _WAV, LEVEL_BOUND),
    "wav, mono, -6 dB": Variant(_by(0.5), _WAV, LEVEL_BOUND),
    "wav, mono, -20 dB": Variant(_by(0.1), _WAV, LEVEL_BOUND),
    "wav, two equal channels": Variant(_by(1.0, 1.0), _WAV, LEVEL_BOUND),
    "wav, opposite phase": Variant(_by(1.0, -1.0), _WAV, LEVEL_BOUND),
    "wav, after 1 s of silence": Variant(_after_silence, _WAV, CODEC_BOUND),
    "mp3, stereo": Variant(_by(1.0, 1.0), _MP3, CODEC_BOUND),
    "mp3, mono, -20 dB": Variant(_by(0.1), _MP3, CODEC_BOUND),
    "opus, stereo": Variant(_by(1.0, 1.0), _OPUS, CODEC_BOUND),
    "opus, mono, -20 dB": Variant(_by(0.1), _OPUS, CODEC_BOUND),
}


@dataclass(frozen=True, slots=True)
class Change:
    """Difference between the predictions of a variant and of the reference.

    Attributes:
        quadrants: Recordings with a changed quadrant whose two likeliest are not near.
        near: Recordings with a changed quadrant whose two likeliest are near.
        beyond: Recordings with a probability that changed by more than the bound.
        largest: Largest change of a probability.
        mean: Mean over recordings of the largest change of a probability.
    """

    quadrants: int
    near: int
    beyond: int
    largest: float
    mean: float

    @classmethod
    def between(cls, reference: Proba, proba: Proba, bound: float) -> "Change":
        """Compare distributions of the same recordings ``(n_tracks, n_quadrants)``."""
        most = np.abs(proba - reference).max(axis=1)
        second, first = np.sort(reference, axis=1)[:, -2:].T
        is_other = proba.argmax(axis=1) != reference.argmax(axis=1)
        is_near = first - second <= NEAR
        return cls(
            quadrants=int((is_other & ~is_near).sum()),
            near=int((is_other & is_near).sum()),
            beyond=int((most > bound).sum()),
            largest=float(most.max()),
            mean=float(most.mean()),
        )


def run(data: Path, out: Path, weights: Path, snapshot: Path) -> None:
    """Compare the variants of held-out recordings; write ``stability/index.md`` into ``out``."""
    served = load_snapshot(snapshot)
    extractor = FeatureExtractor.open(weights, served.network)
    served.require_features(extractor.digest)
    paths = held_out(data)
    changes = compare(paths, partial(judged, served, extractor))
    folder = out / "stability"
    folder.mkdir(parents=True, exist_ok=True)
    text = page(f"python -m training stability --data {data}", served.version, len(paths), changes)
    (folder / "index.md").write_text(text, encoding="utf-8")


def held_out(data: Path) -> list[Path]:
    """Return the recordings of agreement, which no model learns, and some of Emotify."""
    agreement = recordings_in(data / "agreement" / "clips")
    emotify = recordings_in(data / "emotify" / "clips")
    return [*agreement.values(), *list(emotify.values())[::EMOTIFY_STEP]]


def judged(snapshot: Snapshot, extractor: FeatureExtractor, file: bytes) -> NDArray[np.float64]:
    """Return the population's distribution for a file ``(n_quadrants,)``."""
    features = TrackFeatures(extractor.audio(io.BytesIO(file)), None)
    track = Track("stability", features, predict_population(snapshot, features))
    (answer,) = predict_all(snapshot, [track], personal=None, fusion=snapshot.default_fusion)
    return answer.proba


def compare(paths: Sequence[Path], judge: Judge) -> dict[str, Change]:
    """Return the difference between each variant's predictions and the reference's."""
    rows = []
    for path in tqdm(paths, desc="stability", unit="track"):
        with path.open("rb") as file:
            wave = decode(file)
        rows.append([judge(encoded(wave, variant)) for variant in VARIANTS.values()])
    by_variant = dict(zip(VARIANTS, np.stack(rows, axis=1), strict=True))
    return {
        name: Change.between(by_variant[REFERENCE], proba, VARIANTS[name].bound)
        for name, proba in by_variant.items()
        if name != REFERENCE
    }


def encoded(wave: Waveform, variant: Variant) -> bytes:
    """Return a file of 48 kHz with 16 kHz samples ``(n_samples,)``, their peak at 0.9."""
    peak = max(float(np.abs(wave).max()), 1e-6)
    finer = soxr.resample(wave, SAMPLE_RATE_HZ, _RATE_HZ) * np.float32(_PEAK / peak)
    samples = variant.change(finer[:, None].clip(-1.0, 1.0))
    container, subtype = variant.kind
    buffer = io.BytesIO()
    channels = samples.shape[1]
    with soundfile.SoundFile(
        buffer, "w", _RATE_HZ, channels, subtype=subtype, format=container
    ) as file:
        for start in range(0, len(samples), _RATE_HZ):
            file.write(samples[start : start + _RATE_HZ])
    return buffer.getvalue()


def page(command: str, version: str, n_tracks: int, changes: Mapping[str, Change]) -> str:
    """Return the page as Markdown; ``version`` is that of the snapshot."""
    rows = [_row(name, change, VARIANTS[name].bound) for name, change in changes.items()]
    head = ["variant", "quadrants", "near", "largest", "mean", "bound", "beyond", ""]
    return render(
        "stability",
        command=command,
        version=version,
        n_tracks=n_tracks,
        reference=REFERENCE,
        near=NEAR,
        table=Table(head, rows),
    )


def _row(name: str, change: Change, bound: float) -> list[str]:
    is_met = not change.quadrants and not change.beyond
    counts = [str(change.quadrants), str(change.near)]
    sizes = [fixed(change.largest, 4), fixed(change.mean, 4), fixed(bound, 2)]
    return [name, *counts, *sizes, str(change.beyond), "met" if is_met else "**missed**"]
