"""Shell completion, by the protocol of click."""

import pytest


@pytest.fixture(name="completed")
def _completed(attune, monkeypatch):
    def completed(line):
        words = line.split(" ")
        monkeypatch.setenv("_ATTUNE_COMPLETE", "bash_complete")
        monkeypatch.setenv("COMP_WORDS", line)
        monkeypatch.setenv("COMP_CWORD", str(len(words) - 1))
        result = attune()
        return [offered.partition(",")[2] for offered in result.out.split()]

    return completed


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_a_script(attune, shell):
    result = attune("completion", shell)

    assert result.status == 0
    assert f"_ATTUNE_COMPLETE={shell}_complete" in result.out


def test_commands_and_quadrants_are_completed(completed):
    assert completed("attune im") == ["import"]
    names = ["happy", "tense", "sad", "calm", "Q1", "Q2", "Q3", "Q4"]
    assert completed("attune rank --quadrant ") == names
    assert completed("attune rank --quadrant T") == ["tense"]


def test_strategies_are_those_of_the_service(completed, service):
    assert completed("attune label --strategy m") == ["mc"]
    assert [request.url.path for request in service.requests] == ["/model"]


def test_without_a_service_nothing_is_completed(completed, monkeypatch):
    monkeypatch.setenv("ATTUNE_URL", "http://127.0.0.1:9")

    assert completed("attune label --strategy m") == []
