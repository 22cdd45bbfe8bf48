"""Completion, by the protocol that shells speak."""

import pytest


@pytest.fixture(name="completed")
def _completed(attune, monkeypatch):
    def completed(line):
        words = line.split(" ")
        monkeypatch.setenv("_ATTUNE_COMPLETE", "bash_complete")
        monkeypatch.setenv("COMP_WORDS", line)
        monkeypatch.setenv("COMP_CWORD", str(len(words) - 1))
        told = attune()
        return [offered.partition(",")[2] for offered in told.out.split()]

    return completed


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_a_script_of_its_own(attune, shell):
    told = attune("completion", shell)

    assert told.status == 0
    assert f"_ATTUNE_COMPLETE={shell}_complete" in told.out


def test_another_shell_is_a_fault_of_usage(attune):
    assert attune("completion", "tcsh").status == 2


def test_commands_and_quadrants_are_completed(completed):
    assert completed("attune im") == ["import"]
    assert completed("attune rank --quadrant ") == [
        "happy",
        "tense",
        "sad",
        "calm",
        "Q1",
        "Q2",
        "Q3",
        "Q4",
    ]
    assert completed("attune rank --quadrant T") == ["tense"]


def test_strategies_are_those_of_the_service(completed, service):
    assert completed("attune label --strategy m") == ["mc"]
    assert [request.url.path for request in service.requests] == ["/model"]


def test_a_service_that_is_away_completes_nothing_and_says_nothing(completed, monkeypatch):
    monkeypatch.setenv("ATTUNE_URL", "http://127.0.0.1:9")

    assert completed("attune label --strategy m") == []
