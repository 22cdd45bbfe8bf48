"""The journal of earlier imports: a file to which every step appends a line."""

import hashlib
import json
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Self

try:
    import fcntl
except ImportError:  # not on Unix: two imports of one folder are not excluded there
    fcntl = None  # type: ignore[assignment]

FORMAT = 1
State = list[int | str | None]


class JournalError(Exception):
    """The journal cannot be used; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class ImportedTrack:
    """A track that the service has.

    Attributes:
        state: Of the files or the row at the time of the import.
        content: Digest of everything that was sent.
    """

    state: State
    content: str


@dataclass(frozen=True, slots=True)
class BegunUpload:
    """An upload without a known result.

    Attributes:
        at: Its start in seconds since 1970.
        content: Digest of everything that was sent; empty in a journal of version 0.5.
    """

    at: float
    content: str


@dataclass
class Journal:
    """The journal of one folder or table and one service.

    A line is written before and after each upload, in one system call, so a killed process leaves
    at most an incomplete last line, which is ignored.

    Attributes:
        done: Imported tracks by id.
        begun: Uploads without a known result, by track id.
        origins: The file that has an id, by track id: its path below the folder.
        music: The folder or table; empty if unknown.
        url: Of the service.
    """

    path: Path
    done: dict[str, ImportedTrack] = field(default_factory=dict)
    begun: dict[str, BegunUpload] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    music: str = ""
    url: str = ""
    _file: int = -1
    _lock: Lock = field(default_factory=Lock)

    @classmethod
    def open(cls, path: Path, *, fresh: bool = False, is_preview: bool = False) -> Self:
        """Open or create a journal and lock it.

        Args:
            path: Of the file.
            fresh: Whether to forget its content, except the ids that files have.
            is_preview: Whether to forget in memory only.

        Raises:
            JournalError: Another process uses it, or its format is unknown.
            OSError: The file cannot be written.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        journal = cls(path)
        journal._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            journal._acquire()
            if not fresh:
                journal._read()
            else:
                journal._forget()
            if fresh and not is_preview:
                journal._rewrite()
        except BaseException:
            journal.close()
            raise
        return journal

    def close(self) -> None:
        """Close and unlock the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def name(self, track_id: str, origin: str) -> None:
        """Record which file has an id, if there is a file and this is new."""
        if origin and self.origins.get(track_id) != origin:
            self.origins[track_id] = origin
            self._write({"named": track_id, "origin": origin})

    def belong(self, url: str, music: Path) -> None:
        """Record the service and the folder or table, if this is new."""
        if (self.url, self.music) != (url, str(music.resolve())):
            self.url, self.music = url, str(music.resolve())
            self._write({"music": self.music, "url": url})

    def files_elsewhere(self, url: str) -> dict[str, dict[Path, str]]:
        """Return the files of other folders that the service has, by track id.

        Returns:
            Each file, and the digest of everything that was sent of it.
        """
        files: defaultdict[str, dict[Path, str]] = defaultdict(dict)
        for path in self.path.parent.glob("*.ndjson"):
            other = Journal(path)
            with suppress(JournalError, OSError):  # it says so when its folder is imported
                other._apply_all(path.read_bytes().split(b"\n")[:-1])
            if path == self.path or other.url != url:
                continue
            for track_id in other.done.keys() & other.origins.keys():
                file = Path(other.music, other.origins[track_id])
                files[track_id][file] = other.done[track_id].content
        return files

    def begin(self, track_id: str, upload: BegunUpload) -> None:
        """Record that an upload starts."""
        self._write({"begun": track_id, "at": upload.at, "content": upload.content})

    def finish(self, track_id: str, done: ImportedTrack) -> None:
        """Record that the service has a track."""
        self.done[track_id] = done
        self._write({"done": track_id, "state": done.state, "content": done.content})

    def fail(self, track_id: str) -> None:
        """Record that the service rejected a track."""
        self._write({"failed": track_id})

    def _write(self, line: Mapping[str, object]) -> None:
        """Append a line.

        Raises:
            JournalError: The disk is full, or broken.
        """
        content = f"{json.dumps(line)}\n".encode()
        try:
            with self._lock:  # one system call, so that lines do not mix
                n_written = os.write(self._file, content)
        except OSError as error:
            raise JournalError(f"{self.path} cannot be written: {error.strerror}.") from error
        if n_written < len(content):
            raise JournalError(f"{self.path} cannot be written: the disk is full.")

    def _acquire(self) -> None:
        if fcntl is None:
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise JournalError(
                "Another import of this music into this service is running; wait until it ends."
            ) from error

    def _forget(self) -> None:
        with suppress(JournalError):  # another file is replaced
            self._read()
        self.done, self.begun = {}, {}

    def _rewrite(self) -> None:
        os.ftruncate(self._file, 0)
        self._write({"format": FORMAT})
        if self.music:
            self._write({"music": self.music, "url": self.url})
        for track_id, origin in self.origins.items():
            self._write({"named": track_id, "origin": origin})

    def _read(self) -> None:
        *lines, incomplete = self.path.read_bytes().split(b"\n")
        if incomplete:
            os.ftruncate(self._file, self.path.stat().st_size - len(incomplete))
        if not lines:
            self._write({"format": FORMAT})
        self._apply_all(lines)

    def _apply_all(self, lines: Sequence[bytes]) -> None:
        for number, line in enumerate(lines, start=1):
            try:
                self._apply(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                raise JournalError(
                    f"{self.path}, line {number}: not a journal of this version; use --fresh "
                    "to replace it."
                ) from error

    def _apply(self, line: dict[str, object]) -> None:
        match line:
            case {"begun": str(track_id), "at": float(at)}:
                self.begun[track_id] = BegunUpload(at, str(line.get("content", "")))
            case {"done": str(track_id), "state": list(state), "content": str(content)}:
                self.begun.pop(track_id, None)
                self.done[track_id] = ImportedTrack(state, content)
            case {"failed": str(track_id)}:
                self.begun.pop(track_id, None)
            case {"named": str(track_id), "origin": str(origin)}:
                self.origins[track_id] = origin
            case {"music": str(music), "url": str(url)}:
                self.music, self.url = music, url
            case {"format": int(number)} if number == FORMAT:
                pass
            case _:
                raise ValueError(line)


def journal_path(url: str, music: Path, environ: Mapping[str, str]) -> Path:
    """Return the path of the journal of some music and a service, in the user's state folder."""
    named = environ.get("XDG_STATE_HOME", "")
    # The XDG specification says to ignore a relative path.
    state = Path(named) if named.startswith("/") else Path.home() / ".local" / "state"
    key = hashlib.sha256(f"{url}\n{music.resolve()}".encode("utf-8", "surrogateescape"))
    return state / "attune" / "imports" / f"{key.hexdigest()[:32]}.ndjson"
