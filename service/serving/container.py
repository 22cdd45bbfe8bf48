"""Composition of a worker: the only module that constructs its concrete parts."""

import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
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
from service.db import published_features
from service.db.api_keys import ApiKeys
from service.db.background_job import BackgroundJob
from service.db.calibration_inputs import CalibrationInputs
from service.db.calibrations import CalibrationRecord, Calibrations
from service.db.catalogue import Catalogue, audio_in_use, identity_of, secret_of
from service.db.counts import UsageCounts
from service.db.database import OWN_FOLDER, PATIENCE_S, Database, most_connections
from service.db.file_lock import this_machine
from service.db.forecasts import PrequentialRecords
from service.db.label_log import LabelLog
from service.db.notifications import Notifications
from service.db.personal_models import PersonalModels
from service.db.pruning import STALE_S, remove_unused
from service.db.published_features import PublishedFeatures
from service.db.recordings import FileRecordings, NoRecordings, Recordings
from service.db.schema import prepare
from service.db.stale_tracks import StaleTracks
from service.db.track_feature_feed import TrackFeatureFeed
from service.db.track_features import TrackFeatureStore
from service.db.votes import adopt_votes
from service.errors import FeaturesNotReadyError, StoreUnavailableError
from service.observability.logs import require_permit
from service.private_files import restrict
from service.serving.personal_models import ModelSource, UserModels, ignore_source
from service.serving.poller import Poller
from service.serving.vote_table import LiveVotes
from service.settings import Settings, SettingsError
from service.tracks import PopulationPredictor

LOG = logging.getLogger("bentoml.attune.container")
_FOLDER_CHARACTERS = 16
_SHARE_TO_WAIT = 0.8
"""Share of a quick call's time limit to wait for a lock; the rest is left for the error reply."""
PUBLISHED = timedelta(days=1)
"""Age from which published track features of a snapshot that is not served are deleted."""
RECENT_LISTENERS = 1_000
"""Personal models that one worker keeps in memory for a snapshot: 64 MB at 64 KiB each."""

