"""The table of ``make bench-personal``, of a small snapshot and of few rounds."""

import pytest

from tests import house
from tests.bench import personal

pytestmark = pytest.mark.slow
FEW = personal.Counts(n_tracks=100, n_rounds=2, n_users=4, n_users_slow=2)


@pytest.fixture(scope="module", name="listener")
def _listener():
    return personal.Audience.of(house.snapshot(), FEW.n_tracks)


@pytest.fixture(scope="module", name="rows")
def _rows():
    lines = personal.table(house.snapshot(), FEW).splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert cells[0] == ["", *personal.COLUMNS]
    return {name: dict(zip(personal.COLUMNS, row, strict=True)) for name, *row in cells[2:]}


def test_everybody_learns_everything(rows):
    learnt = {name: row for name, row in rows.items() if name.startswith("learn ")}

    assert len(learnt) == len(personal.BEFORE) * len(personal.FRESH)
    one = learnt.pop("learn 1 label after 0, ms")
    assert float(one["gaussian"]) > 0
    assert one[personal.ON_COMPONENTS] == personal.NONE  # a single class
    for row in learnt.values():
        assert "(1.00)" in row[personal.ON_COMPONENTS]
        assert all("(" in row[name] for name in personal.COLUMNS)


@pytest.mark.parametrize("name", personal.PERSONALISERS)
def test_the_parts_of_an_update_are_no_more_than_the_whole(rows, name):
    title = "update by 10 labels after 90, SQLite, ms"
    parts = [float(rows[f"{title}: {part}"][name].split()[0]) for part in personal.PURPOSES]

    assert all(part > 0 for part in parts)
    assert sum(parts) <= float(rows[title][name]) * 1.1  # medians do not add up


def test_what_is_extrapolated_is_said_to_be(rows):
    row = rows["rebuild 4 users of 100 labels, SQLite, s"]

    assert "extrapolated" not in row["gaussian"]
    assert "extrapolated from 2" in row["committee"]


def test_a_limit_is_met_or_not(listener, monkeypatch):
    monkeypatch.setitem(personal.LIMITS, "committee", 1)

    (row,) = personal.size(listener).values()

    assert row["gaussian"].endswith("(at most 8,192: met)")
    assert row["committee"].endswith("(at most 1: NOT met)")


def test_a_model_that_learnt_nothing_is_not_measured(listener):
    undecided = personal.Audience(
        listener.snapshot, listener.tracks, [personal.QUADRANTS[i % 4] for i in range(100)]
    )

    with pytest.raises(SystemExit, match="By gaussian nothing was learnt"):
        personal.size(undecided)
