"""``attune export``, ``restore`` and ``forget``: a listener's answers, out, in and erased."""

import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TextIO

import click

from attune_client.cli.connection import Service, with_service
from attune_client.cli.output import OUTPUT, atomic_file
from attune_client.replies import ImportReply

LINES_AT_ONCE = 10_000
"""Lines of one call; the service accepts ten times as many, but takes long for them."""
_SHOWN_TRACKS = 10


@click.command()
@click.option("--user", required=True, metavar="ID", help="The listener.")
@click.option(
    "-o",
    "--output",
    type=OUTPUT,
    help="The output file, which appears when it is complete; by default standard output.",
)
@with_service
def export(service: Service, /, *, user: str, output: Path | None) -> None:
    """Export a listener's answers, one JSON object a line."""
    lines = [f"{line}\n" for line in service.client.export_labels(user)]
    if output is None:
        # As bytes: the terminal's encoding must not change the export.
        click.echo("".join(lines).encode(), nl=False)
        return
    with atomic_file(output) as file:
        file.writelines(lines)
    click.echo(f"Wrote {len(lines)} lines of {user} to {output}.", err=True)


@click.command()
@click.argument("file", type=click.File(encoding="utf-8-sig"))
@click.option("--user", required=True, metavar="ID", help="The listener.")
@click.option(
    "--replace",
    is_flag=True,
    help="Let older answers replace newer ones: the order of the lines decides, not their times.",
)
@with_service
def restore(service: Service, /, *, file: TextIO, user: str, replace: bool) -> None:
    """Record the answers in FILE, which export wrote; a second run changes nothing."""
    replies = [service.client.import_labels(user, part, replace=replace) for part in _parts(file)]
    for sentence in _sentences(user, replies):
        click.echo(sentence, err=True)


def _parts(lines: Iterable[str]) -> Iterator[list[str]]:
    remaining = (line for line in lines if line.strip())
    while part := list(islice(remaining, LINES_AT_ONCE)):
        yield part


def _sentences(user: str, replies: list[ImportReply]) -> Iterator[str]:
    """Yield what an import recorded, and what it did not use."""
    accepted, duplicates = (
        sum(reply.accepted for reply in replies),
        sum(reply.duplicates for reply in replies),
    )
    yield f"Recorded {accepted} answers of {user}; {duplicates} were recorded before."
    if older := sum(reply.older for reply in replies):
        yield f"{older} are older than the current answer about their track, which stays."
    if n_tracks := sum(reply.n_unregistered for reply in replies):
        named = dict.fromkeys(each for reply in replies for each in reply.unregistered)
        shown = ", ".join(list(named)[:_SHOWN_TRACKS])
        rest = ", …" if n_tracks > _SHOWN_TRACKS else ""
        yield f"The service has not registered tracks that they are about: {shown}{rest}."


@click.command()
@click.option("--user", required=True, metavar="ID", help="The listener.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_service
def forget(service: Service, /, *, user: str, yes: bool) -> None:
    """Erase a listener: the answers and the model learnt from them."""
    if not yes and not sys.stdin.isatty():
        raise click.UsageError(
            f"Standard input is not a terminal: confirm with --yes to erase {user}."
        )
    question = f"Erase all answers of {user}? This cannot be undone."
    if not yes and not click.confirm(question, err=True):
        click.echo("Nothing was erased.", err=True)
        return
    service.client.forget(user)
    click.echo(f"Erased {user}; the service records nothing more under this id.", err=True)