PERSONALISERS: Mapping[str, Callable[[Snapshot], Personaliser]] = {
    "logistic": lambda snapshot: LogisticPersonaliser(snapshot.listener_model),
    "committee": lambda snapshot: CommitteePersonaliser(snapshot.committees),
    "committee-newest": lambda snapshot: CommitteePersonaliser(
        snapshot.committees, "committee-newest"
    ),
}
"""Personalisers by the value of ``ATTUNE_PERSONALISER``."""
EARLIER_NAMES = {"gaussian": "logistic"}
"""Values of earlier releases, with their present names."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Resources:
    """The parts that answer requests under one snapshot; all are safe for several threads.

    A request takes the resources once and keeps them to its end. The memory of a replaced snapshot
    is freed when the last request that uses it ends.

    Attributes:
        snapshot: The snapshot, with its calibration applied.
        calibration: The calibration in use; None without one.
        rng: Creates the random generator of one query.
    """

    snapshot: Snapshot
    calibration: CalibrationRecord | None
    extractor: Extractor
    catalogue: Catalogue
    log: LabelLog
    prequential_records: PrequentialRecords
    usage_counts: UsageCounts
    listeners: UserModels
    track_features: TrackFeatureStore
    votes: LiveVotes
    recordings: Recordings
    signed_urls: SignedUrls
    rng: Callable[[], np.random.Generator]

    def warm_up(self, *, waits: bool) -> None:
        """Read track features and votes before the first request needs them.

        Args:
            waits: Whether to wait for what is prepared in the background; without it, rankings
                and queries are answered 503 until it is ready.
        """
        if waits:
            self.votes.prepare(self.track_features.prepare())
            return
        try:
            self.votes.on(self.track_features.current())
        except FeaturesNotReadyError:
            BackgroundJob("attune-warm-up", self._warm_up_later).start()

    def _warm_up_later(self) -> None:
        with suppress(StoreUnavailableError):  # logged where it was raised; or this was retired
            self.warm_up(waits=True)

    def retire(self) -> None:
        """Stop the work in the background; requests in progress are answered."""
        self.track_features.stop()
        self.votes.stop()


@dataclass(frozen=True, slots=True, eq=False)
class Container:
    """The parts that a worker creates once and shares between snapshots.

    Attributes:
        identity: Id of the catalogue, the same in all workers.
        population_predictors: One for each served snapshot; each predicts every registered track.
        poller: Reports changes made by other processes; started by ``Serving.start``.
        found: Called with the source of each personal model.
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
        """Return the resources of a snapshot under a calibration.

        Raises:
            SettingsError: There is no such personaliser.
            IncompatibleSnapshotError: The snapshot reads other features than the extractor makes.
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
            segments=self.settings.segments,
        )
        track_features = TrackFeatureStore(
            TrackFeatureFeed(self.database, population_predictor),
            track_features_folder(self.settings, self.database),
            snapshot.serving_version,
            n_columns(snapshot.listener_model.components.n_components),
            self._published_features(snapshot),
        )
        return Resources(
            snapshot=snapshot,
            calibration=calibration,
            extractor=self.extractor,
            catalogue=catalogue,
            log=self.log,
            prequential_records=PrequentialRecords(self.database),
            usage_counts=UsageCounts(self.database),
            listeners=UserModels(
                snapshot=snapshot,
                personaliser=personaliser_of(self.settings.personaliser)(snapshot),
                log=self.log,
                catalogue=catalogue,
                model_store=self.model_store,
                recent=LRUCache(RECENT_LISTENERS),
                found=self.found,
                track_features=track_features,
            ),
            track_features=track_features,
            votes=LiveVotes(self.log),
            recordings=self.recordings,
            signed_urls=self.signed_urls,
            rng=partial(np.random.default_rng, self.settings.seed),
        )

    def _published_features(self, snapshot: Snapshot) -> PublishedFeatures | None:
        """Return what replicas share; None where all workers share the files of one machine."""
        if self.database.is_local:
            return None
        return PublishedFeatures(self.database, utc_now, snapshot.serving_version)

    def stale_tracks(self, snapshot: Snapshot) -> StaleTracks:
        """Return the tracks whose features the snapshot cannot read."""
        return StaleTracks(self.database, population_predictor_of(snapshot))

    def calibration_inputs(self, snapshot: Snapshot) -> CalibrationInputs:
        """Return the tracks and answers that the snapshot is calibrated to."""
        return CalibrationInputs(self.database, population_predictor_of(snapshot.under(None)))

    def set_served(self, snapshots: Sequence[Snapshot]) -> None:
        """Record which snapshots are served now, and remove files that none of them uses."""
        self.population_predictors[:] = map(population_predictor_of, snapshots)
        kept = [snapshot.serving_version for snapshot in snapshots]
        remove_unused(
            track_features_folder(self.settings, self.database), self.identity, kept, STALE_S
        )
        try:
            published_features.remove_unused(self.database, kept, utc_now() - PUBLISHED)
            self.recordings.remove_unused(partial(audio_in_use, self.database))
        except (OSError, AttuneError) as error:  # the next change of snapshots tries again
            LOG.warning("What no snapshot or track uses is not removed now: %s", error)

    def close(self) -> None:
        """Stop the poller and close database connections."""
        self.poller.stop()
        self.database.close()


def build(
    settings: Settings, first: Snapshot, found: Callable[[ModelSource], object] = ignore_source
) -> Container:
    """Return a worker's container; migrate the database if the settings allow it.

    Args:
        settings: The service's settings.
        first: The first snapshot to serve. It names the network that the extractor loads, or the
            callers' embeddings that the extractor reads.
        found: Called with the source of each personal model.

    Raises:
        SettingsError: There is no such personaliser.
        IncompatibleSnapshotError: The snapshot reads other features than the extractor makes.
        EncoderError: The encoders are missing or changed.
            SchemaError: The database has another schema, and may not be migrated.
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
    """Return the served database, at the schema of this release.

    Raises:
        SettingsError: There are several replicas, and the database is an SQLite file.
        SchemaError: The database has another schema, and may not be migrated.
        StoreUnavailableError: The database cannot be opened, or another machine serves it.
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
            f"ATTUNE_REPLICAS is {settings.replicas}, but SQLite works on one machine only: "
            "set ATTUNE_DATABASE_URL to a PostgreSQL database that all replicas share."
        )
    database.claim(this_machine())
    database.await_server()
    _warn_of_connections(settings, database.connection_limit())
    prepare(database, may_migrate=settings.may_migrate)
    adopt_votes(database)
    return database


def _warn_of_connections(settings: Settings, limit: int | None) -> None:
    """Log a line if all workers together may open more connections than the server allows."""
    each = most_connections(settings.threads)
    needed = settings.replicas * settings.workers * each
    if limit is not None and needed > limit:
        LOG.warning(
            "The database allows %d connections, and the service may open %d: ATTUNE_REPLICAS "
            "(%d) x ATTUNE_WORKERS (%d) x %d. Without enough of them requests are answered 503: "
            "raise the server's max_connections, or use fewer replicas, workers or threads.",
            limit,
            needed,
            settings.replicas,
            settings.workers,
            each,
        )


def track_features_folder(settings: Settings, database: Database) -> Path:
    """Return the folder of stored track features on this machine."""
    return (settings.cache or database.folder) / "sketches"


def recordings_in(settings: Settings, identity: str) -> Recordings:
    """Return the store of a catalogue's recordings; one that keeps nothing without a folder."""
    if settings.audio is None:
        return NoRecordings()
    return FileRecordings(settings.audio / _recordings_name(identity))


