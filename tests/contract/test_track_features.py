"""Sketches kept in files beside a catalogue: what they show, and what they survive."""

import fcntl
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from models.track import PopulationPrediction
from service.db import hash_table, track_feature_files
from service.db.catalogue import Catalogue
from service.db.database import Database
from service.db.schema import migrate
from service.db.tables import catalogue as catalogue_table
from service.db.track_feature_feed import TrackFeatureFeed
from service.db.track_features import TrackFeatureStore
from service.errors import FeaturesNotReadyError, StoreUnavailableError
from service.tracks import Content, PopulationPredictor, TrackMetadata
from tests.fakes import (
    FakeClock,
    features,
    population_predictor,
    predict_from_earlier,
    predict_population,
)

N_COLUMNS = 5
A = Content("a" * 64, None)


@dataclass
class Place:
    """A catalogue and its sketches."""

    catalogue: Catalogue
    track_features: TrackFeatureStore
    seen_by: object

    def put(self, *track_ids, seed=0):
        for number, track_id in enumerate(track_ids):
            content = Content(f"{seed + number}", None)
            self.catalogue.put(track_id, features(seed=seed + number), content, TrackMetadata())

    def shown(self):
        """Every shown track's sketch, as it is found by row, and as it is found by name."""
        tracks = self.track_features.current()
        places = np.flatnonzero(tracks.is_shown)
        ids = tracks.track_ids(places)
        assert len(set(ids)) == len(ids)
        assert tracks.places(ids).tolist() == places.tolist()
        return {each: tracks.rows[p].tolist() for each, p in zip(ids, places, strict=True)}


def _files(folder, stack, url=None):
    database, clock = Database(url or f"sqlite:///{folder}/attune.db"), FakeClock()
    stack.callback(database.close)
    migrate(database)

    def seen_by(other):
        feed = TrackFeatureFeed(database, other)
        track_features = TrackFeatureStore(feed, folder / "sketches", other.version, N_COLUMNS)
        return Place(Catalogue(database, other, clock), track_features, seen_by)

    return seen_by(population_predictor())


@pytest.fixture(name="stack")
def _stack():
    with ExitStack() as stack:
        yield stack


@pytest.fixture(name="files")
def _files_alone(tmp_path, stack, sqlite_template):
    shutil.copy(sqlite_template, tmp_path / "attune.db")
    return _files(tmp_path, stack)


def drawn(seed=0):
    return population_predictor().predict_population(features(seed=seed)).sketch.tolist()


def test_an_empty_catalogue_has_no_sketch(files):
    tracks = files.track_features.current()

    assert tracks.rows.shape == (0, N_COLUMNS)
    assert tracks.places(["t"]).tolist() == [-1]
    assert tracks.track_ids(np.zeros(0, np.int64)) == []


def test_a_hidden_track_is_not_shown_until_it_is_back(files):
    files.put("a", "b")
    files.track_features.current()
    files.catalogue.hide("a")
    assert files.shown() == {"b": drawn(1)}
    assert files.track_features.current().places(["a"]).tolist() == [-1]

    files.put("a", seed=3)
    assert files.shown() == {"a": drawn(3), "b": drawn(1)}


def test_ids_of_any_length_and_script_are_found(files):
    ids = ["a", "aa", "A", "0", "x" * 200, "a.b_c:d@e-f"]
    files.put(*ids)

    assert files.shown().keys() == set(ids)


def test_what_was_lent_stays_as_it_was(files):
    files.put("a", "b")
    before = files.track_features.current()
    rows, shown = before.rows.tolist(), before.is_shown.tolist()

    files.put("c", seed=5)
    files.catalogue.hide("a")
    files.track_features.current()

    assert before.rows.tolist() == rows
    assert before.is_shown.tolist() == shown
    assert before.places(["c"]).tolist() == [-1]


