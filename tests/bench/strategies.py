"""``python -m tests.bench.strategies``: what each query strategy costs over a large pool.

Ten questions over 10,000 tracks, half of them with lyrics too, judged by 40 members, for a
listener with 20 answers. What members say and what tracks are like is given; how long it takes to
get them is in table c of ``make bench``. Medians, measured in turn, round by round, beside one
NumPy softmax of as many logits. What goes by the listener's logistic model is given the tracks'
sketches, and makes its pass over them.

Then what needs neither members nor features, over 1,000,000 tracks of which 10,000 have others'
votes, beside one product of all sketches with two columns: what any pass over the bytes costs.
"""

import os
import sys
from collections.abc import Callable, Mapping
from itertools import count

import numpy as np

from models.arrays import Votes
from models.emotion import SIGNS, Readout
from models.personal.logistic import Components, LogisticModel, Prior, learn, track_features
from models.query import LIGHT, PLAIN, PersonalScores, Pool, ask
from tests.bench.costs import Size, Step, in_turn

N_TRACKS, N_MEMBERS, N_ANSWERED, N = 10_000, 40, 20, 10
N_AUDIO, N_LYRICS, N_COMPONENTS = 281, 384, 32
N_MANY, N_VOTED = 1_000_000, 10_000
ROUNDS = 15
FLOOR = f"one NumPy softmax of {N_MEMBERS} x {N_TRACKS:,} x 4"
PASS = f"{N_MANY:,} sketches times two columns"
NAMES = [*PLAIN, "balanced-mc", "eps-mc"]


def main() -> int:
    """Measure, and print the tables."""
    rng = np.random.default_rng(0)
    proba = rng.dirichlet(np.full(4, 2.0), (N_MEMBERS, N_TRACKS))
    features = rng.normal(size=(N_TRACKS, N_AUDIO + N_LYRICS)).astype(np.float32)
    features[: N_TRACKS // 2, N_AUDIO:] = np.nan
    votes = rng.integers(0, 3, (N_TRACKS, 4)).astype(float)
    track_ids = [f"t{place:05}" for place in range(N_TRACKS)]
    placement = _placement(rng, votes, N_ANSWERED)

    def pool() -> Pool:
        return Pool(
            track_ids,
            votes,
            lambda: proba,
            lambda: features,
            lambda: features[:N_ANSWERED],
            np.array([9.0, 6, 4, 1]),
            lambda: placement,
        )

    sys.stdout.write(f"Load {os.getloadavg()[0]:.1f}.\n")
    floor = Step(lambda: np.exp(proba) / np.exp(proba).sum(axis=-1, keepdims=True))
    _print({FLOOR: floor} | {name: _asking(name, pool) for name in NAMES})
    _print(_over_many(rng))
    return 0


def _asking(name: str, pool: Callable[[], Pool]) -> Step:
    """Return the step that asks one strategy; each call has a generator of its own."""
    seeds = count()
    return Step(lambda: ask(name, pool(), N, np.random.default_rng(next(seeds))))


def _print(steps: Mapping[str, Step]) -> None:
    costs = in_turn(steps, Size(ROUNDS))
    floor_ms = next(iter(costs.values())).wall_ms
    sys.stdout.write("\n| what | ms | of the first |\n|---|---|---|\n")
    for name, cost in costs.items():
        sys.stdout.write(f"| {name} | {cost.wall_ms:.1f} | {cost.wall_ms / floor_ms:.1f} |\n")


def _over_many(rng: np.random.Generator) -> dict[str, Step]:
    votes = np.zeros((N_MANY, 4))
    votes[:: N_MANY // N_VOTED] = rng.integers(0, 3, (N_VOTED, 4))
    placement = _placement(rng, votes, N_ANSWERED)
    pool = Pool(
        [str(place) for place in range(N_MANY)], votes, load_personal_scores=lambda: placement
    )
    columns = rng.normal(size=(placement.track_features.shape[1], 2)).astype(np.float32)
    steps = {name: _asking(name, lambda: pool) for name in sorted(LIGHT)}
    return {PASS: Step(lambda: placement.track_features @ columns)} | steps


def _placement(rng: np.random.Generator, votes: Votes, n_answered: int) -> PersonalScores:
    proba = rng.dirichlet(np.full(4, 2.0), len(votes) + n_answered)
    phi = rng.normal(size=(len(proba), N_COMPONENTS)) / np.sqrt(N_COMPONENTS)
    rows, answered = np.split(track_features(proba, phi), [len(votes)])
    components = Components(np.zeros(N_COMPONENTS), np.eye(N_COMPONENTS))
    readout = Readout(0.5 * SIGNS, np.full((4, 2), 0.05))
    shared = LogisticModel(Prior(3.0, 0.6, 0.4, 0.1), components, np.full((2, 2), 0.8), readout)
    answers = np.eye(4)[np.where(answered[:, 3] > 0, 0, 2)]
    unknown = np.zeros_like(answers)
    model = learn(shared, answered, answers, unknown, np.zeros((0, 2)))
    return PersonalScores.of(model, rows, votes, (answered, unknown))


if __name__ == "__main__":
    sys.exit(main())
