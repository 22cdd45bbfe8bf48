"""``python -m training embed``: tracks to a library; resumable, whatever breaks."""

import csv
import hashlib
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from models.errors import DatasetError, EncoderError, IncompatibleSnapshotError
from models.features.language import notice_of
from models.library import Library, LibraryError
from tests import small_models, snapshots
from tests.audio_signals import chord, encoded
from tests.fake_extractor import FakeOpening
from training.__main__ import main
from training.datasets.features import read_features
from training.engine import Processes
from training.library import embedding
from training.library.embedding import ExtractorFactory, embed

ROOT = Path(__file__).parents[3]


@pytest.fixture(name="opening")
def _opening(tmp_path):
    return FakeOpening(tmp_path / "heard.log")


@pytest.fixture(name="music")
def _music(tmp_path):
    folder = tmp_path / "music"
    folder.mkdir()
    for name in "abcde":
        (folder / f"{name}.mp3").write_bytes(f"audio {name}".encode())
    (folder / "b.txt").write_bytes(b"rain and\r\nsun")
    return folder


@pytest.fixture(name="out")
def _out(tmp_path):
    return tmp_path / "out" / "tracks.npz"


def run(music, out, opening, n_workers=1):
    return embed(music, out, opening, Processes(n_workers))


def listed(out):
    with out.with_name("tracks.npz.failures.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("n_workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_folder_becomes_a_library(music, out, opening, n_workers):
    done = run(music, out, opening, n_workers)

    found = Library.open(out)
    assert (done.n_tracks, done.n_new, done.failures) == (5, 5, [])
    assert found.ids == list("abcde")
    assert found.feature_digest == opening().spec.digest
    for track in found:
        path = music / f"{track.track_id}.mp3"
        with path.open("rb") as file:
            np.testing.assert_array_equal(
                track.features.audio.vector, opening().audio(file).vector
            )
        assert track.audio_sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
        assert (track.features.lyrics is None) == (track.track_id != "b")
    by_id = {track.track_id: track for track in found}
    assert by_id["b"].lyrics_sha256 == hashlib.sha256(b"rain and\nsun").hexdigest()
    assert by_id["b"].lyrics_raw_sha256 == hashlib.sha256(b"rain and\r\nsun").hexdigest()
    assert not out.with_name("tracks.npz.failures.csv").exists()


def test_only_what_is_new_or_changed_is_heard(music, out, opening):
    run(music, out, opening)
    opening.heard()
    (music / "a.mp3").write_bytes(b"audio A")
    (music / "c.txt").write_text("words")
    (music / "new.mp3").write_bytes(b"audio new")
    (music / "d.mp3").unlink()

    done = run(music, out, opening)

    assert opening.heard() == ["audio A", "audio c", "audio new"]
    assert Library.open(out).ids == ["a", "b", "c", "e", "new"]
    assert (done.n_tracks, done.n_new) == (5, 3)


def test_other_features_are_computed_anew(music, out, opening):
    run(music, out, opening)
    opening.heard()

    run(music, out, FakeOpening(opening.log, revision=2))

    assert len(opening.heard()) == 5


@pytest.mark.parametrize("n_workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_track_that_fails_costs_no_other_and_is_listed_until_it_is_heard(
    music, out, opening, n_workers
):
    (music / "c.mp3").write_bytes(b"no music")
    (music / "d.mp3").write_bytes(b"audio bug")

    done = run(music, out, opening, n_workers)

    assert Library.open(out).ids == ["a", "b", "e"]
    assert [(each.track_id, each.reason) for each in done.failures] == [
        ("c", "This is not audio."),
        ("d", "ZeroDivisionError: oh"),
    ]
    assert listed(out) == [
        {"track_id": "c", "path": str(music / "c.mp3"), "why": "This is not audio."},
        {"track_id": "d", "path": str(music / "d.mp3"), "why": "ZeroDivisionError: oh"},
    ]
    for name in "cd":
        (music / f"{name}.mp3").write_bytes(f"audio {name}".encode())
    again = run(music, out, opening, n_workers)
    assert (again.n_tracks, again.n_new, again.failures) == (5, 2, [])
    assert not out.with_name("tracks.npz.failures.csv").exists()


@pytest.mark.slow
def test_a_track_that_kills_its_worker_costs_no_other(music, out, opening):
    (music / "c.mp3").write_bytes(b"audio crash")

    done = run(music, out, opening, n_workers=2)

    assert done.n_tracks == 4
    assert [each.reason for each in done.failures] == ["The worker process died (exit code 3)."]


@pytest.mark.slow
@pytest.mark.parametrize("names", ["c", "abcde"])
def test_a_track_that_kills_the_only_worker_costs_no_other(music, out, opening, names):
    for path in music.glob("[!" + names + "].mp3"):
        path.unlink()
    (music / "c.mp3").write_bytes(b"audio crash")

    with suppress(LibraryError):  # the only track
        embed(music, out, opening, Processes(1, is_isolated=True))

    assert [row["track_id"] for row in listed(out)] == ["c"]
    assert listed(out)[0]["why"] == "The worker process died (exit code 3)."


def test_two_files_are_two_tracks_of_a_library_that_can_be_read(music, out, opening):
    for name in ("caf\u00e9.mp3", "cafe\u0301.mp3", "x:y.mp3", "x/y.mp3", "\udcff.mp3", "a.wav"):
        path = music / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"audio " + repr(name).encode())

    done = run(music, out, opening)

    assert (done.n_tracks, done.failures) == (11, [])
    assert len(set(Library.open(out).ids)) == 11
    assert read_features(out).ids == Library.open(out).ids


