"""Writing the contract to a file, and comparing it with one."""

import json

import pytest

pytestmark = pytest.mark.http


@pytest.fixture(name="write")
def _write():
    from service.openapi import main

    return main


def test_what_was_written_passes_the_check(write, tmp_path):
    file = tmp_path / "openapi.json"

    assert write([str(file)]) == 0
    assert write(["--check", str(file)]) == 0
    assert json.loads(file.read_text())["info"]["title"] == "Attune"


def test_a_contract_that_is_not_the_services_fails_the_check(write, tmp_path, capsys):
    file = tmp_path / "openapi.json"
    file.write_text("{}")

    assert write(["--check", str(file)]) == 1
    assert "make openapi" in capsys.readouterr().err


def test_a_contract_that_is_missing_fails_the_check(write, tmp_path):
    assert write(["--check", str(tmp_path / "openapi.json")]) == 1


def test_without_a_file_it_goes_to_standard_output(write, capsys):
    write([])

    assert json.loads(capsys.readouterr().out)["openapi"].startswith("3.1")


def test_a_check_against_nothing_is_a_mistake(write):
    assert write(["--check"]) == 2
