"""Audio files that are not what they say: small originals of every format, then changed.

Each file follows from its number alone, so a number is all that is needed to see it again.
"""

import io
import random
import struct
from collections.abc import Callable
from functools import cache

import numpy as np
import soundfile

from tests import signals

SEED = 5
LOW_HZ = 8_000
RATES_HZ = (LOW_HZ, 16_000, 44_100)
SECONDS = 0.7
MORE_WAVS = {
    "wav a-law": ("WAV", "ALAW"),
    "wav mu-law": ("WAV", "ULAW"),
    "wav ima adpcm": ("WAV", "IMA_ADPCM"),
    "wav ms adpcm": ("WAV", "MS_ADPCM"),
    "wav gsm": ("WAV", "GSM610"),
    "wavex": ("WAVEX", "PCM_16"),
    "rf64": ("RF64", "PCM_24"),
}
"""Formats that libsndfile reads and that nobody is promised."""
MOST_CHANGES = 4
HEADER_BYTES = 200
EXTREMES = (0, 1, 2, 3, 7, 255, 2**15 - 1, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1)
LONGEST_RUN = 400
WAV_FIELDS = ((20, 2), (22, 2), (24, 4), (28, 4), (32, 2), (34, 2), (4, 4), (40, 4))
"""Where a wav says its coding, channels, rate, bytes a second, frame, bits and sizes."""

Change = Callable[[bytearray, random.Random], None]


@cache
def originals() -> dict[str, bytes]:
    """Return a small file of each format, by its name; no two sound alike."""
    made = {}
    for number, name in enumerate([*signals.FORMATS, *MORE_WAVS]):
        rate_hz = RATES_HZ[number % len(RATES_HZ)] if name != "wav gsm" else LOW_HZ
        if name == "ogg opus":
            rate_hz = 16_000
        wave = signals.chord(seconds=SECONDS, rate_hz=rate_hz, seed=number)
        n_channels = 1 if name == "wav gsm" else 1 + number % 2
        columns = signals.over_channels(wave, n_channels)
        made[name] = _encoded(columns, name, rate_hz)
    return made


def mutant(number: int) -> tuple[str, bytes]:
    """Return what the file of a number began as, and the file."""
    rng = random.Random(f"{SEED}-{number}")  # noqa: S311  # a file, not a secret
    name = rng.choice(list(originals()))
    file = bytearray(originals()[name])
    for _ in range(rng.randint(1, MOST_CHANGES)):
        rng.choice(CHANGES)(file, rng)
    return name, bytes(file)


def _encoded(columns: signals.Samples, name: str, rate_hz: int) -> bytes:
    if name not in MORE_WAVS:
        return signals.encoded(columns, name, rate_hz=rate_hz)
    container, subtype = MORE_WAVS[name]
    file = io.BytesIO()
    soundfile.write(file, columns, rate_hz, format=container, subtype=subtype)
    return file.getvalue()


def flip_bits(file: bytearray, rng: random.Random) -> None:
    """Flip some bits anywhere."""
    for _ in range(rng.choice([1, 1, 2, 8, 64])):
        if file:
            file[rng.randrange(len(file))] ^= 1 << rng.randrange(8)


def flip_bits_of_the_header(file: bytearray, rng: random.Random) -> None:
    """Flip some bits of the first bytes."""
    for _ in range(rng.choice([1, 2, 4])):
        if file:
            file[rng.randrange(min(len(file), HEADER_BYTES))] ^= 1 << rng.randrange(8)


def write_a_number(file: bytearray, rng: random.Random) -> None:
    """Write an extreme number somewhere, mostly into the header."""
    form = rng.choice(["<H", ">H", "<I", ">I", "<Q", ">Q"])
    size = struct.calcsize(form)
    reach = HEADER_BYTES if rng.random() < 0.7 else len(file)
    last = min(reach, len(file)) - size
    if last >= 0:
        number = rng.choice(EXTREMES) % 2 ** (8 * size)
        struct.pack_into(form, file, rng.randint(0, last), number)


def write_a_field(file: bytearray, rng: random.Random) -> None:
    """Write an extreme number to where a wav has one that counts."""
    at, size = rng.choice(WAV_FIELDS)
    if len(file) >= at + size:
        number = rng.choice([*EXTREMES, 6, 8, 16, 24, 32, 48_000, 2**24]) % 2 ** (8 * size)
        file[at : at + size] = number.to_bytes(size, "little")


def cut(file: bytearray, rng: random.Random) -> None:
    """Keep only a beginning, or only an end."""
    at = rng.randint(0, len(file))
    if rng.random() < 0.8:
        del file[at:]
    else:
        del file[:at]


