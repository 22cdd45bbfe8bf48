"""``attune import``: options and the steps of an import."""

import functools
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click

from attune_client.cli.connection import IMPORT, Service, with_service
from attune_client.cli.formatting import plain
from attune_client.cli.importing.concurrency import MAX_UPLOADS, MIN_UPLOADS, UploadConcurrency
from attune_client.cli.importing.folder import FolderError, find_recordings, keep_ids
from attune_client.cli.importing.journal import Journal, JournalError, journal_path
from attune_client.cli.importing.progress import (
    STOPPED,
    Counts,
    end,
    list_failures,
    preview,
    progress,
    report,
)
from attune_client.cli.importing.sources import Sources
from attune_client.cli.importing.table import TableError
from attune_client.cli.importing.table_check import find_rows, require_sizes
from attune_client.cli.importing.uploads import StoppedError, UploadQueue, plan
from attune_client.cli.output import OUTPUT, make_console

STOPPING = b"\nStopping after the uploads in progress; press Ctrl-C again to stop now.\n"


@click.command("import")
@click.argument("music", metavar="FOLDER|TABLE.csv", type=click.Path(path_type=Path))
@click.option(
    "--jobs",
    type=click.IntRange(1, MAX_UPLOADS),
    help="Parallel uploads; by default the fastest number.",
)
@click.option("--fresh", is_flag=True, help="Forget earlier imports and send everything.")
@click.option(
    "--failures",
    type=OUTPUT,
    help="Write failures to a CSV file.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be sent; send nothing.")
@functools.partial(with_service, retry=IMPORT)
def import_music(  # noqa: PLR0913  # the options
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

    A recording is sent with its tags and lyrics. Its id is its path without the ending, and stays
    when a better file replaces it. Lyrics come from the .txt or .lrc file beside the recording, or
    else from its tags. The end of the run lists failures, and what was cut or left out.

    A row is sent as embeddings: lists of numbers in audio_embedding and lyrics_embedding, or
    numbered columns, audio_0, audio_1, ... and lyrics_0, lyrics_1, ... The id comes from track_id,
    ids or id, or else from artist (or artist_name) and title (or track_name). An audio_url is sent
    if it is an http or https address. Nothing else is sent, no lyrics and no labels. The service
    needs models that read embeddings.

    An import that was stopped or killed resumes when you run it again. Later runs send only new
    and changed tracks.
    """
    try:
        found = _sources(music)
        path = journal_path(service.url, music, os.environ)
        journal = Journal.open(path, fresh=fresh, is_preview=dry_run)
        found = replace(found, sources=keep_ids(found.sources, journal, service.url))
        if not dry_run:
            journal.belong(service.url, music)
    except (FolderError, TableError, JournalError) as error:
        raise click.ClickException(plain(str(error))) from error
    try:
        if dry_run:
            preview(plan(found.sources, journal, None), found)
            return
        _check_service(service, found)
        concurrency = UploadConcurrency(
            time.monotonic, jobs or MIN_UPLOADS, is_fixed=jobs is not None
        )
        _import(service, journal, found, concurrency, failures)
    finally:
        journal.close()


def _sources(music: Path) -> Sources:
    if music.suffix.lower() == ".csv" and not music.is_dir():
        click.echo(f"Checking {plain(str(music))}.", err=True)  # takes seconds
        return find_rows(music)
    return find_recordings(music)


def _check_service(service: Service, found: Sources) -> None:
    """Check the service before the uploads, whose retries take minutes.

    Raises:
        click.ClickException: The service is not ready, or does not read such embeddings.
    """
    if not service.client.ready():
        raise click.ClickException(
            f"No Attune service is ready at {service.url}; start it, or set --url or ATTUNE_URL."
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
    concurrency: UploadConcurrency,
    failures: Path | None,
) -> None:
    uploads = plan(found.sources, journal, service.client)
    counts = Counts(len(found.sources), uploads.n_present)
    started = time.monotonic()
    error = None
    queue = UploadQueue(service.client, journal)
    with progress() as bar:
        task = bar.add_task("importing", total=counts.n_all, completed=uploads.n_present)
        try:
            with _ctrl_c() as may_start:
                for outcome in queue.run(uploads, concurrency, may_start):
                    counts.add(outcome)
                    bar.update(task, advance=1, description=counts.description)
        except StoppedError as stopped:
            error = stopped.__cause__
    report(counts, found, time.monotonic() - started)
    list_failures(counts.failed, found, failures)
    end(counts, found, error)


@contextmanager
def _ctrl_c() -> Iterator[Callable[[], bool]]:
    """Stop new uploads at the first Ctrl-C, and the process at the second.

    Yields:
        A function that returns whether new uploads may start.
    """
    n_pressed = 0

    def handle(*_: object) -> None:
        nonlocal n_pressed
        n_pressed += 1
        if n_pressed > 1:
            make_console(errors=True).show_cursor()
            os._exit(STOPPED)
        # Not click.echo: the signal may interrupt another write.
        os.write(sys.stderr.fileno(), STOPPING)

    before = signal.signal(signal.SIGINT, handle)
    try:
        yield lambda: n_pressed == 0
    finally:
        signal.signal(signal.SIGINT, before)
