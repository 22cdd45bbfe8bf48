"""Parallel uploads, each recorded in the journal before and after."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from enum import Enum
from itertools import takewhile

from attune_client.attempts import is_unanswered
from attune_client.cli.error_messages import is_too_slow, sentence, stops_all
from attune_client.cli.formatting import plain
from attune_client.cli.importing.concurrency import MAX_UPLOADS, UploadConcurrency
from attune_client.cli.importing.journal import (
    BegunUpload,
    ImportedTrack,
    Journal,
    JournalError,
)
from attune_client.cli.importing.sources import Content, Source
from attune_client.errors import AttuneError, Conflict, NotFound, ProblemError
from attune_client.replies import Notice, Track
from attune_client.sync_client import AttuneClient

N_PROBED = 20
"""Tracks of the journal that are looked up, to check that the service still has them."""
CLOCK_SKEW_S = 2.0
"""Tolerated difference between the clocks of client and service."""
MAX_UPLOADS_OF_ONE, MAX_SLOW_UPLOADS_OF_ONE = 3, 2
"""Uploads of a recording that breaks the connection, or that takes too long."""
RESTART_S, POLL_S = 120.0, 1.0
"""How long a service may take to restart, and the time between two looks."""


class UploadResult(Enum):
    """The result for a source."""

    SENT = "sent"
    PRESENT = "present"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result for a source, the reason of a failure, and what was not used."""

    source: Source
    result: UploadResult
    why: str = ""
    notices: tuple[Notice, ...] = ()


class StoppedError(Exception):
    """No further upload can succeed; the cause is the error."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The uploads to make.

    Attributes:
        due: The sources to upload, in order.
        n_present: Number of sources that the service has.
        is_trusted: Whether the service has the tracks of the journal.
    """

    due: Sequence[Source]
    n_present: int
    is_trusted: bool


def plan(sources: Sequence[Source], journal: Journal, client: AttuneClient | None) -> Plan:
    """Return the uploads to make, without reading content.

    Args:
        sources: All sources.
        journal: Of earlier imports.
        client: Looks up some tracks of the journal; None: no look-up.

    Raises:
        AttuneError: The look-up failed.
    """
    known = [one.track_id for one in sources if one.track_id in journal.done]
    is_trusted = client is None or all(_exists(client, each) for each in _sample(known))
    present = {one.track_id for one in sources if is_trusted and _is_unchanged(one, journal)}
    due = [one for one in sources if one.track_id not in present]
    # Uploads of a killed run come last: by then the service has finished them.
    due.sort(key=lambda one: one.track_id in journal.begun)
    return Plan(due, len(present), is_trusted)


