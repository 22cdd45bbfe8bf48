"""``python -m tests.bench.strategies``: what each query strategy costs over a large pool.

Ten questions over 10,000 tracks, half of them with lyrics too, judged by 40 members, for a
listener with 20 answers. What members say and what tracks are like is given; how long it takes to
get them is told by ``make bench``, table c. Medians, measured in turn, round by round, beside one
NumPy softmax of as many logits. What goes by the listener's Gaussian model is given the tracks'
sketches, and makes its pass over them.
"""

import os
import sys
import time

import numpy as np

from models.arrays import Votes
from models.personal.gaussian import Components, Gaussian, Prior, learn, sketches
from models.query import PLAIN, Placement, Pool, ask

N_TRACKS, N_MEMBERS, N_ANSWERED, N = 10_000, 40, 20, 10
N_AUDIO, N_LYRICS, N_COMPONENTS = 281, 384, 32
ROUNDS = 15
FLOOR = f"one NumPy softmax of {N_MEMBERS} x {N_TRACKS:,} x 4"
NAMES = [*PLAIN, "balanced-mc", "eps-mc"]


def main() -> int:
    """Measure, and print the table."""
    rng = np.random.default_rng(0)
    proba = rng.dirichlet(np.full(4, 2.0), (N_MEMBERS, N_TRACKS))
    features = rng.normal(size=(N_TRACKS, N_AUDIO + N_LYRICS)).astype(np.float32)
    features[: N_TRACKS // 2, N_AUDIO:] = np.nan
    votes = rng.integers(0, 3, (N_TRACKS, 4)).astype(float)
    track_ids = [f"t{place:05}" for place in range(N_TRACKS)]
    placement = _placement(rng, votes)
    seconds: dict[str, list[float]] = {name: [] for name in [FLOOR, *NAMES]}
    for number in range(ROUNDS + 1):
        for name, each in seconds.items():
            pool = Pool(
                track_ids,
                votes,
                lambda: proba,
                lambda: features,
                lambda: features[:N_ANSWERED],
                np.array([9.0, 6, 4, 1]),
                lambda: placement,
            )
            start = time.perf_counter()
            if name == FLOOR:
                _ = np.exp(proba) / np.exp(proba).sum(axis=-1, keepdims=True)
            else:
                ask(name, pool, N, np.random.default_rng(number))
            if number:  # the first round warms up
                each.append(time.perf_counter() - start)
    floor = np.median(seconds[FLOOR])
    sys.stdout.write(f"Load {os.getloadavg()[0]:.1f}.\n\n")
    sys.stdout.write("| what | ms | of the first |\n|---|---|---|\n")
    for name, each in seconds.items():
        median = np.median(each)
        sys.stdout.write(f"| {name} | {median * 1e3:.0f} | {median / floor:.1f} |\n")
    return 0


def _placement(rng: np.random.Generator, votes: Votes) -> Placement:
    proba = rng.dirichlet(np.full(4, 2.0), N_TRACKS + N_ANSWERED)
    phi = rng.normal(size=(len(proba), N_COMPONENTS)) / np.sqrt(N_COMPONENTS)
    rows, answered = np.split(sketches(proba, phi), [N_TRACKS])
    prior = Prior(
        np.full(2, 0.5), np.zeros(2), np.ones(2), shared=0.1, level=0.1, taste=0.1, noise=0.5
    )
    components = Components(np.zeros(N_COMPONENTS), np.eye(N_COMPONENTS))
    shared = Gaussian(prior, components, 1.0, np.full(2, 0.8))
    y = np.where(answered[:, 4] > 0, 0, 2)
    model = learn(shared, answered, np.where(y == 0, 1.0, -1.0)[:, None].repeat(2, axis=1), y)
    return Placement.of(model, rows, votes, answered)


if __name__ == "__main__":
    sys.exit(main())
