"""The experiment as the paper's code organises it, written plainly: ours is measured beside it.

A listener has a folder with a copy of every model. In each round every model is loaded and asked
about the pool, then loaded again, updated with the round's answers, saved, and scored on the test
tracks, one by one. The update rules are Attune's own, by xgboost's own means where it has them, so
that both sides must reach the same scores.
"""

import pickle
import shutil
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import numpy as np
import xgboost
from scipy.special import expit, log_expit, softmax
from scipy.stats import entropy
from sklearn.metrics import f1_score

from training.experiments.active_learning.plan import Protocol
from training.experiments.seeds import generator
from training.experiments.start import Start

N_QUADRANTS = 4
N_FOLDS = 5
GROWING = {
    "objective": "multi:softprob",
    "num_class": N_QUADRANTS,
    "base_score": 0.0,
    "max_depth": 2,
    "tree_method": "exact",
    "nthread": 1,
}


class Gnb:
    """One fold's Gaussian naive Bayes."""

    def __init__(self, family, fold, temperature):
        self.projection, self.offset = family.projection[fold], family.offset[fold]
        self.prior, self.mean, self.var = (
            np.exp(family.log_prior[fold]),
            family.mean[fold],
            family.variance[fold],
        )
        self.strength = family.prior_strength
        self.temperature = temperature
        self.seen: list[tuple[np.ndarray, int]] = []

    def update(self, x, y):
        self.seen += list(zip(x @ self.projection - self.offset, y, strict=True))

    def predict_proba(self, x):
        z = x @ self.projection - self.offset
        logits = np.zeros((len(x), N_QUADRANTS))
        for k in range(N_QUADRANTS):
            own = np.array([row for row, label in self.seen if label == k])
            n = self.strength + len(own)
            mean, var = self.mean[k], self.var[k]
            if len(own):
                m = own.mean(axis=0)
                between = self.strength * len(own) / n * (m - mean) ** 2
                var = (self.strength * var + ((own - m) ** 2).sum(axis=0) + between) / n
                mean = (self.strength * mean + len(own) * m) / n
            else:
                var = self.strength * var / n
            prior = N_QUADRANTS * self.strength * self.prior[k] + len(own)
            prior /= N_QUADRANTS * self.strength + len(self.seen)
            logits[:, k] = np.log(prior) - 0.5 * ((z - mean) ** 2 / var + np.log(var)).sum(axis=1)
        return softmax(logits / self.temperature, axis=1)

    def save(self, path):
        path.write_bytes(pickle.dumps(self))

    @staticmethod
    def load(path):
        return pickle.loads(path.read_bytes())  # noqa: S301  # the paper's way


class Sgd(Gnb):
    """One fold's logistic regression."""

    def __init__(self, family, fold, temperature):
        self.centre, self.scale = family.centre[fold], family.scale[fold]
        self.weight = family.weight[fold]
        self.anchor, self.n_steps = family.anchor, family.n_steps
        self.temperature = temperature

    def inputs(self, x):
        return np.column_stack([(x - self.centre) / self.scale, np.ones(len(x))])

    def update(self, x, y):
        inputs, target = self.inputs(x), np.eye(N_QUADRANTS)[y]
        curvature = 0.25 * (inputs**2).sum() + self.anchor
        change = np.zeros(self.weight.shape)
        for _ in range(self.n_steps):
            error = expit(inputs @ (self.weight + change).T) - target
            change -= (error.T @ inputs + self.anchor * change) / curvature
        self.weight = self.weight + change.astype(np.float16)

    def predict_proba(self, x):
        return softmax(log_expit(self.inputs(x) @ self.weight.T) / self.temperature, axis=1)


