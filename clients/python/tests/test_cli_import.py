"""``attune import``: everything arrives, and nothing twice."""

import csv
import json
import os
from datetime import UTC, datetime

import pytest
from fake_attune import BROKEN, NOW, answers

from attune_client.cli.importing.journal import Journal, journal_path
from attune_client.cli.importing.pace import MOST, UploadConcurrency

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


@pytest.fixture(name="journal")
def _journal(address, music, tmp_path):
    return journal_path(address, music, {"XDG_STATE_HOME": str(tmp_path / "state")})


def sent(service):
    """Return the ids that were put, in order."""
    paths = (request.url.path for request in service.requests if request.method == "PUT")
    return [path.removeprefix("/tracks/") for path in paths]


def note_begun(path, at):
    """Leave a journal as if its writer was killed while it sent one track."""
    journal = Journal.open(path, fresh=True)
    journal.begin("a", at)
    journal.close()


def test_a_folder_arrives_with_its_words(attune, service, music):
    told = attune("import", music)

    assert told.status == 0
    assert told.out.startswith("3 recordings of 3 sent in ")
    assert set(service.tracks) == {"a", "b", "sub:c"}
    forms = {form["audio"][0]: form for form in service.forms}
    assert forms["a.ogg"]["lyrics"] == (None, b"Here it comes")
    assert forms["c.mp3"] == {"audio": ("c.mp3", b"sub/c.mp3")}


def test_the_second_time_nothing_is_sent(attune, service, music):
    attune("import", music)
    service.requests.clear()

    told = attune("import", music)

    assert sent(service) == []
    assert told.status == 0
    assert "3 there already" in told.out


def test_only_what_is_new_or_has_changed_is_sent(attune, service, music):
    attune("import", music)
    service.requests.clear()
    os.utime(music / "a.ogg", (1, 1))
    (music / "b.ogg").write_bytes(b"other")
    (music / "d.ogg").write_bytes(b"new")

    attune("import", music)

    assert sorted(sent(service)) == ["b", "d"]


def test_words_that_come_later_are_a_change(attune, service, music):
    attune("import", music)
    service.requests.clear()
    (music / "b.txt").write_text("words")

    attune("import", music)

    assert sent(service) == ["b"]


def test_what_fails_is_listed_and_tried_again(attune, service, music, tmp_path):
    (music / "b.ogg").write_bytes(BROKEN)

    told = attune("import", music, "--failures", tmp_path / "failures.csv")
    again = attune("import", music)

    assert (told.status, again.status) == (1, 1)
    assert "1 failed" in told.out
    assert f"{music / 'b.ogg'}: There is no track 'x'." in told.err
    with (tmp_path / "failures.csv").open() as file:
        assert [row["track_id"] for row in csv.DictReader(file)] == ["b"]
    assert sent(service).count("b") == 2
    assert sent(service).count("a") == 1


def test_words_that_cannot_be_read_are_a_failure_of_that_track_alone(attune, service, music):
    (music / "b.txt").write_bytes(b"\xff\xfe\xfd")

    told = attune("import", music)

    assert told.status == 1
    assert "b.txt is no text in UTF-8" in told.err
    assert set(service.tracks) == {"a", "sub:c"}


def test_a_preview_sends_nothing_and_remembers_nothing(attune, service, music):
    told = attune("import", music, "--dry-run")
    attune("import", music)

    assert told.status == 0
    assert [line.split()[0] for line in told.out.splitlines()] == ["track", "a", "b", "sub:c"]
    assert ".lrc" in told.out
    assert len(sent(service)) == 3


def test_what_arrived_though_nobody_was_told_is_not_sent_again(attune, service, music, journal):
    attune("import", music)
    service.requests.clear()
    note_begun(journal, LONG_BEFORE)

    told = attune("import", music)

    assert sorted(sent(service)) == ["b", "sub:c"]
    assert "1 there already" in told.out


def test_what_was_there_before_it_was_sent_is_sent_again(attune, service, music, journal):
    attune("import", music)
    service.requests.clear()
    note_begun(journal, LONG_AFTER)

    attune("import", music)

    assert "a" in sent(service)


def test_what_may_be_on_its_way_is_looked_at_last(attune, service, music, journal):
    note_begun(journal, LONG_BEFORE)

    attune("import", music, "--jobs", 1)

    assert sent(service) == ["b", "sub:c", "a"]


def test_a_service_that_lost_everything_gets_everything_again(attune, service, music):
    attune("import", music)
    service.tracks.clear()
    service.requests.clear()

    attune("import", music)

    assert sorted(sent(service)) == ["a", "b", "sub:c"]


def test_starting_afresh_sends_everything(attune, service, music):
    attune("import", music)
    service.requests.clear()

    attune("import", music, "--fresh")

    assert len(sent(service)) == 3


def test_a_reply_that_was_lost_and_a_busy_service_lose_nothing(attune, service, music):
    service.outages.extend([is_well, loses_the_reply_quietly, answers(503, Retry_After="0")])

    told = attune("import", music, "--jobs", 1)

    assert told.status == 0
    assert set(service.tracks) == {"a", "b", "sub:c"}


def test_a_shut_door_stops_the_import_at_once(attune, service, music):
    service.outages.extend([is_well, answers(401)])

    told = attune("import", music, "--jobs", 1)

    assert told.status == 1
    assert "ATTUNE_KEY" in told.err
    assert "Run it again to go on." in told.err
    assert len(service.requests) == 2


def test_a_service_that_is_not_ready_is_told_at_once(attune, service, music):
    service.outages.append(answers(503))

    told = attune("import", music)

    assert told.status == 1
    assert "No Attune service is ready at http://127.0.0.1:" in told.err
    assert len(service.requests) == 1


def test_a_folder_that_is_being_imported_is_left_alone(attune, service, music, journal):
    held = Journal.open(journal)

    told = attune("import", music)
    held.close()

    assert told.status == 1
    assert "Another import" in told.err
    assert service.requests == []


def test_a_journal_holds_one_line_for_each_step(attune, music, journal):
    attune("import", music, "--jobs", 1)

    lines = [json.loads(line) for line in journal.read_text().splitlines()]

    assert [next(iter(line)) for line in lines] == ["format", *["begun", "done"] * 3]


def test_the_pace_goes_up_for_as_long_as_that_pays():
    now = [0.0]
    pace = UploadConcurrency(lambda: now[0])

    for _ in range(1000):
        now[0] += 1 / min(pace.in_flight, 8)  # a service that does eight at once
        pace.arrived()

    assert pace.in_flight == 8


def test_the_pace_never_passes_its_bound_and_keeps_what_somebody_named():
    now = [0.0]
    free, fixed = (
        UploadConcurrency(lambda: now[0]),
        UploadConcurrency(lambda: now[0], 2, is_fixed=True),
    )

    for _ in range(1000):
        now[0] += 1 / free.in_flight**2
        free.arrived()
        fixed.arrived()

    assert (free.in_flight, fixed.in_flight) == (MOST, 2)


def is_well(service, request):
    return service.answer(request)


def loses_the_reply_quietly(service, request):
    service.answer(request)
    return answers(502)(service, request)
