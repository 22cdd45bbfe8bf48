"""``attune import`` of a table: every row arrives by its numbers, and none twice."""

import csv
import json

import pytest
from fake_attune import answers, refusal

ROWS = {
    "a": ("A", "[1.0, -2e-05]", "[3.0]"),
    "b": ("B", "[4.0, 5.0]", ""),
    "c": ("C", "", "[6.0]"),
}


@pytest.fixture(name="table")
def _table(service, tmp_path):
    service.embeddings = {"audio": 2, "lyrics": 1}
    path = tmp_path / "LaA.csv"
    write(path, ROWS)
    return path


def write(path, rows):
    with path.open("w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["track_id", "title", "audio_embedding", "lyrics_embedding", "lyrics"])
        lines.writerows([track_id, *cells, "la"] for track_id, cells in rows.items())


def sent(service):
    """Return the ids that were put, and with what."""
    puts = [request for request in service.requests if request.method == "PUT"]
    return {
        request.url.path.removeprefix("/tracks/"): json.loads(request.content) for request in puts
    }


def test_a_table_arrives_by_its_numbers_and_without_its_words(attune, service, table):
    told = attune("import", table)

    assert told.status == 0
    assert told.out.startswith("3 tracks of 3 sent in ")
    assert sent(service) == {
        "a": {"title": "A", "audio_embedding": [1.0, -2e-05], "lyrics_embedding": [3.0]},
        "b": {"title": "B", "audio_embedding": [4.0, 5.0]},
        "c": {"title": "C", "lyrics_embedding": [6.0]},
    }


def test_later_only_rows_that_are_new_or_have_changed_are_sent(attune, service, table):
    attune("import", table)
    service.requests.clear()
    write(table, {"d": ("D", "[7, 8]", ""), **ROWS, "b": ("B", "[4.0, 5.5]", "")})

    told = attune("import", table)

    assert set(sent(service)) == {"b", "d"}
    assert "2 tracks of 4 sent" in told.out
    assert "2 there already" in told.out


def test_a_row_that_fails_is_listed_by_its_number_and_tried_again(
    attune, service, table, tmp_path
):
    service.outages.extend([passes_on, passes_on, passes_on, refuses])

    told = attune("import", table, "--jobs", 1, "--failures", tmp_path / "failures.csv")
    again = attune("import", table)

    assert (told.status, again.status) == (1, 0)
    assert f"{table}, row 2: There is no track 'x'." in told.err
    with (tmp_path / "failures.csv").open() as file:
        (failed,) = csv.DictReader(file)
    assert (failed["track_id"], failed["path"]) == ("b", f"{table}, row 2")
    assert "1 track of 3 sent" in again.out


def test_a_preview_tells_how_many_numbers_there_are_and_asks_nobody(attune, service, table):
    told = attune("import", table, "--dry-run")

    assert told.status == 0
    assert [line.split()[:5] for line in told.out.splitlines()[1:3]] == [
        ["a", "A", "-", "2", "numbers"],
        ["b", "B", "-", "2", "numbers"],
    ]
    assert "3 tracks would be sent" in told.err
    assert service.requests == []


def test_a_table_with_a_fault_in_its_last_row_sends_nothing(attune, service, table):
    write(table, {**ROWS, "d": ("D", "[1]", "")})

    told = attune("import", table)

    assert told.status == 1
    assert f"{table}, row 4: audio_embedding has 1 number; row 1 has 2." in told.err
    assert service.requests == []


def test_a_service_that_reads_recordings_gets_nothing_of_a_table(attune, service, table):
    service.embeddings = None

    told = attune("import", table)

    assert told.status == 1
    assert "start the service with ATTUNE_SNAPSHOT=DIR" in told.err
    assert sent(service) == {}


def test_a_stopped_import_goes_on_where_it_was(attune, service, table):
    service.outages.extend([passes_on, passes_on, passes_on, answers(401)])
    stopped = attune("import", table, "--jobs", 1)
    service.requests.clear()

    told = attune("import", table)

    assert (stopped.status, told.status) == (1, 0)
    assert set(sent(service)) == {"b", "c"}


def test_a_table_that_is_not_there_is_told_in_a_sentence(attune, tmp_path):
    told = attune("import", tmp_path / "nowhere.csv")

    assert told.status == 1
    assert f"{tmp_path / 'nowhere.csv'}: No such file or directory." in told.err


def passes_on(service, request):
    return service.answer(request)


def refuses(_service, _request):
    return refusal("embedding_size", 422)
