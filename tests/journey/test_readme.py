"""The examples of the client's README run against the real service."""

import re
import runpy
import shutil

import pytest

from tests.journey.serving import ROOT

pytestmark = [pytest.mark.journey, pytest.mark.slow]

README = ROOT / "clients" / "python" / "README.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
NUMBER = r"-?\d\.\d+(?:e-\d+)?"
PRINTS = [
    rf"Q[1-4] {NUMBER} {NUMBER}\n",
    rf"\[{NUMBER}(, {NUMBER})*\]\n([^\n]+ [^\n]+\n){{20,}}",
    r"track_not_found\n",
]


@pytest.fixture(name="run")
def _run(server, tracks, tmp_path, monkeypatch):
    """Run an example in a folder with a song in it."""
    shutil.copy(tracks[0].path, tmp_path / "song.ogg")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    def run(example):
        script = tmp_path / "example.py"
        script.write_text(example.replace("http://127.0.0.1:3000", server.url), encoding="utf-8")
        runpy.run_path(str(script))

    return run


@pytest.mark.parametrize(("example", "prints"), list(zip(EXAMPLES, PRINTS, strict=True)))
def test_an_example_of_the_clients_readme_prints_what_it_should(example, prints, run, capsys):
    run(example)

    assert re.fullmatch(prints, capsys.readouterr().out)
