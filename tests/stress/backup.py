"""Back up PostgreSQL while clients write, and restore, by the manual's own commands."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from service.clock import utc_now
from service.db.database import Database
from service.db.label_log import LabelLog
from tests.documentation import OPERATING, blocks
from tests.fakes import standing_votes
from tests.journey.servers import Served
from tests.postgres import Postgres, new_cluster
from tests.stress import label_log
from tests.stress.clients import Clients, Post, Workload
from tests.stress.context import POSTGRESQL, START_S, Context
from tests.stress.keys import admin, client
from tests.stress.report import Row
from tests.stress.rolling import Releases, tables_that_differ

DATABASES = (POSTGRESQL,)
LIMIT_S = 1200.0, 600.0
ROLE = "attune"
"""The service's role, as the manual names it."""
FORGOTTEN = "forgotten"


@dataclass(frozen=True)
class Known:
    """What is known of the database when the backup begins.

    Attributes:
        acknowledged: Posts that were acknowledged before.
        headers: Those of an administrator.
    """

    acknowledged: list[Post]
    workload: Workload
    headers: Mapping[str, str]


def run(context: Context) -> list[Row]:
    """Dump while clients write; restore into the same cluster and into a new one."""
    assert context.postgres is not None
    context.postgres.tell(f"CREATE ROLE {ROLE} LOGIN")
    database_url = context.new_database()
    name = database_url.rpartition("/")[2]
    context.postgres.tell(f"ALTER DATABASE {name} OWNER TO {ROLE}")
    database_url = context.postgres.url_of(name, ROLE)
    dump, restore = _manual()
    with context.served(database_url) as served:
        known, dump_s = _dumped(context, served, dump)
    rows = [
        context.figure("pg_dump beside the clients", f"{dump_s:.1f} s"),
        context.figure("posts acknowledged before", f"{len(known.acknowledged):,}"),
    ]
    rows += _restored(context, context.postgres, known, restore, "the same cluster")
    with new_cluster() as other:
        other.tell(f"CREATE ROLE {ROLE} LOGIN")
        rows += _restored(context, other, known, restore, "a new cluster")
    return rows


def _manual() -> tuple[str, str]:
    """Return the manual's commands for PostgreSQL: those that dump, those that restore."""
    (block,) = (each for each in blocks(OPERATING, "postgresql") if "pg_restore" in each.text)
    dump, restore = block.text.split("\n", 1)
    assert dump.startswith("pg_dump "), dump
    return dump, restore


def _dumped(context: Context, served: Served, dump: str) -> tuple[Known, float]:
    """Let clients write, dump meanwhile, and return what was known before."""
    assert context.postgres is not None
    size = {"n_users": 40, "n_tracks": 40, "n_clients": 8}
    workload = Workload(n_posts=context.size(8_000, 400), seed=22, **size)
    headers = admin(served)
    workload.register(served.port, headers)
    _forget(served, headers)
    with Clients(served.port, workload, headers) as clients:
        while clients.n_posts < workload.n_posts // 4:
            assert not clients.have_ended_within(0.05)
        known = Known(clients.acknowledged, workload, headers)
        context.log(f"{len(known.acknowledged):,} posts are acknowledged; the dump begins")
        started = time.monotonic()
        _run(context, context.postgres, dump, served.environ["ATTUNE_DATABASE_URL"])
        seconds = time.monotonic() - started
        clients.journal()
    return known, seconds


def _forget(served: Served, headers: Mapping[str, str]) -> None:
    label = {"event_id": "1", "track_id": "song-000", "quadrant": "Q1"}
    with client(served.port, headers) as http:
        told = http.post("/update", json={"user_id": FORGOTTEN, "labels": [label]})
        told.raise_for_status()
        http.delete(f"/users/{FORGOTTEN}").raise_for_status()


def _restored(
    context: Context, cluster: Postgres, known: Known, restore: str, where: str
) -> list[Row]:
    """Restore the dump, serve it, and compare it with what is known."""
    context.log(f"the backup is restored into {where}")
    started = time.monotonic()
    _run(context, cluster, restore, cluster.url_of("postgres"))
    seconds = time.monotonic() - started
    releases = Releases(context, where, cluster.url_of("restored", ROLE))
    served = releases.replica("restored", Path.cwd())
    served.start()
    try:
        served.until_ready(START_S)
        rows = _checked(context, served, known)
    finally:
        served.kill()
    rows += [
        context.none_of("tables that differ from a recount", tables_that_differ(releases)),
        context.figure("restored in", f"{seconds:.1f} s"),
    ]
    return [replace(row, what=f"{where}: {row.what}") for row in rows]


def _checked(context: Context, served: Served, known: Known) -> list[Row]:
    database_url = served.environ["ATTUNE_DATABASE_URL"]
    stored = {
        (user, event): label for user, event, label in label_log.read_log(database_url).events
    }
    expected = label_log.events_of(known.acknowledged)
    label = {"event_id": "2", "track_id": "song-000", "quadrant": "Q1"}
    with client(served.port, known.headers) as http:
        late = http.post("/update", json={"user_id": FORGOTTEN, "labels": [label]})
        keyed = http.get("/overview")
        queried = http.post("/query", json={"user_id": known.workload.user_ids[0], "n": 4})
    with client(served.port) as http:
        unkeyed = http.get("/overview")
    again = replace(known.workload, n_posts=context.size(800, 80), seed=23, n_clients=8)
    # Its events are others': the names of the first workload's are taken.
    with Clients(served.port, replace(again, prefix="again-"), known.headers) as clients:
        journal = clients.journal()
    log = label_log.read_log(database_url)
    with closing(Database(database_url)) as database:
        seen = {
            each: list(votes)
            for each, votes in standing_votes(LabelLog(database, utc_now)).items()
        }
    counted = {each: votes for each, votes in log.votes().items() if any(votes)}
    return [
        context.equal(
            "acknowledged events that are missing, or differ",
            sum(stored.get(key) != label for key, label in expected.items()),
        ),
        context.equal("status of an update of a forgotten listener", late.status_code, 410),
        context.equal("status with a key made before", keyed.status_code, 200),
        context.equal("status without a key", unkeyed.status_code, 401),
        context.equal("status of a query, by track features made again", queried.status_code, 200),
        context.equal("posts after the restore that failed", journal.failures.total()),
        context.none_of("replies that contradict the log", journal.wrong_replies),
        label_log.check_votes(context, database_url, log),
        context.equal(
            "tracks whose votes a worker reads otherwise than the log has them",
            sum(seen.get(each) != counted.get(each) for each in seen | counted),
        ),
    ]


def _run(context: Context, cluster: Postgres, commands: str, database_url: str) -> None:
    """Run the manual's commands in the part's folder."""
    urls = {
        "DATABASE": database_url,
        "RESTORED": cluster.url_of("restored", ROLE),
        "ADMINISTRATOR": cluster.url_of("postgres"),
    }
    run_by = str(Path(sys.executable).parent)
    environ = os.environ | {name: url.replace("+psycopg", "") for name, url in urls.items()}
    environ |= {
        "PATH": os.pathsep.join([str(cluster.tools), run_by, os.environ["PATH"]]),
        "PYTHONPATH": str(Path.cwd()),
    }
    done = subprocess.run(  # noqa: S603  # the manual's own commands
        ["bash", "-euc", commands],  # noqa: S607  # the system's own
        cwd=context.folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