def _recordings_name(identity: str) -> str:
    """Return the folder name of a catalogue's recordings; several catalogues may share a disk."""
    return hashlib.sha256(identity.encode()).hexdigest()[:_FOLDER_CHARACTERS]


def _own_folders(settings: Settings, database: Database, identity: str) -> Iterator[Path]:
    """Yield the folders that belong to this catalogue; some may not exist."""
    yield OWN_FOLDER
    yield from track_features_folder(settings, database).glob(f"*-{identity}")
    if settings.audio is not None:
        yield settings.audio / _recordings_name(identity)


def extractor_of(snapshot: Snapshot, settings: Settings) -> Extractor:
    """Return the extractor of the features that a snapshot reads.

    Raises:
        EncoderError: The encoders are missing or changed. They are not opened where the snapshot
            reads callers' embeddings.
    """
    if snapshot.embeddings is not None:
        return EmbeddingReader(snapshot.embeddings)
    return FeatureExtractor.open(
        settings.weights, snapshot.network, max_audio_s=settings.max_audio_s
    )


def population_predictor_of(snapshot: Snapshot) -> PopulationPredictor:
    """Return what a catalogue needs to predict tracks under a snapshot."""
    return PopulationPredictor(
        snapshot.version,
        snapshot.feature_digest,
        partial(predict_population, snapshot.under(None)),
        reads_embeddings=snapshot.embeddings is not None,
        predict_from_logits=partial(predict_from_earlier, snapshot),
        recalibrated_features=snapshot.recalibrated_features,
    )


def personaliser_of(name: str) -> Callable[[Snapshot], Personaliser]:
    """Return the factory of the named personaliser.

    Raises:
        SettingsError: The name is unknown.
    """
    name = EARLIER_NAMES.get(name, name)
    if name not in PERSONALISERS:
        known = ", ".join(PERSONALISERS)
        raise SettingsError(f"ATTUNE_PERSONALISER is {name!r}; it must be one of {known}.")
    return PERSONALISERS[name]
