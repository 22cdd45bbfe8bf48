"""``attune predict``: sentences, JSON, and the curve in letters and as SVG."""

import json
import xml.etree.ElementTree as ET

import pytest
from filled import filled

from attune_client import Segment
from attune_client.cli.courses import at, stretches
from attune_client.cli.curves import panels
from attune_client.decoding import decode

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(name="song")
def _song(tmp_path):
    path = tmp_path / "song.ogg"
    path.write_bytes(b"OggS")
    return path


def segment(number, quadrant, valence, arousal, sd=0.1):
    others = dict.fromkeys(("Q1", "Q2", "Q3", "Q4"), 0.1)
    told = {
        "start_s": 10.0 * number,
        "end_s": 10.0 * number + 10,
        "probabilities": {**others, quadrant: 0.7},
        "valence": {"mean": valence, "sd": sd},
        "arousal": {"mean": arousal, "sd": sd},
    }
    return decode(Segment, filled(Segment, told))


COURSE = [segment(0, "Q1", 0.8, 0.8), segment(1, "Q1", 0.8, 0.0), segment(2, "Q3", -0.8, -0.8)]


def test_a_recording_is_told_in_sentences(attune, song, service):
    told = attune("predict", song)

    assert told.status == 0
    assert told.out.splitlines()[0] == f"{song} feels happy, with 25 % probability."
    assert "  valence +0.25 ± 0.50, arousal +0.25 ± 0.50" in told.out
    assert "  In 80 % of such cases it is happy or calm." in told.out
    assert "75 % what everybody hears, 25 % what others said of it" in told.out
    assert service.forms[0]["audio"] == ("song.ogg", b"OggS")


def test_lyrics_go_with_a_recording_or_alone(attune, song, service, tmp_path):
    words = tmp_path / "song.txt"
    words.write_text("la la")

    attune("predict", song, "--lyrics", words, "--user", "ana")
    alone = attune("predict", "--lyrics", words)

    assert service.forms[0]["lyrics"] == (None, b"la la")
    assert json.loads(service.requests[-1].content) == {"lyrics": "la la"}
    assert alone.out.startswith(f"{words} feels happy")


def test_lyrics_with_times_are_read_and_broken_ones_told(attune, service, tmp_path):
    timed, broken = tmp_path / "words.lrc", tmp_path / "words"
    timed.write_text("[00:01.00]la la")
    broken.write_bytes(b"\xff\xfe")

    attune("predict", "--lyrics", timed)
    told = attune("predict", "--lyrics", broken)

    assert [json.loads(request.content) for request in service.requests] == [{"lyrics": "la la"}]
    assert (told.status, told.err.count("\n")) == (1, 1)
    assert "words is no text in UTF-8" in told.err


def test_a_listener_hears_how_much_was_learnt_from_them(attune, song):
    told = attune("predict", song, "--user", "ana")

    assert "feels happy to ana, with" in told.out
    assert "0 answers: as for everybody, so far." in told.out


def test_what_is_no_file_is_a_registered_track(attune, service):
    told = attune("predict", "t1", "t2")

    assert [json.loads(request.content) for request in service.requests] == [
        {"track_id": "t1"},
        {"track_id": "t2"},
    ]
    assert [line.split()[0] for line in told.out.splitlines() if line[0] != " "] == ["t1", "t2"]


def test_programs_get_the_whole_answer(attune, song):
    told = attune("predict", song, "t1", "--json")

    lines = [json.loads(line) for line in told.out.splitlines()]
    assert [line["source"] for line in lines] == [str(song), "t1"]
    valence = lines[0]["segments"][0]["valence"]
    assert (valence["mean"], valence["sd"]) == (0.25, 0.5)


def test_the_curve_is_drawn_wherever_plot_stands(attune, song):
    behind, before = attune("predict", song, "--plot"), attune("predict", "--plot", song)

    assert behind.status == before.status == 0
    assert behind.out == before.out
    assert "valence: unpleasant -1, pleasant +1" in behind.out
    assert behind.out.splitlines()[-1].split() == ["0:00", "0:03"]