def test_another_snapshot_draws_other_sketches(files):
    files.put("a", "b")
    files.track_features.current()

    def predict_population(given):
        return replace(
            population_predictor().predict_population(given),
            sketch=-population_predictor().predict_population(given).sketch,
        )

    other = files.seen_by(PopulationPredictor("v2", "f" * 64, predict_population))

    assert other.shown() == {"a": [-x for x in drawn(0)], "b": [-x for x in drawn(1)]}
    assert files.shown() == {"a": drawn(0), "b": drawn(1)}


def test_a_track_of_other_features_is_shown_by_the_earlier_judgement_until_it_is_put(files):
    files.put("a")
    files.track_features.current()
    newer = files.seen_by(population_predictor("v2", "e" * 64))
    assert newer.shown() == {
        "a": predict_from_earlier(predict_population(features(seed=0))).sketch.tolist()
    }

    newer.put("a", seed=2)

    assert newer.shown() == {"a": drawn(2)}


def test_a_track_of_other_features_that_was_never_judged_is_not_shown(files):
    error_text = predict_population(features())
    silent = PopulationPredictor(
        "v1",
        "f" * 64,
        lambda _: PopulationPrediction({}, error_text.segment_proba[:0], error_text.sketch),
    )
    files.seen_by(silent).put("a")
    newer = files.seen_by(population_predictor("v2", "e" * 64))
    assert newer.shown() == {}

    newer.put("a", seed=2)

    assert newer.shown() == {"a": drawn(2)}


def state_of(tmp_path):
    (path,) = (tmp_path / "sketches").glob("*/state.json")
    return path, json.loads(path.read_text())


def fresh_worker(tmp_path, stack):
    """Another worker, who knows nothing but what is on the disk."""
    return _files(tmp_path, stack)


def test_a_title_moves_no_row(files, tmp_path):
    files.put("a", "b")
    files.track_features.current()
    before = state_of(tmp_path)[1]

    files.catalogue.retitle("a", Content("0", None), TrackMetadata("New"))

    files.track_features.current()
    after = state_of(tmp_path)[1]
    assert (after["n_rows"], after["n_dead"]) == (before["n_rows"], before["n_dead"]) == (2, 0)
    assert after["revision"] == before["revision"] + 1


def test_a_refused_put_takes_a_revision_that_is_not_waited_for(files, tmp_path):
    files.put("a")
    database = Database(f"sqlite:///{tmp_path}/attune.db")
    with database.write() as connection:
        connection.execute(catalogue_table.update().values(revision=50))

    assert files.track_features.current().revision == 50
    assert files.track_features.current() is files.track_features.current()


def test_another_worker_maps_what_one_has_written(files, tmp_path, stack, monkeypatch):
    files.put("a", "b")
    files.track_features.current()
    other = fresh_worker(tmp_path, stack)
    monkeypatch.setattr(TrackFeatureFeed, "since", None)

    assert other.shown() == {"a": drawn(0), "b": drawn(1)}


def test_every_worker_sees_what_another_has_put(files, tmp_path, stack):
    other = fresh_worker(tmp_path, stack)
    for number in range(6):
        writer, reader = (files, other) if number % 2 else (other, files)
        writer.put(f"t{number}", seed=number)
        assert reader.shown() == {f"t{n}": drawn(n) for n in range(number + 1)}


def test_many_changes_are_read_in_parts(files, monkeypatch):
    monkeypatch.setattr("service.db.track_feature_feed.CHANGES_AT_ONCE", 7)
    files.put(*(f"t{number}" for number in range(40)))

    assert files.shown() == {f"t{number}": drawn(number) for number in range(40)}


def test_a_table_that_is_full_grows(files, monkeypatch, tmp_path):
    monkeypatch.setattr(hash_table, "LEAST", 4)
    for number in range(60):
        files.put(f"t{number}", seed=number)
        if number % 3 == 0:
            files.track_features.current()

    assert files.shown() == {f"t{number}": drawn(number) for number in range(60)}
    assert state_of(tmp_path)[1]["n_slots"] >= 120


def test_ids_with_one_key_are_told_apart(files, monkeypatch):
    monkeypatch.setattr(hash_table, "keys_of", lambda ids: np.full(len(list(ids)), 7, np.uint64))
    files.put("a", "b", "c")
    files.track_features.current()
    files.catalogue.hide("b")
    files.put("c", seed=9)

    assert files.shown() == {"a": drawn(0), "c": drawn(9)}
    assert files.track_features.current().places(["b", "d"]).tolist() == [-1, -1]