class Xgb:
    """One fold's boosted trees."""

    def __init__(self, family, fold, temperature):
        self.booster = family.boosters[fold]
        self.n_rounds, self.rate = family.n_rounds, family.learning_rate
        self.temperature = temperature

    def update(self, x, y):
        self.booster = xgboost.train(
            GROWING | {"eta": self.rate},
            xgboost.DMatrix(x, label=y, nthread=1),
            num_boost_round=self.n_rounds,
            xgb_model=self.booster,
        )

    def predict_proba(self, x):
        margin = self.booster.predict(xgboost.DMatrix(x, nthread=1), output_margin=True)
        return softmax(margin / self.temperature, axis=1)

    def save(self, path):
        self.booster.save_model(path.with_suffix(".ubj"))
        path.write_bytes(pickle.dumps((self.n_rounds, self.rate, self.temperature)))

    @classmethod
    def load(cls, path):
        model = cls.__new__(cls)
        told = path.read_bytes()
        model.n_rounds, model.rate, model.temperature = pickle.loads(told)  # noqa: S301
        model.booster = xgboost.Booster({"nthread": 1})
        model.booster.load_model(path.with_suffix(".ubj"))
        return model


KINDS = {"gnb": Gnb, "sgd": Sgd, "xgb": Xgb}


@dataclass
class Outcome:
    """What the plain way finds, and where its time went."""

    asked: list[int] = field(default_factory=list)
    f1: list[list[float]] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    @contextmanager
    def watch(self, name: str) -> Iterator[None]:
        began = perf_counter()
        yield
        self.seconds[name] += perf_counter() - began


def write_population(start: Start, folder: Path) -> None:
    """Write every pretrained model to a file of its own."""
    folder.mkdir(parents=True)
    committee = start.committee
    for name, family in committee.families.items():
        for fold in range(committee.n_folds):
            model = KINDS[name](family, fold, committee.temperatures[name])
            model.save(folder / f"{name}-{fold}.pkl")


def run(start: Start, population: Path, user: Path, mode: str, protocol: Protocol) -> Outcome:
    """Ask one listener in one mode (mc, hc, mix, rand), for all rounds."""
    out = Outcome()
    with out.watch("copying"):
        shutil.copytree(population, user)
    # The same generator as ours, drawn from in the same order: ties fall alike.
    rng = generator(protocol.seed, start.listener, start.split, mode, "asking")
    left = list(range(start.n_pool))
    paths = [user / f"{kind}-{fold}.pkl" for kind in KINDS for fold in range(N_FOLDS)]
    out.f1.append([_score(path, start, out) for path in paths])
    for _ in range(protocol.n_rounds):
        newest = _ask(mode, paths, start, left, protocol.n_queries, rng, out)
        left = [track for track in left if track not in newest]
        out.asked += newest
        learnt = sorted(newest)
        row = []
        for path in paths:
            with out.watch("loading"):
                model = KINDS[path.name[:3]].load(path)
            with out.watch("updating"):
                model.update(start.x[learnt], start.y[learnt])
            with out.watch("saving"):
                model.save(path)
            row.append(_score(path, start, out))
        out.f1.append(row)
    return out


def _score(path: Path, start: Start, out: Outcome) -> float:
    with out.watch("loading"):
        model = KINDS[path.name[:3]].load(path)
    with out.watch("scoring"):
        said = model.predict_proba(start.x[start.n_pool :]).argmax(axis=1)
        truth = start.y[start.n_pool :]
        return float(f1_score(truth, said, average="weighted", zero_division=0))


def _ask(mode, paths, start, left, n_queries, rng, out):  # noqa: PLR0913, PLR0917
    if mode == "rand":
        return [left[i] for i in np.argsort(-rng.random(len(left)))[:n_queries]]
    scores = np.zeros(len(left))
    if mode in {"mc", "mix"}:
        said = []
        for path in paths:
            with out.watch("loading"):
                model = KINDS[path.name[:3]].load(path)
            with out.watch("asking"):
                said.append(model.predict_proba(start.x[left]))
        scores = entropy(np.mean(said, axis=0), axis=1)
    if mode in {"hc", "mix"}:
        with out.watch("asking"):
            votes = start.votes[left]
            known = votes.sum(axis=1) > 0
            human = np.zeros(len(left))
            human[known] = entropy(votes[known], axis=1)
            scores = np.maximum(scores, human)
    best = np.lexsort((rng.random(len(left)), -scores))[:n_queries]
    return [left[i] for i in best]
