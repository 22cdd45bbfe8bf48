"""Registers freely licensed music with a running Attune, and answers some questions about it.

Two made-up listeners answer (``listeners.py``), so that every endpoint and page has something to
show; some tracks stay unanswered. Running it again registers nothing twice and goes on where it
stopped. A service that wants a key is shown that of the environment variable ATTUNE_KEY, an
admin's.
"""  # noqa: INP001  # a script, in no package

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click
import hints
import listeners
import music
from attune_client import AttuneClient, AttuneError, Conflict, Prediction, Quadrant

LIVELY, EXCITED = ("energetic", "happy"), (Quadrant.Q1, Quadrant.Q2)
N_ANSWERS = 20  # of 28 tracks: the others are left to be predicted
EVERY = 2  # tracks, of which the friend answers about one
WORDS = {"Q1": "happy", "Q2": "tense", "Q3": "sad", "Q4": "calm"}
SOURCES = {
    "population": "what most people hear",
    "others": "what others said of it",
    "level": "how this listener answers",
    "taste": "this listener's taste",
}
LISTENER, FRIEND = listeners.LISTENER.user_id, listeners.FRIEND.user_id
NEWCOMER = "demo-newcomer"  # says nothing, ever
CLEAR = 0.005  # shares that are not rounded to nothing
STOPPED = 130  # what shells expect after Ctrl-C

INTRODUCTION = f"""
Two made-up listeners answer. {FRIEND} hears what the music was meant to be. {LISTENER}
mostly agrees, but does not like electronic music: to them it is tense where it is energetic
and sad where it is quiet.
"""


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--url", default="http://127.0.0.1:3000", show_default=True, help="URL of the service."
)
def main(url: str) -> None:
    """Register freely licensed music with a running service and answer a few questions.

    The environment variable ATTUNE_KEY holds an admin's key if the service needs one.
    """
    sys.exit(_demonstrate(url))


def _demonstrate(url: str) -> int:
    """Register and answer; return the exit status."""
    try:
        with AttuneClient(url) as attune, tempfile.TemporaryDirectory() as folder:
            if not attune.ready():
                return _say(f"No Attune answers at {url}; start it with `make serve`.", 1)
            recordings = music.unpack(_package(), Path(folder))
            _register(attune, recordings)
            heard = _answer(attune, recordings)
            return _say(hints.after_demo(url, heard.track_id))
    except (AttuneError, music.MusicError) as error:
        return _say(str(error), 1)
    except KeyboardInterrupt:
        return _say("\nStopped; run it again to go on.", STOPPED)


def _package() -> Path:
    if not music.is_there():
        _say("Downloading 16 MB of music ...")
    return music.fetch()


def _register(attune: AttuneClient, recordings: Sequence[music.Recording]) -> None:
    """Put every track; the service computes nothing for those that it has."""
    _say(f"Registering {len(recordings)} tracks that a generative model made (MIT licence):\n")
    started = time.monotonic()
    heard = Counter[tuple[bool, bool]]()
    for number, recording in enumerate(recordings, start=1):
        track = attune.put_track(
            recording.track_id, audio=recording.path, title=recording.title, artist=music.MAKER
        )
        felt = _words(track.prediction) if track.prediction else "-"
        _say(f"  {number:2d}/{len(recordings)}  {recording.title:26s} {felt}")
        if track.prediction:
            heard[recording.mood in LIVELY, track.prediction.quadrant in EXCITED] += 1
    _say(f"\nAll are registered; that took {time.monotonic() - started:.1f} s.")
    _compare(heard)


def _compare(heard: Counter[tuple[bool, bool]]) -> None:
    """Say how many are heard as they were meant.

    Args:
        heard: Tracks by whether they were meant to be lively, and whether they are heard so.
    """
    lively, quiet = (
        heard[is_lively, True] + heard[is_lively, False] for is_lively in (True, False)
    )
    _say(
        f"Of {lively} that were meant to be energetic or happy, {heard[True, True]} are heard as "
        f"happy or tense;\nof the {quiet} others, {heard[False, False]} as sad or calm."
    )


