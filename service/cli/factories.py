"""Composition of the commands: constructs what each needs beside the service."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from cachetools import LRUCache

from models.calibration.zero_points import LEAST_TRACKS
from models.features.extractor import Extractor
from models.snapshot import Snapshot, load_snapshot, serving_version, version_in
from service.clock import utc_now
from service.db import published_features
from service.db.answers import rebuild_answers
from service.db.api_keys import ApiKeys
from service.db.backup import back_up as back_up  # used by its command unchanged
from service.db.bulk_catalogue import BulkCatalogue
from service.db.calibration_inputs import CalibrationInputs
from service.db.calibrations import Calibrations
from service.db.catalogue import Catalogue, identity_of
from service.db.copying import copy_database
from service.db.database import Database
from service.db.label_log import LabelLog
from service.db.notifications import Notifications
from service.db.personal_models import PersonalModels
from service.db.pruning import PruneCounts, prune, remove_unused
from service.db.recordings import NoRecordings, Recordings
from service.db.recount import rebuild_counts
from service.db.replay_backlog import Backlog
from service.db.schema import Schema, migrate, prepare, schema_of
from service.db.stale_tracks import StaleTracks
from service.db.track_search import rebuild_words
from service.serving.container import (
    extractor_of,
    personaliser_of,
    population_predictor_of,
    recordings_in,
    track_features_folder,
)
from service.serving.personal_models import UserModels
from service.settings import Settings


@dataclass(frozen=True, slots=True, eq=False)
class KeyResources:
    """Storage of API keys, without models.

    Attributes:
        close: Closes database connections.
    """

    keys: ApiKeys
    close: Callable[[], None]


def build_keys(settings: Settings) -> KeyResources:
    """Return the storage of API keys.

    Raises:
        SchemaError: The database has another schema, and may not be migrated.
        StoreUnavailableError: The database cannot be opened.
    """
    database = open_database(settings)
    return KeyResources(ApiKeys(database, utc_now), database.close)


def open_database(settings: Settings) -> Database:
    """Return the database with the schema of this release; the caller closes it.

    Raises:
        SchemaError: The database has another schema, and may not be migrated.
        StoreUnavailableError: The database cannot be opened.
    """
    database = Database(settings.database_url)
    prepare(database, may_migrate=settings.may_migrate)
    return database


def announce_snapshot(settings: Settings) -> None:
    """Notify all workers that the snapshots' folders may have changed.

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
    """Access to a database's schema, without anything else."""

    database: Database

    def read(self) -> Schema:
        """Return the database's revision; change nothing."""
        return schema_of(self.database)

    def migrate(self, to: str, *, may_lose: bool) -> Schema:
        """Migrate to a revision; see :func:`service.db.schema.migrate`."""
        return migrate(self.database, to, may_lose=may_lose)

    def close(self) -> None:
        """Close database connections."""
        self.database.close()


def build_schema(settings: Settings) -> SchemaResources:
    """Return access to the schema.

    Raises:
        StoreUnavailableError: The database cannot be opened.
    """
    database = Database(settings.database_url)
    database.await_server()
    return SchemaResources(database)


def copy_whole(source_url: str, target_url: str, copied: Callable[[str, int], object]) -> None:
    """Copy every row of a database into an empty one.

    Args:
        source_url: URL of a database with the schema of this release.
        target_url: URL of a database without tracks, labels and keys.
        copied: Called with the name and the number of rows of each table.

    Raises:
        SchemaError: The source has another schema.
        DatabaseInUseError: The target is not empty.
        StoreUnavailableError: A database cannot be reached.
    """
    with closing(Database(source_url)) as source, closing(Database(target_url)) as target:
        source.await_server()
        target.await_server()
        copy_database(source, target, copied)


def recount_all(settings: Settings) -> dict[str, int]:
    """Make all counts, current answers and the index of the search again.

    Returns:
        By table of counts the number of wrong rows; see `service.db.recount.rebuild_counts`.

    Raises:
        SchemaError: The database has another schema, and may not be migrated.
        StoreUnavailableError: The database cannot be opened, or written to now.
    """
    with closing(Database(settings.database_url)) as database:
        prepare(database, may_migrate=settings.may_migrate)
        with database.write_slowly() as connection:
            wrong = rebuild_counts(connection)  # first: it locks writers out
            rebuild_answers(connection)
        with database.write_slowly() as connection:
            rebuild_words(connection)
        return wrong


@dataclass(frozen=True, slots=True, eq=False)
class ImportResources:
    """What an import needs; no encoder.

    Attributes:
        close: Closes database connections.
    """

    snapshot: Snapshot
    bulk_catalogue: BulkCatalogue
    close: Callable[[], None]


