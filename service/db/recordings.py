"""Recordings in a folder: one file for each content.

A file appears complete or not at all. Registering a track holds a shared lock on its content's
folder until the commit, and removal holds an exclusive one, so that no needed file is removed.
Several machines may share the folder if its file system supports locks between them.
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
_FOLDER_CHARACTERS = 2
"""Characters of the digest that name a folder: files lie in 256 folders with separate locks."""
_LOCK = "lock"
_PART = ".part"
_ABANDONED_S = 24 * 3600.0
"""Age from which an incomplete file counts as left by a process that ended."""


class Recordings(Protocol):
    """Keeps recordings by content, so that features can be extracted again."""

    def has(self, sha256: str | None) -> bool:
        """Whether a recording is kept."""
        ...

    def find(self, sha256: str | None) -> Path | None:
        """Return the file of a recording; None if it is not kept."""
        ...

    def keep(self, sha256: str | None, audio: BinaryIO | None) -> AbstractContextManager[None]:
        """Keep a recording, and prevent its removal until the block ends.

        Args:
            sha256: Digest of the recording; None keeps nothing.
            audio: Read from its beginning, and rewound.

        Raises:
            AudioStoreError: It cannot be written; no part of it remains.
        """
        ...

    def remove_if_unused(self, sha256s: Collection[str | None], in_use: _InUse) -> None:
        """Remove those of these recordings that are not in use.

        Args:
            sha256s: Digests; None is ignored.
            in_use: Returns those in use, called while none can be registered.
        """
        ...

    def remove_unused(self, in_use: _InUse) -> int:
        """Remove unused and incomplete files; return how many."""
        ...


class NoRecordings:
    """Keeps nothing, as ATTUNE_AUDIO is not set."""

    def has(self, sha256: str | None) -> bool:
        del sha256
        return False

    def find(self, sha256: str | None) -> Path | None:
        del sha256
        return None

    def keep(self, sha256: str | None, audio: BinaryIO | None) -> nullcontext[None]:
        del sha256, audio
        return nullcontext()

    def remove_if_unused(self, sha256s: Collection[str | None], in_use: _InUse) -> None:
        del sha256s, in_use

    def remove_unused(self, in_use: _InUse) -> int:
        del in_use
        return 0


class FileRecordings:
    """Keeps recordings as files named by their SHA-256; safe for several processes.

    Args:
        folder: Folder of one catalogue; created when it is needed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def has(self, sha256: str | None) -> bool:
        return sha256 is not None and self._file(sha256).is_file()

    def find(self, sha256: str | None) -> Path | None:
        return self._file(sha256) if sha256 is not None and self.has(sha256) else None

    @contextmanager
    def keep(self, sha256: str | None, audio: BinaryIO | None) -> Iterator[None]:
        if sha256 is None or audio is None:
            yield
            return
        with _locked(self._content_folder(sha256), fcntl.LOCK_SH):
            if not self.has(sha256):
                _write(audio, self._file(sha256))
            yield

    def remove_if_unused(self, sha256s: Collection[str | None], in_use: _InUse) -> None:
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
            useless = [file for file in files if file.name not in needed and _is_removable(file)]
            for file in useless:
                file.unlink(missing_ok=True)
            return len(useless)

    def _content_folder(self, sha256: str) -> Path:
        return self._folder / sha256[:_FOLDER_CHARACTERS]

    def _file(self, sha256: str) -> Path:
        return self._content_folder(sha256) / sha256


def _is_removable(file: Path) -> bool:
    """Whether no process is writing the file; it may be renamed or deleted by now."""
    if file.suffix != _PART:
        return True
    with suppress(FileNotFoundError):
        return time.time() - file.stat().st_mtime > _ABANDONED_S
    return False


@contextmanager
def _locked(content_folder: Path, how: int) -> Iterator[None]:
    """Hold a folder's lock, shared (``LOCK_SH``) or exclusive (``LOCK_EX``)."""
    try:
        make_folder(content_folder)
        lock = open(content_folder / _LOCK, "a", opener=opener)  # noqa: SIM115  # closed below
    except OSError as error:
        raise AudioStoreError(error.strerror) from error
    with lock:
        fcntl.flock(lock, how)
        yield


def _write(audio: BinaryIO, file: Path) -> None:
    """Copy a recording into a file that appears only when it is complete and on the disk."""
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
