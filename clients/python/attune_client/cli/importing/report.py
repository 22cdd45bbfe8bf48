"""What ``attune import`` shows while it runs, and says at its end."""

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

from attune_client.cli.failures import sentence
from attune_client.cli.importing.source import Source, Sources
from attune_client.cli.importing.uploads import Outcome, Plan, UploadOutcome
from attune_client.cli.output import columns, make_console, whole_file
from attune_client.cli.words import plain

STOPPED = 130


def preview(planned: Plan, found: Sources) -> None:
    """Show what would be sent."""
    rows = [_previewed(source) for source in planned.due]
    for line in columns(["track", "title", "artist", "audio", "lyrics", "from"], rows):
        click.echo(line)
    click.echo(f"{found.counted(len(rows))} would be sent; {planned.n_there} are there.", err=True)


def _previewed(source: Source) -> list[str]:
    try:
        told = [*source.preview(), source.place]
    except (ValueError, OSError) as error:
        told = ["-", "-", "-", "-", sentence(error)]
    return [source.track_id, *map(plain, told)]


@dataclass
class Count:
    """What has become of the sources so far."""

    n_all: int
    n_there: int
    n_sent: int = 0
    failed: list[Outcome] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """Count one more."""
        self.n_sent += outcome.fate is UploadOutcome.SENT
        self.n_there += outcome.fate is UploadOutcome.THERE
        if outcome.fate is UploadOutcome.FAILED:
            self.failed.append(outcome)

    @property
    def description(self) -> str:
        """What stands beside the progress bar."""
        return f"importing, {len(self.failed)} failed" if self.failed else "importing"

    @property
    def is_whole(self) -> bool:
        """Whether each has come to its end."""
        return self.n_sent + self.n_there + len(self.failed) >= self.n_all


def report(count: Count, found: Sources, seconds: float) -> None:
    """Say how many arrived, and how fast."""
    rate = f" ({count.n_sent / seconds:.1f} a second)" if count.n_sent else ""
    said = [f"{found.counted(count.n_sent)} of {count.n_all} sent in {seconds:.1f} s{rate}"]
    if count.n_there:
        said.append(f"{count.n_there} there already")
    if count.failed:
        said.append(f"{len(count.failed)} failed")
    click.echo(f"{', '.join(said)}.")


def list_failures(failed: Sequence[Outcome], path: Path | None) -> None:
    """Say what failed; a CSV file lists it, and is not left from before where nothing did."""
    for outcome in failed:
        click.echo(f"{plain(outcome.source.place)}: {outcome.why}", err=True)
    if path is None:
        return
    with whole_file(path) as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["track_id", "path", "why"])
        rows.writerows([one.source.track_id, plain(one.source.place), one.why] for one in failed)


def end(count: Count, stopped: BaseException | None) -> None:
    """Raise what makes the exit status.

    Args:
        count: What became of all.
        stopped: What stopped the import, if anything.

    Raises:
        click.ClickException: Something stopped it.
        click.exceptions.Exit: It was ended early, or some failed.
    """
    if isinstance(stopped, Exception):
        raise click.ClickException(f"{sentence(stopped)}\nRun it again to go on.")
    if not count.is_whole:
        click.echo("Stopped; run it again to go on.", err=True)
        raise click.exceptions.Exit(STOPPED)
    if count.failed:
        raise click.exceptions.Exit(1)


class _Rate(ProgressColumn):
    """Files a second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("-- a second" if speed is None else f"{speed:.1f} a second")


def progress() -> Progress:
    """Return the bar; it shows nothing where there is no terminal."""
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
