"""Every store over every database; another one is one line in DATABASES."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from service.db.catalogue import Catalogue
from service.db.database import Database
from service.db.forecasts import PrequentialRecords
from service.db.label_log import LabelLog
from service.db.personal_models import PersonalModels
from service.db.schema import migrate
from service.tracks import Content, PopulationPredictor, TrackMetadata
from tests.fakes import FakeClock, features, population_predictor

CONTENT = Content("a" * 64, None)


@dataclass
class Stores:
    """The stores over one state, and the same state as another snapshot reads it."""

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


def _sql(url: str, stack: ExitStack) -> Stores:
    database, clock = Database(url), FakeClock()
    stack.callback(database.close)
    migrate(database)
    return Stores(
        Catalogue(database, population_predictor(), clock),
        LabelLog(database, clock),
        PrequentialRecords(database),
        PersonalModels(database),
        lambda other: Catalogue(database, other, clock),
    )


DATABASES: dict[str, Callable[[pytest.FixtureRequest], str]] = {
    "sqlite": lambda request: f"sqlite:///{request.getfixturevalue('tmp_path')}/new/attune.db",
    "postgresql": lambda request: request.getfixturevalue("postgres").new_database(),
}
"""What makes an empty database; its URL."""


@pytest.fixture(name="url", params=DATABASES)
def _url(request: pytest.FixtureRequest) -> str:
    """An empty database of each kind."""
    return DATABASES[request.param](request)


@pytest.fixture(name="stores")
def _stores(url: str) -> Iterator[Stores]:
    with ExitStack() as stack:
        yield _sql(url, stack)
