"""Changes of track features, read from a database."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy import bindparam, select

from models.arrays import FloatMatrix
from service.db.database import Database
from service.db.population_predictions import seen_by_snapshot
from service.db.stale_rows import served_features_in
from service.db.tables import catalogue, track
from service.db.track_feature_files import Changes
from service.db.track_rows import BRIEF
from service.db.track_segments import FLOAT32
from service.tracks import PopulationPredictor

CHANGES_AT_ONCE = 10_000

_NOW = select(catalogue.c.identity, catalogue.c.revision)
_CHANGES = (
    seen_by_snapshot(
        (
            track.c.track_id,
            track.c.revision,
            track.c.is_hidden,
            track.c.feature_digest,
            track.c.snapshot,
            track.c.sketch,
        )
    )
    .where(track.c.revision > bindparam("since"))
    .order_by(track.c.revision)
    .limit(bindparam("most"))
)
_THOSE = seen_by_snapshot(BRIEF).where(
    track.c.track_id.in_(bindparam("track_ids", expanding=True))
)


class TrackFeatureFeed:
    """Reads changes of track features from a database, under one snapshot."""

    def __init__(self, database: Database, population_predictor: PopulationPredictor) -> None:
        self._database = database
        self._predictor = population_predictor

    def now(self) -> tuple[str, int]:
        """Return the catalogue's identity and revision."""
        with self._database.read() as connection:
            identity, revision = connection.execute(_NOW).one()
        return identity, revision

    def since(self, revision: int) -> tuple[int, Changes]:
        """Return the first changes after a revision, and the revision that they lead to."""
        version, digest = self._predictor.version, self._predictor.feature_digest
        parameters = {"since": revision, "most": CHANGES_AT_ONCE, "version": version}
        with self._database.read() as connection:
            # The driver's tuples: of a million tracks, SQLAlchemy's rows take seconds.
            rows = connection.execute(_CHANGES, parameters).cursor.fetchall()
        ready = {
            track_id: sketch
            for track_id, _, is_hidden, row_digest, snapshot, sketch in rows
            if not is_hidden and sketch is not None and (snapshot, row_digest) == (version, digest)
        }
        others = [row[0] for row in rows if not row[2] and row[0] not in ready]
        converted = self._converted(others)
        stale = {row[0] for row in rows if row[3] != digest and row[0] in converted}
        removed = [row[0] for row in rows if row[0] not in ready and row[0] not in converted]
        parts = self._served([*ready.values()]), [*converted.values()]
        changed = np.concatenate(
            [part for part in parts if len(part)] or [np.zeros((0, 0), np.float32)]
        )
        last = rows[-1][1] if rows else revision
        return last, Changes([*ready, *converted], changed, removed, stale)

    def _served(self, sketches: Sequence[bytes]) -> FloatMatrix:
        """Return the served features of stored ones ``(n_tracks, n_columns)``."""
        if not sketches:
            return np.zeros((0, 0), np.float32)
        if len(set(map(len, sketches))) > 1:
            raise ValueError("the database holds track features of several lengths")
        stored = np.frombuffer(b"".join(sketches), FLOAT32).reshape(len(sketches), -1)
        return self._predictor.recalibrated_features(stored)

    def _converted(self, track_ids: list[str]) -> dict[str, Any]:
        """Return the features of tracks that another snapshot predicted; some may have none."""
        if not track_ids:
            return {}
        parameters = {"track_ids": track_ids, "version": self._predictor.version}
        with self._database.read() as connection:
            rows = connection.execute(_THOSE, parameters).all()
        return served_features_in(rows, self._predictor)
