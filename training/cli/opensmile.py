"""``opensmile``: openSMILE features of recordings."""

from pathlib import Path

import click

from training.cli.options import PATH


@click.command()
@click.argument("audio", type=PATH)
@click.option("--out", type=PATH, required=True, help="Folder of tables.")
def opensmile(audio: Path, out: Path) -> None:
    """Compute openSMILE features (not for commercial use).

    AUDIO is a folder of recordings.
    """
    from training.datasets.opensmile import run

    failures = run(audio, out)
    for name, reason in failures.items():
        click.echo(f"{name}: {reason}")
    click.echo(f"The tables are in {out}; {len(failures)} recordings have none.")
