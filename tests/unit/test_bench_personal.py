"""The table of ``make bench-personal``, of a small snapshot and of few rounds."""

import pytest

from tests import house
from tests.bench import personal

pytestmark = pytest.mark.slow
FEW = personal.Counts(n_tracks=110, n_rounds=2, n_users=4, n_users_slow=2)


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
    assert float(one["logistic"]) > 0
    assert one[personal.ON_COMPONENTS] == personal.NONE  # a single class
    for row in learnt.values():
        assert "(1.00)" in row[personal.ON_COMPONENTS]
        assert all("(" in row[name] for name in personal.COLUMNS)


@pytest.mark.parametrize("n_tracks", [1, FEW.n_tracks])
def test_predicting_is_measured_beside_the_model_of_before(rows, n_tracks):
    row = rows[f"predict {n_tracks} of somebody with 100 labels, ms"]

    assert "(1.00)" in row[personal.ON_COMPONENTS]
    assert "(" in row["logistic"]
    assert "(" in row[personal.EARLIER]
    assert row["committee"] == personal.NONE


@pytest.mark.parametrize("name", personal.PERSONALISERS)
def test_the_parts_of_an_update_are_no_more_than_the_whole(rows, name):
    title = "update by 10 labels after 100, SQLite, ms"
    parts = [float(rows[f"{title}: {part}"][name].split()[0]) for part in personal.PURPOSES]

    assert all(part > 0 for part in parts)
    assert sum(parts) <= float(rows[title][name]) * 1.1  # medians do not add up


def test_what_is_extrapolated_is_said_to_be(rows):
    row = rows["rebuild 4 users of 100 labels, SQLite, s"]

    assert "extrapolated" not in row["logistic"]
    assert "extrapolated from 2" in row["committee"]


def test_a_limit_is_met_or_not(listener, monkeypatch):
    monkeypatch.setitem(personal.LIMITS, "committee", 1)

    (row,) = personal.size(listener).values()

    assert row["logistic"].endswith("(at most 8,192: met)")
    assert row["committee"].endswith("(at most 1: NOT met)")
