"""``attune label``: asks for labels in the terminal."""

import shlex
import subprocess
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import click

from attune_client.cli.answer_parsing import HELP, Answer, LabelCommand, read_answer
from attune_client.cli.completion import complete_strategy
from attune_client.cli.connection import Service, with_service
from attune_client.cli.formatting import about, percent, plain
from attune_client.errors import Conflict
from attune_client.labels import Circumstances, Emotion, Label
from attune_client.quadrants import WORDS
from attune_client.replies import Prediction, Query

REPEAT_SHARE = 1 / 15
EPSILON = "eps-"
"""Prefix of strategies that draw some tracks at random, which makes accuracy measurable."""
PLAYER_EXIT_S = 2.0


@click.command()
@click.option("--user", required=True, metavar="ID", help="The listener.")
@click.option(
    "--n",
    "n_answers",
    type=click.IntRange(1),
    default=10,
    show_default=True,
    help="How many answers to give.",
)
@click.option(
    "--player",
    metavar="COMMAND",
    help="Plays the tracks, such as 'mpv --no-video'; the URL is appended or replaces {}.",
)
@click.option(
    "--strategy",
    metavar="NAME",
    shell_complete=complete_strategy,
    help="What selects the tracks; by default the service's strategy with some random tracks.",
)
@click.option("--felt", is_flag=True, help="Ask what you feel, not what the music expresses.")
@with_service
def label(  # noqa: PLR0913  # the options
    service: Service,
    /,
    *,
    user: str,
    n_answers: int,
    player: str | None,
    strategy: str | None,
    felt: bool,
) -> None:
    """Label the tracks that the service selects; its prediction is shown after each answer."""
    emotion: Emotion = "felt" if felt else "perceived"
    questions = _Questions(service, user, strategy, has_audio=player is not None)
    dialogue = _Dialogue(service, user, questions, _Player(player), emotion)
    click.echo("What do you feel?" if felt else "What does the music express?")
    click.echo(HELP)
    dialogue.run(n_answers)
    click.echo(f"\n{dialogue.n_answers} answered. Thank you.")


class _Questions:
    """Selects the tracks to ask about."""

    def __init__(
        self, service: Service, user: str, strategy: str | None, *, has_audio: bool
    ) -> None:
        self._service = service
        self._user = user
        self._strategy = strategy
        self._has_audio = has_audio
        self._skipped: deque[str] = deque(maxlen=100)

    def next(self) -> tuple[Query, str] | None:
        """Return a track and the strategy that selected it; None if no track is left."""
        if self._strategy is None:
            self._strategy = self._default()
        try:
            reply = self._service.client.query(
                self._user,
                n=1,
                strategy=self._strategy,
                exclude=list(self._skipped),
                repeat_share=REPEAT_SHARE,
                playable=self._has_audio or None,
            )
        except Conflict as error:
            if error.code != "empty_pool":
                raise
            click.echo(plain(error.detail))
            return None
        return (reply.tracks[0], reply.strategy) if reply.tracks else None

    def skip(self, track_id: str) -> None:
        """Do not ask about a track for a while."""
        self._skipped.append(track_id)

    def _default(self) -> str | None:
        """Return the service's strategy, in its epsilon form if there is one."""
        try:
            own = self._service.client.query(self._user, n=1).strategy
        except Conflict:
            return None
        epsilon = EPSILON + own.removeprefix(EPSILON)
        return epsilon if epsilon in self._service.client.model().strategies else None


