"""Registration of many tracks in one transaction."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from models.track import PopulationPrediction, TrackFeatures
from service.db.catalogue import Catalogue
from service.db.database import Database
from service.errors import TrackLabelledError
from service.tracks import CatalogueChange, Content, TrackMetadata


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A track to register, with the snapshot's prediction."""

    track_id: str
    features: TrackFeatures
    population_prediction: PopulationPrediction
    content: Content
    track_metadata: TrackMetadata


class BulkCatalogue(Catalogue):
    """A catalogue that registers many tracks at once."""

    def put_all(self, entries: Sequence[Entry]) -> list[CatalogueChange | TrackLabelledError]:
        """Register tracks in one transaction.

        Returns:
            For each track its change, or the error if an answer stands on other content and the
            track was left unchanged.
        """
        by_id = sorted(range(len(entries)), key=lambda place: entries[place].track_id)
        with self._database.write() as connection:
            within = _JoinedTransaction(connection)
            # In ascending order of ids, in which rows are always locked.
            outcomes = {place: self._put(entries[place], within) for place in by_id}
        return [outcomes[place] for place in range(len(entries))]

    def _put(
        self, entry: Entry, within: "_JoinedTransaction"
    ) -> CatalogueChange | TrackLabelledError:
        population_predictor = replace(
            self._predictor, predict_population=lambda _: entry.population_prediction
        )
        catalogue = Catalogue(within, population_predictor, self._clock, segments=self._segments)
        try:
            return catalogue.put(
                entry.track_id, entry.features, entry.content, entry.track_metadata
            )
        except TrackLabelledError as refusal:
            return refusal


class _JoinedTransaction(Database):
    """A database whose writes join a transaction that the caller ends."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        yield self._connection
