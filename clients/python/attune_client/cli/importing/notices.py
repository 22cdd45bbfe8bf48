"""What an import cut, left out or guessed, for the end of the run."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import click

from attune_client.cli.formatting import plain
from attune_client.cli.importing.metadata import MAX_NAME
from attune_client.cli.importing.sources import Sources
from attune_client.replies import Notice


@dataclass(frozen=True, slots=True)
class PlacedNotice:
    """A notice, and the place of the source that it is about."""

    place: str
    notice: Notice


def name_notices(title: str | None, artist: str | None) -> tuple[Notice, ...]:
    """Return notices of a title and an artist that were cut to the service's limit."""
    return tuple(
        Notice(f"{name}_cut", f"Only the first {MAX_NAME} characters of the {name} are sent.")
        for name, text in (("title", title), ("artist", artist))
        if text and len(text) >= MAX_NAME
    )


def list_notices(notices: Iterable[PlacedNotice], found: Sources) -> None:
    """Print the notices, one line for each code with an example, and what was left out."""
    by_code = defaultdict(list)
    for each in notices:
        by_code[each.notice.code].append(each)
    for code in sorted(by_code):
        first, *more = by_code[code]
        message = plain(first.notice.message)
        click.echo(f"{plain(first.place)}: {message}{_and_more(len(more))}", err=True)
    if found.links:
        first_link, *links = found.links
        why = f"A link to a folder is not followed.{_and_more(len(links))}"
        click.echo(f"{plain(first_link)}: {why}", err=True)
    if found.left_out:
        kinds = sorted(found.left_out.items(), key=lambda kind: (-kind[1], kind[0]))
        listed = ", ".join(f"{n} {plain(ending)}" for ending, n in kinds)
        click.echo(f"Left out: {listed}.", err=True)


def _and_more(n: int) -> str:
    return f" ({n} more of this kind.)" if n else ""
