"""``attune predict``: predicts the emotion of music."""

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path

import click

from attune_client.cli.connection import Service, with_service
from attune_client.cli.error_messages import sentence, stops_all
from attune_client.cli.formatting import about, likeliest, percent, plain
from attune_client.cli.output import atomic_file, can_show, echo_json, make_console
from attune_client.cli.svg_chart import Chart, draw
from attune_client.cli.text_chart import panels
from attune_client.errors import AttuneError, NotFound, Refused
from attune_client.quadrants import WORDS
from attune_client.replies import Prediction

TERMINAL = "-"
MAX_WIDTH, BAR_WIDTH = 100, 24
SOURCES = {
    "population": "what most people hear",
    "others": "what other listeners answered",
    "level": "how this listener answers",
    "taste": "this listener's taste",
}


@click.command()
@click.argument("sources", nargs=-1, metavar="[FILE|TRACK_ID]...")
@click.option(
    "--lyrics",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with the lyrics (.txt or .lrc, in any encoding), with or without a recording.",
)
@click.option(
    "--user", metavar="ID", help="The listener; by default the prediction is for most people."
)
@click.option("--fusion", metavar="NAME", help="How audio and lyrics are combined.")
@click.option(
    "--plot",
    is_flag=False,
    flag_value=TERMINAL,
    metavar="[FILE.svg]",
    help="Draw valence and arousal over time, in the terminal or as SVG.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="The service's full reply, one JSON object a line."
)
@with_service
def predict(  # noqa: PLR0913  # the options
    service: Service,
    /,
    *,
    sources: tuple[str, ...],
    lyrics: Path | None,
    user: str | None,
    fusion: str | None,
    plot: str | None,
    as_json: bool,
) -> None:
    """Predict the emotion of recordings, registered tracks or lyrics.

    An argument that is not a file is the id of a registered track. Of several, the end lists those
    that failed.
    """
    sources, plot = _split_plot(sources, plot)
    if not sources and not lyrics:
        raise click.UsageError("Name a recording or a registered track, or give --lyrics.")
    if len(sources) > 1 and (lyrics or plot not in {None, TERMINAL}):
        raise click.UsageError("--lyrics and --plot FILE.svg allow only one recording.")
    predict = partial(service.client.predict, user_id=user, fusion=fusion)
    failures: list[str] = []
    for name in sources or (None,):
        source = name or str(lyrics)
        try:
            prediction = _predict(predict, name, lyrics)
        except (AttuneError, OSError, click.ClickException) as error:
            if len(sources) <= 1 or stops_all(error):
                raise
            failures.append(f"{plain(source)}: {sentence(error)}")
        else:
            _show(source, prediction, plot, as_json=as_json)
    if failures:
        click.echo("\n".join(failures), err=True)
        raise click.exceptions.Exit(1)


def _show(source: str, prediction: Prediction, plot: str | None, *, as_json: bool) -> None:
    if as_json:
        echo_json({"source": source, **asdict(prediction)})
    else:
        _print(source, prediction)
    if plot is not None:
        _plot(source, prediction, plot)


def _predict(
    predict: Callable[..., Prediction], source: str | None, lyrics: Path | None
) -> Prediction:
    """Return the prediction of a file, a registered track or lyrics alone.

    Raises:
        click.ClickException: The source is neither a file nor a registered track.
    """
    if source is None:
        return predict(lyrics=lyrics)
    if Path(source).is_file():
        return predict(Path(source), lyrics=lyrics)
    if lyrics is not None:
        raise click.ClickException(
            f"There is no file {plain(source)!r}; --lyrics needs a recording."
        )
    try:
        return predict(track_id=source)
    except (NotFound, Refused) as error:
        if isinstance(error, Refused) and all(each.field != "track_id" for each in error.errors):
            raise  # it is about something else
        raise click.ClickException(_unknown(source)) from error


def _unknown(source: str) -> str:
    path = Path(source).absolute()
    shown = plain(str(path))
    if path.exists():
        reason = f"{shown} is no file, and there is no track with this id."
    else:
        reason = f"there is no file {shown} and no track with this id."
    return f"{plain(source)!r} is neither a file nor a registered track: {reason}"


def _split_plot(sources: tuple[str, ...], plot: str | None) -> tuple[tuple[str, ...], str | None]:
    """Return sources and plot; the value of ``--plot`` is a source unless it ends in ``.svg``."""
    if plot is None or plot == TERMINAL:
        return sources, plot
    ending = Path(plot).suffix.lower()
    if ending in {".png", ".jpg", ".pdf"}:
        raise click.UsageError(
            f"Plots are written as SVG, not as {ending}: name a file that ends in .svg."
        )
    return (sources, plot) if ending == ".svg" else ((*sources, plot), TERMINAL)


def _print(source: str, prediction: Prediction) -> None:
    quadrant = prediction.quadrant
    probability = percent(prediction.probabilities[quadrant.value])
    personal = prediction.personal
    listener = f" to {plain(personal.user_id)}" if personal else ""
    click.echo(
        f"{plain(source)} feels {WORDS[quadrant]}{listener}, with {probability} probability."
    )
    if personal:
        click.echo(_personal(personal.n_labels, used=personal.used))
    block = "█" if can_show("█", make_console()) else "#"
    for each, share in likeliest(prediction.probabilities):
        bar = block * round(share * BAR_WIDTH)
        click.echo(f"  {WORDS[each]:6} {percent(share):>5}  {bar}".rstrip())
    click.echo(f"  valence {about(prediction.valence)}, arousal {about(prediction.arousal)}")
    if prediction.set:
        words = " or ".join(WORDS[each] for each in prediction.set.quadrants)
        click.echo(f"  In {percent(prediction.set.coverage)} of such cases it is {words}.")
    click.echo(f"  {plain(prediction.why.words)}")
    click.echo(f"  Evidence: {_evidence(prediction)}.")
    for notice in prediction.notices:
        click.echo(f"  {plain(notice.message)}")


def _personal(n_labels: int, *, used: bool) -> str:
    answers = f"{n_labels} answer{'' if n_labels == 1 else 's'}"
    return f"  Learnt from {answers}." if used else f"  {answers}: still as for most people."


def _evidence(prediction: Prediction) -> str:
    shares = [(getattr(prediction.why, name).share, text) for name, text in SOURCES.items()]
    return ", ".join(f"{percent(share)} {text}" for share, text in shares if share) or "none"


def _plot(source: str, prediction: Prediction, plot: str) -> None:
    if not prediction.segments:
        raise click.ClickException(
            f"{plain(source)} cannot be plotted: only a recording changes over time."
        )
    title = plain(Path(source).name)
    if plot != TERMINAL:
        with atomic_file(Path(plot)) as file:
            file.write(draw(Chart.of(title, prediction)))
        click.echo(f"Wrote the plot of {title} to {plain(plot)}.", err=True)
        return
    console = make_console()
    width = min(console.width, MAX_WIDTH)
    for line, style in panels(prediction.segments, width, is_rich=can_show("─│┼⣿░", console)):
        console.print(line, style=style, soft_wrap=True)
