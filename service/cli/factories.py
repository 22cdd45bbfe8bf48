"""Where the concrete parts of chores are put together: of what commands do beside serving."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cachetools import LRUCache

from models.calibration.zero_points import LEAST_TRACKS
from models.features.extractor import Extractor
from models.snapshot import Snapshot, load_snapshot, serving_version, version_in
from service.cli.replaying import Pruned
from service.clock import utc_now
from service.db.api_keys import ApiKeys
from service.db.backup import back_up as back_up  # a command's, as it is
from service.db.bulk_catalogue import Shelf
from service.db.calibration_inputs import CalibrationInputs
from service.db.calibrations import Calibrations
from service.db.catalogue import Catalogue, identity_of
from service.db.database import Database
from service.db.label_log import LabelLog
from service.db.notifications import Notices
from service.db.personal_models import PersonalModels
from service.db.pruning import prune, sweep
from service.db.recordings import NoRecordings, Recordings
from service.db.replay_backlog import Backlog
from service.db.schema import Schema, migrate, prepare, schema_of
from service.db.stale_tracks import StaleTracks
from service.serving.container import (
    believer_of,
    extractor_of,
    personaliser_of,
    recordings_in,
    sketches_in,
)
from service.serving.personal_models import Listeners
from service.settings import Settings


@dataclass(frozen=True, slots=True, eq=False)
class KeyParts:
    """What makes and revokes API keys; no model is needed.

    Attributes:
        close: Gives database connections back.
    """

    keys: ApiKeys
    close: Callable[[], None]


def build_keys(settings: Settings) -> KeyParts:
    """Return the parts that look after API keys.

    Raises:
        SchemaError: The database is of another release, and may not be brought to this one.
        StoreUnavailableError: The database cannot be opened.
    """
    database = Database(settings.database_url)
    prepare(database, may_migrate=settings.may_migrate)
    return KeyParts(ApiKeys(database, utc_now), database.close)


def announce_snapshot(settings: Settings) -> None:
    """Tell all workers on all machines to look at the snapshots' folders.

    Raises:
        StoreUnavailableError: The database cannot be written to.
    """
    database = Database(settings.database_url)
    try:
        prepare(database, may_migrate=settings.may_migrate)
        Notices(database).announce("snapshot")
    finally:
        database.close()


@dataclass(frozen=True, slots=True, eq=False)
class SchemaParts:
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


def build_schema(settings: Settings) -> SchemaParts:
    """Return what looks after the tables.

    Raises:
        StoreUnavailableError: The database cannot be opened.
    """
    database = Database(settings.database_url)
    database.await_server()
    return SchemaParts(database)


@dataclass(frozen=True, slots=True, eq=False)
class ImportParts:
    """What registers a library; no encoder is needed.

    Attributes:
        close: Gives database connections back.
    """

    snapshot: Snapshot
    shelf: Shelf
    close: Callable[[], None]


def build_import(settings: Settings) -> ImportParts:
    """Return the parts that register a library.

    Raises:
        SchemaError: The database is of another release, and may not be brought to this one.
        SnapshotError: The snapshot cannot be read.
        StoreUnavailableError: The database cannot be opened.
    """
    snapshot = load_snapshot(settings.snapshot, settings.members)
    database = Database(settings.database_url)
    prepare(database, may_migrate=settings.may_migrate)
    return ImportParts(snapshot, Shelf(database, believer_of(snapshot), utc_now), database.close)


@dataclass(frozen=True, slots=True, eq=False)
class ReembedParts:
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


def build_reembed(settings: Settings) -> ReembedParts:
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
    stale = StaleTracks(database, believer_of(snapshot))
    return ReembedParts(snapshot.version, stale, recordings, extractor, database.close)


@dataclass(frozen=True, slots=True, eq=False)
class ReplayParts:
    """What prepares a snapshot, and clears away what others left; no encoder is needed.

    Attributes:
        prune: Deletes what was derived under snapshots that are neither this one nor configured.
        close: Gives database connections back.
    """

    backlog: Backlog
    listeners: Listeners
    prune: Callable[[], Pruned]
    close: Callable[[], None]


def build_replay(settings: Settings, folder: Path) -> ReplayParts:
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
    believer = believer_of(snapshot)
    listeners = Listeners(
        snapshot=snapshot,
        personaliser=personaliser,
        log=LabelLog(database, utc_now),
        catalogue=Catalogue(database, believer, utc_now),
        memos=PersonalModels(database),
        recent=LRUCache(1),  # nobody is asked for twice
    )

    def pruned() -> Pruned:
        kept = {
            version: serving_version(version, calibrations.calibration_of(version))
            for version in (snapshot.version, *configured)
        }
        sketches = sketches_in(settings, database)
        return Pruned(
            *prune(database, kept, home=configured[0]),
            sweep(sketches, identity_of(database), kept.values(), idle_s=0.0),
        )

    backlog = Backlog(database, believer, personaliser.algorithm, snapshot.serving_version)
    return ReplayParts(backlog, listeners, pruned, database.close)


@dataclass(frozen=True, slots=True, eq=False)
class CalibrateParts:
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


def build_calibrate(settings: Settings, folder: Path) -> CalibrateParts:
    """Return the parts that calibrate the snapshot in a folder.

    Raises:
        SnapshotError: The snapshot cannot be read.
        StoreUnavailableError: The database cannot be opened.
    """
    snapshot = load_snapshot(folder, settings.members)
    database = Database(settings.database_url)
    prepare(database, may_migrate=settings.may_migrate)
    return CalibrateParts(
        snapshot,
        CalibrationInputs(database, believer_of(snapshot)),
        Calibrations(database, utc_now),
        LEAST_TRACKS,
        database.close,
    )
