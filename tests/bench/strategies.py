"""``python -m tests.bench.strategies``: what each query strategy costs.

First over a pool whose inputs are given: ten questions over 10,000 tracks, half of them with
lyrics too, predicted by 40 members, for a listener with 20 answers. Medians, measured in turn,
beside one NumPy softmax of as many logits.

Then all that a query does but HTTP and the listener's log, over catalogues of 100,000 and
1,000,000 tracks of which 5,000 have others' votes, beside one product of all mapped track features
with two columns: what any pass over the bytes costs. `first` is the first query of a process. The
tracks of a sample are read from a database of 4,000 tracks. Processor time.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import count, cycle
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from models.arrays import Votes
from models.emotion import SIGNS, Quadrant, Readout
from models.personal import Answer, PersonalModel
from models.personal.logistic import Components, LogisticModel, Prior, learn, track_features
from models.query import PLAIN, PersonalScores, Pool, ask, is_personal
from models.snapshot import load_snapshot
from models.track import Track
from service.api.query.pools import PoolSources
from service.api.query.questions import QueryRequest, query
from service.clock import utc_now
from service.db.catalogue import Catalogue
from service.db.database import Database
from service.db.schema import migrate
from service.serving.container import PERSONALISERS, population_predictor_of
from service.serving.personal_models import UserState
from tests.bench.catalogue import PRETRAINED, Example, fill, shipped
from tests.bench.costs import Size, Step, in_turn
from tests.bench.rank import Worker

N_TRACKS, N_MEMBERS, N_ANSWERED, N = 10_000, 40, 20, 10
N_AUDIO, N_LYRICS, N_COMPONENTS = 281, 384, 32
N_STORED, SIZES = 4_000, (100_000, 1_000_000)
ROUNDS, FEW_ROUNDS = 15, 7
FLOOR = f"one NumPy softmax of {N_MEMBERS} x {N_TRACKS:,} x 4"
PRODUCT = "one product of the track features with two columns"
NAMES = [*PLAIN, "balanced-mc", "eps-mc", "eps-entropy"]


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
    with tempfile.TemporaryDirectory() as folder:
        _print_catalogues(Path(folder))
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


def _print_catalogues(folder: Path) -> None:
    snapshot, extractor = shipped()
    database = Database(f"sqlite:///{folder / 'bench.db'}")
    migrate(database)
    fill(database, N_STORED, snapshot, Example.of(snapshot, extractor))
    catalogue = Stored(Catalogue(database, population_predictor_of(snapshot), utc_now))
    for size in SIZES:
        Worker(folder / str(size), size).warm_up()
        for personaliser in ("logistic", "committee"):
            _print_catalogue(folder / str(size), size, catalogue, personaliser)


def _print_catalogue(folder: Path, size: int, catalogue: "Stored", personaliser: str) -> None:
    names = [name for name in NAMES if personaliser == "logistic" or not is_personal(name)]
    worker = Asked(folder, size, catalogue, personaliser)
    rows = worker.track_features.current().rows
    columns = np.ones((rows.shape[1], 2), np.float32)
    steps = {PRODUCT: Step(lambda: rows @ columns)}
    steps |= {name: Step(partial(worker.query, name)) for name in names}
    costs = in_turn(steps, Size(FEW_ROUNDS))
    pass_ms = costs[PRODUCT].cpu_ms
    first = {
        name: [_first_ms(folder, size, catalogue, personaliser, name) for _ in range(3)]
        for name in names
    }
    sys.stdout.write(f"\n{size:,} tracks, {personaliser}; {PRODUCT}: {pass_ms:.1f} ms\n")
    sys.stdout.write("\n| strategy | ms | passes | first, ms | passes |\n|---|---|---|---|---|\n")
    for name in names:
        ms, first_ms = costs[name].cpu_ms, float(np.median(first[name]))
        sys.stdout.write(
            f"| `{name}` | {ms:.1f} | {ms / pass_ms:.1f} | {first_ms:.1f}"
            f" | {first_ms / pass_ms:.1f} |\n"
        )


def _first_ms(folder: Path, size: int, catalogue: "Stored", personaliser: str, name: str) -> float:
    worker = Asked(folder, size, catalogue, personaliser)
    began = time.process_time()
    worker.query(name)
    return 1000.0 * (time.process_time() - began)


class Stored:
    """A catalogue of stored tracks, read under any ids."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self.track_ids = [record.track_id for record in catalogue.page("", N_STORED)]

    def learnt_from(self, track_ids: Sequence[str]) -> dict[str, Track]:
        """Read as many tracks, and give them these ids."""
        names = dict(zip(self.track_ids, track_ids, strict=False))
        found = self._catalogue.learnt_from(list(names))
        return {names[key]: replace(track, track_id=names[key]) for key, track in found.items()}


class Asked(Worker):
    """A worker that has answered no query; the files of track features exist."""

    def __init__(self, folder: Path, n_tracks: int, catalogue: Stored, personaliser: str) -> None:
        super().__init__(folder, n_tracks)
        self.track_features.current()
        snapshot = load_snapshot(PRETRAINED)
        self._catalogue, self._seeds = catalogue, count()
        self._personaliser = PERSONALISERS[personaliser](snapshot)
        model = self.model if personaliser == "logistic" else self._fitted()
        self._listeners = SimpleNamespace(
            snapshot=snapshot,
            personaliser=self._personaliser,
            catalogue=catalogue,
            current=lambda user_id: UserState(user_id, model.n_labels, model),
        )

    def query(self, strategy: str) -> None:
        """Do all that a request does, but for HTTP and the listener's log."""
        found = query(
            QueryRequest("ana", N, strategy),
            sources=PoolSources(self._catalogue, self.track_features, self.votes),
            log=self.log,
            listeners=self._listeners,
            rng=np.random.default_rng(next(self._seeds)),
        )
        assert len(found.tracks) == N

    def _fitted(self) -> PersonalModel:
        tracks = self._catalogue.learnt_from([f"e{number}" for number in range(N_ANSWERED)])
        given = zip(tracks.values(), cycle(Quadrant), strict=False)
        return self._personaliser.fit([Answer(track, quadrant) for track, quadrant in given])


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