class _Player:
    """Plays a URL by a command; does nothing without a command."""

    def __init__(self, command: str | None) -> None:
        try:
            self._command = shlex.split(command) if command else []
        except ValueError as error:
            raise click.UsageError(
                f"--player {command!r} is not a valid command line: {error}."
            ) from error

    @contextmanager
    def playing(self, url: str | None) -> Iterator[None]:
        """Play during a ``with`` block."""
        if not self._command or url is None:
            yield
            return
        has_place = any("{}" in word for word in self._command)
        words = [word.replace("{}", url) for word in self._command]
        silent = subprocess.DEVNULL
        try:
            process = subprocess.Popen(  # noqa: S603  # the user's own command, without a shell
                words if has_place else [*words, url], stdin=silent, stdout=silent, stderr=silent
            )
        except OSError as error:
            raise click.ClickException(
                f"--player {self._command[0]!r} cannot be started: {error.strerror}."
            ) from error
        try:
            yield
        finally:
            _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(PLAYER_EXIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class _Dialogue:
    """Asks, records and undoes."""

    def __init__(
        self, service: Service, user: str, questions: _Questions, player: _Player, emotion: Emotion
    ) -> None:
        self._service = service
        self._user = user
        self._questions = questions
        self._player = player
        self._emotion = emotion
        self._answered: list[tuple[Query, str]] = []

    @property
    def n_answers(self) -> int:
        return len(self._answered)

    def run(self, n_answers: int) -> None:
        """Ask until there are ``n_answers``, no track is left, or the listener quits."""
        question = self._questions.next()
        while question is not None:
            typed = self._ask(question, n_answers)
            if typed is LabelCommand.QUIT:
                return
            if typed is LabelCommand.SKIP:
                self._questions.skip(question[0].track_id)
            elif typed is LabelCommand.UNDO:
                question = self._undo() or question
                continue
            elif isinstance(typed, Answer):
                self._record(question, typed)
            question = self._questions.next() if self.n_answers < n_answers else None

    def _ask(self, question: tuple[Query, str], n_answers: int) -> Answer | LabelCommand:
        """Ask about a track until the listener types a valid answer or a command."""
        track = self._service.client.get_track(question[0].track_id)
        name = plain(" - ".join(filter(None, (track.title, track.artist))) or track.track_id)
        url = self._service.absolute(track.audio_url) if track.audio_url else None
        click.echo(f"\n{self.n_answers + 1} of {n_answers}: {name}")
        if url:
            click.echo(f"  {url}")
        with self._player.playing(url):
            while True:
                try:
                    typed = read_answer(_line())
                except ValueError as error:
                    click.echo(f"  {plain(str(error))}")
                    continue
                if typed is not LabelCommand.HELP:
                    return typed
                click.echo(HELP)

    def _record(self, question: tuple[Query, str], answer: Answer) -> None:
        query, strategy = question
        prediction = self._service.client.predict(track_id=query.track_id, user_id=self._user)
        circumstances = Circumstances(
            emotion=self._emotion,
            strategy=strategy,
            is_random=query.is_random,
            is_repeat=query.is_repeat,
        )
        self._service.client.update(self._user, [answer.label(query.track_id, circumstances)])
        self._answered.append(question)
        click.echo(f"  {_prediction_line(prediction)}")

    def _undo(self) -> tuple[Query, str] | None:
        """Retract the last answer; return its question, to ask it again."""
        if not self._answered:
            click.echo("  There is nothing to undo.")
            return None
        question = self._answered.pop()
        query = question[0]
        if query.is_repeat:  # a retraction would remove the earlier answer too
            click.echo("  Answer again; the last answer counts.")
        else:
            self._service.client.update(self._user, [Label.retract(query.track_id)])
            click.echo("  The answer was retracted.")
        return question


def _line() -> str:
    """Return the line that the listener types; the end of the input means quit."""
    try:
        return str(click.prompt(">", prompt_suffix=" ", default="", show_default=False))
    except click.Abort as error:
        if isinstance(error.__context__, EOFError):
            return LabelCommand.QUIT.value
        raise


def _prediction_line(prediction: Prediction) -> str:
    probability = percent(prediction.probabilities[prediction.quadrant.value])
    point = f"valence {about(prediction.valence)}, arousal {about(prediction.arousal)}"
    return f"The prediction was {WORDS[prediction.quadrant]} ({probability}): {point}."
