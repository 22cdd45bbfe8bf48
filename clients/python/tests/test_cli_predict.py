"""``attune predict``: sentences, JSON, and charts as text and SVG."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from fake_attune import answers
from sample_replies import filled

from attune_client import Segment
from attune_client.cli.text_chart import panels
from attune_client.cli.timelines import at, time_spans
from attune_client.decoding import decode

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(name="song")
def _song(tmp_path):
    path = tmp_path / "song.ogg"
    path.write_bytes(b"OggS")
    return path


def segment(number, quadrant, valence, arousal, sd=0.1):
    body = {
        "start_s": 10.0 * number,
        "end_s": 10.0 * number + 10,
        "probabilities": {**dict.fromkeys(("Q1", "Q2", "Q3", "Q4"), 0.1), quadrant: 0.7},
        "valence": {"mean": valence, "sd": sd},
        "arousal": {"mean": arousal, "sd": sd},
    }
    return decode(Segment, filled(Segment, body))


SEGMENTS = [segment(0, "Q1", 0.8, 0.8), segment(1, "Q1", 0.8, 0.0), segment(2, "Q3", -0.8, -0.8)]


def test_a_prediction_is_printed_in_sentences(attune, song, service):
    result = attune("predict", song, "--user", "ana")

    assert result.status == 0
    assert result.out.splitlines()[:2] == [
        f"{song} feels happy to ana, with 25 % probability.",
        "  0 answers: still as for most people.",
    ]
    assert "  valence +0.25 ± 0.50, arousal +0.25 ± 0.50" in result.out
    assert "  In 80 % of such cases it is happy or calm." in result.out
    assert "75 % what most people hear, 25 % what other listeners answered" in result.out
    assert service.forms[0]["audio"] == ("song.ogg", b"OggS")


def test_lyrics_are_sent_with_or_without_a_recording(attune, song, service, tmp_path):
    plain, timed = tmp_path / "song.txt", tmp_path / "words.lrc"
    plain.write_text("la la")
    timed.write_bytes("[00:01.00]l\xf3 l\xf3".encode("utf-16"))

    attune("predict", song, "--lyrics", plain)
    alone = attune("predict", "--lyrics", timed)

    assert service.forms[0]["lyrics"] == ("lyrics", b"la la")
    assert service.forms[1] == {"lyrics": ("lyrics", timed.read_bytes())}
    assert alone.out.startswith(f"{timed} feels happy, with")


def test_several_sources_are_predicted_in_order(attune, song, service):
    printed, as_json = attune("predict", "t1", "t2"), attune("predict", song, "t1", "--json")

    bodies = [json.loads(request.content) for request in service.requests[:2]]
    assert bodies == [{"track_id": "t1"}, {"track_id": "t2"}]
    assert [line.split()[0] for line in printed.out.splitlines() if line[0] != " "] == ["t1", "t2"]
    lines = [json.loads(line) for line in as_json.out.splitlines()]
    assert [line["source"] for line in lines] == [str(song), "t1"]
    valence = lines[0]["segments"][0]["valence"]
    assert (valence["mean"], valence["sd"]) == (0.25, 0.5)


def test_one_recording_of_several_ends_nothing(attune, song, service, tmp_path):
    service.outages.append(answers(422))

    result = attune("predict", tmp_path, song, "t1", "--json")

    assert result.status == 1
    lines = [json.loads(line) for line in result.out.splitlines()]
    assert [line["source"] for line in lines] == [str(song), "t1"]
    assert result.err.startswith(f"{tmp_path}: ")
    assert f"{tmp_path} is no file, and there is no track" in result.err


def test_a_refused_key_ends_predictions_at_once(attune, song, service):
    service.outages.append(answers(401))

    result = attune("predict", song, song)

    assert result.status == 1
    assert len(service.requests) == 1


def test_a_plot_fits_the_terminal_and_needs_no_colour(attune, song, monkeypatch):
    monkeypatch.setenv("COLUMNS", "50")
    monkeypatch.setenv("NO_COLOR", "1")

    result, same = attune("predict", song, "--plot"), attune("predict", "--plot", song)

    assert (result.status, result.out) == (0, same.out)
    plot = result.out.partition("valence: unpleasant -1, pleasant +1")[2].splitlines()
    assert plot[-1].split() == ["0:00", "0:03"]
    assert max(map(len, plot)) <= 50
    assert "\x1b" not in result.out


def test_a_plain_chart_shows_the_curve_in_ascii():
    lines = [line for line, _ in panels(SEGMENTS, 66, is_rich=False)]

    marked = [
        {row for row, line in enumerate(lines[1:12]) if line[column : column + 1] == "*"}
        for column in (6, 65)
    ]

    assert marked == [{1}, {9}]  # of 11 rows, from +1 down to -1
    assert lines[-2].split("|")[1:] == ["happy" + " " * 34, "sad"]
    assert all(line.isascii() for line in lines)


def test_a_narrow_or_flat_curve_is_drawn():
    lines = [line for line, _ in panels([segment(0, "Q2", -1.0, 1.0, sd=3.0)], 1, is_rich=True)]

    assert len(lines) == 2 * 12 + 2
    assert "tense" in lines[-2]


def test_the_curve_is_linear_between_the_middles_of_segments():
    means = [at(moment, SEGMENTS, "arousal").mean for moment in (0, 5, 10, 15, 20, 30)]

    assert means == pytest.approx([0.8, 0.8, 0.4, 0.0, -0.4, -0.8])
    assert [(span.quadrant, span.start_s, span.end_s) for span in time_spans(SEGMENTS)] == [
        ("Q1", 0.0, 20.0),
        ("Q3", 20.0, 30.0),
    ]


def test_an_svg_chart_is_self_contained_and_described(attune, song, tmp_path):
    out = tmp_path / "<&>.svg"

    result = attune("predict", song, "--plot", out, "--user", "ana")

    assert result.status == 0
    root = ET.fromstring(out.read_text(encoding="utf-8"))  # noqa: S314  # our own
    assert root.get("role") == "img"
    assert root.find(f"{SVG}title").text == "song.ogg: valence and arousal over time"
    assert "happy from 0:00 to 0:03" in root.find(f"{SVG}desc").text
    lines = root.findall(f"{SVG}polyline")
    assert [line.get("stroke-dasharray") for line in lines] == [None, "9 5"]
    assert {"valence", "arousal"} <= {each.text for each in root.iter(f"{SVG}text")}
    assert "http" not in out.read_text().replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize(
    ("words", "status", "text"),
    [
        ("{song} --plot {song}/a.svg", 1, "Not a directory"),
        ("t1 --plot", 1, "only a recording changes over time"),
        ("{song} --plot a.png", 2, "written as SVG"),
        ("", 2, "Usage: attune predict"),
        ("a b --lyrics {song}", 2, "Usage: attune predict"),
        ("a b --plot c.svg", 2, "Usage: attune predict"),
    ],
)
def test_an_invalid_combination_is_an_error(attune, song, words, status, text):
    result = attune("predict", *words.format(song=song).split())

    assert result.status == status
    assert text in result.err


@pytest.mark.parametrize("status", [404, 422], ids=["unknown", "no id"])
def test_what_is_neither_a_file_nor_a_track_is_named_as_both(attune, service, status):
    service.outages.append(answers(status))

    result = attune("predict", "songs/typo.wav")

    assert result.status == 1
    assert "'songs/typo.wav' is neither a file nor a registered track" in result.err
    assert f"there is no file {Path('songs/typo.wav').absolute()} and no track" in result.err