def test_an_id_stays_when_a_better_file_arrives(music, out, opening):
    run(music, out, opening)
    (music / "a.flac").write_bytes(b"audio better")
    run(music, out, opening)
    beside = Library.open(out).ids
    (music / "a.mp3").unlink()
    (music / "b.mp3").rename(music / "b.ogg")
    run(music, out, opening)

    (second,) = set(beside) - set("abcde")
    assert second.startswith("a-")
    assert Library.open(out).ids == [second, *"bcde"]


def test_ids_of_a_run_that_listed_none_stay(music, out, opening):
    run(music, out, opening)
    out.with_name("tracks.npz.parts").joinpath("ids.json").unlink()
    (music / "a.flac").write_bytes(b"audio better")

    run(music, out, opening)

    assert set("abcde") < set(Library.open(out).ids)


def test_a_damaged_list_of_ids_is_named(music, out, opening):
    run(music, out, opening)
    out.with_name("tracks.npz.parts").joinpath("ids.json").write_text("[1]")

    with pytest.raises(DatasetError, match=r"ids\.json is damaged: .* Delete it"):
        run(music, out, opening)


def test_names_that_are_no_text_are_listed(music, out, opening):
    (music / "\udcff.mp3").write_bytes(b"no music")
    (music / "broken.mp3").symlink_to(music / "nowhere")
    (music / "loop.mp3").symlink_to(music / "loop.mp3")

    run(music, out, opening)

    assert [(row["path"], row["why"]) for row in listed(out)] == [
        (f"{music}/broken.mp3", "No such file or directory."),
        (f"{music}/loop.mp3", "Too many levels of symbolic links."),
        (f"{music}/\\udcff.mp3", "This is not audio."),
    ]


def test_what_a_track_does_not_use_is_said_once(music, out, opening):
    (music / "c.txt").write_text("unread language:es")

    first, second = run(music, out, opening), run(music, out, opening)

    assert first.notices == [(str(music / "c.mp3"), notice_of("language:es"))]
    assert second.notices == []


def test_where_nothing_can_be_embedded_no_library_is_written(tmp_path, out, opening):
    (tmp_path / "music").mkdir()
    (tmp_path / "music" / "c.mp3").write_bytes(b"no music")

    with pytest.raises(LibraryError, match=r"None of 1 tracks .*/c\.mp3: This is not audio\."):
        run(tmp_path / "music", out, opening)

    assert not out.exists()
    assert len(listed(out)) == 1


KILLED = """
import sys
from pathlib import Path
from tests.fake_extractor import FakeOpening
from training.datasets.features import read_features
from training.engine import Processes
from training.library.embedding import embed
if __name__ == "__main__":
    music, out, log = map(Path, sys.argv[1:])
    embed(music, out, FakeOpening(log), Processes(2))
"""


@pytest.mark.slow
def test_after_a_kill_only_the_rest_is_heard(tmp_path, music, out, opening):
    (music / "d.mp3").write_bytes(b"audio slow")
    script = tmp_path / "killed.py"
    script.write_text(KILLED)
    command = [sys.executable, str(script), str(music), str(out), str(opening.log)]
    process = subprocess.Popen(  # noqa: S603  # our own command
        command, env=os.environ | {"PYTHONPATH": str(ROOT)}, start_new_session=True
    )
    parts = out.with_name("tracks.npz.parts")
    until = time.monotonic() + 120
    while len(list(parts.glob("*.npz"))) < 4 and time.monotonic() < until:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert len(opening.heard()) == 5
    (music / "d.mp3").write_bytes(b"audio d")

    done = run(music, out, opening)

    assert opening.heard() == ["audio d"]
    assert (done.n_tracks, done.n_new) == (5, 1)


def test_what_was_kept_and_is_damaged_is_heard_again(music, out, opening):
    run(music, out, opening)
    part = min(out.with_name("tracks.npz.parts").iterdir())
    part.write_bytes(part.read_bytes()[:-100])

    first = run(music, out, opening)
    second = run(music, out, opening)

    assert first.n_tracks == 4
    assert "run again" in first.failures[0].reason
    assert (second.n_tracks, second.n_new, second.failures) == (5, 1, [])


