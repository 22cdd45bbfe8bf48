"""``attune rank``, ``tracks``, ``export``, ``restore`` and ``forget``."""

import json

import pytest

from attune_client import AttuneClient, Label
from attune_client.cli.export_forget import LINES_AT_ONCE


@pytest.fixture(name="catalogue")
def _catalogue(address, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with AttuneClient(address) as client:
        for number in range(3):
            client.put_track(f"t{number}", lyrics="la", title=f"T\x1b[2J{number}")
        client.update("ana", [Label.quadrant("t0", "Q1", event_id="é")])
        yield client


@pytest.mark.usefixtures("catalogue")
def test_a_ranking_shows_probabilities_up_to_the_limit(attune, service):
    result = attune("rank", "--user", "ana", "--quadrant", "Happy", "--limit", 2)

    lines = result.out.splitlines()
    assert lines[0].split() == ["track", "happy", "valence", "arousal"]
    assert [line.split()[:3] for line in lines[1:]] == [["t0", "50", "%"], ["t1", "50", "%"]]
    assert json.loads(service.requests[-1].content)["exclude_answered"] is True


@pytest.mark.usefixtures("catalogue")
def test_a_ranking_by_a_point_is_sent(attune, service):
    result = attune("rank", "--user", "ana", "--point", "0.5,-1", "--answered", "--json")

    assert len([json.loads(line) for line in result.out.splitlines()]) == 3
    sent = json.loads(service.requests[-1].content)
    assert (sent["valence"], sent["arousal"], sent["exclude_answered"]) == (0.5, -1.0, False)


@pytest.mark.parametrize(
    "target", ["", "--quadrant Q5", "--point 2,0", "--point 1", "--quadrant sad --point 0,0"]
)
def test_a_ranking_needs_one_valid_target(attune, target):
    assert attune("rank", "--user", "ana", *target.split()).status == 2


@pytest.mark.usefixtures("catalogue")
def test_tracks_are_listed_without_control_characters(attune):
    result = attune("tracks", "--limit", 2)

    assert [line.split()[0] for line in result.out.splitlines()] == ["track", "t0", "t1"]
    assert "T?[2J0" in result.out
    assert "\x1b" not in result.out


@pytest.mark.usefixtures("catalogue")
def test_tracks_are_searched(attune):
    result = attune("tracks", "--search", "J2")

    assert [line.split()[0] for line in result.out.splitlines()] == ["track", "t2"]


@pytest.mark.usefixtures("catalogue")
def test_tracks_as_json_are_complete(attune):
    lines = [json.loads(line) for line in attune("tracks", "--json").out.splitlines()]

    assert [line["track_id"] for line in lines] == ["t0", "t1", "t2"]
    assert lines[0]["created_at"].startswith("2026-01-02T03:04:05")


def test_a_log_is_exported_unchanged(attune, catalogue, tmp_path):
    lines = [f"{line}\n" for line in catalogue.export_labels("ana")]
    out = tmp_path / "ana.ndjson"

    printed = attune("export", "--user", "ana")
    written = attune("export", "--user", "ana", "-o", out)

    assert printed.out == "".join(lines)
    assert (written.out, out.read_text(encoding="utf-8")) == ("", printed.out)
    assert [path.name for path in tmp_path.iterdir()] == ["ana.ndjson"]


def test_an_export_that_fails_leaves_what_was_there(attune, tmp_path):
    out = tmp_path / "ana.ndjson"
    out.write_text("before")

    result = attune("export", "--user", "nobody", "-o", out)

    assert (result.status, out.read_text()) == (1, "before")


def test_a_log_that_was_exported_is_restored_in_parts_once(attune, service, tmp_path):
    n_lines = LINES_AT_ONCE + 1
    lines = [line_of(number) for number in range(n_lines)]
    log = tmp_path / "ana.ndjson"
    log.write_text("\n".join(lines) + "\n\n", encoding="utf-8")

    first, again = (attune("restore", log, "--user", "-Nana", "--replace") for _ in range(2))

    assert (first.status, first.err) == (
        0,
        f"Recorded {n_lines} answers of -Nana; 0 were recorded before.\n",
    )
    assert again.err == f"Recorded 0 answers of -Nana; {n_lines} were recorded before.\n"
    assert list(service.logs["-Nana"]) == [f"e{number}" for number in range(n_lines)]
    assert len(service.requests) == 2 * 2


def line_of(number):
    label = {"event_id": f"e{number}", "track_id": "t", "quadrant": "Q1"}
    return json.dumps(label | {"created_at": "2026-01-02T03:04:05Z"})


def test_a_restored_log_says_what_is_not_used(attune, service, tmp_path):
    service.unused = {"older": 2, "n_unregistered": 1, "unregistered": ["gone"]}
    log = tmp_path / "ana.ndjson"
    log.write_text(line_of(1), encoding="utf-8-sig")

    said = attune("restore", log, "--user", "ana").err

    assert "2 are older than the current answer about their track, which stays." in said
    assert said.endswith("has not registered tracks that they are about: gone.\n")


def test_a_folder_of_an_output_file_that_is_missing_is_named(attune, tmp_path):
    result = attune("export", "--user", "ana", "-o", tmp_path / "no" / "such" / "ana.ndjson")

    assert result.status == 2
    assert f"There is no folder '{tmp_path / 'no' / 'such'}'." in result.err


@pytest.mark.usefixtures("catalogue")
def test_forget_needs_a_confirmation(attune, service):
    unconfirmed = attune("forget", "--user", "ana")
    assert (unconfirmed.status, "ana" in service.logs) == (2, True)

    confirmed = attune("forget", "--user", "ana", "--yes")

    assert (confirmed.status, "ana" in service.logs) == (0, False)
