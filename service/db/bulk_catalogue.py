"""The catalogue where many tracks come at once: each is put as ever, all in one transaction."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from models.track import PopulationPrediction, TrackFeatures
from service.db.catalogue import Catalogue
from service.db.database import Database
from service.errors import TrackLabelledError
from service.tracks import Content, TrackMetadata


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A track to be registered, and what the snapshot says of it."""

    track_id: str
    features: TrackFeatures
    population_prediction: PopulationPrediction
    content: Content
    track_metadata: TrackMetadata


class BulkCatalogue(Catalogue):
    """A catalogue that takes many tracks at once."""

    def put_all(self, entries: Sequence[Entry]) -> list[bool | TrackLabelledError]:
        """Register tracks in one transaction.

        Returns:
            For each whether its id was not in use; or why it was left as it is, where somebody's
            answer stands on other content.
        """
        by_id = sorted(range(len(entries)), key=lambda place: entries[place].track_id)
        with self._database.write() as connection:
            within = _JoinedTransaction(connection)
            # In the order in which rows are always locked.
            outcomes = {place: self._put(entries[place], within) for place in by_id}
        return [outcomes[place] for place in range(len(entries))]

    def _put(self, entry: Entry, within: "_JoinedTransaction") -> bool | TrackLabelledError:
        population_predictor = replace(
            self._believer, predict_population=lambda _: entry.population_prediction
        )
        catalogue = Catalogue(within, population_predictor, self._clock)
        try:
            return catalogue.put(
                entry.track_id, entry.features, entry.content, entry.track_metadata
            )
        except TrackLabelledError as refusal:
            return refusal


class _JoinedTransaction(Database):
    """A database all of whose writes belong to a transaction that somebody else ends."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        yield self._connection
