"""The one place where the concrete parts of a worker are named and put together."""

import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from cachetools import LRUCache

from models.errors import AttuneError
from models.features.embeddings import EmbeddingReader
from models.features.extraction import FeatureExtractor
from models.features.extractor import Extractor
from models.personal import CommitteePersonaliser, LogisticPersonaliser, Personaliser
from models.personal.logistic import n_columns
from models.prediction.earlier_snapshot import restated
from models.prediction.predictor import believe
from models.snapshot import Snapshot
from service.auth.api_keys import KeyRing
from service.auth.signed_urls import Tickets
from service.clock import utc_now
from service.db.api_keys import ApiKeys
from service.db.calibration_inputs import CalibrationInputs
from service.db.calibrations import CalibrationRecord, Calibrations
from service.db.catalogue import Catalogue, audio_in_use, identity_of, secret_of
from service.db.counts import Census
from service.db.database import OWN_FOLDER, PATIENCE_S, Database
from service.db.file_lock import this_machine
from service.db.forecasts import Guesses
from service.db.label_log import LabelLog
from service.db.notifications import Notices
from service.db.personal_models import PersonalModels
from service.db.pruning import STALE_S, sweep
from service.db.recordings import FileRecordings, NoRecordings, Recordings
from service.db.schema import prepare
from service.db.stale_tracks import StaleTracks
from service.db.track_features import Sketches, SketchFeed
from service.observability.logs import require_permit
from service.private_files import restrict
from service.serving.personal_models import Found, Listeners, uncounted
from service.serving.poller import Watch
from service.serving.track_table import LiveTable
from service.serving.vote_table import LiveVotes
from service.settings import Settings, SettingsError
from service.tracks import Believer

LOG = logging.getLogger("bentoml.attune.wiring")
_FOLDER_CHARACTERS = 16
_SHARE_TO_WAIT = 0.8
"""Of a quick call's time, for a lock: then it can still say that the database is busy."""
RECENT_LISTENERS = 1_000
"""Personal models that one worker keeps in memory for a snapshot: 64 MB at 64 KiB each."""

