"""``attune import`` of a table: every row is uploaded once, by its embeddings."""

import csv
import json

import pytest
from fake_attune import refusal

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
    """Return the uploads by id."""
    puts = [request for request in service.requests if request.method == "PUT"]
    return {
        request.url.path.removeprefix("/tracks/"): json.loads(request.content) for request in puts
    }


def test_a_table_is_uploaded_by_its_embeddings_without_its_lyrics(attune, service, table):
    result = attune("import", table)

    assert result.status == 0
    assert result.out.startswith("3 tracks of 3 sent in ")
    assert sent(service) == {
        "a": {"title": "A", "audio_embedding": [1.0, -2e-05], "lyrics_embedding": [3.0]},
        "b": {"title": "B", "audio_embedding": [4.0, 5.0]},
        "c": {"title": "C", "lyrics_embedding": [6.0]},
    }


def test_only_new_and_changed_rows_are_sent(attune, service, table):
    attune("import", table)
    service.requests.clear()
    write(table, {"d": ("D", "[7, 8]", ""), **ROWS, "b": ("B", "[4.0, 5.5]", "")})

    result = attune("import", table)

    assert set(sent(service)) == {"b", "d"}
    assert "2 tracks of 4 sent" in result.out
    assert "2 already imported" in result.out


def test_a_failed_row_is_listed_by_number_and_repeated(attune, service, table, tmp_path):
    service.outages.extend([passes_on, passes_on, passes_on, refuses])

    result = attune("import", table, "--jobs", 1, "--failures", tmp_path / "failures.csv")
    again = attune("import", table)

    assert (result.status, again.status) == (1, 0)
    assert f"{table}, line 3: There is no track 'x'." in result.err
    with (tmp_path / "failures.csv").open() as file:
        (failed,) = csv.DictReader(file)
    assert (failed["track_id"], failed["path"]) == ("b", f"{table}, line 3")
    assert "1 track of 3 sent" in again.out


def test_a_dry_run_shows_sizes_and_sends_no_request(attune, service, table):
    result = attune("import", table, "--dry-run")

    assert result.status == 0
    assert [line.split()[:5] for line in result.out.splitlines()[1:3]] == [
        ["a", "A", "-", "2", "numbers"],
        ["b", "B", "-", "2", "numbers"],
    ]
    assert "3 tracks to send" in result.err
    assert service.requests == []


def test_a_table_that_cannot_be_imported_sends_nothing(attune, service, table, tmp_path):
    service.embeddings = None
    for_recordings = attune("import", table)
    write(table, {**ROWS, "d": ("D", "[1]", "")})

    invalid, missing = attune("import", table), attune("import", tmp_path / "nowhere.csv")

    assert "start the service with ATTUNE_SNAPSHOT=DIR" in for_recordings.err
    assert f"{table}, line 5: audio_embedding has 1 number; line 2 has 2." in invalid.err
    assert f"{tmp_path / 'nowhere.csv'}: No such file or directory." in missing.err
    assert [result.status for result in (for_recordings, invalid, missing)] == [1, 1, 1]
    assert sent(service) == {}


def passes_on(service, request):
    return service.answer(request)


def refuses(_service, _request):
    return refusal("embedding_size", 422)
