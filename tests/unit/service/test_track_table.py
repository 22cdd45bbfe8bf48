"""The catalogue in memory follows the catalogue in the store."""

from concurrent.futures import ThreadPoolExecutor

from service.serving import track_table
from service.serving.track_table import LiveTable
from tests.small_service import SmallService


def test_it_takes_in_what_changed_since():
    house = SmallService()
    house.put("a", "b")
    before = house.table.current()

    house.put("c")
    house.catalogue.hide("a")

    assert list(house.table.current().track_ids) == ["b", "c"]
    assert list(before.track_ids) == ["a", "b"]


def test_nothing_is_rebuilt_when_nothing_changed():
    house = SmallService()
    house.put("a")

    assert house.table.current() is house.table.current()


def test_a_long_history_is_read_in_parts(monkeypatch):
    monkeypatch.setattr(track_table, "CHANGES_AT_ONCE", 3)
    house = SmallService()
    house.put(*"abcdefg")

    assert list(house.table.current().track_ids) == list("abcdefg")


def test_several_threads_may_ask_for_it():
    house = SmallService()
    house.put(*(f"t{number}" for number in range(50)))
    table = LiveTable(house.catalogue)

    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(lambda _: len(table.current().track_ids), range(32)))

    assert seen == [50] * 32