PERSONALISERS: Mapping[str, Callable[[Snapshot], Personaliser]] = {
    "logistic": lambda snapshot: LogisticPersonaliser(snapshot.listener_model),
    "committee": lambda snapshot: CommitteePersonaliser(snapshot.committees),
    "committee-newest": lambda snapshot: CommitteePersonaliser(
        snapshot.committees, "committee-newest"
    ),
}
"""What ``ATTUNE_PERSONALISER`` may name."""
EARLIER_NAMES = {"gaussian": "logistic"}
"""Values of earlier releases, and what they stand for now."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Parts:
    """What one worker answers with under one snapshot; every part bears several threads.

    Whoever answers a request takes them once and keeps them to its end; the last to let go of a
    snapshot that is not served any more frees its memory.

    Attributes:
        snapshot: Under the calibration, where there is one.
        calibration: What the snapshot is under; None where nothing shifts it.
        rng: Makes the generator of one query.
    """

    snapshot: Snapshot
    calibration: CalibrationRecord | None
    extractor: Extractor
    catalogue: Catalogue
    log: LabelLog
    guesses: Guesses
    census: Census
    listeners: Listeners
    table: LiveTable
    sketches: Sketches
    votes: LiveVotes
    recordings: Recordings
    tickets: Tickets
    rng: Callable[[], np.random.Generator]

    def warm_up(self) -> None:
        """Read the tracks, which the first requests would wait for otherwise."""
        # What the members say of a whole catalogue is gigabytes at a million tracks: a committee's
        # strategies look at it each time, the logistic model's never.
        if self.listeners.personaliser.needs_features:
            self.table.warm_up()
        else:
            self.sketches.current()


@dataclass(frozen=True, slots=True, eq=False)
class Shared:
    """What one worker has once, whichever snapshots it serves.

    Attributes:
        identity: Of the catalogue: tells databases apart, and is the same in all workers.
        believers: Of the snapshots that are served now: each judges every track that is put.
        watch: Tells of what other processes announce; begins when the service does.
        recordings: Of tracks, that can be heard again.
        tickets: Let a browser hear one.
        found: Is told where personal models came from.
    """

    settings: Settings
    database: Database
    identity: str
    extractor: Extractor
    log: LabelLog
    memos: PersonalModels
    calibrations: Calibrations
    notices: Notices
    watch: Watch
    keys: KeyRing
    recordings: Recordings
    tickets: Tickets
    found: Callable[[Found], object]
    believers: list[Believer] = field(default_factory=list)

    def parts(self, base: Snapshot, calibration: CalibrationRecord | None) -> Parts:
        """Return the parts that answer under a snapshot and a calibration.

        Raises:
            SettingsError: There is no such personaliser.
            IncompatibleSnapshotError: It reads other features than the extractor makes.
        """
        base.require_features(self.extractor.digest)
        snapshot = base.under(None if calibration is None else calibration.calibration)
        believer = believer_of(snapshot)
        catalogue = Catalogue(
            self.database, believer, utc_now, self.believers, recordings=self.recordings
        )
        return Parts(
            snapshot=snapshot,
            calibration=calibration,
            extractor=self.extractor,
            catalogue=catalogue,
            log=self.log,
            guesses=Guesses(self.database),
            census=Census(self.database),
            listeners=Listeners(
                snapshot=snapshot,
                personaliser=personaliser_of(self.settings.personaliser)(snapshot),
                log=self.log,
                catalogue=catalogue,
                memos=self.memos,
                recent=LRUCache(RECENT_LISTENERS),
                found=self.found,
            ),
            table=LiveTable(catalogue),
            sketches=Sketches(
                SketchFeed(self.database, believer),
                sketches_in(self.settings, self.database),
                snapshot.serving_version,
                n_columns(snapshot.listener_model.components.n_components),
            ),
            votes=LiveVotes(self.log),
            recordings=self.recordings,
            tickets=self.tickets,
            rng=partial(np.random.default_rng, self.settings.seed),
        )

    def stale_tracks(self, snapshot: Snapshot) -> StaleTracks:
        """Return the tracks whose features a snapshot cannot read."""
        return StaleTracks(self.database, believer_of(snapshot))

    def calibration_inputs(self, snapshot: Snapshot) -> CalibrationInputs:
        """Return what a snapshot is calibrated to."""
        return CalibrationInputs(self.database, believer_of(snapshot.under(None)))

    def serves(self, snapshots: Sequence[Snapshot]) -> None:
        """Take note of which snapshots are served now; sweep up after those that were long ago."""
        self.believers[:] = map(believer_of, snapshots)
        kept = [snapshot.serving_version for snapshot in snapshots]
        sweep(sketches_in(self.settings, self.database), self.identity, kept, STALE_S)
        try:
            self.recordings.sweep(partial(audio_in_use, self.database))
        except (OSError, AttuneError) as error:  # nobody misses what is not removed
            LOG.warning("Recordings of tracks that are gone stay for now: %s", error)

    def close(self) -> None:
        """Stop watching and give database connections back; no parts are of use afterwards."""
        self.watch.stop()
        self.database.close()


def build(
    settings: Settings, first: Snapshot, found: Callable[[Found], object] = uncounted
) -> Shared:
    """Return what a worker has once; bring the database to the newest schema if that is wanted.

    Args:
        settings: What the operator chose.
        first: The snapshot that is served first: its network is among the encoders; where it reads
            callers' embeddings, there are none.
        found: Is told where personal models came from.

    Raises:
        SettingsError: There is no such personaliser.
        IncompatibleSnapshotError: The snapshot reads other features than the extractor makes.
        EncoderError: The encoders are missing or changed.
        SchemaError: The database is not at this release's schema.
        StoreUnavailableError: The database cannot be opened, or another machine serves it.
    """
    personaliser_of(settings.personaliser)
    extractor = extractor_of(first, settings)
    first.require_features(extractor.digest)
    database = open_served(settings)
    notices = Notices(database)
    watch, ring = Watch(notices), KeyRing(ApiKeys(database, utc_now).all)
    watch.on("keys", ring.read)
    identity = identity_of(database)
    restrict(_own_folders(settings, database, identity))
    return Shared(
        settings=settings,
        database=database,
        identity=identity,
        extractor=extractor,
        log=LabelLog(database, utc_now),
        memos=PersonalModels(database),
        calibrations=Calibrations(database, utc_now),
        notices=notices,
        watch=watch,
        keys=ring,
        recordings=recordings_in(settings, identity),
        tickets=Tickets(secret_of(database), utc_now),
        found=found,
    )


def open_served(settings: Settings) -> Database:
    """Return the database as it is served: of the right schema, and by machines that may.

    Raises:
        SettingsError: There are several replicas, and it is for one machine.
        SchemaError: It is of another release, and may not be brought to this one.
        StoreUnavailableError: It cannot be opened, or another machine serves it.
    """
    patience_s = min(PATIENCE_S, settings.quick_timeout_s * _SHARE_TO_WAIT)
    database = Database(
        settings.database_url,
        n_threads=settings.threads,
        patience_s=patience_s,
        permit=require_permit,
    )
    if database.is_local and settings.replicas > 1:
        raise SettingsError(
            f"ATTUNE_REPLICAS is {settings.replicas}, and SQLite is for one machine: give them "
            "one PostgreSQL, by ATTUNE_DATABASE_URL."
        )
    database.claim(this_machine())
    database.await_server()
    prepare(database, may_migrate=settings.may_migrate)
    return database


def sketches_in(settings: Settings, database: Database) -> Path:
    """Return where sketches are kept on this machine."""
    return (settings.cache or database.folder) / "sketches"


def recordings_in(settings: Settings, identity: str) -> Recordings:
    """Return where the recordings of a catalogue's tracks are kept, if they are."""
    if settings.audio is None:
        return NoRecordings()
    return FileRecordings(settings.audio / _recordings_name(identity))


