"""Parallel uploads, each recorded in the journal before and after."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from enum import Enum
from itertools import takewhile

from attune_client.cli.error_messages import sentence, stops_all
from attune_client.cli.importing.concurrency import MAX_UPLOADS, UploadConcurrency
from attune_client.cli.importing.journal import ImportedTrack, Journal
from attune_client.cli.importing.sources import Content, Source
from attune_client.errors import AttuneError, NotFound
from attune_client.replies import Track
from attune_client.sync_client import AttuneClient

N_PROBED = 20
"""Tracks of the journal that are looked up, to check that the service still has them."""
CLOCK_SKEW_S = 2.0
"""Tolerated difference between the clocks of client and service."""


class UploadResult(Enum):
    """The result for a source."""

    SENT = "sent"
    PRESENT = "present"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result for a source, and the reason of a failure."""

    source: Source
    result: UploadResult
    why: str = ""


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

    Args:
        client: With a patient retry policy.
        journal: Records every step.
    """

    def __init__(self, client: AttuneClient, journal: Journal) -> None:
        self._client = client
        self._journal = journal
        self._is_trusted = True

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
        running: set[Future[Outcome]] = set()
        with ThreadPoolExecutor(max(MAX_UPLOADS, concurrency.in_flight)) as threads:
            while True:
                while len(running) < concurrency.in_flight and (one := next(waiting, None)):
                    running.add(threads.submit(self._upload, one))
                if not running:
                    return
                finished, running = wait(running, return_when=FIRST_COMPLETED)
                for each in finished:
                    concurrency.count_finished()
                    yield each.result()

    def _upload(self, source: Source) -> Outcome:
        """Upload one source, unless the service has it.

        Raises:
            StoppedError: No further upload can succeed.
        """
        try:
            result = self._put(source)
        except (AttuneError, OSError, ValueError) as error:
            if stops_all(error):
                raise StoppedError from error
            self._journal.fail(source.track_id)
            return Outcome(source, UploadResult.FAILED, sentence(error))
        return Outcome(source, result)

    def _put(self, source: Source) -> UploadResult:
        track_id, state = source.track_id, source.state()
        content = source.read()
        done = ImportedTrack(state, content.digest)
        if self._is_recorded(track_id, content.digest) or self._has_arrived(track_id, content):
            self._journal.finish(track_id, done)
            return UploadResult.PRESENT
        self._journal.begin(track_id, time.time())
        self._client.put_track(
            track_id,
            content.audio,
            lyrics=content.lyrics,
            audio_embedding=content.embeddings.audio,
            lyrics_embedding=content.embeddings.lyrics,
            title=content.title,
            artist=content.artist,
            audio_url=content.audio_url,
        )
        self._journal.finish(track_id, done)
        return UploadResult.SENT

    def _is_recorded(self, track_id: str, content: str) -> bool:
        known = self._journal.done.get(track_id)
        if known is None or known.content != content:
            return False
        return self._is_trusted or _exists(self._client, track_id)

    def _has_arrived(self, track_id: str, content: Content) -> bool:
        """Return whether the service has the upload of a run that was killed."""
        begun = self._journal.begun.get(track_id)
        if begun is None:
            return False
        track = _track(self._client, track_id)
        return (
            track is not None
            and track.created_at.timestamp() > begun - CLOCK_SKEW_S
            and track.has_audio == content.has_audio
            and (track.title, track.artist) == (content.title, content.artist)
        )


def _is_unchanged(source: Source, journal: Journal) -> bool:
    known = journal.done.get(source.track_id)
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
