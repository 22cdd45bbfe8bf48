"""Freely licensed demo music, downloaded once from the package index and cached.

The package is `immich-memories-music` (MIT): 28 tracks by a generative model, in folders by
the mood of the prompt. The moods are no listener's labels.
"""  # noqa: INP001  # in no package

import hashlib
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

PINNED = "immich-memories-music==0.1.0"
FILENAME = "immich_memories_music-0.1.0-py3-none-any.whl"
SHA256 = "1b702f617250ed8ffe3dc2bba4d2105f842b6d5da08e8ff9a10110f54b7bd06a"
MAKER = "ACE-Step 1.5 (generated)"
CACHE = Path(__file__).resolve().parents[1] / ".cache" / "wheels"


class MusicError(Exception):
    """The music cannot be downloaded."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One piece of music.

    Attributes:
        track_id: Unique among the recordings.
        mood: The mood of the prompt: calm, energetic, happy, nostalgic or tender.
    """

    track_id: str
    mood: str
    path: Path

    @property
    def style(self) -> str:
        """The style of the prompt: acoustic or electronic."""
        return self.track_id.split("_")[1]

    @property
    def title(self) -> str:
        """The display title."""
        return self.track_id.replace("_", " ")


def is_cached(cache: Path = CACHE) -> bool:
    """Whether the package is in the cache, complete."""
    path = cache / FILENAME
    return path.exists() and _digest(path) == SHA256


def fetch(cache: Path = CACHE) -> Path:
    """Return the package's file; download it unless it is cached.

    Raises:
        MusicError: pip cannot download it, or its digest is not the pinned one.
    """
    path = cache / FILENAME
    if not is_cached(cache):
        path.unlink(missing_ok=True)  # incomplete, or another file
        _download(cache)
    if not is_cached(cache):
        raise MusicError(f"The downloaded {FILENAME} does not have the pinned sha256 {SHA256}.")
    return path


def unpack(package: Path, folder: Path) -> list[Recording]:
    """Extract the music into a folder; return the recordings in the order of their ids."""
    with zipfile.ZipFile(package) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".opus"))
        return [
            Recording(
                track_id=PurePosixPath(name).stem,
                mood=PurePosixPath(name).parent.name,
                path=Path(archive.extract(name, folder)),
            )
            for name in names
        ]


def _download(cache: Path) -> None:
    cache.mkdir(parents=True, exist_ok=True)
    options = ["--no-deps", "--only-binary", ":all:", "--disable-pip-version-check", "--quiet"]
    command = [sys.executable, "-m", "pip", "download", *options, "--dest", str(cache), PINNED]
    # S603: the command holds no user input.
    process = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if process.returncode or not (cache / FILENAME).exists():
        raise MusicError(f"pip could not download {PINNED} into {cache}: {process.stderr.strip()}")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