def _recordings_name(identity: str) -> str:
    """Return the name of the folder of a catalogue's recordings: several may share a disk."""
    return hashlib.sha256(identity.encode()).hexdigest()[:_FOLDER_CHARACTERS]


def _own_folders(settings: Settings, database: Database, identity: str) -> Iterator[Path]:
    """Yield the folders that are a catalogue's by their name; not all need exist."""
    yield OWN_FOLDER
    yield from sketches_in(settings, database).glob(f"*-{identity}")
    if settings.audio is not None:
        yield settings.audio / _recordings_name(identity)


def extractor_of(snapshot: Snapshot, settings: Settings) -> Extractor:
    """Return what makes the features that a snapshot reads.

    Raises:
        EncoderError: The encoders are missing or changed; they are not looked at where the
            snapshot reads callers' embeddings.
    """
    if snapshot.embeddings is not None:
        return EmbeddingReader(snapshot.embeddings)
    return FeatureExtractor.open(
        settings.weights, snapshot.network, max_audio_s=settings.max_audio_s
    )


def believer_of(snapshot: Snapshot) -> Believer:
    """Return what a catalogue must know of a snapshot."""
    return Believer(
        snapshot.version,
        snapshot.feature_digest,
        partial(believe, snapshot.under(None)),
        reads_embeddings=snapshot.embeddings is not None,
        restate=partial(restated, snapshot),
        redrawn=snapshot.redrawn,
    )


def personaliser_of(name: str) -> Callable[[Snapshot], Personaliser]:
    """Return what makes the personaliser of this name."""
    name = EARLIER_NAMES.get(name, name)
    if name not in PERSONALISERS:
        known = ", ".join(PERSONALISERS)
        raise SettingsError(f"ATTUNE_PERSONALISER is {name!r}; known are {known}.")
    return PERSONALISERS[name]
