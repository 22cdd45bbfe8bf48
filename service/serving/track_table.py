"""The catalogue as arrays in memory, kept up to date change by change."""

from threading import Lock

from models.catalogue_pool import TrackTable
from service.db.catalogue import Catalogue

CHANGES_AT_ONCE = 2_000
"""Changes read in one go: bounds the memory that a first reading takes beside the table."""


class LiveTable:
    """Holds the tracks that may be asked about; several threads may use it."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._table = TrackTable.of([])
        self._revision = 0
        self._lock = Lock()

    def warm_up(self) -> None:
        """Read the catalogue now, and lay it out as arrays."""
        _ = self.current().columns

    def current(self) -> TrackTable:
        """Return the table with every change that was committed before this call."""
        with self._lock:
            while True:
                changes = self._catalogue.changes_since(self._revision, CHANGES_AT_ONCE)
                if changes.revision == self._revision:
                    return self._table
                self._table = self._table.with_tracks(changes.changed, changes.removed)
                self._revision = changes.revision
