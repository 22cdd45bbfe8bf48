"""``attune label``: questions and answers in the terminal."""

import shlex
import subprocess
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import click

from attune_client.cli.answers import HELP, Answer, LabelCommand, read_answer
from attune_client.cli.completion import complete_strategy
from attune_client.cli.connection import Service, with_service
from attune_client.cli.words import WORDS, about, percent, plain
from attune_client.errors import Conflict
from attune_client.labels import Circumstances, Emotion, Label
from attune_client.replies import Prediction, Query

REPEATS = 1 / 15
CHANCE = "eps-"
"""Strategies whose names begin so draw some tracks evenly: what they learn can be judged."""
PATIENCE_S = 2.0


@click.command()
@click.option("--user", required=True, metavar="ID", help="Who answers.")
@click.option("--n", "n_answers", type=click.IntRange(1), default=10, show_default=True)
@click.option(
    "--player",
    metavar="COMMAND",
    help="Plays what is asked about, such as 'mpv --no-video': its URL comes last, or for {}.",
)
@click.option(
    "--strategy",
    metavar="NAME",
    shell_complete=complete_strategy,
    help="What chooses the questions; the service's choice, with some chance, if none is named.",
)
@click.option("--felt", is_flag=True, help="Ask what you feel, not what the music expresses.")
@with_service
def label(  # noqa: PLR0913  # as many as there are options
    service: Service,
    /,
    *,
    user: str,
    n_answers: int,
    player: str | None,
    strategy: str | None,
    felt: bool,
) -> None:
    """Answer what the service asks; its guess is shown after your answer."""
    emotion: Emotion = "felt" if felt else "perceived"
    asking = _Asking(service, user, strategy, has_audio=player is not None)
    dialogue = _Dialogue(service, user, asking, _Player(player), emotion)
    click.echo("What do you feel?" if felt else "What does the music express?")
    click.echo(HELP)
    dialogue.hold(n_answers)
    click.echo(f"\n{dialogue.n_answers} answered. Thank you.")


class _Asking:
    """What is asked next."""

    def __init__(
        self, service: Service, user: str, strategy: str | None, *, has_audio: bool
    ) -> None:
        self._service = service
        self._user = user
        self._strategy = strategy
        self._is_heard = has_audio
        self._skipped: deque[str] = deque(maxlen=100)

    def next(self) -> tuple[Query, str] | None:
        """Return a track and the strategy that chose it; None where nothing is left."""
        if self._strategy is None:
            self._strategy = self._choice()
        try:
            asked = self._service.client.query(
                self._user,
                n=1,
                strategy=self._strategy,
                exclude=list(self._skipped),
                repeat_share=REPEATS,
                playable=self._is_heard or None,
            )
        except Conflict as error:
            if error.code != "empty_pool":
                raise
            click.echo(plain(error.detail))
            return None
        return (asked.tracks[0], asked.strategy) if asked.tracks else None

    def skip(self, track_id: str) -> None:
        """Ask about something else for a while."""
        self._skipped.append(track_id)

    def _choice(self) -> str | None:
        """Return the service's own strategy, mixed with chance where it knows that."""
        try:
            own = self._service.client.query(self._user, n=1).strategy
        except Conflict:
            return None
        mixed = CHANCE + own.removeprefix(CHANCE)
        return mixed if mixed in self._service.client.model().strategies else None


class _Player:
    """A command that plays what is at a URL; none where nobody named one."""

    def __init__(self, command: str | None) -> None:
        try:
            self._command = shlex.split(command) if command else []
        except ValueError as error:
            raise click.UsageError(f"--player {command!r} cannot be read: {error}.") from error

    @contextmanager
    def playing(self, url: str | None) -> Iterator[None]:
        """Play for as long as a ``with`` lasts."""
        if not self._command or url is None:
            yield
            return
        has_place = any("{}" in word for word in self._command)
        words = [word.replace("{}", url) for word in self._command]
        silent = subprocess.DEVNULL
        try:
            running = subprocess.Popen(  # noqa: S603  # what the listener named; no shell reads it
                words if has_place else [*words, url], stdin=silent, stdout=silent, stderr=silent
            )
        except OSError as error:
            raise click.ClickException(
                f"--player {self._command[0]!r} cannot be started: {error.strerror}."
            ) from error
        try:
            yield
        finally:
            _end(running)


