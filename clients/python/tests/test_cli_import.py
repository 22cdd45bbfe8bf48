"""``attune import``: every track is uploaded once, whatever interrupts the import."""

import csv
import json
import os
from datetime import UTC, datetime

import pytest
from fake_attune import BROKEN, NOW, answers

from attune_client.cli.importing.concurrency import MAX_UPLOADS, UploadConcurrency
from attune_client.cli.importing.journal import Journal, journal_path

LONG_BEFORE = datetime.fromisoformat(NOW).timestamp() - 3600
LONG_AFTER = datetime(2027, 1, 1, tzinfo=UTC).timestamp()


@pytest.fixture(name="music")
def _music(tmp_path):
    folder = tmp_path / "music"
    (folder / "sub").mkdir(parents=True)
    for name in ("a.ogg", "b.ogg", "sub/c.mp3"):
        (folder / name).write_bytes(name.encode())
    (folder / "a.lrc").write_text("[00:01.00]Here it comes\n")
    return folder


@pytest.fixture(name="imported")
def _imported(attune, service, music):
    """The folder, imported before; the service's requests are cleared."""
    attune("import", music)
    service.requests.clear()
    return music


@pytest.fixture(name="journal")
def _journal(address, music, tmp_path):
    return journal_path(address, music, {"XDG_STATE_HOME": str(tmp_path / "state")})


def sent(service):
    """Return the ids of the uploads, in order."""
    paths = (request.url.path for request in service.requests if request.method == "PUT")
    return [path.removeprefix("/tracks/") for path in paths]


def kill_during_upload(path, at):
    """Leave a journal as if the process was killed during the upload of one track."""
    journal = Journal.open(path, fresh=True)
    journal.begin("a", at)
    journal.close()


def test_a_folder_is_uploaded_with_its_lyrics(attune, service, music, journal):
    result = attune("import", music, "--jobs", 1)

    assert result.status == 0
    assert result.out.startswith("3 recordings of 3 sent in ")
    assert set(service.tracks) == {"a", "b", "sub:c"}
    forms = {form["audio"][0]: form for form in service.forms}
    assert forms["a.ogg"]["lyrics"] == ("lyrics", b"[00:01.00]Here it comes\n")
    assert forms["c.mp3"] == {"audio": ("c.mp3", b"sub/c.mp3")}
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    assert [next(iter(line)) for line in lines] == ["format", *["begun", "done"] * 3]


def test_a_second_import_sends_nothing(attune, service, imported):
    result = attune("import", imported)

    assert sent(service) == []
    assert result.status == 0
    assert "3 already imported" in result.out


def test_only_new_and_changed_files_are_sent(attune, service, imported):
    os.utime(imported / "a.ogg", (1, 1))
    (imported / "b.ogg").write_bytes(b"other")
    (imported / "d.ogg").write_bytes(b"new")
    (imported / "sub" / "c.txt").write_text("words")

    attune("import", imported)

    assert sorted(sent(service)) == ["b", "d", "sub:c"]


def test_failures_are_listed_and_repeated(attune, service, music, tmp_path):
    (music / "b.ogg").write_bytes(BROKEN)
    (music / "sub" / "c.mp3").write_bytes(BROKEN)

    first = attune("import", music, "--failures", tmp_path / "failures.csv")
    second = attune("import", music)

    assert (first.status, second.status) == (1, 1)
    assert "2 failed" in first.out
    assert f"{music / 'b.ogg'}: There is no track 'x'." in first.err
    with (tmp_path / "failures.csv").open() as file:
        assert {row["track_id"] for row in csv.DictReader(file)} == {"b", "sub:c"}
    assert sorted(sent(service)) == ["a", "b", "b", "sub:c", "sub:c"]


def test_no_text_beside_a_recording_costs_the_recording(attune, service, music):
    for name, data in {"a": b"\xff\xfe\xfd", "b": "\u4f60".encode("gbk")}.items():
        (music / f"{name}.txt").write_bytes(data)
    (music / "sub" / "c.txt").mkdir()

    result = attune("import", music)

    assert (result.status, set(service.tracks)) == (0, {"a", "b", "sub:c"})


def test_a_dry_run_sends_nothing_and_leaves_no_trace(attune, service, music):
    result = attune("import", music, "--dry-run")
    attune("import", music)

    assert result.status == 0
    assert [line.split()[0] for line in result.out.splitlines()] == ["track", "a", "b", "sub:c"]
    assert ".lrc" in result.out
    assert len(sent(service)) == 3


def test_an_upload_of_a_killed_run_is_sent_only_if_it_did_not_arrive(
    attune, service, imported, journal
):
    kill_during_upload(journal, LONG_BEFORE)
    attune("import", imported)
    after_arrival = sorted(sent(service))
    service.requests.clear()

    kill_during_upload(journal, LONG_AFTER)
    attune("import", imported)

    assert after_arrival == ["b", "sub:c"]
    assert sorted(sent(service)) == ["a", "b", "sub:c"]


def test_an_upload_of_a_killed_run_comes_last(attune, service, music, journal):
    kill_during_upload(journal, LONG_BEFORE)

    attune("import", music, "--jobs", 1)

    assert sent(service) == ["b", "sub:c", "a"]


@pytest.mark.parametrize(
    ("spoil", "options"), [(lambda service: service.tracks.clear(), []), (repr, ["--fresh"])]
)
def test_everything_is_sent_again_to_an_empty_service_or_with_fresh(
    attune, service, imported, spoil, options
):
    spoil(service)

    attune("import", imported, *options)

    assert sorted(sent(service)) == ["a", "b", "sub:c"]


def test_a_lost_reply_and_a_busy_service_lose_nothing(attune, service, music):
    service.outages.extend([is_well, loses_the_reply_quietly, answers(503, Retry_After="0")])

    result = attune("import", music, "--jobs", 1)

    assert result.status == 0
    assert set(service.tracks) == {"a", "b", "sub:c"}


@pytest.mark.parametrize(
    ("statuses", "text"),
    [
        ([200, 401], "ATTUNE_KEY"),
        ([200, 401], "Run the command again to resume."),
        ([503], "No Att"),
    ],
)
def test_an_import_without_access_stops_at_once(attune, service, music, statuses, text):
    service.outages.extend(answers(status) for status in statuses)

    result = attune("import", music, "--jobs", 1)

    assert result.status == 1
    assert text in result.err
    assert len(service.requests) == len(statuses)


def test_two_imports_of_a_folder_exclude_each_other(attune, service, music, journal):
    held = Journal.open(journal)

    result = attune("import", music)
    held.close()

    assert result.status == 1
    assert "Another import" in result.err
    assert service.requests == []


@pytest.mark.parametrize(("capacity", "n"), [(8, 8), (1000, MAX_UPLOADS)])
def test_the_concurrency_grows_while_the_rate_grows(capacity, n):
    now = [0.0]
    free, fixed = (
        UploadConcurrency(lambda: now[0]),
        UploadConcurrency(lambda: now[0], 2, is_fixed=True),
    )

    for _ in range(1000):
        now[0] += 1 / min(free.in_flight, capacity)
        free.count_finished()
        fixed.count_finished()

    assert (free.in_flight, fixed.in_flight) == (n, 2)


def is_well(service, request):
    return service.answer(request)


def loses_the_reply_quietly(service, request):
    service.answer(request)
    return answers(502)(service, request)
