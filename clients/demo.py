"""Registers freely licensed music with a running Attune and answers questions as two listeners.

The synthetic listeners (``synthetic_listeners.py``) label most of the tracks, so that every
endpoint and page has something to show. A second run registers and answers only what is missing.
If the service needs a key, the environment variable ATTUNE_KEY holds an admin's.
"""  # noqa: INP001  # a script, in no package

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click
import demo_music
import next_steps
from attune_client import AttuneClient, AttuneError, Conflict, Prediction, Quadrant
from demo_music import Recording
from synthetic_listeners import FRIEND, LISTENER, answer_at_once, answer_in_turn

N_ANSWERS = 20  # of 28 tracks; the other 8 show predictions
WORDS = {"Q1": "happy", "Q2": "tense", "Q3": "sad", "Q4": "calm"}
SOURCES = {
    "population": "what most people hear",
    "others": "what other listeners answered",
    "level": "how this listener answers",
    "taste": "this listener's taste",
}
NEWCOMER = "demo-newcomer"  # never answers
SMALLEST_SHARE = 0.005  # a smaller share is displayed as 0 %
STOPPED = 130  # exit status after Ctrl-C, by convention of shells

INTRODUCTION = f"""
Two made-up listeners answer. {FRIEND.user_id} answers with the mood that each track was made for.
{LISTENER.user_id} mostly agrees, but dislikes electronic music: where it is energetic they answer
tense, and where it is quiet, sad.
"""


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--url", default="http://127.0.0.1:3000", show_default=True, help="URL of the service."
)
def main(url: str) -> None:
    """Register freely licensed music with a running service and answer a few questions.

    The environment variable ATTUNE_KEY holds an admin's key if the service needs one.
    """
    sys.exit(_run(url))


def _run(url: str) -> int:
    """Register the music and answer; return the exit status."""
    try:
        with AttuneClient(url) as attune, tempfile.TemporaryDirectory() as folder:
            if not attune.ready():
                return _print(f"No Attune answers at {url}; start it with `make serve`.", 1)
            if not demo_music.is_cached():
                _print("Downloading 16 MB of music ...")
            recordings = demo_music.unpack(demo_music.fetch(), Path(folder))
            _register(attune, recordings)
            track = _answer(attune, recordings)
            return _print(next_steps.after_demo(url, track.track_id))
    except (AttuneError, demo_music.MusicError) as error:
        return _print(str(error), 1)
    except KeyboardInterrupt:
        return _print("\nStopped; run the command again to resume.", STOPPED)


def _register(attune: AttuneClient, recordings: Sequence[Recording]) -> None:
    """Register every track; the service skips the work for unchanged tracks."""
    _print(f"Registering {len(recordings)} tracks that a generative model made (MIT licence):\n")
    started = time.monotonic()
    counts = Counter[tuple[bool, bool]]()
    for number, recording in enumerate(recordings, start=1):
        track = attune.put_track(
            recording.track_id,
            audio=recording.path,
            title=recording.title,
            artist=demo_music.MAKER,
        )
        summary = _summary(track.prediction) if track.prediction else "-"
        _print(f"  {number:2d}/{len(recordings)}  {recording.title:26s} {summary}")
        if track.prediction:
            is_lively = recording.mood in {"energetic", "happy"}
            is_excited = track.prediction.quadrant in {Quadrant.Q1, Quadrant.Q2}
            counts[is_lively, is_excited] += 1
    _print(f"\nAll tracks are registered, after {time.monotonic() - started:.1f} s.")
    _print_agreement(counts)


def _print_agreement(counts: Counter[tuple[bool, bool]]) -> None:
    """Print how often the predicted arousal agrees with the intended mood.

    Args:
        counts: Tracks by whether their mood is lively, and whether the prediction is.
    """
    lively, quiet = (counts[mood, True] + counts[mood, False] for mood in (True, False))
    _print(
        f"Of {lively} tracks made to be energetic or happy, {counts[True, True]} are predicted as "
        f"happy or tense;\nof the {quiet} others, {counts[False, False]} as sad or calm."
    )


def _answer(attune: AttuneClient, recordings: Sequence[Recording]) -> Recording:
    """Answer as both listeners; return the unanswered track that the answers changed most."""
    _print(INTRODUCTION)
    n = answer_at_once(attune, FRIEND, recordings[::2])
    _print(f"  {FRIEND.user_id:14s} {n:2d} answers")
    answered = answer_in_turn(attune, LISTENER, recordings, N_ANSWERS)
    _print(f"  {LISTENER.user_id:14s} {len(answered):2d} answers")
    _print_forecasts(attune)
    return _print_effect(attune, [each for each in recordings if each.track_id not in answered])


def _print_forecasts(attune: AttuneClient) -> None:
    """Print how many answers the forecasts expected."""
    record = attune.picture(LISTENER.user_id).prequential
    if record.personal is None or record.population is None:
        return
    _print(
        "\nBefore each answer the service records a forecast. It expected "
        f"{record.personal.hits} of {LISTENER.user_id}'s\n{record.n} answers; the population "
        f"model alone would have expected {record.population.hits}."
    )


def _print_effect(attune: AttuneClient, unanswered: Sequence[Recording]) -> Recording:
    """Print how the answers changed the other tracks; return the track that changed most."""
    ids = [recording.track_id for recording in unanswered]
    pairs = [
        (before, after, recording)
        for before, after, recording in zip(
            attune.predict_batch(track_ids=ids, user_id=NEWCOMER),
            attune.predict_batch(track_ids=ids, user_id=LISTENER.user_id),
            unanswered,
            strict=True,
        )
        if isinstance(before, Prediction) and isinstance(after, Prediction)
    ]
    _print(f"\nPredictions of the {len(ids)} tracks that {LISTENER.user_id} has not answered:\n")
    _print(f"  {'':26s} {'for a newcomer':16s} for {LISTENER.user_id}")
    for before, after, recording in pairs:
        _print(f"  {recording.title:26s} {_likeliest(before):16s} {_likeliest(after)}")
    _, after, changed = max(pairs, key=lambda pair: _distance(pair[0], pair[1]))
    _print(f"\nThe answers changed {changed.title} the most. {after.why.words}")
    _print("The evidence comes from\n")
    for source, meaning in SOURCES.items():
        share = getattr(after.why, source).share
        if share >= SMALLEST_SHARE:
            _print(f"  {share:4.0%}  {meaning}")
    _print_ranking(attune)
    return changed


def _print_ranking(attune: AttuneClient) -> None:
    try:
        ranking = attune.rank(LISTENER.user_id, quadrant=Quadrant.Q3, limit=3)
    except Conflict:
        return  # committees cannot rank
    _print(f"\nUnanswered tracks that {LISTENER.user_id} would call sad, the likeliest first:\n")
    for track in ranking.tracks:
        _print(f"  {track.track_id:28s} {track.score:4.0%}")


def _summary(prediction: Prediction) -> str:
    point = f"valence {prediction.valence.mean:+.2f}, arousal {prediction.arousal.mean:+.2f}"
    return f"{_likeliest(prediction)}   {point}"


def _likeliest(prediction: Prediction) -> str:
    return f"{WORDS[prediction.quadrant]:6s} {prediction.probabilities[prediction.quadrant]:4.0%}"


def _distance(before: Prediction, after: Prediction) -> float:
    return sum(abs(before.probabilities[q] - after.probabilities[q]) for q in Quadrant)


def _print(text: str, status: int = 0) -> int:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
    return status


if __name__ == "__main__":
    main()