def _answer(attune: AttuneClient, recordings: Sequence[music.Recording]) -> music.Recording:
    """Answer as both listeners; return a track that was left, which the answers moved most."""
    _say(INTRODUCTION)
    n = listeners.answer_at_once(attune, listeners.FRIEND, recordings[::EVERY])
    _say(f"  {FRIEND:14s} {n:2d} answers")
    answered = listeners.answer_in_turn(attune, listeners.LISTENER, recordings, N_ANSWERS)
    _say(f"  {LISTENER:14s} {len(answered):2d} answers")
    _judge(attune)
    left = [recording for recording in recordings if recording.track_id not in answered]
    return _tell(attune, left)


def _judge(attune: AttuneClient) -> None:
    """Say how many answers were expected, by what the service noted before each."""
    noted = attune.picture(LISTENER).prequential
    if noted.personal is None or noted.population is None:
        return
    _say(
        "\nBefore each answer the service notes what it expects. It expected "
        f"{noted.personal.hits} of {LISTENER}'s\n{noted.n} answers; without knowing this "
        f"listener it would have expected {noted.population.hits}."
    )


def _tell(attune: AttuneClient, left: Sequence[music.Recording]) -> music.Recording:
    """Say what the answers changed of tracks that were left; return the one that moved most."""
    ids = [recording.track_id for recording in left]
    pairs = [
        (before, after, recording)
        for before, after, recording in zip(
            attune.predict_batch(track_ids=ids, user_id=NEWCOMER),
            attune.predict_batch(track_ids=ids, user_id=LISTENER),
            left,
            strict=True,
        )
        if isinstance(before, Prediction) and isinstance(after, Prediction)
    ]
    _say(f"\nThe {len(left)} tracks that {LISTENER} has not answered, as predicted now:\n")
    _say(f"  {'':26s} {'for a newcomer':16s} for {LISTENER}")
    for before, after, recording in pairs:
        _say(f"  {recording.title:26s} {_brief(before):16s} {_brief(after)}")
    _, after, moved = max(pairs, key=lambda pair: _distance(pair[0], pair[1]))
    _say(f"\nThe answers changed {moved.title} the most. {after.why.words}")
    _say("What speaks for an answer, or against one, comes from\n")
    _say_shares(after)
    _rank(attune)
    return moved


def _say_shares(prediction: Prediction) -> None:
    for source, told in SOURCES.items():
        share = getattr(prediction.why, source).share
        if share >= CLEAR:
            _say(f"  {share:4.0%}  {told}")


def _rank(attune: AttuneClient) -> None:
    try:
        best = attune.rank(LISTENER, quadrant=Quadrant.Q3, limit=3)
    except Conflict:
        return  # the service learns by committees, which do not rank
    _say(f"\nWhat {LISTENER} would call sad, of what is left, the surest first:\n")
    for ranked in best.tracks:
        _say(f"  {ranked.track_id:28s} {ranked.score:4.0%}")


def _words(prediction: Prediction) -> str:
    quadrant = prediction.quadrant
    sure = prediction.probabilities[quadrant]
    place = f"valence {prediction.valence.mean:+.2f}, arousal {prediction.arousal.mean:+.2f}"
    return f"{WORDS[quadrant]:6s} {sure:4.0%}   {place}"


def _brief(prediction: Prediction) -> str:
    return f"{WORDS[prediction.quadrant]:6s} {prediction.probabilities[prediction.quadrant]:4.0%}"


def _distance(before: Prediction, after: Prediction) -> float:
    return sum(abs(before.probabilities[q] - after.probabilities[q]) for q in Quadrant)


def _say(text: str, status: int = 0) -> int:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
    return status


if __name__ == "__main__":
    main()