def _end(running: "subprocess.Popen[bytes]") -> None:
    running.terminate()
    try:
        running.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        running.kill()
        running.wait()


class _Dialogue:
    """Questions, answers, and the way back.

    Attributes:
        n_answers: That stand.
    """

    def __init__(
        self, service: Service, user: str, asking: _Asking, player: _Player, emotion: Emotion
    ) -> None:
        self._service = service
        self._user = user
        self._asking = asking
        self._player = player
        self._emotion = emotion
        self._given: list[tuple[Query, str]] = []

    @property
    def n_answers(self) -> int:
        return len(self._given)

    def hold(self, n_answers: int) -> None:
        """Ask until so many answers stand, nothing is left, or the listener has had enough."""
        question = self._asking.next()
        while question is not None:
            said = self._put(question, n_answers)
            if said is LabelCommand.QUIT:
                return
            if said is LabelCommand.SKIP:
                self._asking.skip(question[0].track_id)
            elif said is LabelCommand.UNDO:
                question = self._undone() or question
                continue
            elif isinstance(said, Answer):
                self._record(question, said)
            question = self._asking.next() if self.n_answers < n_answers else None

    def _put(self, question: tuple[Query, str], n_answers: int) -> Answer | LabelCommand:
        """Put a question until it is answered in words that are known."""
        track = self._service.client.get_track(question[0].track_id)
        named = plain(" - ".join(filter(None, (track.title, track.artist))) or track.track_id)
        url = self._service.absolute(track.audio_url) if track.audio_url else None
        click.echo(f"\n{self.n_answers + 1} of {n_answers}: {named}")
        if url:
            click.echo(f"  {url}")
        with self._player.playing(url):
            while True:
                try:
                    said = read_answer(_line())
                except ValueError as error:
                    click.echo(f"  {plain(str(error))}")
                    continue
                if said is not LabelCommand.HELP:
                    return said
                click.echo(HELP)

    def _record(self, question: tuple[Query, str], answer: Answer) -> None:
        asked, strategy = question
        prediction = self._service.client.predict(track_id=asked.track_id, user_id=self._user)
        circumstances = Circumstances(
            emotion=self._emotion,
            strategy=strategy,
            is_random=asked.is_random,
            is_repeat=asked.is_repeat,
        )
        self._service.client.update(self._user, [answer.label(asked.track_id, circumstances)])
        self._given.append(question)
        click.echo(f"  {_told(prediction)}")

    def _undone(self) -> tuple[Query, str] | None:
        """Take the last answer back; return its question, to be put again."""
        if not self._given:
            click.echo("  There is nothing to undo.")
            return None
        question = self._given.pop()
        asked = question[0]
        if asked.is_repeat:  # to retract would take the earlier answer, too
            click.echo("  Answer it again; the last answer counts.")
        else:
            self._service.client.update(self._user, [Label.retract(asked.track_id)])
            click.echo("  Taken back.")
        return question


def _line() -> str:
    """Return what the listener typed; the end of the input is a wish to quit."""
    try:
        return str(click.prompt(">", prompt_suffix=" ", default="", show_default=False))
    except click.Abort as stopped:
        if isinstance(stopped.__context__, EOFError):
            return LabelCommand.QUIT.value
        raise


def _told(prediction: Prediction) -> str:
    sure = percent(prediction.probabilities[prediction.quadrant.value])
    place = f"valence {about(prediction.valence)}, arousal {about(prediction.arousal)}"
    return f"The guess was {WORDS[prediction.quadrant]} ({sure}): {place}."
