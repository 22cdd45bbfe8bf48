"""What is kept in memory because it was used last."""

from concurrent.futures import ThreadPoolExecutor

from service.recent import Recent


def test_what_was_not_used_for_longest_goes_first():
    recent: Recent[str, int] = Recent(2)
    recent.put("a", 1)
    recent.put("b", 2)
    recent.get("a")

    recent.put("c", 3)

    assert (recent.get("a"), recent.get("b"), recent.get("c")) == (1, None, 3)


def test_putting_again_counts_as_use_and_replaces():
    recent: Recent[str, int] = Recent(2)
    recent.put("a", 1)
    recent.put("b", 2)
    recent.put("a", 10)

    recent.put("c", 3)

    assert (recent.get("a"), recent.get("b")) == (10, None)


def test_entries_can_be_dropped_by_their_keys():
    recent: Recent[str, int] = Recent(5)
    for number, key in enumerate(["ana1", "bob1", "ana2"]):
        recent.put(key, number)

    recent.drop(lambda key: key.startswith("ana"))

    assert len(recent) == 1
    assert recent.get("bob1") == 1


def test_several_threads_may_use_it():
    recent: Recent[int, int] = Recent(10)

    def work(start: int) -> bool:
        for n in range(start, start + 2_000):
            recent.put(n % 50, n)
            recent.get((n + 7) % 50)
            recent.drop(lambda key: key == 3)
        return len(recent) <= 10

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, range(4)))
