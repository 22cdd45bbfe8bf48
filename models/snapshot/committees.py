"""A committee as arrays, boosters and numbers, and back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import xgboost
from numpy.typing import NDArray

from models.committee import Committee
from models.members import (
    BoostedTrees,
    Family,
    GaussianNaiveBayes,
    LastLayers,
    LearningFamily,
    LogisticRegressionSgd,
    RbfSvms,
)
from models.svm import RbfSvm

Arrays = dict[str, NDArray[np.generic]]
_GNB = ("projection", "offset", "log_prior", "mean", "variance")
_SGD = ("centre", "scale", "weight")
_CNN = ("weight", "bias", "centre", "scale")
CNN = "cnn"
_Member = TypeVar("_Member")


@dataclass(frozen=True, slots=True, eq=False)
class StoredCommittee:
    """What is written of a committee.

    Attributes:
        arrays: Names such as ``gnb.mean`` to arrays.
        boosters: One a fold.
        numbers: Temperatures and what steers learning from a listener; goes into the manifest.
    """

    arrays: Arrays
    boosters: Sequence[xgboost.Booster]
    numbers: Mapping[str, Any]


def store(committee: Committee) -> StoredCommittee:
    """Take a committee apart."""
    families = committee.families
    gnb = _of(families["gnb"], GaussianNaiveBayes)
    sgd = _of(families["sgd"], LogisticRegressionSgd)
    xgb = _of(families["xgb"], BoostedTrees)
    arrays: Arrays = {f"gnb.{name}": getattr(gnb, name) for name in _GNB}
    arrays |= {f"sgd.{name}": getattr(sgd, name) for name in _SGD}
    for fold, machine in enumerate(_of(families["svm"], RbfSvms).machines):
        stored = dict(machine.to_arrays())
        # Standardised vectors of order 1: half precision moves a decision value by some 1e-4.
        stored["vectors"] = stored["vectors"].astype(np.float16)
        arrays |= {f"svm{fold}.{name}": array for name, array in stored.items()}
    numbers: dict[str, Any] = {
        "n_folds": committee.n_folds,
        "temperatures": dict(committee.temperatures),
        "sharpness": committee.sharpness,
        "gnb": {"prior_strength": gnb.prior_strength},
        "sgd": {"anchor": sgd.anchor, "n_steps": sgd.n_steps},
        "xgb": {"n_rounds": xgb.n_rounds, "learning_rate": xgb.learning_rate},
    }
    if CNN in families:
        cnn = _of(families[CNN], LastLayers)
        arrays |= {f"{CNN}.{name}": getattr(cnn, name) for name in _CNN}
        numbers |= {"n_common": committee.n_common}
        numbers |= {CNN: {"anchor": cnn.anchor, "n_steps": cnn.n_steps}}
    return StoredCommittee(arrays, xgb.boosters, numbers)


def restore(stored: StoredCommittee) -> Committee:
    """Put a committee together."""
    arrays, numbers = stored.arrays, stored.numbers

    def single(name: str) -> NDArray[np.float32]:
        return arrays[name].astype(np.float32)

    def double(name: str) -> NDArray[np.float64]:
        return arrays[name].astype(np.float64)

    gnb = GaussianNaiveBayes(
        projection=single("gnb.projection"),
        offset=single("gnb.offset"),
        log_prior=double("gnb.log_prior"),
        mean=double("gnb.mean"),
        variance=double("gnb.variance"),
        **numbers["gnb"],
    )
    sgd = LogisticRegressionSgd(
        centre=single("sgd.centre"),
        scale=single("sgd.scale"),
        weight=single("sgd.weight"),
        **numbers["sgd"],
    )
    xgb = BoostedTrees(tuple(stored.boosters), **numbers["xgb"])
    machines = tuple(
        RbfSvm.from_arrays(_under(arrays, f"svm{fold}.")) for fold in range(len(stored.boosters))
    )
    learners: dict[str, LearningFamily] = {"gnb": gnb, "sgd": sgd, "xgb": xgb}
    families: dict[str, Family] = {**learners, "svm": RbfSvms(machines)}
    if CNN in numbers:
        weight, bias, centre, scale = (single(f"{CNN}.{name}") for name in _CNN)
        last = LastLayers(weight, bias, centre, scale, **numbers[CNN])
        learners[CNN] = families[CNN] = last
    return Committee(
        n_folds=len(stored.boosters),
        families=families,
        learners=learners,
        temperatures=numbers["temperatures"],
        sharpness=numbers["sharpness"],
        n_common=numbers.get("n_common"),
        apart=frozenset({CNN} & families.keys()),
    )


def _of(family: object, kind: type[_Member]) -> _Member:
    if not isinstance(family, kind):
        raise TypeError(
            f"The committee holds a {type(family).__name__} where a {kind.__name__} is stored."
        )
    return family


def _under(arrays: Arrays, prefix: str) -> Arrays:
    return {
        name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix)
    }