def test_the_curve_fits_the_terminal_and_needs_no_colour(attune, song, monkeypatch):
    monkeypatch.setenv("COLUMNS", "50")
    monkeypatch.setenv("NO_COLOR", "1")

    told = attune("predict", song, "--plot")

    drawn = told.out.splitlines()[
        told.out.splitlines().index("valence: unpleasant -1, pleasant +1") :
    ]
    assert max(map(len, drawn)) <= 50
    assert "\x1b" not in told.out


def test_letters_alone_show_where_the_curve_is():
    lines = [line for line, _ in panels(COURSE, 66, is_rich=False)]
    valence = lines[1:12]

    marked = [
        {row for row, line in enumerate(valence) if line[column : column + 1] == "*"}
        for column in (6, 65)
    ]

    assert marked == [{1}, {9}]  # of 11 rows, from +1 down to -1
    assert lines[-2].split("|")[1:] == ["happy" + " " * 34, "sad"]
    assert all(line.isascii() for line in lines)


def test_a_narrow_or_flat_curve_is_drawn_all_the_same():
    beyond = [segment(0, "Q2", -1.0, 1.0, sd=3.0)]

    lines = [line for line, _ in panels(beyond, 1, is_rich=True)]

    assert len(lines) == 2 * 12 + 2
    assert "tense" in lines[-2]


def test_between_the_middles_of_segments_the_curve_is_straight():
    moments = (0.0, 5.0, 10.0, 15.0, 20.0, 30.0)
    assert [round(at(moment, COURSE, "arousal").mean, 6) for moment in moments] == [
        0.8,
        0.8,
        0.4,
        0.0,
        -0.4,
        -0.8,
    ]
    assert [(each.quadrant, each.start_s, each.end_s) for each in stretches(COURSE)] == [
        ("Q1", 0.0, 20.0),
        ("Q3", 20.0, 30.0),
    ]


def test_a_drawing_stands_alone_and_says_itself_in_words(attune, song, tmp_path):
    out = tmp_path / "<&>.svg"

    told = attune("predict", song, "--plot", out, "--user", "ana")

    assert told.status == 0
    root = ET.fromstring(out.read_text(encoding="utf-8"))  # noqa: S314  # our own
    assert root.get("role") == "img"
    assert root.find(f"{SVG}title").text == "song.ogg: valence and arousal over time"
    assert "happy from 0:00 to 0:03" in root.find(f"{SVG}desc").text
    lines = root.findall(f"{SVG}polyline")
    assert [line.get("stroke-dasharray") for line in lines] == [None, "9 5"]
    assert {"valence", "arousal"} <= {each.text for each in root.iter(f"{SVG}text")}
    assert "http" not in out.read_text().replace("http://www.w3.org/2000/svg", "")


def test_a_drawing_that_cannot_be_written_leaves_nothing(attune, song, tmp_path):
    told = attune("predict", song, "--plot", tmp_path / "nowhere" / "a.svg")

    assert told.status == 1
    assert "No such file or directory" in told.err


def test_pictures_are_svg(attune, song, service):
    told = attune("predict", song, "--plot", "a.png")

    assert told.status == 2
    assert "written as SVG" in told.err
    assert service.requests == []


def test_what_has_no_course_in_time_says_so(attune):
    told = attune("predict", "t1", "--plot")

    assert told.status == 1
    assert "only what is heard has a course in time" in told.err


@pytest.mark.parametrize(
    "words", [[], ["a", "b", "--lyrics", "{song}"], ["a", "b", "--plot", "c.svg"]]
)
def test_what_cannot_be_meant_is_a_fault_of_usage(attune, song, words):
    told = attune("predict", *(word.format(song=song) for word in words))

    assert told.status == 2
    assert told.err.startswith("Usage: attune predict")
