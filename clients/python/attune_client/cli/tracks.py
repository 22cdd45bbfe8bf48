"""``attune tracks``: what is in the catalogue."""

from itertools import islice

import click

from attune_client.cli.connection import Service, with_service
from attune_client.cli.output import columns, say_json
from attune_client.cli.words import WORDS, clock, plain
from attune_client.replies import Track


@click.command()
@click.option("--limit", type=click.IntRange(min=1), help="At most so many; all if nobody says.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@with_service
def tracks(service: Service, /, *, limit: int | None, as_json: bool) -> None:
    """List the tracks of the catalogue, in the order of their ids."""
    found = islice(service.client.tracks(), limit)
    if as_json:
        for track in found:
            say_json(track)
        return
    for line in columns(["track", "sounds", "length", "title", "artist"], map(_row, found)):
        click.echo(line)


def _row(track: Track) -> list[str]:
    felt = WORDS[track.prediction.quadrant] if track.prediction else "-"
    length = clock(track.duration_s) if track.duration_s else "-"
    return [track.track_id, felt, length, plain(track.title or ""), plain(track.artist or "")]
