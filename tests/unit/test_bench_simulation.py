"""The page of ``make bench-simulation``."""

from collections import Counter

from tests.bench.simulation import Cost, Race, page

RACE = Race(
    ours_s=0.32,
    plain_s=93.15,
    n_units=16,
    n_scores=3840,
    n_equal=3839,
    largest_gap=0.0123,
    n_asked=960,
    n_asked_alike=957,
    ours=Counter({"learning": 0.53, "saving": 0.33, "asking": 0.14}),
    theirs=Counter({"updating": 43.0, "loading": 29.0, "scoring": 20.0, "asking": 8.0}),
)
COSTS = {
    "listeners": [Cost(4, 15, 3.03, 0.33), Cost(8, 15, 5.98, 0.65)],
    "rounds": [Cost(8, 5, 4.49, 0.19), Cost(8, 10, 4.74, 0.34), Cost(8, 15, 5.04, 0.53)],
}


def test_the_page_is_the_stored_one(expect_page):
    """`python -m pytest FILE --update-pages` stores it anew; read the difference."""
    expect_page("simulation-cost.md", page(RACE, COSTS, 4, "x86_64"))
