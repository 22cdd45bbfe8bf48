"""``attune label``: a dialogue in the terminal."""

import json
import sys
import time

import pytest

from attune_client.cli.answer_parsing import Answer, LabelCommand, read_answer
from attune_client.replies import Quadrant


@pytest.fixture(name="catalogue")
def _catalogue(service):
    for name in ("t1", "t2", "t3"):
        service.tracks[name] = {
            "track_id": name,
            "title": f"Title of {name}",
            "audio_url": f"/tracks/{name}/audio?ticket=x",
            "created_at": "2026-01-02T03:04:05Z",
        }


def log(service):
    return list(service.logs["ana"].values())


@pytest.mark.usefixtures("catalogue")
def test_answers_are_recorded_with_their_circumstances(attune, service):
    result = attune("label", "--user", "ana", "--n", 2, stdin="calm l5\n0.5 -0.25 f1\n")

    assert result.status == 0
    assert "2 answered. Thank you." in result.out
    first, second = log(service)
    assert (first["track_id"], first["quadrant"], first["liking"]) == ("t1", "Q4", 5)
    assert (second["valence"], second["arousal"], second["familiarity"]) == (0.5, -0.25, 1)
    assert {(each["emotion"], each["strategy"]) for each in (first, second)} == {
        ("perceived", "mc")
    }


@pytest.mark.usefixtures("catalogue")
def test_the_prediction_is_shown_after_the_answer(attune):
    result = attune("label", "--user", "ana", "--n", 1, stdin="x\n?\n")

    before, _, after = result.out.partition("'x' is no answer")
    assert "Title of t1" in before
    assert "prediction was" not in before
    assert "The prediction was happy (25 %): valence +0.25 ± 0.50" in after


@pytest.mark.usefixtures("catalogue")
def test_an_answer_is_undone_and_given_again(attune, service):
    attune("label", "--user", "ana", "--n", 1, stdin="u\nhappy\n")
    attune("label", "--user", "bob", "--n", 2, stdin="happy\nundo\nsad\nq\n")

    events = [(each["track_id"], each.get("quadrant")) for each in service.logs["bob"].values()]
    assert events == [("t1", "Q1"), ("t1", None), ("t1", "Q3")]
    assert len(log(service)) == 1


@pytest.mark.usefixtures("catalogue")
def test_a_skipped_track_does_not_come_again_at_once(attune, service):
    attune("label", "--user", "ana", "--felt", "--n", 1, stdin="s\n2\n")

    (only,) = log(service)
    assert (only["track_id"], only["quadrant"], only["emotion"]) == ("t2", "Q2", "felt")


@pytest.mark.usefixtures("catalogue")
def test_a_query_may_repeat_tracks_and_has_the_given_strategy(attune, service):
    attune("label", "--user", "ana", "--n", 1, "--strategy", "eps-mc", stdin="1\n")

    query = next(request for request in service.requests if request.url.path == "/query")
    assert json.loads(query.content) == {
        "user_id": "ana",
        "n": 1,
        "exclude": [],
        "strategy": "eps-mc",
        "repeat_share": pytest.approx(1 / 15),
    }


@pytest.mark.parametrize(("lines", "n"), [("1\n", 1), ("1\n" * 5, 3)])
@pytest.mark.usefixtures("catalogue")
def test_the_dialogue_ends_with_the_input_or_the_catalogue(attune, lines, n):
    result = attune("label", "--user", "ana", stdin=lines)

    assert result.status == 0
    assert f"{n} answered." in result.out


@pytest.mark.usefixtures("catalogue")
def test_the_player_plays_the_track_until_the_answer(attune, address, tmp_path):
    script, heard = tmp_path / "player.py", tmp_path / "heard"
    script.write_text(
        "import pathlib, sys, time\n"
        f"pathlib.Path({str(heard)!r}).write_text(sys.argv[1])\n"
        "time.sleep(60)\n"
    )
    result = attune(
        "label",
        *("--user", "ana", "--n", 1, "--player", f"{sys.executable} {script}"),
        stdin=Listening(heard),
    )

    assert result.status == 0
    assert heard.read_text() == f"{address}/tracks/t1/audio?ticket=x"


class Listening:
    """A keyboard on which the listener answers once the player runs."""

    def __init__(self, heard):
        self._heard = heard

    def readline(self, *_):
        deadline = time.monotonic() + 30
        while not (self._heard.exists() and self._heard.read_text()):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        return "4\n"


@pytest.mark.usefixtures("catalogue")
def test_a_missing_player_is_an_error(attune):
    result = attune("label", "--user", "ana", "--player", "no-such-player -x", stdin="1\n")

    assert result.status == 1
    assert "'no-such-player' cannot be started" in result.err


@pytest.mark.parametrize(
    ("line", "parsed"),
    [
        ("1", Answer(Quadrant.Q1)),
        ("angry", Answer(Quadrant.Q2)),
        ("Relaxed", Answer(Quadrant.Q4)),
        ("q3", Answer(Quadrant.Q3)),
        ("CALM f2 L3", Answer(Quadrant.Q4, liking=3, familiarity=2)),
        ("-1, 0.5", Answer((-1.0, 0.5))),
        ("? l1", Answer(None, liking=1)),
        ("q", LabelCommand.QUIT),
        ("Undo", LabelCommand.UNDO),
    ],
)
def test_a_line_is_parsed(line, parsed):
    assert read_answer(line) == parsed


@pytest.mark.parametrize("line", ["", "5", "happy sad", "0.5", "2 0", "nan 0", "1 l6", "s l1"])
def test_an_invalid_line_is_an_error(line):
    with pytest.raises(ValueError, match="Type h for help"):
        read_answer(line)
