"""(a) An upload, part by part, beside what it needs: decode, front end, encoders.

Recordings come as Opus or MP3; both are encoded here from the same generated music.
"""

import io
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile
import soxr

from models.arrays import Waveform
from models.audio import spectrogram
from models.audio.decoding import SAMPLE_RATE_HZ, decode
from models.features import descriptors, extraction
from models.features.encoders import AudioEncoder
from models.features.extraction import FeatureExtractor
from models.features.snapshot_network import Network
from models.prediction.predictor import predict_all, predict_population
from models.snapshot import Snapshot
from models.track import Track, TrackFeatures
from tests.bench.catalogue import CLIP_S, clip
from tests.bench.costs import Cost, Size, Step, in_turn
from tests.bench.http_client import Caller, post_file
from tests.bench.tables import BESIDE, cells, table

WHOLE = "POST /predict, whole"
Work = Callable[[], object]


class Codec(NamedTuple):
    """How an upload is stored: container and codec, as soundfile calls them."""

    container: str
    subtype: str
    rate_hz: int
    n_channels: int


CODECS = {
    "Opus, 16 kHz mono": Codec("OGG", "OPUS", 16_000, 1),
    "Opus, 48 kHz stereo": Codec("OGG", "OPUS", 48_000, 2),
    "MP3, 48 kHz stereo": Codec("MP3", "MPEG_LAYER_III", 48_000, 2),
}


def measure(
    ours: Caller, snapshot: Snapshot, extractor: FeatureExtractor, weights: Path, size: Size
) -> None:
    """Measure the parts and the whole, and print them."""
    wave = clip(np.random.default_rng(1))
    sent = {name: compressed(wave, codec) for name, codec in CODECS.items()}
    first = next(iter(sent.values()))
    decoding = {f"decode {name}": partial(_decoded, file) for name, file in sent.items()}
    needed = _needed(_decoded(first), snapshot, weights)
    parts = decoding | needed | _believing(wave, snapshot, extractor)
    steps = {name: Step(work) for name, work in parts.items()}
    whole = {f"{WHOLE}: {name}": file for name, file in sent.items()}
    steps |= {
        name: ours.step(post_file("/predict", "audio", file)) for name, file in whole.items()
    }
    costs = in_turn(steps, size)
    _print(costs, [next(iter(decoding)), *needed], list(whole))


def _decoded(file: bytes) -> Waveform:
    return decode(io.BytesIO(file))


def _needed(wave: Waveform, snapshot: Snapshot, weights: Path) -> dict[str, Work]:
    """Return what no service could do without, of samples that are decoded."""
    encoder = AudioEncoder(weights, threads=1)
    heard = extraction.level_excerpt(wave).wave
    patches = spectrogram.patches(spectrogram.log_mel(heard))
    needed: dict[str, Work] = {
        "loudness, silence": partial(extraction.level_excerpt, wave),
        "log-mel": lambda: spectrogram.patches(spectrogram.log_mel(heard)),
        "encoder": partial(encoder, patches),
        "descriptors": lambda: descriptors.pool(descriptors.describe(heard)),
    }
    if snapshot.network:
        needed["cnn, five folds"] = partial(Network.open(snapshot.network), heard)
    return needed


def _believing(wave: Waveform, snapshot: Snapshot, extractor: FeatureExtractor) -> dict[str, Work]:
    found = TrackFeatures(extractor.waveform(wave), None)
    track = Track("bench", found, predict_population(snapshot, found))
    read_out = partial(
        predict_all, snapshot, [track], personal=None, fusion=snapshot.default_fusion
    )
    return {
        "members": partial(predict_population, snapshot, found),
        "consensus, fusion, read-out": read_out,
    }


def _print(costs: dict[str, Cost], needed: list[str], whole: list[str]) -> None:
    first, *others = (costs[name] for name in needed)
    floor = sum(others, first)
    shown = costs | {f"**floor**: {needed[0]} and what follows, to the encoders": floor}
    table(
        f"(a) An upload of {CLIP_S} s of audio",
        ["part", *BESIDE, "of the floor"],
        [cells(_bold(name, whole), cost, floor) for name, cost in shown.items()],
    )


def _bold(name: str, whole: list[str]) -> str:
    return f"**{name}**" if name in whole else name


def compressed(wave: Waveform, codec: Codec) -> bytes:
    finer = soxr.resample(wave, SAMPLE_RATE_HZ, codec.rate_hz)
    samples = np.repeat(finer[:, None], codec.n_channels, axis=1)
    buffer = io.BytesIO()
    kind = {"format": codec.container, "subtype": codec.subtype}
    with soundfile.SoundFile(buffer, "w", codec.rate_hz, codec.n_channels, **kind) as file:
        for start in range(0, len(samples), codec.rate_hz):
            file.write(samples[start : start + codec.rate_hz])
    return buffer.getvalue()
