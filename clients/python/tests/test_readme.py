"""The README's examples run, against a fake service on a real socket."""

import re
import runpy
from collections.abc import Callable
from pathlib import Path

import pytest

README = Path(__file__).parent.parent / "README.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
PRINTS = ["Q1 0.25 0.25\n", "[0.25]\nt1 None\n", "track_not_found\n"]


@pytest.fixture(name="run")
def _run(
    address: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[[str], str]:
    (tmp_path / "song.ogg").write_bytes(b"OggS")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    def run(example: str) -> str:
        script = tmp_path / "example.py"
        script.write_text(example.replace("http://127.0.0.1:3000", address), encoding="utf-8")
        runpy.run_path(str(script))
        return capsys.readouterr().out

    return run


@pytest.mark.parametrize(("example", "prints"), list(zip(EXAMPLES, PRINTS, strict=True)))
def test_an_example_prints_what_it_should(example, prints, run, service):
    service.tracks["t1"] = {
        "track_id": "t1",
        "has_audio": False,
        "has_lyrics": True,
        "created_at": "2026-01-02T03:04:05Z",
    }

    printed = run(example)

    assert printed == prints
