"""``attune import``: every track is uploaded once, whatever interrupts the import."""

import csv
import json
import os
import resource
import shutil
from contextlib import contextmanager
from datetime import UTC, datetime

import httpx
import pytest
from fake_attune import BROKEN, NOW, answers, breaks, refusal
from test_cli_folder import nest
from test_cli_metadata import tagged, text

from attune_client.cli.importing import uploads
from attune_client.cli.importing.concurrency import MAX_UPLOADS, UploadConcurrency
from attune_client.cli.importing.journal import BegunUpload, Journal, journal_path

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


@contextmanager
def files_of_at_most(n_bytes):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def kill_during_upload(path, at):
    """Leave a journal as if the process was killed during the upload of one track."""
    before = Journal.open(path)
    before.close()
    content = before.done["a"].content if before.done else ""
    journal = Journal.open(path, fresh=True)
    journal.begin("a", BegunUpload(at, content))
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
    steps = ["named", "begun", "done"] * 3
    assert [next(iter(line)) for line in lines] == ["format", "music", *steps]


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


@pytest.mark.parametrize(
    ("outage", "n_sent"),
    [
        (answers(413), 1),
        (answers(409), 1),
        (answers(500), 1),
        (answers(504), 2),
        (answers(408), 2),
        (answers(502), 3),
        (breaks(httpx.ReadError), 3),
    ],
)
def test_one_recording_ends_no_import_and_is_not_sent_for_ever(
    attune, service, music, outage, n_sent
):
    service.failing["b"] = outage

    result = attune("import", music, "--jobs", 1)

    assert result.status == 1
    assert set(service.tracks) == {"a", "sub:c"}
    assert f"{music / 'b.ogg'}: The" in result.err
    assert sent(service).count("b") == n_sent
    assert sent(service)[:3] == ["a", "b", "sub:c"]


def test_a_service_that_does_not_come_back_ends_the_import(attune, service, music, monkeypatch):
    def dies(_service, request):
        service.outages.extend([answers(503)] * 9)
        raise httpx.ReadError("broken", request=request)

    monkeypatch.setattr(uploads, "RESTART_S", 0.0)
    service.failing["b"] = dies

    result = attune("import", music, "--jobs", 1)

    assert result.status == 1
    assert "Run the command again to resume." in result.err
    assert sent(service) == ["a", "b"]


def test_files_that_cannot_be_read_fail_alone(attune, service, music):
    (music / "b.ogg").unlink()
    (music / "b.ogg").symlink_to(music / "nowhere")

    result = attune("import", music)

    assert result.status == 1
    assert f"{music / 'b.ogg'}: No such file or directory." in result.err
    assert result.err.count(f"{music / 'b.ogg'}") == 1
    assert set(service.tracks) == {"a", "sub:c"}


def test_a_folder_that_cannot_be_read_is_a_failure(attune, service, music, tmp_path):
    nest(music, "x" * 250, 17)

    result = attune("import", music, "--failures", tmp_path / "failures.csv")

    assert (result.status, len(service.tracks)) == (1, 3)
    assert result.err.endswith("xxx: File name too long.\n")
    assert "xxx,File name too long.\n" in (tmp_path / "failures.csv").read_text()


@pytest.mark.parametrize("options", [[], ["--dry-run"]])
def test_what_is_left_out_is_said_at_the_end(attune, music, options):
    for name in ("1.jpg", "2.JPG", "x.ape", "none.lrc"):
        (music / name).touch()
    (music / "around").symlink_to(music)

    result = attune("import", music, *options)

    assert result.status == 0
    assert result.err.endswith(
        f"{music / 'around'}: A link to a folder is not followed.\n"
        "Left out: 2 .jpg, 1 .ape, 1 .lrc without a recording.\n"
    )


def test_what_the_service_did_not_use_is_said_once_by_kind(attune, service, music):
    spanish = {"code": "lyrics_language", "message": "Nobody reads Spanish."}
    service.notices = {
        "a": [spanish],
        "b": [{"code": "cut", "message": "Cut."}],
        "sub:c": [spanish],
    }

    first = attune("import", music, "--jobs", 1)
    second = attune("import", music)

    assert first.status == 0
    assert first.err == (
        f"{music / 'b.ogg'}: Cut.\n"
        f"{music / 'a.ogg'}: Nobody reads Spanish. (1 more of this kind.)\n"
    )
    assert second.err == ""


@pytest.mark.parametrize("options", [[], ["--dry-run"]])
def test_a_title_that_is_cut_is_named(attune, music, options):
    path = tagged(music / "sub" / "c.mp3", TIT2=text("x" * 600))

    result = attune("import", music, *options)

    assert f"{path}: Only the first 500 characters of the title are sent." in result.err


def test_new_tags_alone_are_sent(attune, service, imported):
    tagged(imported / "sub" / "c.mp3", TIT2=text("New"))

    result = attune("import", imported)

    assert (result.status, sent(service)) == (0, ["sub:c"])
    assert service.tracks["sub:c"]["title"] == "New"