def splice(file: bytearray, rng: random.Random) -> None:
    """Go on with another file, of any format, from somewhere in it."""
    other = rng.choice(list(originals().values()))
    del file[rng.randint(0, len(file)) :]
    file += other[rng.randrange(len(other)) :]


def paste(file: bytearray, rng: random.Random) -> None:
    """Repeat a piece elsewhere, or put a piece of another file there."""
    source = bytes(file) if rng.random() < 0.5 else rng.choice(list(originals().values()))
    begin = rng.randint(0, len(source))
    piece = source[begin : begin + rng.randint(1, LONGEST_RUN)]
    at = rng.randint(0, len(file))
    file[at:at] = piece


def remove(file: bytearray, rng: random.Random) -> None:
    """Take a piece away."""
    begin = rng.randint(0, len(file))
    del file[begin : begin + rng.randint(1, LONGEST_RUN)]


def blank(file: bytearray, rng: random.Random) -> None:
    """Overwrite a run with zeros, ones or noise."""
    begin = rng.randint(0, len(file))
    end = min(len(file), begin + rng.randint(1, LONGEST_RUN))
    runs = [bytes(end - begin), b"\xff" * (end - begin), rng.randbytes(end - begin)]
    file[begin:end] = rng.choice(runs)


def pretend(file: bytearray, rng: random.Random) -> None:
    """Begin as another format does."""
    other = rng.choice(list(originals().values()))
    n = rng.choice([4, 8, 12, 44])
    file[:n] = other[:n]


def tag(file: bytearray, rng: random.Random) -> None:
    """Put an ID3 tag first, whose size is right or not."""
    told = bytearray(signals.id3_tag(rng.randrange(300)))
    if rng.random() < 0.5:
        told[6 + rng.randrange(4)] = rng.randrange(256)
    file[:0] = told


def swell(file: bytearray, rng: random.Random) -> None:
    """Repeat the file, many times over."""
    file *= rng.choice([2, 3, 20])


CHANGES: tuple[Change, ...] = (
    flip_bits,
    flip_bits_of_the_header,
    write_a_number,
    write_a_number,
    write_a_field,
    cut,
    splice,
    paste,
    remove,
    blank,
    pretend,
    tag,
    swell,
)
"""One way each of making a file something else."""


def bombs(seconds: float) -> dict[str, bytes]:
    """Return small files that hold far more than they are, or say so.

    Args:
        seconds: How long those last that are slow to make; the others go on for longer.
    """
    lasting = {"ogg vorbis": 1, "ogg opus": 1, "flac 16 bit": 3, "m4a": 3}
    made = {
        f"{name} that goes on": signals.encoded(
            _hardly_anything(times * seconds), name, rate_hz=LOW_HZ
        )
        for name, times in lasting.items()
    }
    made |= {
        f"{name} over and over": signals.encoded(
            _hardly_anything(seconds / 10), name, rate_hz=LOW_HZ
        )
        * 120
        for name in ("mp3", "aac")
    }
    wav, m4a = originals()["wav 16 bit"], originals()["m4a"]
    flac = originals()["flac 16 bit"]
    huge = b"\xff\xff\xff\xf0"
    made |= {
        "wav that claims 4 GB": wav[:4] + huge[::-1] + wav[8:40] + huge[::-1] + wav[44:],
        "wav of 65,535 channels": wav[:22] + b"\xff\xff" + wav[24:],
        "wav of 4 GHz": wav[:24] + huge[::-1] + wav[28:],
        "wav of 1 Hz": wav[:24] + b"\x01\x00\x00\x00" + wav[28:],
        "flac that claims 2**36 samples": flac[:21]
        + bytes([flac[21] | 0x0F])
        + b"\xff" * 4
        + flac[26:],
        **{
            f"m4a of endless {box}": _endless(m4a, box) for box in ("stsz", "stts", "stsc", "stco")
        },
    }
    return made


def _hardly_anything(seconds: float) -> signals.Samples:
    """Return a second of sound, then silence."""
    wave = np.zeros((round(seconds * LOW_HZ), 1), np.float32)
    sound = signals.chord(seconds=1.0, rate_hz=LOW_HZ)
    wave[: len(sound), 0] = sound
    return wave


def _endless(m4a: bytes, box: str) -> bytes:
    """Return the file with a table that says it has two thousand million entries."""
    file = bytearray(m4a)
    at = file.index(box.encode()) + (12 if box == "stsz" else 8)
    file[at : at + 4] = struct.pack(">I", 2**31 - 1)
    return bytes(file)
