"""``attune tracks`` and ``attune rank``: list the catalogue, by id or by emotion."""

from itertools import islice

import click

from attune_client.cli.connection import Service, with_service
from attune_client.cli.formatting import Point, QuadrantName, about, clock, percent, plain
from attune_client.cli.output import columns, echo_json
from attune_client.quadrants import WORDS
from attune_client.replies import Quadrant, RankedTrack, Track

MAX_LIMIT = 100_000
PAGE = 500  # the service's largest page


@click.command()
@click.option("--user", required=True, metavar="ID", help="The listener.")
@click.option("--quadrant", type=QuadrantName(), help="Happy, tense, sad or calm; or Q1 to Q4.")
@click.option("--point", type=Point(), help="Valence and arousal, such as 0.8,-0.2.")
@click.option(
    "--limit",
    type=click.IntRange(1, MAX_LIMIT),
    default=20,
    show_default=True,
    help="At most this many.",
)
@click.option("--answered", is_flag=True, help="Include tracks that the listener has answered.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@with_service
def rank(  # noqa: PLR0913  # the options
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
    """List the tracks that a listener would put in a quadrant, or closest to a point."""
    if (quadrant is None) == (point is None):
        raise click.UsageError("Give either --quadrant or --point.")
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
    _print(found, quadrant, as_json=as_json)


def _print(found: list[RankedTrack], quadrant: Quadrant | None, *, as_json: bool) -> None:
    if as_json:
        for track in found:
            echo_json(track)
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


@click.command()
@click.option(
    "--search", metavar="WORDS", help="Only tracks with these words in title and artist."
)
@click.option("--limit", type=click.IntRange(min=1), help="At most this many; by default all.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@with_service
def tracks(service: Service, /, *, search: str | None, limit: int | None, as_json: bool) -> None:
    """List the tracks of the catalogue by id.

    In a search, case and accents do not count, and the last word may be a beginning:
    attune tracks --search "miles so wh".
    """
    found = islice(service.client.tracks(search=search), limit)
    if as_json:
        for track in found:
            echo_json(track)
        return
    for line in columns(["track", "emotion", "length", "title", "artist"], map(_track_row, found)):
        click.echo(line)


def _track_row(track: Track) -> list[str]:
    emotion = WORDS[track.prediction.quadrant] if track.prediction else "-"
    length = clock(track.duration_s) if track.duration_s else "-"
    return [track.track_id, emotion, length, plain(track.title or ""), plain(track.artist or "")]