def test_a_manifest_names_its_tracks_and_loses_what_is_not_there(music, out, opening):
    (music / "latin.txt").write_bytes("là".encode("latin-1"))
    path = music / "list.csv"
    path.write_text(
        "track_id,path,title,artist,lyrics,lyrics_path\n"
        "1,a.mp3,One,Ana,,\n2,,Two,,only words,\n3,gone.mp3,,,,\n4,e.mp3,,,,gone.txt\n"
        "5,e.mp3,,,,latin.txt\n6,,,, ,\n7,b.mp3,,,  ,\n"
        "8,c.mp3,,,unread language:es,\n9,,,,unread language:es,\n"
    )

    done = run(path, out, opening)

    tracks = {track.track_id: track for track in Library.open(out)}
    assert list(tracks) == ["1", "2", "4", "5", "7", "8"]
    assert (tracks["1"].title, tracks["1"].artist) == ("One", "Ana")
    assert tracks["2"].features.audio is None
    assert tracks["4"].lyrics_sha256 == tracks["7"].lyrics_sha256 == ""
    assert tracks["5"].lyrics_sha256 == hashlib.sha256("là".encode()).hexdigest()
    assert tracks["8"].features.lyrics is None
    assert tracks["8"].lyrics_sha256 == hashlib.sha256(b"unread language:es").hexdigest()
    assert {each.track_id: each.reason for each in done.failures} == {
        "3": "No such file or directory.",
        "6": "The track has neither audio nor lyrics to predict it from.",
        "9": "The track has neither audio nor lyrics to predict it from. "
        + notice_of("language:es").message,
    }


@pytest.fixture(name="tones")
def _tones(tmp_path):
    folder = tmp_path / "tones"
    folder.mkdir()
    (folder / "one.ogg").write_bytes(encoded(chord(seconds=4), "ogg vorbis"))
    (folder / "two.wav").write_bytes(encoded(chord(seconds=2, seed=1)))
    (folder / "broken.mp3").write_bytes(b"music" * 100)
    (folder / "two.txt").write_text("The rain came down and nobody was home")
    (folder / "one.txt").write_text("La lluvia caía sobre la ciudad y nadie estaba en casa")
    for name in ("a.jpg", "b.JPG", "\udcff.ape", "none.LRC"):
        (folder / name).touch()
    (folder / "around").symlink_to(folder)
    return folder


@pytest.mark.slow
def test_the_verb_tells_what_is_there_and_what_failed(tones, out, capsys):
    status = main(["embed", str(tones), "--out", str(out), "--workers", "1"])

    expected = capsys.readouterr().out
    assert status == 0
    assert f"{out} has 2 tracks; 2 are new." in expected
    assert f"1 tracks failed; {out}.failures.csv lists them:" in expected
    assert "broken.mp3: The bytes are not audio" in expected
    assert f"{tones}/one.ogg: {notice_of('language:es').message}" in expected
    assert f"{tones}/around: A link to a folder is not followed." in expected
    assert "Left out: 2 .jpg, 1 .ape, 1 .lrc without a recording." in expected
    found = Library.open(out)
    assert found.ids == ["one", "two"]
    extractor = ExtractorFactory.for_snapshot(
        ROOT / "models/pretrained", ROOT / "models/weights"
    )()
    with (tones / "one.ogg").open("rb") as file:
        heard = extractor.audio(file)
    # The service computes on one thread, as workers do; this process may on several.
    np.testing.assert_allclose(next(iter(found)).features.audio.vector, heard.vector, rtol=1e-5)


def test_encoders_and_snapshots_that_do_not_fit_are_refused_at_once(tmp_path, monkeypatch):
    with pytest.raises(EncoderError, match="is missing"):
        ExtractorFactory.for_snapshot(ROOT / "models/pretrained", tmp_path)
    monkeypatch.setattr(embedding, "_extractor", lambda _: small_models.SpecifiedExtractor())
    with pytest.raises(IncompatibleSnapshotError, match="was trained on features"):
        ExtractorFactory.for_snapshot(ROOT / "models/pretrained", tmp_path)


def test_nothing_can_be_heard_for_a_snapshot_that_reads_embeddings(tmp_path):
    snapshots.reading_embeddings(tmp_path / "embeddings")

    with pytest.raises(IncompatibleSnapshotError, match="reads embeddings, 6 numbers in audio_"):
        ExtractorFactory.for_snapshot(tmp_path / "embeddings", tmp_path)


def test_another_name_is_not_another_track_to_hear(music, out, opening):
    path = music / "list.csv"
    path.write_text("track_id,path,title\n1,a.mp3,One\n")
    run(path, out, opening)
    opening.heard()
    path.write_text("track_id,path,title\nuno,a.mp3,Uno\n")

    run(path, out, opening)

    (track,) = Library.open(out)
    assert opening.heard() == []
    assert (track.track_id, track.title) == ("uno", "Uno")
