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
from models.prediction.earlier_snapshot import predict_from_earlier
from models.prediction.predictor import predict_population
from models.snapshot import Snapshot
from service.auth.api_keys import ApiKeyCache
from service.auth.signed_urls import SignedUrls
from service.clock import utc_now
from service.db.api_keys import ApiKeys
from service.db.calibration_inputs import CalibrationInputs
from service.db.calibrations import CalibrationRecord, Calibrations
from service.db.catalogue import Catalogue, audio_in_use, identity_of, secret_of
from service.db.counts import UsageCounts
from service.db.database import OWN_FOLDER, PATIENCE_S, Database
from service.db.file_lock import this_machine
from service.db.forecasts import PrequentialRecords
from service.db.label_log import LabelLog
from service.db.notifications import Notifications
from service.db.personal_models import PersonalModels
from service.db.pruning import STALE_S, remove_unused
from service.db.recordings import FileRecordings, NoRecordings, Recordings
from service.db.schema import prepare
from service.db.stale_tracks import StaleTracks
from service.db.track_features import TrackFeatureFeed, TrackFeatureStore
from service.observability.logs import require_permit
from service.private_files import restrict
from service.serving.personal_models import Listeners, ModelSource, ignore_source
from service.serving.poller import Poller
from service.serving.track_table import LiveTable
from service.serving.vote_table import LiveVotes
from service.settings import Settings, SettingsError
from service.tracks import PopulationPredictor

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
class Resources:
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
    prequential_records: PrequentialRecords
    usage_counts: UsageCounts
    listeners: Listeners
    table: LiveTable
    track_features: TrackFeatureStore
    votes: LiveVotes
    recordings: Recordings
    signed_urls: SignedUrls
    rng: Callable[[], np.random.Generator]

    def warm_up(self) -> None:
        """Read the tracks, which the first requests would wait for otherwise."""
        # What the members say of a whole catalogue is gigabytes at a million tracks: a committee's
        # strategies look at it each time, the logistic model's never.
        if self.listeners.personaliser.needs_features:
            self.table.warm_up()
        else:
            self.track_features.current()


@dataclass(frozen=True, slots=True, eq=False)
class Container:
    """What one worker has once, whichever snapshots it serves.

    Attributes:
        identity: Of the catalogue: tells databases apart, and is the same in all workers.
        population_predictors: Of the served snapshots; each predicts every track that is put.
        poller: Tells of what other processes announce; begins when the service does.
        recordings: Of tracks, that can be heard again.
        signed_urls: Let a browser hear one.
        found: Is told where personal models came from.
    """

    settings: Settings
    database: Database
    identity: str
    extractor: Extractor
    log: LabelLog
    model_store: PersonalModels
    calibrations: Calibrations
    notifications: Notifications
    poller: Poller
    keys: ApiKeyCache
    recordings: Recordings
    signed_urls: SignedUrls
    found: Callable[[ModelSource], object]
    population_predictors: list[PopulationPredictor] = field(default_factory=list)

    def resources(self, base: Snapshot, calibration: CalibrationRecord | None) -> Resources:
        """Return the parts that answer under a snapshot and a calibration.

        Raises:
            SettingsError: There is no such personaliser.
            IncompatibleSnapshotError: It reads other features than the extractor makes.
        """
        base.require_features(self.extractor.digest)
        snapshot = base.under(None if calibration is None else calibration.calibration)
        population_predictor = population_predictor_of(snapshot)
        catalogue = Catalogue(
            self.database,
            population_predictor,
            utc_now,
            self.population_predictors,
            recordings=self.recordings,
        )
        return Resources(
            snapshot=snapshot,
            calibration=calibration,
            extractor=self.extractor,
            catalogue=catalogue,
            log=self.log,
            prequential_records=PrequentialRecords(self.database),
            usage_counts=UsageCounts(self.database),
            listeners=Listeners(
                snapshot=snapshot,
                personaliser=personaliser_of(self.settings.personaliser)(snapshot),
                log=self.log,
                catalogue=catalogue,
                model_store=self.model_store,
                recent=LRUCache(RECENT_LISTENERS),
                found=self.found,
            ),
            table=LiveTable(catalogue),
            track_features=TrackFeatureStore(
                TrackFeatureFeed(self.database, population_predictor),
                track_features_folder(self.settings, self.database),
                snapshot.serving_version,
                n_columns(snapshot.listener_model.components.n_components),
            ),
            votes=LiveVotes(self.log),
            recordings=self.recordings,
            signed_urls=self.signed_urls,
            rng=partial(np.random.default_rng, self.settings.seed),
        )

    def stale_tracks(self, snapshot: Snapshot) -> StaleTracks:
        """Return the tracks whose features a snapshot cannot read."""
        return StaleTracks(self.database, population_predictor_of(snapshot))

    def calibration_inputs(self, snapshot: Snapshot) -> CalibrationInputs:
        """Return what a snapshot is calibrated to."""
        return CalibrationInputs(self.database, population_predictor_of(snapshot.under(None)))

    def serves(self, snapshots: Sequence[Snapshot]) -> None:
        """Take note of which snapshots are served now; sweep up after those that were long ago."""
        self.population_predictors[:] = map(population_predictor_of, snapshots)
        kept = [snapshot.serving_version for snapshot in snapshots]
        remove_unused(
            track_features_folder(self.settings, self.database), self.identity, kept, STALE_S
        )
        try:
            self.recordings.remove_unused(partial(audio_in_use, self.database))
        except (OSError, AttuneError) as error:  # nobody misses what is not removed
            LOG.warning("Recordings of tracks that are gone stay for now: %s", error)

    def close(self) -> None:
        """Stop watching and give database connections back; no parts are of use afterwards."""
        self.poller.stop()
        self.database.close()


def build(
    settings: Settings, first: Snapshot, found: Callable[[ModelSource], object] = ignore_source
) -> Container:
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
    notifications = Notifications(database)
    poller, key_cache = Poller(notifications), ApiKeyCache(ApiKeys(database, utc_now).all)
    poller.on("keys", key_cache.read)
    identity = identity_of(database)
    restrict(_own_folders(settings, database, identity))
    return Container(
        settings=settings,
        database=database,
        identity=identity,
        extractor=extractor,
        log=LabelLog(database, utc_now),
        model_store=PersonalModels(database),
        calibrations=Calibrations(database, utc_now),
        notifications=notifications,
        poller=poller,
        keys=key_cache,
        recordings=recordings_in(settings, identity),
        signed_urls=SignedUrls(secret_of(database), utc_now),
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


def track_features_folder(settings: Settings, database: Database) -> Path:
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
    yield from track_features_folder(settings, database).glob(f"*-{identity}")
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


def population_predictor_of(snapshot: Snapshot) -> PopulationPredictor:
    """Return what a catalogue must know of a snapshot."""
    return PopulationPredictor(
        snapshot.version,
        snapshot.feature_digest,
        partial(predict_population, snapshot.under(None)),
        reads_embeddings=snapshot.embeddings is not None,
        predict_from_logits=partial(predict_from_earlier, snapshot),
        recalibrated_features=snapshot.recalibrated_features,
    )


def personaliser_of(name: str) -> Callable[[Snapshot], Personaliser]:
    """Return what makes the personaliser of this name."""
    name = EARLIER_NAMES.get(name, name)
    if name not in PERSONALISERS:
        known = ", ".join(PERSONALISERS)
        raise SettingsError(f"ATTUNE_PERSONALISER is {name!r}; known are {known}.")
    return PERSONALISERS[name]
