"""Recordings in a folder: one file for each content, whatever tracks are made from it.

A file appears whole or not at all. Who registers a track holds its file's shelf until the track is
committed, who removes files holds it alone: so that none is removed that somebody is about to
need. Several machines may share the folder, if its file system locks for all of them.
"""

import fcntl
import os
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from secrets import token_hex
from shutil import copyfileobj
from typing import BinaryIO, Protocol

from service.errors import AudioStoreError
from service.private_files import make_folder, opener

_InUse = Callable[[Collection[str]], set[str]]
_SHELF_CHARACTERS = 2
"""Of a digest: files lie in 256 folders, which are locked apart."""
_LOCK = "lock"
_PART = ".part"
_ABANDONED_S = 24 * 3600.0
"""A file that is half-written for so long was left by a process that ended."""


class Recordings(Protocol):
    """Keeps recordings by what is in them, so that they can be heard again."""

    def has(self, sha256: str | None) -> bool:
        """Whether a recording is kept."""
        ...

    def find(self, sha256: str | None) -> Path | None:
        """Return the file of a recording, if it is kept."""
        ...

    def kept(self, sha256: str | None, audio: BinaryIO | None) -> AbstractContextManager[None]:
        """Keep a recording, and let nobody remove it before the block has ended.

        Args:
            sha256: What names it; None keeps nothing.
            audio: Is read from its beginning, and left there.

        Raises:
            AudioStoreError: It cannot be written; nothing of it is left.
        """
        ...

    def let_go(self, sha256s: Collection[str | None], in_use: _InUse) -> None:
        """Remove those of these recordings that are not in use.

        Args:
            sha256s: What names them; None is nothing.
            in_use: Tells, while nobody can keep one of them, which must stay.
        """
        ...

    def remove_unused(self, in_use: _InUse) -> int:
        """Remove what is not in use, and what was left half-written; return how many."""
        ...


class NoRecordings:
    """Keeps nothing: the operator did not ask for it."""

    def has(self, sha256: str | None) -> bool:
        del sha256
        return False

    def find(self, sha256: str | None) -> Path | None:
        del sha256
        return None

    def kept(self, sha256: str | None, audio: BinaryIO | None) -> nullcontext[None]:
        del sha256, audio
        return nullcontext()

    def let_go(self, sha256s: Collection[str | None], in_use: _InUse) -> None:
        del sha256s, in_use

    def remove_unused(self, in_use: _InUse) -> int:
        del in_use
        return 0


class FileRecordings:
    """Keeps recordings as files that are named after their SHA-256; bears several processes.

    Args:
        folder: Of one catalogue alone; made when there is something to keep.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def has(self, sha256: str | None) -> bool:
        return sha256 is not None and self._file(sha256).is_file()

    def find(self, sha256: str | None) -> Path | None:
        return self._file(sha256) if sha256 is not None and self.has(sha256) else None

    @contextmanager
    def kept(self, sha256: str | None, audio: BinaryIO | None) -> Iterator[None]:
        if sha256 is None or audio is None:
            yield
            return
        with _locked(self._content_folder(sha256), fcntl.LOCK_SH):
            if not self.has(sha256):
                _write(audio, self._file(sha256))
            yield

    def let_go(self, sha256s: Collection[str | None], in_use: _InUse) -> None:
        for sha256 in sha256s:
            if sha256 is not None and self.has(sha256):
                with _locked(self._content_folder(sha256), fcntl.LOCK_EX):
                    if not in_use([sha256]):
                        self._file(sha256).unlink(missing_ok=True)

    def remove_unused(self, in_use: _InUse) -> int:
        return sum(
            self._remove_unused_in(lock.parent, in_use) for lock in self._folder.glob(f"*/{_LOCK}")
        )

    def _remove_unused_in(self, content_folder: Path, in_use: _InUse) -> int:
        with _locked(content_folder, fcntl.LOCK_EX):
            files = [file for file in content_folder.iterdir() if file.name != _LOCK]
            needed = in_use([file.name for file in files if file.suffix != _PART])
            useless = [file for file in files if file.name not in needed and _is_over(file)]
            for file in useless:
                file.unlink(missing_ok=True)
            return len(useless)

    def _content_folder(self, sha256: str) -> Path:
        return self._folder / sha256[:_SHELF_CHARACTERS]

    def _file(self, sha256: str) -> Path:
        return self._content_folder(sha256) / sha256


def _is_over(file: Path) -> bool:
    """Whether nobody is writing a file; it may have its name by now, or be gone."""
    if file.suffix != _PART:
        return True
    with suppress(FileNotFoundError):
        return time.time() - file.stat().st_mtime > _ABANDONED_S
    return False


@contextmanager
def _locked(content_folder: Path, how: int) -> Iterator[None]:
    """Hold a folder, together with others (``LOCK_SH``) or alone (``LOCK_EX``)."""
    try:
        make_folder(content_folder)
        lock = open(content_folder / _LOCK, "a", opener=opener)  # noqa: SIM115  # closed below
    except OSError as error:
        raise AudioStoreError(error.strerror) from error
    with lock:
        fcntl.flock(lock, how)
        yield


def _write(audio: BinaryIO, file: Path) -> None:
    """Copy a recording into a file that appears when it is whole, and on the disk."""
    part = file.with_name(f"{file.name}-{token_hex(4)}{_PART}")
    audio.seek(0)
    try:
        with open(part, "xb", opener=opener) as to:
            copyfileobj(audio, to)
            to.flush()
            os.fsync(to.fileno())
        part.rename(file)
        _sync_folder(file.parent)
    except OSError as error:
        raise AudioStoreError(error.strerror) from error
    finally:
        audio.seek(0)
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    entry = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(entry)
    finally:
        os.close(entry)
