"""``attune predict``: what a piece of music feels like."""

from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import click

from attune_client.cli.connection import Service, with_service
from attune_client.cli.curves import panels
from attune_client.cli.drawing import Drawing, draw
from attune_client.cli.importing.texts import read_lyrics
from attune_client.cli.output import can_show, make_console, say_json, whole_file
from attune_client.cli.words import WORDS, about, likeliest, percent, plain
from attune_client.errors import NotFound
from attune_client.replies import Prediction

TERMINAL = "-"
WIDEST, BAR = 100, 24
BLOCK, PLAIN_BLOCK = "█", "#"
SOURCES = {
    "population": "what everybody hears",
    "others": "what others said of it",
    "level": "how this listener answers",
    "taste": "this listener's taste",
}


@click.command()
@click.argument("sources", nargs=-1, metavar="[FILE|TRACK_ID]...")
@click.option(
    "--lyrics",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A text file with the words; alone, or with one recording.",
)
@click.option("--user", metavar="ID", help="The listener; nobody in particular if none is named.")
@click.option("--fusion", metavar="NAME", help="How audio and lyrics become one answer.")
@click.option(
    "--plot",
    is_flag=False,
    flag_value=TERMINAL,
    metavar="[FILE.svg]",
    help="Draw valence and arousal over time, here or into a file.",
)
@click.option("--json", "as_json", is_flag=True, help="The service's whole answer, one a line.")
@with_service
def predict(  # noqa: PLR0913  # as many as there are options
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
    """Tell what recordings, registered tracks or lyrics feel like, to one listener or to nobody.

    An argument that is no file is taken for the id of a registered track.
    """
    sources, plot = _untangled(sources, plot)
    if not sources and not lyrics:
        raise click.UsageError("Name a recording, a registered track, or lyrics by --lyrics.")
    if len(sources) > 1 and (lyrics or plot not in {None, TERMINAL}):
        raise click.UsageError("--lyrics and --plot FILE.svg go with one recording only.")
    words = read_lyrics(lyrics) if lyrics else None
    for named in sources or (None,):
        source = named or str(lyrics)
        prediction = _Question(named, words, user, fusion).ask(service)
        if as_json:
            say_json({"source": source, **asdict(prediction)})
        else:
            _tell(source, prediction)
        if plot is not None:
            _plot(source, prediction, plot)


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked about one source, or about lyrics alone."""

    source: str | None
    lyrics: str | None
    user: str | None
    fusion: str | None

    def ask(self, service: Service) -> Prediction:
        """Return the service's answer.

        Raises:
            click.ClickException: The source is neither a file nor a registered track.
        """
        predict = partial(service.client.predict, user_id=self.user, fusion=self.fusion)
        if self.source is None:
            return predict(lyrics=self.lyrics)
        if Path(self.source).is_file():
            return predict(Path(self.source), lyrics=self.lyrics)
        if self.lyrics is not None:
            raise click.ClickException(
                f"There is no file {plain(self.source)!r}; lyrics go with a recording."
            )
        try:
            return predict(track_id=self.source)
        except NotFound as error:
            raise click.ClickException(
                f"{plain(self.source)!r} is neither a file nor a registered track."
            ) from error


def _untangled(sources: tuple[str, ...], plot: str | None) -> tuple[tuple[str, ...], str | None]:
    """Return sources and plot; what stands behind a bare ``--plot`` may have been a source."""
    if plot is None or plot == TERMINAL:
        return sources, plot
    ending = Path(plot).suffix.lower()
    if ending in {".png", ".jpg", ".pdf"}:
        raise click.UsageError(f"Plots are written as SVG, not as {ending}: name a file .svg.")
    return (sources, plot) if ending == ".svg" else ((*sources, plot), TERMINAL)


def _tell(source: str, prediction: Prediction) -> None:
    quadrant = prediction.quadrant
    sure = percent(prediction.probabilities[quadrant.value])
    personal = prediction.personal
    whom = f" to {plain(personal.user_id)}" if personal else ""
    click.echo(f"{plain(source)} feels {WORDS[quadrant]}{whom}, with {sure} probability.")
    if personal:
        click.echo(_learnt(personal.n_labels, used=personal.used))
    block = BLOCK if can_show(BLOCK, make_console()) else PLAIN_BLOCK
    for each, probability in likeliest(prediction.probabilities):
        bar = block * round(probability * BAR)
        click.echo(f"  {WORDS[each]:6} {percent(probability):>5}  {bar}".rstrip())
    click.echo(f"  valence {about(prediction.valence)}, arousal {about(prediction.arousal)}")
    if prediction.set:
        likely = " or ".join(WORDS[each] for each in prediction.set.quadrants)
        click.echo(f"  In {percent(prediction.set.coverage)} of such cases it is {likely}.")
    click.echo(f"  {plain(prediction.why.words)}")
    click.echo(f"  It is made of {_parts(prediction)}.")


def _learnt(n_labels: int, *, used: bool) -> str:
    answers = f"{n_labels} answer{'' if n_labels == 1 else 's'}"
    return f"  {answers} taught it this." if used else f"  {answers}: as for everybody, so far."


def _parts(prediction: Prediction) -> str:
    shares = {told: getattr(prediction.why, name).share for name, told in SOURCES.items()}
    named = [f"{percent(share)} {told}" for told, share in shares.items() if share]
    return ", ".join(named) or "nothing that could be told apart"


def _plot(source: str, prediction: Prediction, plot: str) -> None:
    if not prediction.segments:
        raise click.ClickException(
            f"There is no curve of {plain(source)}: only what is heard has a course in time."
        )
    title = plain(Path(source).name)
    if plot != TERMINAL:
        with whole_file(Path(plot)) as file:
            file.write(draw(Drawing.of(title, prediction)))
        click.echo(f"The curve of {title} is in {plain(plot)}.", err=True)
        return
    console = make_console()
    width = min(console.width, WIDEST)
    for line, style in panels(prediction.segments, width, is_rich=can_show("─│┼⣿░", console)):
        console.print(line, style=style, soft_wrap=True)
