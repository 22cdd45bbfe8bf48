"""The catalogue as arrays in memory, updated change by change."""

from threading import Lock

from models.catalogue_pool import TrackTable
from service.db.catalogue import Catalogue

CHANGES_AT_ONCE = 2_000
"""Changes read at once: bounds the extra memory of the first read."""


class LiveTable:
    """The tracks that a query may choose; safe for several threads."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._table = TrackTable.of([])
        self._revision = 0
        self._lock = Lock()

    def warm_up(self) -> None:
        """Read the catalogue and build the arrays."""
        _ = self.current().columns

    def current(self) -> TrackTable:
        """Return the table with every change committed before this call."""
        with self._lock:
            while True:
                changes = self._catalogue.changes_since(self._revision, CHANGES_AT_ONCE)
                if changes.revision == self._revision:
                    return self._table
                self._table = self._table.with_tracks(changes.changed, changes.removed)
                self._revision = changes.revision
