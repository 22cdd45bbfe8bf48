"""What the track features of a large catalogue cost: one replica builds them, another fetches.

::

    python -m tests.bench.track_features --tracks 1000000
"""

import tempfile
import time
from contextlib import closing, suppress
from pathlib import Path

import click

from models.command_line import HELP_OPTIONS
from models.personal.logistic import n_columns
from service.clock import utc_now
from service.db.catalogue import Catalogue
from service.db.database import Database
from service.db.published_features import PublishedFeatures
from service.db.schema import migrate
from service.db.track_feature_feed import TrackFeatureFeed
from service.db.track_features import TrackFeatureStore
from service.errors import FeaturesNotReadyError
from tests.bench.rank import N_COMPONENTS
from tests.fakes import population_predictor
from tests.postgres import Postgres, new_cluster

WIDTH = n_columns(N_COMPONENTS)
FILL = """
INSERT INTO track (track_id, revision, is_hidden, title, artist, audio_sha256, created_at,
    updated_at, feature_digest, snapshot, audio_logits, sketch)
SELECT 'track-' || i, i, false, 'title', 'artist', repeat('a', 64), now(), now(),
    '{digest}', '{snapshot}', decode(repeat(md5(i::text), 20), 'hex'),
    substr(decode(repeat(md5(i::text), {width}), 'hex'), 1, 4 * {width})
FROM generate_series(1, {n_tracks}) i
"""


@click.command(context_settings=HELP_OPTIONS)
@click.option("--tracks", type=click.IntRange(min=20_001), default=1_000_000, show_default=True)
def main(tracks: int) -> None:
    """Print what one replica pays to build and publish, another to fetch, and one change."""
    with tempfile.TemporaryDirectory() as disks, new_cluster() as postgres:
        url = postgres.new_database()
        with closing(Database(url)) as database:
            migrate(database)
            _fill(postgres, url, tracks)
            _measure(database, postgres, url, Path(disks), tracks)


def _fill(postgres: Postgres, url: str, n_tracks: int) -> None:
    predictor = population_predictor()
    known = {"digest": predictor.feature_digest, "snapshot": predictor.version, "width": WIDTH}
    postgres.tell(FILL.format(n_tracks=n_tracks, **known), url)
    postgres.tell("UPDATE catalogue SET revision = (SELECT max(revision) FROM track)", url)
    postgres.tell("ANALYZE", url)


def _measure(database: Database, postgres: Postgres, url: str, disks: Path, n_tracks: int) -> None:
    click.echo(f"{n_tracks:,} tracks, {WIDTH} numbers each; times of one worker\n")
    for did in ("built and published", "fetched"):
        store = _store(database, disks / did)
        began, used = time.perf_counter(), time.process_time()
        with suppress(FeaturesNotReadyError):
            store.current()
        refused_s = time.perf_counter() - began
        store.prepare()
        click.echo(
            f"{did}: {time.process_time() - used:.1f} s of processor time,"
            f" {time.perf_counter() - began:.1f} s; the first call was answered after"
            f" {1e3 * refused_s:.0f} ms"
        )
    Catalogue(database, population_predictor(), utc_now).hide("track-1")
    used = time.process_time()
    store.current()
    click.echo(f"one change: {1e3 * (time.process_time() - used):.0f} ms of processor time")
    ((n_parts, n_bytes),) = postgres.tell(
        "SELECT count(*), sum(length(content)) FROM published_part", url
    )
    on_disk = sum(path.stat().st_size for path in (disks / did).rglob("*"))
    click.echo(f"published: {n_parts} parts, {n_bytes} bytes; on a replica's disk: {on_disk}")


def _store(database: Database, folder: Path) -> TrackFeatureStore:
    predictor = population_predictor()
    published = PublishedFeatures(database, utc_now, predictor.version)
    feed = TrackFeatureFeed(database, predictor)
    return TrackFeatureStore(feed, folder, predictor.version, WIDTH, published)


if __name__ == "__main__":
    main()
