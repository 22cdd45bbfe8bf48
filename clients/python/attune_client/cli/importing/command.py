"""``attune import``: its options, and what it does one after the other."""

import functools
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from attune_client.cli.connection import STEADFAST, Service, with_service
from attune_client.cli.importing.folder import FolderError, find_recordings
from attune_client.cli.importing.journal import Journal, JournalError, journal_path
from attune_client.cli.importing.pace import FEWEST, MOST, UploadConcurrency
from attune_client.cli.importing.report import (
    STOPPED,
    Count,
    end,
    list_failures,
    preview,
    progress,
    report,
)
from attune_client.cli.importing.scan import find_rows, require_sizes
from attune_client.cli.importing.source import Sources
from attune_client.cli.importing.table import TableError
from attune_client.cli.importing.uploads import StoppedError, UploadQueue, plan
from attune_client.cli.output import make_console
from attune_client.cli.words import plain

SUFFIX = ".csv"
"""What the name of a table ends in."""
STOPPING = b"\nStopping when what is on its way has arrived; Ctrl-C again ends it.\n"


@click.command("import")
@click.argument("music", metavar="FOLDER|TABLE.csv", type=click.Path(path_type=Path))
@click.option(
    "--jobs",
    type=click.IntRange(1, MOST),
    help="Uploads in flight; as many as pay, if nobody says.",
)
@click.option("--fresh", is_flag=True, help="Forget what was imported before.")
@click.option(
    "--failures",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A CSV file for what could not be imported.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be sent, and send nothing.")
@functools.partial(with_service, retry=STEADFAST)
def import_music(  # noqa: PLR0913  # as many as there are options
    service: Service,
    /,
    *,
    music: Path,
    jobs: int | None,
    fresh: bool,
    failures: Path | None,
    dry_run: bool,
) -> None:
    """Register every recording in FOLDER and below, or every row of TABLE.csv.

    A recording goes with its tags and its lyrics. A track's id is its path without the ending.
    Lyrics are those of the .txt or .lrc file beside a recording, or else those embedded in it.

    A row goes by its embeddings: lists of numbers in audio_embedding and lyrics_embedding, or
    numbered columns, audio_0, audio_1, ... and lyrics_0, lyrics_1, ... The id is in track_id, ids
    or id, or else made of artist (or artist_name) and title (or track_name). audio_url goes with
    it where it is an http or https address. Nothing else is sent: no lyrics and no labels. The
    service needs models that read embeddings.

    Run it again after a stop, however hard: it goes on where it was, and later sends only what is
    new or has changed.
    """
    try:
        found = _found(music)
        path = journal_path(service.url, music, os.environ)
        journal = Journal(path) if dry_run and fresh else Journal.open(path, fresh=fresh)
    except (FolderError, TableError, JournalError) as error:
        raise click.ClickException(plain(str(error))) from error
    try:
        if dry_run:
            preview(plan(found.sources, journal, None), found)
            return
        _require(service, found)
        pace = UploadConcurrency(time.monotonic, jobs or FEWEST, is_fixed=jobs is not None)
        _import(service, journal, found, pace, failures)
    finally:
        journal.close()


def _found(music: Path) -> Sources:
    if music.suffix.lower() == SUFFIX and not music.is_dir():
        click.echo(f"Looking through {plain(str(music))}.", err=True)  # takes its seconds
        return find_rows(music)
    return Sources(find_recordings(music), "recording")


def _require(service: Service, found: Sources) -> None:
    """See that the service is there: what follows would wait for it long and patiently.

    Raises:
        click.ClickException: It is not, or does not read such embeddings.
    """
    if not service.client.ready():
        raise click.ClickException(
            f"No Attune service is ready at {service.url}; --url or ATTUNE_URL say where it is."
        )
    if not found.sizes:
        return
    try:
        require_sizes(found, service.client.model().embeddings, service.url)
    except TableError as error:
        raise click.ClickException(str(error)) from error


def _import(
    service: Service,
    journal: Journal,
    found: Sources,
    pace: UploadConcurrency,
    failures: Path | None,
) -> None:
    planned = plan(found.sources, journal, service.client)
    count = Count(len(found.sources), planned.n_there)
    started = time.monotonic()
    stopped = None
    uploading = UploadQueue(service.client, journal)
    with progress() as bar:
        task = bar.add_task("importing", total=count.n_all, completed=planned.n_there)
        try:
            with _ctrl_c() as may_begin:
                for outcome in uploading.run(planned, pace, may_begin):
                    count.add(outcome)
                    bar.update(task, advance=1, description=count.description)
        except StoppedError as error:
            stopped = error.__cause__
    report(count, found, time.monotonic() - started)
    list_failures(count.failed, failures)
    end(count, stopped)


@contextmanager
def _ctrl_c() -> Iterator[Callable[[], bool]]:
    """Let the first Ctrl-C begin nothing new, and the second end at once.

    Yields:
        Whether nobody has pressed it.
    """
    n_pressed = 0

    def pressed(*_: object) -> None:
        nonlocal n_pressed
        n_pressed += 1
        if n_pressed > 1:
            make_console(errors=True).show_cursor()
            os._exit(STOPPED)
        os.write(sys.stderr.fileno(), STOPPING)  # a signal may come while a line is written

    before = signal.signal(signal.SIGINT, pressed)
    try:
        yield lambda: n_pressed == 0
    finally:
        signal.signal(signal.SIGINT, before)
