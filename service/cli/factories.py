"""Where the concrete parts of chores are put together: of what commands do beside serving."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cachetools import LRUCache

from models.calibration.zero_points import LEAST_TRACKS
from models.features.extractor import Extractor
from models.snapshot import Snapshot, load_snapshot, serving_version, version_in
from service.cli.replaying import PruneCounts
from service.clock import utc_now
from service.db.api_keys import ApiKeys
from service.db.backup import back_up as back_up  # a command's, as it is
from service.db.bulk_catalogue import BulkCatalogue
from service.db.calibration_inputs import CalibrationInputs
from service.db.calibrations import Calibrations
from service.db.catalogue import Catalogue, identity_of
from service.db.database import Database
from service.db.label_log import LabelLog
from service.db.notifications import Notifications
from service.db.personal_models import PersonalModels
from service.db.pruning import prune, remove_unused
from service.db.recordings import NoRecordings, Recordings
from service.db.replay_backlog import Backlog
from service.db.schema import Schema, migrate, prepare, schema_of
from service.db.stale_tracks import StaleTracks
from service.serving.container import (
    extractor_of,
    personaliser_of,
    population_predictor_of,
    recordings_in,
    track_features_folder,
)
from service.serving.personal_models import Listeners
from service.settings import Settings


@dataclass(frozen=True, slots=True, eq=False)
class KeyResources:
    """What makes and revokes API keys; no model is needed.

    Attributes:
        close: Gives database connections back.
    """

    keys: ApiKeys
    close: Callable[[], None]


def build_keys(settings: Settings) -> KeyResources:
    """Return the parts that look after API keys.

    Raises:
        SchemaError: The database is of another release, and may not be brought to this one.
        StoreUnavailableError: The database cannot be opened.
    """
    database = Database(settings.database_url)
    prepare(database, may_migrate=settings.may_migrate)
    return KeyResources(ApiKeys(database, utc_now), database.close)


def announce_snapshot(settings: Settings) -> None:
    """Tell all workers on all machines to look at the snapshots' folders.

    Raises:
        StoreUnavailableError: The database cannot be written to.
    """
    database = Database(settings.database_url)
    try:
        prepare(database, may_migrate=settings.may_migrate)
        Notifications(database).announce("snapshot")
    finally:
        database.close()


@dataclass(frozen=True, slots=True, eq=False)
class SchemaResources:
    """What looks after the tables; nothing else is needed."""

    database: Database

    def look(self) -> Schema:
        """Return where the database stands, and change nothing."""
        return schema_of(self.database)

    def migrate(self, to: str, *, may_lose: bool) -> Schema:
        """Bring it to a revision; see :func:`service.db.schema.migrate`."""
        return migrate(self.database, to, may_lose=may_lose)

    def close(self) -> None:
        """Give database connections back."""
        self.database.close()


def build_schema(settings: Settings) -> SchemaResources:
    """Return what looks after the tables.

    Raises:
        StoreUnavailableError: The database cannot be opened.
    """
    database = Database(settings.database_url)
    database.await_server()
    return SchemaResources(database)


@dataclass(frozen=True, slots=True, eq=False)
class ImportResources:
    """What registers a library; no encoder is needed.

    Attributes:
        close: Gives database connections back.
    """

    snapshot: Snapshot
    bulk_catalogue: BulkCatalogue
    close: Callable[[], None]


def build_import(settings: Settings) -> ImportResources:
    """Return the parts that register a library.

    Raises:
        SchemaError: The database is of another release, and may not be brought to this one.
        SnapshotError: The snapshot cannot be read.
        StoreUnavailableError: The database cannot be opened.
    """
    snapshot = load_snapshot(settings.snapshot, settings.members)
    database = Database(settings.database_url)
    prepare(database, may_migrate=settings.may_migrate)
    return ImportResources(
        snapshot,
        BulkCatalogue(database, population_predictor_of(snapshot), utc_now),
        database.close,
    )


@dataclass(frozen=True, slots=True, eq=False)
class ReembedResources:
    """What hears tracks again whose features are of an earlier snapshot.

    Attributes:
        version: Of the snapshot that is served.
        close: Gives database connections back.
    """

    version: str
    stale: StaleTracks
    recordings: Recordings
    extractor: Extractor
    close: Callable[[], None]


def build_reembed(settings: Settings) -> ReembedResources:
    """Return the parts that hear tracks again.

    Raises:
        EncoderError: The encoders are missing or changed.
        SchemaError: The database is of another release, and may not be brought to this one.
        SnapshotError: The snapshot cannot be read, or reads features that are not made here.
        StoreUnavailableError: The database cannot be opened.
    """
    snapshot = load_snapshot(settings.snapshot, settings.members)
    extractor = extractor_of(snapshot, settings)
    snapshot.require_features(extractor.digest)
    database = Database(settings.database_url)
    prepare(database, may_migrate=settings.may_migrate)
    recordings: Recordings = NoRecordings()
    if snapshot.embeddings is None:  # it would hear none
        recordings = recordings_in(settings, identity_of(database))
    stale = StaleTracks(database, population_predictor_of(snapshot))
    return ReembedResources(snapshot.version, stale, recordings, extractor, database.close)


@dataclass(frozen=True, slots=True, eq=False)
class ReplayResources:
    """What prepares a snapshot, and clears away what others left; no encoder is needed.

    Attributes:
        prune: Deletes what was derived under snapshots that are neither this one nor configured.
        close: Gives database connections back.
    """

    backlog: Backlog
    listeners: Listeners
    prune: Callable[[], PruneCounts]
    close: Callable[[], None]


def build_replay(settings: Settings, folder: Path) -> ReplayResources:
    """Return the parts that prepare the snapshot in a folder.

    Raises:
        SettingsError: There is no such personaliser.
        SnapshotError: The snapshot, or one that is configured, cannot be read.
        StoreUnavailableError: The database cannot be opened.
    """
    base = load_snapshot(folder, settings.members)
    personaliser = personaliser_of(settings.personaliser)(base)
    configured = [version_in(each, settings.members) for each in settings.snapshots]
    database = Database(settings.database_url)
    prepare(database, may_migrate=settings.may_migrate)
    calibrations = Calibrations(database, utc_now)
    snapshot = base.under(calibrations.calibration_of(base.version))
    population_predictor = population_predictor_of(snapshot)
    listeners = Listeners(
        snapshot=snapshot,
        personaliser=personaliser,
        log=LabelLog(database, utc_now),
        catalogue=Catalogue(database, population_predictor, utc_now),
        model_store=PersonalModels(database),
        recent=LRUCache(1),  # nobody is asked for twice
    )

    def pruned() -> PruneCounts:
        kept = {
            version: serving_version(version, calibrations.calibration_of(version))
            for version in (snapshot.version, *configured)
        }
        track_features = track_features_folder(settings, database)
        return PruneCounts(
            *prune(database, kept, home=configured[0]),
            remove_unused(track_features, identity_of(database), kept.values(), idle_s=0.0),
        )

    backlog = Backlog(
        database, population_predictor, personaliser.algorithm, snapshot.serving_version
    )
    return ReplayResources(backlog, listeners, pruned, database.close)


@dataclass(frozen=True, slots=True, eq=False)
class CalibrationResources:
    """What calibrates a snapshot; no encoder is needed.

    Attributes:
        snapshot: Without a calibration.
        least_tracks: Recordings without which a catalogue tells nothing by itself.
        close: Gives database connections back.
    """

    snapshot: Snapshot
    inputs: CalibrationInputs
    calibrations: Calibrations
    least_tracks: int
    close: Callable[[], None]


def build_calibrate(settings: Settings, folder: Path) -> CalibrationResources:
    """Return the parts that calibrate the snapshot in a folder.

    Raises:
        SnapshotError: The snapshot cannot be read.
        StoreUnavailableError: The database cannot be opened.
    """
    snapshot = load_snapshot(folder, settings.members)
    database = Database(settings.database_url)
    prepare(database, may_migrate=settings.may_migrate)
    return CalibrationResources(
        snapshot,
        CalibrationInputs(database, population_predictor_of(snapshot)),
        Calibrations(database, utc_now),
        LEAST_TRACKS,
        database.close,
    )
