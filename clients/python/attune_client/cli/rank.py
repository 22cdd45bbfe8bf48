"""``attune rank``: what fits a listener's mood best."""

import click

from attune_client.cli.connection import Service, with_service
from attune_client.cli.output import columns, say_json
from attune_client.cli.words import WORDS, Place, QuadrantName, about, percent
from attune_client.replies import Quadrant, RankedTrack

MOST = 100_000
PAGE = 500
"""Tracks that the service gives at once."""


@click.command()
@click.option("--user", required=True, metavar="ID", help="The listener.")
@click.option("--quadrant", type=QuadrantName(), help="Happy, tense, sad or calm; or Q1 to Q4.")
@click.option("--point", type=Place(), help="A place on the plane, such as 0.8,-0.2.")
@click.option("--limit", type=click.IntRange(1, MOST), default=20, show_default=True)
@click.option("--answered", is_flag=True, help="Also what the listener has answered.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@with_service
def rank(  # noqa: PLR0913  # as many as there are options
    service: Service,
    /,
    *,
    user: str,
    quadrant: Quadrant | None,
    point: tuple[float, float] | None,
    limit: int,
    answered: bool,
    as_json: bool,
) -> None:
    """List the tracks that a listener would put in a quadrant, or nearest to a point."""
    if (quadrant is None) == (point is None):
        raise click.UsageError("Say what is looked for: either --quadrant or --point.")
    valence, arousal = point or (None, None)
    found: list[RankedTrack] = []
    cursor = None
    while len(found) < limit:
        page = service.client.rank(
            user,
            quadrant=quadrant,
            valence=valence,
            arousal=arousal,
            limit=min(PAGE, limit - len(found)),
            cursor=cursor,
            exclude_answered=not answered,
        )
        found += page.tracks
        cursor = page.next_cursor
        if cursor is None:
            break
    _show(found, quadrant, as_json=as_json)


def _show(found: list[RankedTrack], quadrant: Quadrant | None, *, as_json: bool) -> None:
    if as_json:
        for track in found:
            say_json(track)
        return
    head = ["track", WORDS[quadrant] if quadrant else "distance", "valence", "arousal"]
    rows = [
        [track.track_id, _score(track), about(track.valence), about(track.arousal)]
        for track in found
    ]
    for line in columns(head, rows):
        click.echo(line)


def _score(track: RankedTrack) -> str:
    is_point = track.probability is None
    return f"{-track.score:.2f}" if is_point else percent(track.probability or 0.0)