def test_when_most_rows_are_dead_the_others_move(files, tmp_path, stack, monkeypatch):
    monkeypatch.setattr(track_feature_files, "FEW", 4)
    other = fresh_worker(tmp_path, stack)
    files.put("a", "b", "c")
    lent, before = files.track_features.current(), other.track_features.current()
    for seed in range(1, 12):
        files.put("a", seed=seed)
        files.track_features.current()

    assert files.shown() == {"a": drawn(11), "b": drawn(1), "c": drawn(2)}
    assert other.shown() == files.shown()
    assert files.track_features.current().lineage != lent.lineage
    assert before.rows.tolist() == lent.rows.tolist() == [drawn(0), drawn(1), drawn(2)]
    path, state = state_of(tmp_path)
    assert state["n_rows"] < 12
    assert [each.name for each in path.parent.iterdir() if each.is_dir()] == [state["generation"]]


@pytest.mark.parametrize("step", ["rows", "keys", "ids", "ends", "dead", "slots", "state"])
def test_a_worker_that_dies_half_way_leaves_the_old_state(
    files, tmp_path, stack, monkeypatch, step
):
    files.put("a", "b", "c")
    old = files.shown()
    files.put("d", seed=3)
    files.put("a", seed=9)
    files.catalogue.hide("b")

    with monkeypatch.context() as patched:
        _die_at(patched, step)
        with pytest.raises(KeyboardInterrupt):
            files.track_features.current()
    state = track_feature_files.State.read(state_of(tmp_path)[0].parent)
    mapped = track_feature_files.TrackFeatureMatrix(state_of(tmp_path)[0].parent, state)
    assert dict(zip(mapped.track_ids(np.arange(3)), mapped.rows.tolist(), strict=True)) == old
    assert mapped.is_shown.all()
    assert mapped.places(["a", "b", "c", "d"]).tolist() == [0, 1, 2, -1]
    files.put("e", seed=5)

    for worker in (files, fresh_worker(tmp_path, stack)):
        expected = {"a": drawn(9), "c": drawn(2), "d": drawn(3), "e": drawn(5)}
        assert worker.shown() == expected


