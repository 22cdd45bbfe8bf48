"""``attune label``: a dialogue, typed line by line."""

import json
import sys
import time

import pytest

from attune_client.cli.answers import Answer, LabelCommand, read_answer
from attune_client.replies import Quadrant

NAMES = ("t1", "t2", "t3")


@pytest.fixture(name="catalogue")
def _catalogue(service):
    for name in NAMES:
        service.tracks[name] = {
            "track_id": name,
            "title": f"Title of {name}",
            "artist": None,
            "has_audio": True,
            "has_lyrics": False,
            "audio_url": f"/tracks/{name}/audio?ticket=x",
            "created_at": "2026-01-02T03:04:05Z",
        }


def log(service):
    return list(service.observability.logs["ana"].values())


@pytest.mark.usefixtures("catalogue")
def test_answers_are_recorded_with_their_circumstances(attune, service):
    told = attune("label", "--user", "ana", "--n", 2, stdin="calm l5\n0.5 -0.25 f1\n")

    assert told.status == 0
    assert "2 answered. Thank you." in told.out
    first, second = log(service)
    assert (first["track_id"], first["quadrant"], first["liking"]) == ("t1", "Q4", 5)
    assert (second["valence"], second["arousal"], second["familiarity"]) == (0.5, -0.25, 1)
    assert {(each["emotion"], each["strategy"]) for each in (first, second)} == {
        ("perceived", "mc")
    }


@pytest.mark.usefixtures("catalogue")
def test_the_guess_is_hidden_until_the_answer(attune):
    told = attune("label", "--user", "ana", "--n", 1, stdin="x\n?\n")

    before, _, after = told.out.partition("'x' is no answer")
    assert "Title of t1" in before
    assert "guess was" not in before
    assert "The guess was happy (25 %): valence +0.25 ± 0.50" in after


@pytest.mark.usefixtures("catalogue")
def test_an_answer_is_taken_back_and_given_anew(attune, service):
    attune("label", "--user", "ana", "--n", 1, stdin="u\nhappy\n")
    attune("label", "--user", "bob", "--n", 2, stdin="happy\nundo\nsad\nq\n")

    told = [
        (each["track_id"], each.get("quadrant"))
        for each in service.observability.logs["bob"].values()
    ]
    assert told == [("t1", "Q1"), ("t1", None), ("t1", "Q3")]
    assert len(log(service)) == 1


@pytest.mark.usefixtures("catalogue")
def test_what_is_skipped_is_not_asked_again_at_once(attune, service):
    attune("label", "--user", "ana", "--felt", "--n", 1, stdin="s\n2\n")

    (only,) = log(service)
    assert (only["track_id"], only["quadrant"], only["emotion"]) == ("t2", "Q2", "felt")


@pytest.mark.usefixtures("catalogue")
def test_questions_repeat_now_and_then_and_may_be_drawn_by_chance(attune, service):
    attune("label", "--user", "ana", "--n", 1, "--strategy", "eps-mc", stdin="1\n")

    asked = next(r for r in service.requests if r.url.path == "/query")
    assert json.loads(asked.content) == {
        "user_id": "ana",
        "n": 1,
        "exclude": [],
        "strategy": "eps-mc",
        "repeat_share": pytest.approx(1 / 15),
    }


@pytest.mark.usefixtures("catalogue")
def test_the_end_of_the_input_is_the_end_of_the_dialogue(attune):
    told = attune("label", "--user", "ana", stdin="1\n")

    assert told.status == 0
    assert "1 answered." in told.out


@pytest.mark.usefixtures("catalogue")
def test_when_nothing_is_left_the_dialogue_ends(attune):
    told = attune("label", "--user", "ana", stdin="1\n" * 5)

    assert told.status == 0
    assert "3 answered." in told.out


@pytest.mark.usefixtures("catalogue")
def test_a_player_plays_the_very_track_and_stops(attune, address, tmp_path):
    script, heard = tmp_path / "player.py", tmp_path / "heard"
    script.write_text(
        "import pathlib, sys, time\n"
        f"pathlib.Path({str(heard)!r}).write_text(sys.argv[1])\n"
        "time.sleep(60)\n"
    )
    told = attune(
        "label",
        *("--user", "ana", "--n", 1, "--player", f"{sys.executable} {script}"),
        stdin=Listening(heard),
    )

    assert told.status == 0
    assert heard.read_text() == f"{address}/tracks/t1/audio?ticket=x"


class Listening:
    """A keyboard at which somebody answers when they have heard something."""

    def __init__(self, heard):
        self._heard = heard

    def readline(self, *_):
        deadline = time.monotonic() + 30
        while not (self._heard.exists() and self._heard.read_text()):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        return "4\n"


@pytest.mark.usefixtures("catalogue")
def test_a_player_that_is_not_there_is_told(attune):
    told = attune("label", "--user", "ana", "--player", "no-such-player -x", stdin="1\n")

    assert told.status == 1
    assert "'no-such-player' cannot be started" in told.err


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("1", Answer(Quadrant.Q1)),
        ("angry", Answer(Quadrant.Q2)),
        ("q3", Answer(Quadrant.Q3)),
        ("CALM f2 L3", Answer(Quadrant.Q4, liking=3, familiarity=2)),
        ("-1, 0.5", Answer((-1.0, 0.5))),
        ("? l1", Answer(None, liking=1)),
        ("q", LabelCommand.QUIT),
        ("Undo", LabelCommand.UNDO),
    ],
)
def test_a_line_means(line, meant):
    assert read_answer(line) == meant


@pytest.mark.parametrize("line", ["", "5", "happy sad", "0.5", "2 0", "nan 0", "1 l6", "s l1"])
def test_a_line_that_means_nothing_is_told(line):
    with pytest.raises(ValueError, match="h tells more"):
        read_answer(line)
