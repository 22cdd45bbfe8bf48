"""One database, measured behind a server of one worker; results are kept as JSON."""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from tests.bench import server
from tests.bench.scale.databases import Size, count_events
from tests.bench.scale.isolation import Isolation, isolate
from tests.bench.scale.measuring import (
    SETTINGS,
    Measured,
    Memory,
    Started,
    memory,
    started,
)
from tests.bench.scale.routes import every_call
from tests.bench.scale.stores import Store
from tests.bench.tables import say


@dataclass(frozen=True, slots=True)
class Trial:
    """What was measured of one database.

    Attributes:
        n_events: Answers, corrections and retractions of all listeners.
        table_bytes: Bytes of each table with its indexes.
        feature_bytes: Bytes of the stored track features.
        cold: The start without stored track features.
        warm: The start with them.
        calls: Every call of the API.
        memory: After all calls.
        isolation: Quick calls beside uploads; None where they were not measured.
    """

    size: Size
    n_events: int
    table_bytes: Mapping[str, int]
    feature_bytes: int
    cold: Started
    warm: Started
    calls: Sequence[Measured]
    memory: Memory
    isolation: Isolation | None = None

    @classmethod
    def read(cls, path: Path) -> Self:
        """Return what `write` wrote."""
        kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        starts = {name: _started(kept[name]) for name in ("cold", "warm")}
        kept |= starts | {
            "size": Size(**kept["size"]),
            "calls": [Measured(**each) for each in kept["calls"]],
            "memory": Memory(**kept["memory"]),
            "isolation": kept["isolation"] and Isolation(**kept["isolation"]),
        }
        return cls(**kept)

    def write(self, path: Path) -> None:
        """Keep it."""
        path.write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")


def measure(store: Store, size: Size, folder: Path, *, is_isolated: bool) -> Trial:
    """Measure a copy of a database.

    Args:
        store: Keeps the database.
        size: What it holds.
        folder: For the files of the server.
        is_isolated: Whether to measure quick calls beside uploads, too.
    """
    shutil.rmtree(folder, ignore_errors=True)
    cache = folder / "cache"
    served = server.attune(
        folder,
        store.trial(size.name),
        ATTUNE_CACHE=str(cache),
        ATTUNE_AUDIO=str(folder / "audio"),
        **SETTINGS,
    )
    try:
        with started(served) as (_, cold):
            say(f"  cold start: {cold.wall_s:.1f} s, {cold.cpu_s:.1f} s of a processor")
        feature_bytes = sum(path.stat().st_size for path in cache.rglob("*") if path.is_file())
        with started(served) as (client, warm):
            say(f"  warm start: {warm.wall_s:.1f} s, {warm.cpu_s:.1f} s of a processor")
            calls = [client.measure(call) for call in every_call(size.n_tracks, size.n_listeners)]
            used = memory(served)
        isolation = None
        if is_isolated:
            with started(served) as (client, _):
                isolation = isolate(client, served.port, size.n_tracks)
    finally:
        store.drop_trial()
        shutil.rmtree(folder, ignore_errors=True)
    return Trial(
        size,
        count_events(store, size),
        store.table_bytes(size.name),
        feature_bytes,
        cold,
        warm,
        calls,
        used,
        isolation,
    )


def _started(kept: Mapping[str, Any]) -> Started:
    return Started(**{**kept, "memory": Memory(**kept["memory"])})