def _die_at(patched, step):
    written, entered = track_feature_files._write, hash_table.insert

    def write(files, file, begin, values):
        if file[0] == step:
            written(files, file, begin, values[: len(values) // 2])
            raise KeyboardInterrupt
        written(files, file, begin, values)

    def insert(table, keys, first):
        entered(table, keys[: 1 + len(keys) // 2], first)
        raise KeyboardInterrupt

    def replaced(*_):
        raise KeyboardInterrupt

    if step == "slots":
        patched.setattr(hash_table, "insert", insert)
    elif step == "state":
        patched.setattr(Path, "replace", replaced)
    else:
        patched.setattr(track_feature_files, "_write", write)


@pytest.mark.parametrize("lost", ["*", "*/state.json", "*/*/rows", "*/*/slots-*", "*/*/keys"])
def test_anything_may_be_deleted_and_is_made_again(files, tmp_path, stack, lost):
    files.put("a", "b")
    files.track_features.current()
    for path in (tmp_path / "sketches").glob(lost):
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    assert files.shown() == {"a": drawn(0), "b": drawn(1)}
    assert fresh_worker(tmp_path, stack).shown() == files.shown()
    files.put("c", seed=2)
    assert files.shown() == {"a": drawn(0), "b": drawn(1), "c": drawn(2)}


@pytest.mark.parametrize("content", ["", "{", "[]", '{"generation": "x"}', '{"a": 1}'])
def test_a_state_that_cannot_be_read_is_no_state(files, tmp_path, stack, content):
    files.put("a")
    files.track_features.current()
    state_of(tmp_path)[0].write_text(content)

    assert fresh_worker(tmp_path, stack).shown() == {"a": drawn(0)}


def test_an_older_copy_of_the_database_is_noticed(files, tmp_path, stack):
    files.put("a")
    copy = (tmp_path / "attune.db").read_bytes(), (tmp_path / "attune.db-wal").read_bytes()
    files.put("b", "c", seed=1)
    files.track_features.current()
    stack.close()
    (tmp_path / "attune.db").write_bytes(copy[0])
    (tmp_path / "attune.db-wal").write_bytes(copy[1])
    (tmp_path / "attune.db-shm").unlink(missing_ok=True)

    assert fresh_worker(tmp_path, stack).shown() == {"a": drawn(0)}


def test_another_database_shares_nothing(files, tmp_path, stack):
    files.put("a", "b", "c")
    files.track_features.current()

    other = _files(tmp_path, stack, f"sqlite:///{tmp_path}/other.db")

    assert other.shown() == {}
    assert files.shown().keys() == {"a", "b", "c"}


def test_a_folder_that_cannot_be_written_to_is_refused(tmp_path, stack):
    (tmp_path / "sketches").write_text("This is no folder.")
    files = _files(tmp_path, stack)

    with pytest.raises(StoreUnavailableError, match="sketches"):
        files.track_features.current()


def test_several_threads_may_ask(files):
    files.put(*(f"t{number}" for number in range(30)))

    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(lambda _: len(files.track_features.current().rows), range(16)))

    assert seen == [30] * 16


def _work(folder, own, n_tracks):
    with ExitStack() as stack:
        files = _files(folder, stack)
        for number in range(n_tracks):
            files.put(f"{own}{number}", seed=number)
            assert f"{own}{number}" in files.shown()
            if number % 3 == 2:
                files.catalogue.hide(f"{own}{number - 1}")
                assert f"{own}{number - 1}" not in files.shown()


@pytest.mark.slow
def test_several_processes_write_and_read_at_once(tmp_path, stack):
    # Forked: a process that begins anew may have to compile for a minute.
    start = get_context("fork").Process
    workers = [start(target=_work, args=(tmp_path, own, 25)) for own in "abc"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=120)

    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    expected = {f"{own}{n}": drawn(n) for own in "abc" for n in range(25) if n % 3 != 1 or n == 24}
    assert fresh_worker(tmp_path, stack).shown() == expected


@pytest.mark.parametrize("torn", ["rows", "keys", "ids", "ends", "dead", "slots-1024"])
def test_files_that_a_power_cut_has_torn_are_made_again(files, tmp_path, stack, torn, monkeypatch):
    files.put("a", "b", "c")
    files.track_features.current()
    files.catalogue.hide("b")
    whole = files.shown()
    path, state = state_of(tmp_path)
    file = path.parent / state["generation"] / torn
    content = file.read_bytes()
    file.write_bytes(bytes(len(content)))
    monkeypatch.setattr(track_feature_files, "boot", lambda: "another")

    assert fresh_worker(tmp_path, stack).shown() == whole
    was_rebuilt = state_of(tmp_path)[1]["generation"] != state["generation"]
    assert was_rebuilt == (torn != "slots-1024")  # the table is made of the keys


def test_whole_files_outlive_a_boot(files, tmp_path, stack, monkeypatch):
    files.put("a", "b")
    whole, before = files.shown(), state_of(tmp_path)[1]
    monkeypatch.setattr(track_feature_files, "boot", lambda: "another")

    assert fresh_worker(tmp_path, stack).shown() == whole
    after = state_of(tmp_path)[1]
    assert after["generation"] == before["generation"]
    assert after["boot"] == "another"


@pytest.fixture(name="few")
def _few(monkeypatch):
    """A call applies three changes at most, and a batch has two."""
    monkeypatch.setattr("service.db.track_features.IN_A_CALL", 3)
    monkeypatch.setattr("service.db.track_feature_feed.CHANGES_AT_ONCE", 2)


@pytest.mark.usefixtures("few")
def test_many_changes_are_applied_beside_the_calls(files):
    files.put(*(f"t{number}" for number in range(8)))

    with pytest.raises(FeaturesNotReadyError, match="0 of 8 changes") as refused:
        files.track_features.current()
    assert refused.value.headers == {"Retry-After": "5"}
    assert len(files.track_features.prepare().rows) == 8

    files.put("few", seed=9)
    assert files.shown() == {f"t{n}": drawn(n) for n in range(8)} | {"few": drawn(9)}


@pytest.mark.usefixtures("few")
def test_a_build_goes_on_where_another_was_killed(files, tmp_path, stack, monkeypatch):
    files.put(*(f"t{number}" for number in range(8)))
    asked, since = [], TrackFeatureFeed.since

    def dying(feed, revision):
        asked.append(revision)
        if len(asked) == 3:
            raise KeyboardInterrupt
        return since(feed, revision)

    monkeypatch.setattr(TrackFeatureFeed, "since", dying)
    with pytest.raises(KeyboardInterrupt):
        files.track_features.prepare()
    with pytest.raises(FeaturesNotReadyError, match="4 of 8 changes"):
        fresh_worker(tmp_path, stack).track_features.current()
    other = fresh_worker(tmp_path, stack)
    other.track_features.prepare()

    assert asked[:4] == [0, 2, 4, 4]
    assert 0 not in asked[3:]
    assert other.shown() == {f"t{number}": drawn(number) for number in range(8)}


@pytest.mark.parametrize("n_changes", [2, 8])
@pytest.mark.usefixtures("few")
def test_no_call_waits_for_a_long_build_of_another_process(
    files, tmp_path, monkeypatch, n_changes
):
    monkeypatch.setattr("service.db.track_features.PATIENCE_S", 0.05)
    files.put("a")
    files.track_features.current()
    files.put(*(f"t{number}" for number in range(n_changes)))

    with (state_of(tmp_path)[0].parent / "lock").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(FeaturesNotReadyError, match=f"1 of {n_changes + 1} changes"):
            files.track_features.current()
    files.track_features.prepare()

    assert len(files.shown()) == n_changes + 1


@pytest.mark.usefixtures("few")
def test_large_files_are_checked_after_a_boot_beside_the_calls(
    files, tmp_path, stack, monkeypatch
):
    files.put(*(f"t{number}" for number in range(8)))
    files.track_features.prepare()
    monkeypatch.setattr(track_feature_files, "boot", lambda: "another")
    other = fresh_worker(tmp_path, stack)

    with pytest.raises(FeaturesNotReadyError):
        other.track_features.current()
    other.track_features.prepare()

    assert other.shown() == files.shown()


@pytest.mark.usefixtures("few")
def test_dead_rows_of_a_large_file_are_left_out_beside_the_calls(files, tmp_path, monkeypatch):
    monkeypatch.setattr(track_feature_files, "FEW", 4)
    for number in range(8):
        files.put(f"t{number}", seed=number)
        files.track_features.current()
    for seed in range(10, 20):
        files.put("t0", seed=seed)
        files.track_features.current()
    files.track_features.prepare()

    assert state_of(tmp_path)[1]["n_dead"] < 4
    assert files.shown() == {f"t{n}": drawn(n) for n in range(1, 8)} | {"t0": drawn(19)}


@pytest.mark.usefixtures("few")
def test_a_build_that_fails_is_reported_and_tried_again(files, tmp_path):
    files.put(*(f"t{number}" for number in range(8)))
    (tmp_path / "sketches").write_text("This is no folder.")

    with pytest.raises(StoreUnavailableError, match="sketches"):
        files.track_features.prepare()
    (tmp_path / "sketches").unlink()

    assert len(files.track_features.prepare().rows) == 8


@pytest.mark.usefixtures("few")
def test_a_build_ends_when_it_is_stopped(files, monkeypatch):
    files.put(*(f"t{number}" for number in range(8)))
    since = TrackFeatureFeed.since

    def stopping(feed, revision):
        files.track_features.stop()
        return since(feed, revision)

    monkeypatch.setattr(TrackFeatureFeed, "since", stopping)

    with pytest.raises(StoreUnavailableError, match="no longer"):
        files.track_features.prepare()
