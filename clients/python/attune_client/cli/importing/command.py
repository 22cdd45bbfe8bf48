"""``attune import``: its options, its progress, and what it says at the end."""

import csv
import functools
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import click
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from attune_client.cli.connection import STEADFAST, Service, with_service
from attune_client.cli.failures import sentence
from attune_client.cli.importing.folder import FolderError, Recording, find_recordings
from attune_client.cli.importing.journal import Journal, JournalError, journal_path
from attune_client.cli.importing.pace import FEWEST, MOST, Pace
from attune_client.cli.importing.texts import TextError, read_texts
from attune_client.cli.importing.uploads import (
    Fate,
    Outcome,
    Plan,
    StoppedError,
    Uploading,
    plan,
)
from attune_client.cli.output import columns, screen, whole_file
from attune_client.cli.words import plain

STOPPED = 130
STOPPING = b"\nStopping when what is on its way has arrived; Ctrl-C again ends it.\n"


@click.command("import")
@click.argument("folder", type=click.Path(path_type=Path))
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
def import_folder(  # noqa: PLR0913  # as many as there are options
    service: Service,
    /,
    *,
    folder: Path,
    jobs: int | None,
    fresh: bool,
    failures: Path | None,
    dry_run: bool,
) -> None:
    """Register every recording in FOLDER and below, with its tags and its lyrics.

    A track's id is its path without the ending. Lyrics are those of the .txt or .lrc file beside
    a recording, or else those embedded in it. Run it again after a stop, however hard: it goes on
    where it was, and later sends only what is new or has changed.
    """
    try:
        recordings = find_recordings(folder)
        path = journal_path(service.url, folder, os.environ)
        journal = Journal(path) if dry_run and fresh else Journal.open(path, fresh=fresh)
    except (FolderError, JournalError) as error:
        raise click.ClickException(plain(str(error))) from error
    try:
        if dry_run:
            _preview(plan(recordings, journal, None))
            return
        _require(service)
        planned = plan(recordings, journal, service.client)
        pace = Pace(time.monotonic, jobs or FEWEST, is_fixed=jobs is not None)
        _import(service, journal, planned, pace, failures)
    finally:
        journal.close()


def _require(service: Service) -> None:
    """See that the service is there: what follows would wait for it long and patiently.

    Raises:
        click.ClickException: It is not.
    """
    if not service.client.ready():
        raise click.ClickException(
            f"No Attune service is ready at {service.url}; --url or ATTUNE_URL say where it is."
        )


def _preview(planned: Plan) -> None:
    rows = [_previewed(recording) for recording in planned.due]
    for line in columns(["track", "title", "artist", "lyrics", "file"], rows):
        click.echo(line)
    click.echo(f"{_counted(len(rows))} would be sent; {planned.n_there} are there.", err=True)


def _previewed(recording: Recording) -> list[str]:
    try:
        texts = read_texts(recording.path, recording.lyrics)
    except (TextError, OSError) as error:
        return [recording.track_id, "-", "-", "-", plain(sentence(error))]
    told = [texts.title or "-", texts.artist or "-", texts.lyrics_from or "-"]
    return [recording.track_id, *map(plain, told), plain(str(recording.path))]


@dataclass
class _Count:
    """What has become of the recordings so far."""

    n_there: int
    n_sent: int = 0
    failed: list[Outcome] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        self.n_sent += outcome.fate is Fate.SENT
        self.n_there += outcome.fate is Fate.THERE
        if outcome.fate is Fate.FAILED:
            self.failed.append(outcome)


def _import(
    service: Service, journal: Journal, planned: Plan, pace: Pace, failures: Path | None
) -> None:
    count = _Count(planned.n_there)
    started = time.monotonic()
    stopped = None
    uploading = Uploading(service.client, journal)
    n_all = len(planned.due) + planned.n_there
    with _progress() as bar:
        task = bar.add_task("importing", total=n_all, completed=planned.n_there)
        try:
            with _ctrl_c() as may_begin:
                for outcome in uploading.run(planned, pace, may_begin):
                    count.add(outcome)
                    bar.update(task, advance=1, description=_description(count))
        except StoppedError as error:
            stopped = error.__cause__
    _report(count, time.monotonic() - started, n_all)
    _list(count.failed, failures)
    _end(count, stopped, n_all)


def _end(count: _Count, stopped: BaseException | None, n_all: int) -> None:
    """Raise what makes the exit status."""
    if isinstance(stopped, Exception):
        raise click.ClickException(f"{sentence(stopped)}\nRun it again to go on.")
    n_told = count.n_sent + count.n_there + len(count.failed)
    if n_told < n_all:
        click.echo("Stopped; run it again to go on.", err=True)
        raise click.exceptions.Exit(STOPPED)
    if count.failed:
        raise click.exceptions.Exit(1)


def _report(count: _Count, seconds: float, n_all: int) -> None:
    rate = f" ({count.n_sent / seconds:.1f} a second)" if count.n_sent else ""
    said = [f"{_counted(count.n_sent)} of {n_all} sent in {seconds:.1f} s{rate}"]
    if count.n_there:
        said.append(f"{count.n_there} there already")
    if count.failed:
        said.append(f"{len(count.failed)} failed")
    click.echo(f"{', '.join(said)}.")


def _list(failed: Sequence[Outcome], path: Path | None) -> None:
    """Say what failed; a CSV file lists it, and is not left from before where nothing did."""
    for outcome in failed:
        click.echo(f"{plain(str(outcome.recording.path))}: {outcome.why}", err=True)
    if path is None:
        return
    with whole_file(path) as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["track_id", "path", "why"])
        rows.writerows(
            [one.recording.track_id, plain(str(one.recording.path)), one.why] for one in failed
        )


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
            screen(errors=True).show_cursor()
            os._exit(STOPPED)
        os.write(sys.stderr.fileno(), STOPPING)  # a signal may come while a line is written

    before = signal.signal(signal.SIGINT, pressed)
    try:
        yield lambda: n_pressed == 0
    finally:
        signal.signal(signal.SIGINT, before)


class _Rate(ProgressColumn):
    """Files a second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("-- a second" if speed is None else f"{speed:.1f} a second")


def _progress() -> Progress:
    console = screen(errors=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeRemainingColumn(),
        TextColumn("left"),
        console=console,
        disable=not console.is_terminal,
    )


def _description(count: _Count) -> str:
    return f"importing, {len(count.failed)} failed" if count.failed else "importing"


def _counted(n: int) -> str:
    return f"{n} recording{'' if n == 1 else 's'}"
