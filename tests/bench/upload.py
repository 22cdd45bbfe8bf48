"""(a) An upload, part by part, beside what it needs: decode, front end, encoders."""

import io
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import soundfile

from models import descriptors, spectrogram
from models.arrays import Waveform
from models.audio import SAMPLE_RATE_HZ, decode
from models.encoders import AudioEncoder
from models.features import FeatureExtractor
from models.network import Network
from models.recognise import believe, recognise
from models.snapshot import Snapshot
from models.track import Track, TrackFeatures
from tests.bench.caller import Caller, post_file
from tests.bench.catalogue import CLIP_S, clip
from tests.bench.costs import Cost, Size, Step, in_turn
from tests.bench.tables import BESIDE, cells, table

WHOLE = "POST /predict, whole"
Work = Callable[[], object]


def measure(
    ours: Caller, snapshot: Snapshot, extractor: FeatureExtractor, weights: Path, size: Size
) -> None:
    """Measure the parts and the whole, and print them."""
    sent = _compressed(clip(np.random.default_rng(1)))
    wave = decode(io.BytesIO(sent))
    needed = _needed(sent, wave, snapshot, weights)
    parts = needed | _believing(wave, snapshot, extractor)
    steps = {name: Step(work) for name, work in parts.items()}
    steps[WHOLE] = ours.step(post_file("/predict", "audio", sent))
    costs = in_turn(steps, size)
    _print(costs, costs.pop(WHOLE), list(needed))


def _needed(sent: bytes, wave: Waveform, snapshot: Snapshot, weights: Path) -> dict[str, Work]:
    """Return what no service could do without."""
    encoder = AudioEncoder(weights, threads=1)
    patches = spectrogram.patches(spectrogram.log_mel(wave))

    def listen() -> None:
        spectrogram.patches(spectrogram.log_mel(wave))
        descriptors.pool(descriptors.describe(wave))

    needed: dict[str, Work] = {
        "decode (ogg Vorbis)": lambda: decode(io.BytesIO(sent)),
        "front end: log-mel, timbre": listen,
        "encoder": partial(encoder, patches),
    }
    if snapshot.network:
        needed["cnn, five folds"] = partial(Network.open(snapshot.network), wave)
    return needed


def _believing(wave: Waveform, snapshot: Snapshot, extractor: FeatureExtractor) -> dict[str, Work]:
    features = TrackFeatures(extractor.waveform(wave), None)
    track = Track("bench", features, believe(snapshot, features))
    read_out = partial(recognise, snapshot, [track], personal=None, fusion=snapshot.default_fusion)
    return {
        "committee": partial(believe, snapshot, features),
        "consensus, fusion, read-out": read_out,
    }


def _print(parts: dict[str, Cost], whole: Cost, needed: list[str]) -> None:
    first, *others = (parts[name] for name in needed)
    floor = sum(others, first)
    rest = whole
    for each in parts.values():
        rest -= each
    shown = parts | {
        "rest: HTTP, form, pooling, JSON": rest,
        "**floor**: decode + front end + encoders": floor,
        "**whole request**": whole,
    }
    table(
        f"(a) An upload of {CLIP_S} s of audio",
        ["part", *BESIDE, "of the floor"],
        [cells(name, cost, floor) for name, cost in shown.items()],
    )


def _compressed(wave: Waveform) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, wave, SAMPLE_RATE_HZ, format="OGG", subtype="VORBIS")
    return buffer.getvalue()
