"""Progress bar, preview and summary of ``attune import``."""

import csv
from collections.abc import Sequence
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

from attune_client.cli.error_messages import sentence
from attune_client.cli.formatting import plain
from attune_client.cli.importing.notices import PlacedNotice, list_notices
from attune_client.cli.importing.sources import Source, Sources
from attune_client.cli.importing.uploads import Outcome, Plan, UploadResult
from attune_client.cli.output import atomic_file, columns, make_console

STOPPED = 130


def preview(uploads: Plan, found: Sources) -> None:
    """Print what would be sent."""
    notices: list[PlacedNotice] = []
    rows = [_preview_row(source, notices) for source in uploads.due]
    for line in columns(["track", "title", "artist", "audio", "lyrics", "from"], rows):
        click.echo(line)
    click.echo(
        f"{found.counted(len(rows))} to send; {uploads.n_present} already imported.",
        err=True,
    )
    list_notices(notices, found)
    _list_unread(found)


def _preview_row(source: Source, notices: list[PlacedNotice]) -> list[str]:
    try:
        preview = source.preview()
        cells = [*preview.cells, source.place]
        notices += (PlacedNotice(source.place, notice) for notice in preview.notices)
    except (ValueError, OSError) as error:
        cells = ["-", "-", "-", "-", sentence(error)]
    return [source.track_id, *map(plain, cells)]


@dataclass
class Counts:
    """The results so far."""

    n_all: int
    n_present: int
    n_sent: int = 0
    failed: list[Outcome] = field(default_factory=list)
    notices: list[PlacedNotice] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """Count an outcome."""
        self.n_sent += outcome.result is UploadResult.SENT
        self.n_present += outcome.result is UploadResult.PRESENT
        self.notices += (PlacedNotice(outcome.source.place, each) for each in outcome.notices)
        if outcome.result is UploadResult.FAILED:
            self.failed.append(outcome)

    @property
    def description(self) -> str:
        """The text beside the progress bar."""
        return f"importing, {len(self.failed)} failed" if self.failed else "importing"

    @property
    def is_complete(self) -> bool:
        """Whether every source has an outcome."""
        return self.n_sent + self.n_present + len(self.failed) >= self.n_all


def report(counts: Counts, found: Sources, seconds: float) -> None:
    """Print how many tracks were sent, and the rate."""
    rate = f" ({counts.n_sent / seconds:.1f} a second)" if counts.n_sent else ""
    parts = [f"{found.counted(counts.n_sent)} of {counts.n_all} sent in {seconds:.1f} s{rate}"]
    if counts.n_present:
        parts.append(f"{counts.n_present} already imported")
    if counts.failed:
        parts.append(f"{len(counts.failed)} failed")
    click.echo(f"{', '.join(parts)}.")
    list_notices(counts.notices, found)


def list_failures(failed: Sequence[Outcome], found: Sources, path: Path | None) -> None:
    """Print the failures, and write them to a CSV file, which may have no rows."""
    for outcome in failed:
        click.echo(f"{plain(outcome.source.place)}: {outcome.why}", err=True)
    _list_unread(found)
    if path is None:
        return
    with atomic_file(path) as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["track_id", "path", "why"])
        rows.writerows([one.source.track_id, plain(one.source.place), one.why] for one in failed)
        rows.writerows(["", plain(place), why] for place, why in found.unread)


def _list_unread(found: Sources) -> None:
    for place, why in found.unread:
        click.echo(f"{plain(place)}: {why}", err=True)


def end(counts: Counts, found: Sources, error: BaseException | None) -> None:
    """Set the exit status.

    Args:
        counts: The results.
        found: What was to be imported.
        error: The error that stopped the import, if any.

    Raises:
        click.ClickException: An error stopped the import.
        click.exceptions.Exit: The user stopped it, or tracks failed.
    """
    if isinstance(error, Exception):
        raise click.ClickException(f"{sentence(error)}\nRun the command again to resume.")
    if not counts.is_complete:
        click.echo("Stopped; run the command again to resume.", err=True)
        raise click.exceptions.Exit(STOPPED)
    if counts.failed or found.unread:
        raise click.exceptions.Exit(1)


class _Rate(ProgressColumn):
    """Uploads a second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("-- a second" if speed is None else f"{speed:.1f} a second")


def progress() -> Progress:
    """Return the progress bar, which is hidden without a terminal."""
    console = make_console(errors=True)
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
