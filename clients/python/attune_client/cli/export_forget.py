"""``attune export`` and ``attune forget``: back up or erase a listener's answers."""

import sys
from pathlib import Path

import click

from attune_client.cli.connection import Service, with_service
from attune_client.cli.output import atomic_file


@click.command()
@click.option("--user", required=True, metavar="ID", help="The listener.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
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
