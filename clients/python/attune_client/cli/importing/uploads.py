"""Uploads: several in flight, each known to the journal before it leaves and when it arrived."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from enum import Enum
from itertools import takewhile

from attune_client.blocking import AttuneClient
from attune_client.cli.failures import sentence, stops_all
from attune_client.cli.importing.journal import ImportedTrack, Journal
from attune_client.cli.importing.pace import MOST, UploadConcurrency
from attune_client.cli.importing.source import Content, Source
from attune_client.errors import AttuneError, NotFound
from attune_client.replies import Track

N_PROBED = 20
"""Tracks of the journal that are looked up, to see whether the service still has them."""
SKEW_S = 2.0
"""By how much two clocks may differ, and a track still be recognised as the one that was sent."""


class UploadOutcome(Enum):
    """What became of a source."""

    SENT = "sent"
    THERE = "there"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a source, and why it failed, where it did."""

    source: Source
    fate: UploadOutcome
    why: str = ""


class StoppedError(Exception):
    """The service is gone or lets nobody in; the cause says why."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done.

    Attributes:
        due: In the order in which to send them.
        n_there: How many need nothing.
        is_trusted: Whether the service has what the journal says.
    """

    due: Sequence[Source]
    n_there: int
    is_trusted: bool


def plan(sources: Sequence[Source], journal: Journal, client: AttuneClient | None) -> Plan:
    """Return what is to be done, without reading what is to be sent.

    Args:
        sources: All of the folder or the table.
        journal: What is known of them.
        client: Asked about some of what the journal says is done; nobody if None.

    Raises:
        AttuneError: The service does not answer.
    """
    known = [one.track_id for one in sources if one.track_id in journal.done]
    is_trusted = client is None or all(_is_there(client, each) for each in _some(known))
    there = {one.track_id for one in sources if is_trusted and _is_as_it_was(one, journal)}
    due = [one for one in sources if one.track_id not in there]
    # What may still be on its way comes last: by then it has arrived or never will.
    due.sort(key=lambda one: one.track_id in journal.begun)
    return Plan(due, len(there), is_trusted)


class UploadQueue:
    """Sends what becomes tracks.

    Args:
        client: Sends what it must again, while the service is busy.
        journal: Is told of every step.
        now: Seconds since 1970.
    """

    def __init__(
        self, client: AttuneClient, journal: Journal, now: Callable[[], float] = time.time
    ) -> None:
        self._client = client
        self._journal = journal
        self._now = now
        self._is_trusted = True

    def run(
        self, planned: Plan, pace: UploadConcurrency, may_begin: Callable[[], bool] = lambda: True
    ) -> Iterator[Outcome]:
        """Yield what became of each source, in the order of their arrival.

        Args:
            planned: What is to be done.
            pace: How many may be in flight.
            may_begin: Asked before each; once it says no, what is in flight is waited for.

        Raises:
            StoppedError: No further upload can succeed; those in flight were waited for.
        """
        self._is_trusted = planned.is_trusted
        waiting = takewhile(lambda _: may_begin(), planned.due)
        flying: set[Future[Outcome]] = set()
        with ThreadPoolExecutor(max(MOST, pace.in_flight)) as threads:
            while True:
                while len(flying) < pace.in_flight and (one := next(waiting, None)):
                    flying.add(threads.submit(self._bring, one))
                if not flying:
                    return
                landed, flying = wait(flying, return_when=FIRST_COMPLETED)
                for each in landed:
                    pace.arrived()
                    yield each.result()

    def _bring(self, source: Source) -> Outcome:
        """Have the service hold a track.

        Raises:
            StoppedError: No further one can be brought.
        """
        try:
            fate = self._brought(source)
        except (AttuneError, OSError, ValueError) as error:
            if stops_all(error):
                raise StoppedError from error
            self._journal.fail(source.track_id)
            return Outcome(source, UploadOutcome.FAILED, sentence(error))
        return Outcome(source, fate)

    def _brought(self, source: Source) -> UploadOutcome:
        track_id, state = source.track_id, source.state()
        content = source.read()
        done = ImportedTrack(state, content.digest)
        if self._is_known(track_id, content.digest) or self._has_arrived(track_id, content):
            self._journal.finish(track_id, done)
            return UploadOutcome.THERE
        self._journal.begin(track_id, self._now())
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
        return UploadOutcome.SENT

    def _is_known(self, track_id: str, content: str) -> bool:
        known = self._journal.done.get(track_id)
        if known is None or known.content != content:
            return False
        return self._is_trusted or _is_there(self._client, track_id)

    def _has_arrived(self, track_id: str, content: Content) -> bool:
        """Whether what was sent by a run that was killed is what the service has now."""
        begun = self._journal.begun.get(track_id)
        if begun is None:
            return False
        track = _track(self._client, track_id)
        return (
            track is not None
            and track.created_at.timestamp() > begun - SKEW_S
            and track.has_audio == content.has_audio
            and (track.title, track.artist) == (content.title, content.artist)
        )


def _is_as_it_was(source: Source, journal: Journal) -> bool:
    known = journal.done.get(source.track_id)
    try:
        return known is not None and known.state == source.state()
    except OSError:  # told when it is read
        return False


def _some(known: Sequence[str]) -> Sequence[str]:
    """Return a few of many, the first and the last among them."""
    step = max(1, (len(known) - 1) // (N_PROBED - 1))
    return [*known[::step], *known[-1:]]


def _is_there(client: AttuneClient, track_id: str) -> bool:
    return _track(client, track_id) is not None


def _track(client: AttuneClient, track_id: str) -> Track | None:
    try:
        return client.get_track(track_id)
    except NotFound:
        return None
