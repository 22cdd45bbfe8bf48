"""Ten thousand audio files that Hypothesis mutates, and bombs; decoders are written in C."""

import io
import struct
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from threading import BoundedSemaphore

import httpx
import numpy as np
import soundfile
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from tests import audio_signals
from tests.stress.context import SQLITE, Context
from tests.stress.fuzz_forms import GENERATION
from tests.stress.keys import admin, client
from tests.stress.monitor import Monitor
from tests.stress.report import Row

DATABASES = (SQLITE,)  # a predicted upload touches none
LIMIT_S = 1800.0, 120.0
SEED = 5
N_CONNECTIONS = 8
DEADLINE_S = 30
MORE_MB = 640
"""Allowed growth: two workers read two recordings of ten minutes each at the same time, of some
100 MB, and allocators keep more."""
LOW_HZ = 8_000
RATES_HZ = (LOW_HZ, 16_000, 44_100)
MORE_WAVS = {
    "wav mu-law": ("WAV", "ULAW"),
    "wav gsm": ("WAV", "GSM610"),
    "wavex": ("WAVEX", "PCM_16"),
    "rf64": ("RF64", "PCM_24"),
}
"""What libsndfile writes beside the other formats."""
OPUS_HZ = 16_000
HEADER_BYTES, LONGEST_RUN, LONGEST_BYTES = 200, 400, 2**23
EXTREMES = (0, 1, 2, 3, 7, 255, 2**15 - 1, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1, 48_000)
WAV_FIELDS = ((20, 2), (22, 2), (24, 4), (28, 4), (32, 2), (34, 2), (4, 4), (40, 4))
"""Places and sizes of a wav's coding, channels, rate, bytes a second, frame, bits and sizes."""


@cache
def originals() -> dict[str, bytes]:
    """Return a small file of each format, by its name; no two sound alike."""
    return {
        name: _original(name, number)
        for number, name in enumerate([*audio_signals.FORMATS, *audio_signals.MORE, *MORE_WAVS])
    }


def _original(name: str, number: int) -> bytes:
    is_opus = "opus" in name or "webm" in name
    rate_hz = OPUS_HZ if is_opus else RATES_HZ[number % len(RATES_HZ)]
    rate_hz = LOW_HZ if name == "wav gsm" else rate_hz
    wave = audio_signals.chord(seconds=0.7, rate_hz=rate_hz, seed=number)
    columns = audio_signals.over_channels(wave, 1 if name == "wav gsm" else 1 + number % 2)
    if name not in MORE_WAVS:
        return audio_signals.encoded(columns, name, rate_hz=rate_hz)
    container, subtype = MORE_WAVS[name]
    file = io.BytesIO()
    soundfile.write(file, columns, rate_hz, format=container, subtype=subtype)
    return file.getvalue()


@st.composite
def mutants(draw: st.DrawFn) -> tuple[str, bytes]:
    """The name of an original, and the original after one to four mutations."""
    name = draw(st.sampled_from(sorted(originals())))
    file = originals()[name]
    for mutate in draw(st.lists(st.sampled_from(MUTATIONS), min_size=1, max_size=4)):
        file = mutate(file, draw)
    return name, file


def _overwrite(file: bytes, draw: st.DrawFn) -> bytes:
    """Write zeros, ones, noise or an extreme number anywhere, mostly into the header."""
    reach = draw(st.sampled_from([min(HEADER_BYTES, len(file)), len(file)]))
    at = draw(st.integers(0, reach))
    size = draw(st.integers(1, LONGEST_RUN))
    order = draw(st.sampled_from(["<I", ">I", "<Q"]))
    number = struct.pack(order, draw(st.sampled_from(EXTREMES)))
    noise = draw(st.binary(min_size=1, max_size=8))
    piece = draw(st.sampled_from([number, noise, bytes(size), b"\xff" * size]))[: len(file) - at]
    return file[:at] + piece + file[at + len(piece) :]