def build_import(settings: Settings) -> ImportResources:
    """Return what an import needs.

    Raises:
        SchemaError: The database has another schema, and may not be migrated.
        SnapshotError: The snapshot cannot be read.
        StoreUnavailableError: The database cannot be opened.
    """
    snapshot = load_snapshot(settings.snapshot, settings.members)
    database = open_database(settings)
    return ImportResources(
        snapshot,
        BulkCatalogue(
            database, population_predictor_of(snapshot), utc_now, segments=settings.segments
        ),
        database.close,
    )


@dataclass(frozen=True, slots=True, eq=False)
class ReembedResources:
    """What extracting features again needs.

    Attributes:
        version: Version of the served snapshot.
        close: Closes database connections.
    """

    version: str
    stale: StaleTracks
    recordings: Recordings
    extractor: Extractor
    close: Callable[[], None]


def build_reembed(settings: Settings) -> ReembedResources:
    """Return what extracting features again needs.

    Raises:
        EncoderError: The encoders are missing or changed.
        SchemaError: The database has another schema, and may not be migrated.
        SnapshotError: The snapshot cannot be read, or reads other features.
        StoreUnavailableError: The database cannot be opened.
    """
    snapshot = load_snapshot(settings.snapshot, settings.members)
    extractor = extractor_of(snapshot, settings)
    snapshot.require_features(extractor.digest)
    database = open_database(settings)
    recordings: Recordings = NoRecordings()
    if snapshot.embeddings is None:  # embeddings are not extracted from recordings
        recordings = recordings_in(settings, identity_of(database))
    stale = StaleTracks(database, population_predictor_of(snapshot), settings.segments)
    return ReembedResources(snapshot.version, stale, recordings, extractor, database.close)


@dataclass(frozen=True, slots=True, eq=False)
class ReplayResources:
    """What a replay and pruning need; no encoder.

    Attributes:
        prune: Deletes what was derived under snapshots that are neither this one nor configured.
        close: Closes database connections.
    """

    backlog: Backlog
    listeners: UserModels
    prune: Callable[[], PruneCounts]
    close: Callable[[], None]


def build_replay(settings: Settings, folder: Path) -> ReplayResources:
    """Return what a replay of the snapshot in a folder needs.

    Raises:
        SettingsError: There is no such personaliser.
        SnapshotError: The snapshot, or a configured one, cannot be read.
        StoreUnavailableError: The database cannot be opened.
    """
    base = load_snapshot(folder, settings.members)
    personaliser = personaliser_of(settings.personaliser)(base)
    configured = [version_in(each, settings.members) for each in settings.snapshots]
    database = open_database(settings)
    calibrations = Calibrations(database, utc_now)
    snapshot = base.under(calibrations.calibration_of(base.version))
    population_predictor = population_predictor_of(snapshot)
    listeners = UserModels(
        snapshot=snapshot,
        personaliser=personaliser,
        log=LabelLog(database, utc_now),
        catalogue=Catalogue(database, population_predictor, utc_now),
        model_store=PersonalModels(database),
        recent=LRUCache(1),  # no user is requested twice
    )

    def prune_others() -> PruneCounts:
        kept = {
            version: serving_version(version, calibrations.calibration_of(version))
            for version in (snapshot.version, *configured)
        }
        track_features = track_features_folder(settings, database)
        published_features.remove_unused(database, kept.values(), utc_now())
        return PruneCounts(
            *prune(database, kept, home=configured[0]),
            remove_unused(track_features, identity_of(database), kept.values(), idle_s=0.0),
        )

    backlog = Backlog(
        database, population_predictor, personaliser.algorithm, snapshot.serving_version
    )
    return ReplayResources(backlog, listeners, prune_others, database.close)


@dataclass(frozen=True, slots=True, eq=False)
class CalibrationResources:
    """What a calibration needs; no encoder.

    Attributes:
        snapshot: The snapshot, without a calibration.
        least_tracks: Fewest recordings for a calibration without answers.
        close: Closes database connections.
    """

    snapshot: Snapshot
    inputs: CalibrationInputs
    calibrations: Calibrations
    least_tracks: int
    close: Callable[[], None]


def build_calibrate(settings: Settings, folder: Path) -> CalibrationResources:
    """Return what a calibration of the snapshot in a folder needs.

    Raises:
        SnapshotError: The snapshot cannot be read.
        StoreUnavailableError: The database cannot be opened.
    """
    snapshot = load_snapshot(folder, settings.members)
    database = open_database(settings)
    return CalibrationResources(
        snapshot,
        CalibrationInputs(database, population_predictor_of(snapshot)),
        Calibrations(database, utc_now),
        LEAST_TRACKS,
        database.close,
    )
