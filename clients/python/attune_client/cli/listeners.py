"""``attune export`` and ``attune forget``: a listener's log, to keep or to erase."""

import sys
from pathlib import Path

import click

from attune_client.cli.connection import Service, with_service
from attune_client.cli.output import whole_file


@click.command()
@click.option("--user", required=True, metavar="ID", help="The listener.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file, which appears when all is in it; standard output if none is named.",
)
@with_service
def export(service: Service, /, *, user: str, output: Path | None) -> None:
    """Write all that a listener has answered, one JSON object a line."""
    lines = [f"{line}\n" for line in service.client.export_labels(user)]
    if output is None:
        # As bytes: a terminal that lacks a letter must not change what is kept.
        click.echo("".join(lines).encode(), nl=False)
        return
    with whole_file(output) as file:
        file.writelines(lines)
    click.echo(f"{len(lines)} lines of {user} are in {output}.", err=True)


@click.command()
@click.option("--user", required=True, metavar="ID", help="The listener.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_service
def forget(service: Service, /, *, user: str, yes: bool) -> None:
    """Erase a listener: their answers, and all that was learnt from them."""
    if not yes and not sys.stdin.isatty():
        raise click.UsageError(f"To erase {user} without being asked, say --yes.")
    question = f"Erase all that {user} has answered? It cannot be undone."
    if not yes and not click.confirm(question, err=True):
        click.echo("Nothing was erased.", err=True)
        return
    service.client.forget(user)
    click.echo(f"{user} is forgotten; nothing more is recorded under this name.", err=True)
