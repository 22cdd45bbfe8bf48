"""The one place where concrete parts are named and put together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import numpy as np

from models.features import FeatureExtractor
from models.personal import CommitteePersonaliser, GaussianPersonaliser, Personaliser
from models.personal.gaussian import n_columns
from models.recognise import believe
from models.snapshot import Snapshot, load_snapshot
from service.importing import Shelf
from service.listeners import Listeners
from service.live_table import LiveTable
from service.live_votes import LiveVotes
from service.ports import Believer, Catalogue, LabelLog, Sketches
from service.recent import Recent
from service.settings import Settings, SettingsError
from service.stores.catalogue import SqlCatalogue
from service.stores.database import Database
from service.stores.label_log import SqlLabelLog
from service.stores.personal_models import SqlPersonalModels
from service.stores.schema import migrate
from service.stores.shelf import SqlShelf
from service.stores.sketches import FileSketches, SketchFeed

RECENT_LISTENERS = 1_000
"""Personal models that one worker keeps in memory: 64 MB at 64 KiB each."""

PERSONALISERS: Mapping[str, Callable[[Snapshot], Personaliser]] = {
    "gaussian": lambda snapshot: GaussianPersonaliser(snapshot.gaussian),
    "committee": lambda snapshot: CommitteePersonaliser(snapshot.committees),
    "committee-newest": lambda snapshot: CommitteePersonaliser(
        snapshot.committees, "committee-newest"
    ),
}
"""What ``ATTUNE_PERSONALISER`` may name."""


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """What one worker is made of; every part bears several threads.

    Attributes:
        rng: Makes the generator of one query.
        close: Gives database connections back; the parts are of no use afterwards.
    """

    snapshot: Snapshot
    extractor: FeatureExtractor
    catalogue: Catalogue
    log: LabelLog
    listeners: Listeners
    table: LiveTable
    sketches: Sketches
    votes: LiveVotes
    rng: Callable[[], np.random.Generator]
    close: Callable[[], None]

    def warm_up(self) -> None:
        """Do what the first requests would wait for: first calls of libraries, reading tracks."""
        self.extractor.warm_up()
        # What the members say of a whole catalogue is gigabytes at a million tracks: a committee's
        # strategies look at it each time, the Gaussian model's never.
        if self.listeners.personaliser.needs_features:
            self.table.warm_up()
        else:
            self.sketches.current()


def build(settings: Settings) -> Parts:
    """Return the parts that the settings ask for; bring the database to the newest schema.

    Raises:
        SettingsError: There is no such personaliser.
        SnapshotError: The snapshot cannot be served.
        EncoderError: The encoders are missing or changed.
        StoreUnavailableError: The database cannot be opened.
    """
    personaliser_of = _personaliser(settings.personaliser)
    snapshot = load_snapshot(settings.snapshot)
    extractor = FeatureExtractor.open(
        settings.weights, snapshot.network, max_audio_s=settings.max_audio_s
    )
    snapshot.require_features(extractor.spec.digest)
    database = Database(settings.database_url)
    migrate(database)
    believer = Believer(snapshot.version, snapshot.feature_digest, partial(believe, snapshot))
    catalogue = SqlCatalogue(database, believer, utc_now)
    log = SqlLabelLog(database, utc_now)
    return Parts(
        snapshot=snapshot,
        extractor=extractor,
        catalogue=catalogue,
        log=log,
        listeners=Listeners(
            snapshot=snapshot,
            personaliser=personaliser_of(snapshot),
            log=log,
            catalogue=catalogue,
            memos=SqlPersonalModels(database),
            recent=Recent(RECENT_LISTENERS),
        ),
        table=LiveTable(catalogue),
        sketches=FileSketches(
            SketchFeed(database, believer),
            database.folder / "sketches",
            snapshot.version,
            n_columns(snapshot.gaussian.components.n_components),
        ),
        votes=LiveVotes(log),
        rng=partial(np.random.default_rng, settings.seed),
        close=database.close,
    )


def _personaliser(name: str) -> Callable[[Snapshot], Personaliser]:
    """Return what makes the personaliser of this name."""
    if name not in PERSONALISERS:
        known = ", ".join(PERSONALISERS)
        raise SettingsError(f"ATTUNE_PERSONALISER is {name!r}; known are {known}.")
    return PERSONALISERS[name]


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
    """Return the parts that register a library; bring the database to the newest schema.

    Raises:
        SnapshotError: The snapshot cannot be read.
        StoreUnavailableError: The database cannot be opened.
    """
    snapshot = load_snapshot(settings.snapshot)
    database = Database(settings.database_url)
    migrate(database)
    believer = Believer(snapshot.version, snapshot.feature_digest, partial(believe, snapshot))
    return ImportParts(snapshot, SqlShelf(database, believer, utc_now), database.close)


def utc_now() -> datetime:
    """Return now, in UTC."""
    return datetime.now(UTC)