class UploadQueue:
    """Uploads sources in parallel.

    An upload that breaks the connection or takes too long may do so because of its recording, or
    because of others at the same time. It is repeated at the end, one at a time, a few times.

    Args:
        client: With a patient retry policy that does not repeat unanswered uploads.
        journal: Records every step.
    """

    def __init__(self, client: AttuneClient, journal: Journal) -> None:
        self._client = client
        self._journal = journal
        self._is_trusted = True
        self._unanswered: deque[tuple[Source, int]] = deque()

    def run(
        self,
        uploads: Plan,
        concurrency: UploadConcurrency,
        may_start: Callable[[], bool],
    ) -> Iterator[Outcome]:
        """Yield the outcome of each source as it finishes.

        Args:
            uploads: The uploads to make.
            concurrency: The number of parallel uploads.
            may_start: Called before each upload; False: only finish those in progress.

        Raises:
            StoppedError: No further upload can succeed; those in progress have ended.
        """
        self._is_trusted = uploads.is_trusted
        waiting = takewhile(lambda _: may_start(), uploads.due)
        running: set[Future[Outcome | None]] = set()
        with ThreadPoolExecutor(max(MAX_UPLOADS, concurrency.in_flight)) as threads:
            while True:
                while len(running) < concurrency.in_flight and (one := next(waiting, None)):
                    running.add(threads.submit(self._upload, one))
                if not running:
                    break
                finished, running = wait(running, return_when=FIRST_COMPLETED)
                for each in finished:
                    concurrency.count_finished()
                    if outcome := each.result():
                        yield outcome
        while self._unanswered and may_start():
            if outcome := self._upload(*self._unanswered.popleft()):
                yield outcome

    def _upload(self, source: Source, n_before: int = 0) -> Outcome | None:
        """Upload one source, unless the service has it.

        Args:
            source: The source.
            n_before: Number of unanswered uploads of it.

        Returns:
            The outcome; None if the upload is to be repeated last.

        Raises:
            StoppedError: No further upload can succeed.
        """
        try:
            return self._put(source)
        except JournalError as error:
            raise StoppedError from error
        except Exception as error:  # noqa: BLE001  # one recording must not stop the others
            return self._failure(source, error, n_before + 1)

    def _failure(self, source: Source, error: Exception, n_uploads: int) -> Outcome | None:
        is_unknown = isinstance(error, AttuneError) and is_unanswered(error)
        if is_unknown:
            if not self._is_service_back():
                raise StoppedError from error
            limit = MAX_SLOW_UPLOADS_OF_ONE if is_too_slow(error) else MAX_UPLOADS_OF_ONE
            if n_uploads < limit:
                self._unanswered.append((source, n_uploads))
                return None
        if stops_all(error):
            raise StoppedError from error
        try:
            if not is_unknown:
                self._journal.fail(source.track_id)
        except JournalError as full:
            raise StoppedError from full
        return Outcome(source, UploadResult.FAILED, _reason(source, error))

    def _is_service_back(self) -> bool:
        until = time.monotonic() + RESTART_S
        while not _is_ready(self._client):
            if time.monotonic() > until:
                return False
            time.sleep(POLL_S)
        return True

    def _put(self, source: Source) -> Outcome:
        track_id, state = source.track_id, source.state()
        content = source.read()
        done = ImportedTrack(state, content.digest)
        if track_id not in self._journal.origins:  # otherwise once the service has this file
            self._journal.name(track_id, source.origin)
        if self._is_recorded(track_id, content.digest):
            self._finish(source, done)
            return Outcome(source, UploadResult.PRESENT)
        track = self._arrived(track_id, content)
        result = UploadResult.PRESENT if track else UploadResult.SENT
        if track is None:
            self._journal.begin(track_id, BegunUpload(time.time(), content.digest))
            track = self._client.put_track(
                track_id,
                content.audio,
                lyrics=content.lyrics,
                audio_embedding=content.embeddings.audio,
                lyrics_embedding=content.embeddings.lyrics,
                title=content.title,
                artist=content.artist,
                audio_url=content.audio_url,
            )
        self._finish(source, done)
        unused = track.prediction.notices if track.prediction else ()
        return Outcome(source, result, notices=content.notices + unused)

    def _finish(self, source: Source, done: ImportedTrack) -> None:
        self._journal.name(source.track_id, source.origin)
        self._journal.finish(source.track_id, done)

    def _is_recorded(self, track_id: str, content: str) -> bool:
        known = self._journal.done.get(track_id)
        is_unknown = track_id in self._journal.begun
        if is_unknown or known is None or known.content != content:
            return False
        return self._is_trusted or _exists(self._client, track_id)

    def _arrived(self, track_id: str, content: Content) -> Track | None:
        """Return the track of an upload of a run that was killed, if the service has it."""
        begun = self._journal.begun.get(track_id)
        if begun is None or begun.content != content.digest:
            return None
        track = _track(self._client, track_id)
        has_arrived = (
            track is not None
            and track.created_at.timestamp() > begun.at - CLOCK_SKEW_S
            and track.has_audio == content.has_audio
            and (track.title, track.artist) == (content.title, content.artist)
        )
        return track if has_arrived else None


def _reason(source: Source, error: Exception) -> str:
    """Return why an upload failed, for a line that begins with the source's place."""
    why = sentence(error).removeprefix(f"{plain(source.place)}: ")
    if isinstance(error, Conflict) and error.code == "track_labelled" and source.origin:
        return f"{why} The id comes from the name of the file: rename the file."
    return why


def _is_ready(client: AttuneClient) -> bool:
    try:
        return client.ready()
    except ProblemError:  # it answers
        return True


def _is_unchanged(source: Source, journal: Journal) -> bool:
    known = journal.done.get(source.track_id)
    if journal.origins.get(source.track_id, source.origin) != source.origin:
        return False  # it replaces the file that had this id
    if source.track_id in journal.begun:
        return False  # the service may have other content
    try:
        return known is not None and known.state == source.state()
    except OSError:  # reported when it is read
        return False


def _sample(known: Sequence[str]) -> Sequence[str]:
    """Return about `N_PROBED` ids, including the first and the last."""
    step = max(1, (len(known) - 1) // (N_PROBED - 1))
    return [*known[::step], *known[-1:]]


def _exists(client: AttuneClient, track_id: str) -> bool:
    return _track(client, track_id) is not None


def _track(client: AttuneClient, track_id: str) -> Track | None:
    try:
        return client.get_track(track_id)
    except NotFound:
        return None
