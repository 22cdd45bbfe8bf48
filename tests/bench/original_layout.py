"""The paper's experiment in the original's organisation, written plainly.

A listener's folder has a copy of every pretrained model, one file each. In each round every model
is loaded from its file and asked about the pool; then each is loaded again, updated with the
newest batch of answers, saved, and scored, one by one. scikit-learn and xgboost are called
directly, and nothing of Attune learns or predicts here. Models are pickled, as the original does:
this is a bench, and Attune itself neither writes nor reads such files.
"""

import pickle
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import process_time

import numpy as np
import xgboost
from scipy.stats import entropy
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import f1_score
from sklearn.model_selection import GroupShuffleSplit
from sklearn.naive_bayes import GaussianNB

from training.experiments.active_learning.plan import Protocol
from training.experiments.seeds import generator
from training.experiments.starting_models import Start

KINDS = ("gnb", "sgd", "xgb")
N_FOLDS = 5
N_TREES = 100
BOOSTING = {"objective": "multi:softprob", "num_class": 4, "max_depth": 5, "nthread": 1}


def pretrain(x, y, artists, seed, folder: Path) -> None:
    """Fit every kind to five folds of a dataset, a row a song, and pickle the models."""
    folder.mkdir(parents=True)
    splitter = GroupShuffleSplit(N_FOLDS, random_state=seed)
    for fold, (rows, _) in enumerate(splitter.split(x, groups=artists)):
        for kind in KINDS:
            path = folder / f"classifier_{kind}.it_{fold}"
            path.write_bytes(pickle.dumps(_fit(kind, x[rows], y[rows], seed + fold)))


def _fit(kind, x, y, seed):
    if kind == "gnb":
        return GaussianNB().fit(x, y)
    if kind == "sgd":
        model = SGDClassifier(loss="log_loss", penalty="l2", warm_start=True, random_state=seed)
        return model.fit(x, y)
    # The classifier's own fit refuses a batch that lacks a quadrant: the booster beneath goes on.
    classifier = xgboost.XGBClassifier(max_depth=5, n_jobs=1, random_state=seed)
    return classifier.fit(x, y).get_booster()


@dataclass
class Outcome:
    """What came of one listener in one mode.

    Attributes:
        asked: Songs in the order they were asked about, as places in the start.
        f1: Weighted F1 of every model, before the first round and after each.
        consensus: Weighted F1 of the models' mean distribution, likewise.
        spent: Processor time by what it was spent on, in seconds.
        ends: Processor time from the beginning to the end of each round, in seconds.
    """

    asked: list[int] = field(default_factory=list)
    f1: list[list[float]] = field(default_factory=list)
    consensus: list[float] = field(default_factory=list)
    spent: Counter[str] = field(default_factory=Counter)
    ends: list[float] = field(default_factory=list)

    @contextmanager
    def watch(self, name: str) -> Iterator[None]:
        began = process_time()
        yield
        self.spent[name] += process_time() - began


def run(start: Start, pretrained: Path, user: Path, mode: str, protocol: Protocol) -> Outcome:
    """Ask one listener in one mode (mc, hc, mix, rand), for all rounds.

    Args:
        start: Rows, answers and votes of the listener's songs; its committee is not looked at.
        pretrained: The folder of the pretrained models.
        user: The listener's folder in this mode; made here.
        mode: Decides which songs are asked about, by Attune's rule and lot.
        protocol: Queries, rounds and seed.
    """
    began = process_time()
    out = Outcome()
    with out.watch("copying"):
        shutil.copytree(pretrained, user)
    # The same generator as ours, drawn from in the same order: ties fall alike.
    rng = generator(protocol.seed, start.listener, start.split, mode, "asking")
    left = list(range(start.n_pool))
    paths = [user / f"classifier_{kind}.it_{fold}" for kind in KINDS for fold in range(N_FOLDS)]
    _score((_load(path, out) for path in paths), start, out)
    for _ in range(protocol.n_rounds):
        newest = sorted(_ask(mode, paths, start, left, protocol.n_queries, rng, out))
        left = [song for song in left if song not in newest]
        _score(_learn(paths, start, newest, out), start, out)
        out.ends.append(process_time() - began)
    return out


def _load(path, out):
    with out.watch("loading"):
        return pickle.loads(path.read_bytes())  # noqa: S301  # the original's way


def _proba(model, x):
    if isinstance(model, xgboost.Booster):
        return model.predict(xgboost.DMatrix(x, nthread=1))
    return model.predict_proba(x)


def _learn(paths, start, newest, out):
    """Yield every model after the newest batch, saved."""
    x, y = start.x[newest], start.y[newest]
    for path in paths:
        model = _load(path, out)
        with out.watch("updating"):
            if isinstance(model, xgboost.Booster):
                answers = xgboost.DMatrix(x, label=y, nthread=1)
                model = xgboost.train(BOOSTING, answers, N_TREES, xgb_model=model)
            else:
                model.partial_fit(x, y)
        with out.watch("saving"):
            path.write_bytes(pickle.dumps(model))
        yield model


def _score(models, start, out):
    x, y = start.x[start.n_pool :], start.y[start.n_pool :]
    said, f1 = [], []
    for model in models:
        with out.watch("scoring"):
            said.append(_proba(model, x))
            f1.append(weighted_f1(y, said[-1].argmax(axis=1)))
    with out.watch("scoring"):
        out.consensus.append(weighted_f1(y, np.mean(said, axis=0).argmax(axis=1)))
    out.f1.append(f1)


def weighted_f1(y, said) -> float:
    """Return the F1 of answers, weighted by how frequent each quadrant is in the truth."""
    return float(f1_score(y, said, average="weighted", zero_division=0))


def _ask(mode, paths, start, left, n_queries, rng, out):  # noqa: PLR0913, PLR0917
    if mode == "rand":
        places = np.argsort(-rng.random(len(left)))[:n_queries]
    else:
        scores = np.zeros(len(left))
        if mode in {"mc", "mix"}:
            scores = _machine_entropy(paths, start.x[left], out)
        if mode in {"hc", "mix"}:
            scores = np.maximum(scores, _human_entropy(start.votes[left]))
        places = np.lexsort((rng.random(len(left)), -scores))[:n_queries]
    chosen = [left[place] for place in places]
    out.asked += chosen
    return chosen


def _machine_entropy(paths, x, out):
    said = []
    for path in paths:
        model = _load(path, out)
        with out.watch("asking"):
            said.append(_proba(model, x))
    return entropy(np.mean(said, axis=0), axis=1)


def _human_entropy(votes):
    scores = np.zeros(len(votes))
    is_known = votes.sum(axis=1) > 0
    scores[is_known] = entropy(votes[is_known], axis=1)
    return scores
