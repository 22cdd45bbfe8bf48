"""The bench of sizes, on a small database: every call is answered, and the page is written."""

import pytest
from click.testing import CliRunner

from tests.bench.scale import measuring
from tests.bench.scale.__main__ import main
from tests.bench.scale.trial import Trial

pytestmark = [pytest.mark.journey, pytest.mark.thorough]


def test_every_call_is_answered_and_a_second_run_reads_what_was_measured(tmp_path, monkeypatch):
    monkeypatch.setattr(measuring, "SHARE_S", 0.0)
    data, out = tmp_path / "data", tmp_path / "out"
    arguments = ["--size", "250-50", "--large", "5000", "--data", str(data), "--out", str(out)]

    runs = [CliRunner().invoke(main, arguments, catch_exceptions=False) for _ in range(2)]

    (path,) = data.rglob("250-50.json")
    measured = Trial.read(path)
    assert [call for call in measured.calls if call.problem] == []
    assert {call.n_labels for call in measured.calls} == {None, 1, 10, 100}
    assert measured.table_bytes["track"] > 250 * 4_000
    assert "250 tracks, 50 listeners" in (out / "index.md").read_text()
    assert [run.exit_code for run in runs] == [0, 0]
    assert "Measuring" not in runs[1].output