def _flip(file: bytes, draw: st.DrawFn) -> bytes:
    """Flip single bits."""
    changed = bytearray(file)
    places = st.integers(0, max(0, 8 * len(file) - 1))
    for place in draw(st.lists(places, min_size=1, max_size=64)) if file else []:
        changed[place // 8] ^= 1 << place % 8
    return bytes(changed)


def _field(file: bytes, draw: st.DrawFn) -> bytes:
    """Write an extreme number into a field of a wav's header."""
    at, size = draw(st.sampled_from(WAV_FIELDS))
    number = draw(st.sampled_from(EXTREMES)) % 2 ** (8 * size)
    return file[:at] + number.to_bytes(size, "little") + file[at + size :]


def _cut(file: bytes, draw: st.DrawFn) -> bytes:
    """Keep only a beginning or only an end, or remove a piece."""
    first, last = sorted(draw(st.tuples(*[st.integers(0, len(file))] * 2)))
    return draw(st.sampled_from([file[:last], file[first:], file[:first] + file[last:]]))


def _splice(file: bytes, draw: st.DrawFn) -> bytes:
    """Insert a piece of a file of any format, or continue or begin with it."""
    other = draw(st.sampled_from([file, *originals().values()]))
    at, begin = draw(st.integers(0, len(file))), draw(st.integers(0, len(other)))
    piece = other[begin : begin + draw(st.integers(1, LONGEST_RUN))]
    n = draw(st.sampled_from([4, 8, 12, 44]))
    inserted, continued = file[:at] + piece + file[at:], file[:at] + other[begin:]
    return draw(st.sampled_from([inserted, continued, other[:n] + file[n:]]))


def _tag(file: bytes, draw: st.DrawFn) -> bytes:
    """Put an ID3 tag first, often with a wrong size."""
    tag = bytearray(audio_signals.id3_tag(draw(st.integers(0, 300))))
    tag[6 + draw(st.integers(0, 3))] ^= draw(st.sampled_from([0, 0, 1, 127, 255]))
    return bytes(tag) + file


def _repeat(file: bytes, draw: st.DrawFn) -> bytes:
    return (file * draw(st.sampled_from([2, 3, 20])))[:LONGEST_BYTES]


Mutation = Callable[[bytes, st.DrawFn], bytes]
MUTATIONS: tuple[Mutation, ...] = (_overwrite, _flip, _field, _cut, _splice, _tag, _repeat)


def bombs(seconds: float) -> dict[str, bytes]:
    """Return small files that are very long, or claim to be large.

    Args:
        seconds: The length of those that are slow to encode; others are three times as long.
    """
    times = {"ogg vorbis": 1, "ogg opus": 1, "flac 16 bit": 3, "m4a": 3}
    made = {f"long {name}": _quiet(name, n * seconds) for name, n in times.items()}
    made |= {f"repeated {name}": _quiet(name, seconds / 10) * 120 for name in ("mp3", "aac")}
    wav, m4a = originals()["wav 16 bit"], originals()["m4a"]
    flac = originals()["flac 16 bit"]
    huge = b"\xf0\xff\xff\xff"
    made |= {
        "wav that claims 4 GB": wav[:4] + huge + wav[8:40] + huge + wav[44:],
        "wav of 65,535 channels": wav[:22] + b"\xff\xff" + wav[24:],
        "wav of 4 GHz": wav[:24] + huge + wav[28:],
        "wav of 1 Hz": wav[:24] + b"\x01\x00\x00\x00" + wav[28:],
        "flac that claims 2**36 samples": flac[:21]
        + bytes([flac[21] | 0x0F])
        + b"\xff" * 4
        + flac[26:],
    }
    tables = ("stsz", "stts", "stsc", "stco")
    return made | {f"m4a of a huge {name}": _huge_table(m4a, name) for name in tables}


def _quiet(name: str, seconds: float) -> bytes:
    """Return a file of a second of sound, then silence."""
    wave = np.zeros((round(seconds * LOW_HZ), 1), np.float32)
    sound = audio_signals.chord(seconds=1.0, rate_hz=LOW_HZ)
    wave[: len(sound), 0] = sound
    return audio_signals.encoded(wave, name, rate_hz=LOW_HZ)


def _huge_table(m4a: bytes, box: str) -> bytes:
    """Return the file with a table that claims 2 ** 31 - 1 entries."""
    at = m4a.index(box.encode()) + (12 if box == "stsz" else 8)
    return m4a[:at] + struct.pack(">I", 2**31 - 1) + m4a[at + 4 :]


class Uploads:
    """Uploads files over several connections, and stores those with unexpected answers."""

    def __init__(self, context: Context, port: int, headers: Mapping[str, str]) -> None:
        self._context = context
        self._http = client(port, headers, timeout_s=2 * DEADLINE_S)
        self._pool = ThreadPoolExecutor(N_CONNECTIONS)
        self._free = BoundedSemaphore(2 * N_CONNECTIONS)  # Hypothesis draws few files ahead
        self.codes: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.took_s: list[float] = [0.0]

    def put(self, file: bytes) -> None:
        """Upload a file in a thread; wait while too many wait."""
        self._free.acquire()
        self._pool.submit(self._upload, file).add_done_callback(lambda _: self._free.release())

    def close(self) -> None:
        """Wait for the last answer."""
        self._pool.shutdown()
        self._http.close()

    def _upload(self, file: bytes) -> None:
        try:
            reply = self._http.post("/predict", files={"audio": ("clip", file)})
            self.took_s.append(reply.elapsed.total_seconds())
            code = "" if reply.is_success else f" {reply.json().get('code')}"
            answer, is_right = f"{reply.status_code}{code}", reply.status_code < 500
        except (httpx.HTTPError, ValueError) as error:
            answer, is_right = repr(error), False
        self.codes[answer] += 1
        if not is_right:
            path = self._context.folder / f"file-{len(self.wrong)}"
            path.write_bytes(file)
            self.wrong.append(f"{answer}; stored as {path}")


def run(context: Context) -> list[Row]:
    """Upload originals, bombs and mutants."""
    longest_s = context.size(600, 60)
    settings_ = {"ATTUNE_MAX_AUDIO_S": str(longest_s), "ATTUNE_TIMEOUT_S": str(DEADLINE_S)}
    files = bombs(2.0 * longest_s)  # encoded before anything is uploaded: it takes seconds
    with context.served(context.new_database(), settings=settings_) as served:
        uploads = Uploads(context, served.port, admin(served))
        with Monitor(served, period_s=context.size(1.0, 0.2)) as monitor:
            for file in [*originals().values(), *files.values()]:
                uploads.put(file)
            _upload_mutants(uploads, context.size(10_000, 200))
            uploads.close()
    codes = ", ".join(f"{n:,} x {code}" for code, n in uploads.codes.most_common())
    growth_mb = monitor.peak_mb - monitor.before_mb
    return [
        context.figure("files", f"{uploads.codes.total():,}, seed {SEED}"),
        context.figure("formats; bombs", f"{len(originals())}; {len(files)}"),
        context.figure("answers", codes),
        context.none_of("answers but a success or a refusal", uploads.wrong),
        context.equal("workers that died", monitor.n_died),
        context.at_most("slowest answer", max(uploads.took_s), DEADLINE_S, "s"),
        context.figure("memory of the workers before", f"{monitor.before_mb:,.0f} MB"),
        context.at_most("growth at the peak", growth_mb, MORE_MB, "MB"),
    ]


def _upload_mutants(uploads: Uploads, n_files: int) -> None:
    @seed(SEED)
    @settings(GENERATION, max_examples=n_files)
    @given(mutants())
    def upload(mutant: tuple[str, bytes]) -> None:
        uploads.put(mutant[1])

    upload()