def test_names_that_are_no_text_or_differ_in_form_are_imported_once(attune, service, music):
    for name in ("\udcff.ogg", "\udcfe.ogg", "caf\u00e9.ogg", "cafe\u0301.ogg", 'new\nline".ogg'):
        (music / name).write_bytes(repr(name).encode())

    first, second = attune("import", music), attune("import", music)

    assert (first.status, second.status) == (0, 0)
    assert (len(service.tracks), len(set(service.audio.values()))) == (8, 8)
    assert "8 already imported" in second.out


@pytest.mark.parametrize("options", [[], ["--fresh"]])
def test_an_id_stays_when_a_better_file_arrives(attune, service, imported, options):
    (imported / "b.flac").write_bytes(b"better")
    beside = attune("import", imported, *options)
    after_arrival = dict(service.audio)
    (imported / "b.ogg").unlink()
    (imported / "a.ogg").rename(imported / "a.opus")
    replaced = attune("import", imported, *options)

    assert (beside.status, replaced.status) == (0, 0)
    (second,) = set(after_arrival) - {"a", "b", "sub:c"}
    assert second.startswith("b-")
    assert (after_arrival["b"], after_arrival[second]) == (b"b.ogg", b"better")
    assert set(service.audio) == {"a", "b", second, "sub:c"}


def test_ids_of_a_journal_without_paths_stay(attune, service, imported, journal):
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join(line for line in lines if "named" not in line))
    (imported / "b.flac").write_bytes(b"new")

    attune("import", imported)

    assert len(service.tracks) == 4
    assert (service.audio["b"], sent(service)) == (b"b.ogg", ["b-df0b8f67"])


def test_a_journal_that_cannot_be_written_ends_the_import(
    attune, service, music, address, journal
):
    begun = Journal.open(journal)
    begun.belong(address, music)
    begun.close()
    with files_of_at_most(journal.stat().st_size + 200):
        result = attune("import", music, "--jobs", 1)

    assert result.status == 1
    assert "cannot be written: " in result.err
    assert "Run the command again to resume." in result.err
    assert len(sent(service)) == 1


def test_a_journal_that_cannot_be_begun_is_a_sentence(attune, service, music):
    with files_of_at_most(20):
        result = attune("import", music)

    assert result.status == 1
    assert result.err.endswith("cannot be written: the disk is full.\n")
    assert "bug" not in result.err
    assert service.requests == []


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


def test_what_a_killed_run_sent_is_not_taken_for_a_file_that_replaced_it(
    attune, service, imported, journal
):
    kill_during_upload(journal, LONG_BEFORE)
    (imported / "a.ogg").write_bytes(b"another song")

    attune("import", imported)

    assert service.audio["a"] == b"another song"


def test_a_file_that_is_as_before_is_sent_if_the_service_may_have_another(
    attune, service, imported
):
    before = imported / "b.ogg"
    kept = before.rename(imported.parent / "kept.ogg")
    before.write_bytes(b"another song")
    service.failing["b"] = takes_it_and_breaks
    lost = attune("import", imported)
    kept.replace(before)
    service.failing.clear()
    again = attune("import", imported)

    assert (lost.status, again.status) == (1, 0)
    assert service.audio["b"] == b"b.ogg"


def test_a_file_whose_successor_is_refused_keeps_its_id(attune, service, imported):
    kept = (imported / "b.ogg").rename(imported.parent / "kept.ogg")
    (imported / "b.flac").write_bytes(b"better")
    service.failing["b"] = is_labelled
    refused = attune("import", imported)
    kept.rename(imported / "b.ogg")
    service.failing.clear()
    attune("import", imported)

    assert refused.status == 1
    assert "rename the file." in refused.err
    assert service.audio["b"] == b"b.ogg"
    assert service.audio["b-df0b8f67"] == b"better"


def test_recordings_of_one_name_in_two_folders_are_two_tracks(attune, service, imported):
    copies, others = imported.parent / "copies", imported.parent / "others"
    shutil.copytree(imported, copies)
    shutil.copytree(imported, others)
    (others / "b.ogg").write_bytes(b"another song")
    for folder in (copies, others, imported, copies, others):
        assert attune("import", folder).status == 0

    assert set(service.audio) == {"a", "b", "b-0016b74b", "sub:c"}
    assert (service.audio["b"], service.audio["b-0016b74b"]) == (b"b.ogg", b"another song")


def test_a_folder_that_was_moved_keeps_its_ids(attune, service, imported):
    moved = imported.rename(imported.parent / "moved")
    (moved / "b.ogg").write_bytes(b"better")

    attune("import", moved)

    assert set(service.audio) == {"a", "b", "sub:c"}


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


def takes_it_and_breaks(service, request):
    service.audio["b"] = b"another song"
    return answers(502)(service, request)


def is_labelled(_service, _request):
    return refusal("track_labelled", 409)


def is_well(service, request):
    return service.answer(request)


def loses_the_reply_quietly(service, request):
    service.answer(request)
    return answers(502)(service, request)
