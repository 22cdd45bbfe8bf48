"""Registers freely licensed music with a running Attune, and answers a few questions about it.

A listener is made up whom lively music upsets and quiet music saddens, so that every endpoint has
something to answer with. Running it again registers nothing twice and goes on where it stopped.
A service that wants a key is shown that of the environment variable ATTUNE_KEY, an admin's.
"""  # noqa: INP001  # a script, in no package

import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import click
import music
from attune_client import (
    AttuneClient,
    AttuneError,
    Conflict,
    Label,
    Prediction,
    Quadrant,
    UpdateReply,
)

MOODS = {"energetic": "Q2", "happy": "Q2", "nostalgic": "Q3", "calm": "Q3", "tender": "Q3"}
WORDS = {"Q1": "happy", "Q2": "tense", "Q3": "sad", "Q4": "calm"}
SOURCES = {
    "population": "what everybody hears",
    "others": "what others said of it",
    "level": "how this listener answers",
    "taste": "this listener's taste",
}
LISTENER = "demo-listener"
NEWCOMER = "demo-newcomer"  # says nothing, ever
STOPPED = 130  # what shells expect after Ctrl-C

TRY = """
Try it:

  curl -s{key} '{url}/tracks?limit=3'
  curl -s{key} {url}/predict -H 'Content-Type: application/json' \\
    -d '{{"track_id": "{heard}", "user_id": "{listener}"}}'
  curl -s{key} {url}/rank -H 'Content-Type: application/json' \\
    -d '{{"user_id": "{listener}", "quadrant": "Q3", "limit": 3}}'
  curl -s{key} {url}/query -H 'Content-Type: application/json' \\
    -d '{{"user_id": "you", "n": 3}}'
  curl -s{key} {url}/update -H 'Content-Type: application/json' -d '{{"user_id": "you",
    "labels": [{{"event_id": "1", "track_id": "{heard}", "quadrant": "Q2"}}]}}'
  curl -s{key} {url}/users/{listener}/labels
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
            return _say(_try(url, heard.track_id))
    except (AttuneError, music.MusicError) as error:
        return _say(str(error), 1)
    except KeyboardInterrupt:
        return _say("\nStopped; run it again to go on.", STOPPED)


def _try(url: str, heard: str) -> str:
    key = ' -H "Authorization: Bearer $ATTUNE_KEY"' if os.environ.get("ATTUNE_KEY") else ""
    return TRY.format(url=url, listener=LISTENER, heard=heard, key=key)


def _package() -> Path:
    if not music.is_there():
        _say("Downloading 16 MB of music ...")
    return music.fetch()


def _register(attune: AttuneClient, recordings: Sequence[music.Recording]) -> None:
    """Put every track; the service computes nothing for those that it has."""
    _say(f"Registering {len(recordings)} tracks that a generative model made (MIT licence):\n")
    started = time.monotonic()
    for number, recording in enumerate(recordings, start=1):
        track = attune.put_track(
            recording.track_id, audio=recording.path, title=recording.title, artist=music.MAKER
        )
        felt = _words(track.prediction) if track.prediction else "-"
        _say(f"  {number:2d}/{len(recordings)}  {recording.title:26s} {felt}")
    _say(f"\nAll are registered; that took {time.monotonic() - started:.1f} s.")


def _answer(attune: AttuneClient, recordings: Sequence[music.Recording]) -> music.Recording:
    """Answer about every third track; return another, whose prediction that has moved most."""
    answered, others = recordings[::3], [r for i, r in enumerate(recordings) if i % 3]
    told = attune.update(
        LISTENER,
        [
            Label.quadrant(r.track_id, MOODS[r.mood], event_id=f"demo-{r.track_id}")
            for r in answered
        ],
    )
    ids = [recording.track_id for recording in others]
    pairs = [
        (before, after, recording)
        for before, after, recording in zip(
            attune.predict_batch(track_ids=ids, user_id=NEWCOMER),
            attune.predict_batch(track_ids=ids, user_id=LISTENER),
            others,
            strict=True,
        )
        if isinstance(before, Prediction) and isinstance(after, Prediction)
    ]
    before, after, moved = max(pairs, key=lambda pair: _distance(pair[0], pair[1]))
    _tell(told, attune, moved, (before, after))
    return moved


def _tell(
    told: UpdateReply,
    attune: AttuneClient,
    moved: music.Recording,
    predictions: tuple[Prediction, Prediction],
) -> None:
    asked = attune.query(LISTENER, n=3)
    _say(f"\n{LISTENER} has answered {told.n_labels} questions. What that changed the most")
    _say(f"is {moved.title}, which was not among them:\n")
    for who, prediction in zip(("a newcomer", LISTENER), predictions, strict=True):
        _say(f"  to {who:16s} {_words(prediction)}")
    _explain(predictions[1])
    _rank(attune)
    _say("\nThe answers that would teach the most now are about:\n")
    for question in asked.tracks:
        _say(f"  {question.track_id:28s} {question.score:.2f}")


def _explain(prediction: Prediction) -> None:
    """Say where it comes from, and what else it may be."""
    shares = {told: getattr(prediction.why, name).share for name, told in SOURCES.items()}
    said = [f"{share:.0%} {told}" for told, share in shares.items() if share]
    _say(f"\n  It is made of {', '.join(said)}.")
    if prediction.set is not None:
        likely = " or ".join(WORDS[quadrant] for quadrant in prediction.set.quadrants)
        _say(f"  In {prediction.set.coverage:.0%} of such cases it is {likely}.")


def _rank(attune: AttuneClient) -> None:
    try:
        best = attune.rank(LISTENER, quadrant=Quadrant.Q3, limit=3)
    except Conflict:
        return  # the service learns by committees, which do not rank
    _say(f"\nWhat {LISTENER} would call sad, of what is new to them, the surest first:\n")
    for ranked in best.tracks:
        _say(f"  {ranked.track_id:28s} {ranked.score:4.0%}")


def _words(prediction: Prediction) -> str:
    quadrant = prediction.quadrant
    sure = prediction.probabilities[quadrant]
    place = f"valence {prediction.valence.mean:+.2f}, arousal {prediction.arousal.mean:+.2f}"
    return f"{WORDS[quadrant]:6s} {sure:4.0%}   {place}"


def _distance(before: Prediction, after: Prediction) -> float:
    return sum(abs(before.probabilities[q] - after.probabilities[q]) for q in Quadrant)


def _say(text: str, status: int = 0) -> int:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
    return status


if __name__ == "__main__":
    main()
