"""What was imported before: a file that grows by a line for each step, so that nothing is lost."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Self

try:
    import fcntl
except ImportError:  # no Unix: two imports of one folder at once are then not kept apart
    fcntl = None  # type: ignore[assignment]

FORMAT = 1
State = list[int | str | None]


class JournalError(Exception):
    """A journal that cannot be used now, as a sentence."""


@dataclass(frozen=True, slots=True)
class ImportedTrack:
    """A track that the service has.

    Attributes:
        state: Of the files or the row, as they were.
        content: Digest of all that was sent.
    """

    state: State
    content: str


@dataclass
class Journal:
    """What is known of earlier imports of one folder or table into one service.

    A step is told before it is taken and after it. Each line is written at once and whole, so a
    process that is killed leaves at most a torn last line, which is not read.

    Attributes:
        done: By track id.
        begun: When tracks were sent of which nobody knows whether they arrived, in seconds since
            1970, by track id.
    """

    path: Path
    done: dict[str, ImportedTrack] = field(default_factory=dict)
    begun: dict[str, float] = field(default_factory=dict)
    _file: int = -1
    _lock: Lock = field(default_factory=Lock)

    @classmethod
    def open(cls, path: Path, *, fresh: bool = False) -> Self:
        """Return the journal in a file, made if need be; nobody else may use it meanwhile.

        Args:
            path: Of the file.
            fresh: Whether to forget what it says.

        Raises:
            JournalError: Somebody else uses it, or it is of another format.
            OSError: It cannot be written.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        journal = cls(path)
        journal._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            journal._restrict_to_owner()
            if fresh:
                os.ftruncate(journal._file, 0)
            journal._read()
        except BaseException:
            journal.close()
            raise
        return journal

    def close(self) -> None:
        """Let go of the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def begin(self, track_id: str, at: float) -> None:
        """Note that a track is about to be sent."""
        self._write({"begun": track_id, "at": at})

    def finish(self, track_id: str, done: ImportedTrack) -> None:
        """Note that the service has a track."""
        self.done[track_id] = done
        self._write({"done": track_id, "state": done.state, "content": done.content})

    def fail(self, track_id: str) -> None:
        """Note that the service does not take a track."""
        self._write({"failed": track_id})

    def _write(self, line: Mapping[str, object]) -> None:
        with self._lock:  # in one call: other lines come before it or after it
            os.write(self._file, f"{json.dumps(line)}\n".encode())

    def _restrict_to_owner(self) -> None:
        if fcntl is None:
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise JournalError(
                "Another import of the same music into this service is running; let it finish."
            ) from error

    def _read(self) -> None:
        *lines, torn = self.path.read_bytes().split(b"\n")
        if torn:
            os.ftruncate(self._file, self.path.stat().st_size - len(torn))
        if not lines:
            self._write({"format": FORMAT})
            return
        for number, line in enumerate(lines, start=1):
            try:
                self._learn(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                raise JournalError(
                    f"{self.path} is no journal of this release (line {number}); --fresh starts a "
                    "new one."
                ) from error

    def _learn(self, line: dict[str, object]) -> None:
        match line:
            case {"begun": str(track_id), "at": float(at)}:
                self.begun[track_id] = at
            case {"done": str(track_id), "state": list(state), "content": str(content)}:
                self.begun.pop(track_id, None)
                self.done[track_id] = ImportedTrack(state, content)
            case {"failed": str(track_id)}:
                self.begun.pop(track_id, None)
            case {"format": int(number)} if number == FORMAT:
                pass
            case _:
                raise ValueError(line)


def journal_path(url: str, music: Path, environ: Mapping[str, str]) -> Path:
    """Return where the journal of some music and a service is: in the user's folder for state."""
    named = environ.get("XDG_STATE_HOME", "")
    # The convention says that a relative path is to be taken for none.
    state = Path(named) if named.startswith("/") else Path.home() / ".local" / "state"
    key = hashlib.sha256(f"{url}\n{music.resolve()}".encode("utf-8", "surrogateescape"))
    return state / "attune" / "imports" / f"{key.hexdigest()[:32]}.ndjson"
