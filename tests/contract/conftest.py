"""Each store over each database that keeps state; another database is one line in DATABASES."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from service.db.catalogue import Catalogue
from service.db.database import Database
from service.db.forecasts import PrequentialRecords
from service.db.label_log import LabelLog
from service.db.personal_models import PersonalModels
from service.db.schema import migrate
from service.tracks import Content, PopulationPredictor, TrackMetadata
from tests.fakes import FakeClock, features, population_predictor
from tests.postgres import Postgres

CONTENT = Content("a" * 64, None)


@dataclass
class Stores:
    """The stores over one database, and the same database as another snapshot reads it."""

    catalogue: Catalogue
    log: LabelLog
    prequential_records: PrequentialRecords
    models: PersonalModels
    seen_by: Callable[[PopulationPredictor], Catalogue]

    def put(self, *track_ids: str) -> None:
        """Register tracks of one content."""
        for seed, track_id in enumerate(track_ids):
            track_metadata = TrackMetadata(track_id.upper(), "Ana")
            self.catalogue.put(track_id, features(seed=seed), CONTENT, track_metadata)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied: to migrate takes longer than most tests."""
    file = tmp_path_factory.mktemp("template") / "attune.db"
    with closing(Database(f"sqlite:///{file}")) as database:
        migrate(database)
    return file


@pytest.fixture(scope="session")
def postgres_template(postgres: Postgres) -> str:
    """The name of a migrated PostgreSQL database, to be copied."""
    url = postgres.new_database()
    with closing(Database(url)) as database:
        migrate(database)
    return url.rpartition("/")[2]


def _sqlite(request: pytest.FixtureRequest) -> str:
    file = request.getfixturevalue("tmp_path") / "new" / "attune.db"
    file.parent.mkdir()
    shutil.copy(request.getfixturevalue("sqlite_template"), file)
    return f"sqlite:///{file}"


def _postgresql(request: pytest.FixtureRequest) -> str:
    template = request.getfixturevalue("postgres_template")
    url: str = request.getfixturevalue("postgres").new_database(template)
    return url


DATABASES = {"sqlite": _sqlite, "postgresql": _postgresql}
"""What makes a migrated database without rows; its URL."""


@pytest.fixture(name="url", params=DATABASES)
def _url(request: pytest.FixtureRequest) -> str:
    """A migrated database of each kind."""
    return DATABASES[request.param](request)


@pytest.fixture(name="database")
def _database(url: str) -> Iterator[Database]:
    with closing(Database(url)) as database:
        yield database


@pytest.fixture(name="stores")
def _stores(database: Database) -> Stores:
    return stores_over(database)


def stores_over(database: Database) -> Stores:
    """Return the stores over a migrated database."""
    clock = FakeClock()
    return Stores(
        Catalogue(database, population_predictor(), clock),
        LabelLog(database, clock),
        PrequentialRecords(database),
        PersonalModels(database),
        lambda other: Catalogue(database, other, clock),
    )
