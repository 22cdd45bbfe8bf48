"""Convert a committee of any families to arrays, boosters and numbers, and back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
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
from models.members.booster import Booster
from models.members.rbf_svm import RbfSvm

Arrays = dict[str, NDArray[np.generic]]
XGB, SVM, CNN = "xgb", "svm", "cnn"
_Member = TypeVar("_Member")


@dataclass(frozen=True, slots=True)
class _Form:
    """The stored fields of a family.

    Attributes:
        kind: Type of the family.
        single: Arrays of single precision.
        double: Arrays of double precision.
        numbers: Hyperparameters of learning from a user.
    """

    kind: type[GaussianNaiveBayes | LogisticRegressionSgd | LastLayers]
    single: tuple[str, ...]
    double: tuple[str, ...]
    numbers: tuple[str, ...]


_FORMS: Mapping[str, _Form] = {
    "gnb": _Form(
        GaussianNaiveBayes,
        ("projection", "offset"),
        ("log_prior", "mean", "variance"),
        ("prior_strength",),
    ),
    "sgd": _Form(LogisticRegressionSgd, ("centre", "scale", "weight"), (), ("anchor", "n_steps")),
    CNN: _Form(LastLayers, ("weight", "bias", "centre", "scale"), (), ("anchor", "n_steps")),
}
_ORDER = ("gnb", "sgd", XGB, SVM, CNN)
"""Order of arrays in a file, and default order of families."""


@dataclass(frozen=True, slots=True, eq=False)
class StoredCommittee:
    """The stored parts of a committee.

    Attributes:
        arrays: Names such as ``gnb.mean`` to arrays.
        boosters: One a fold; none without boosted trees.
        numbers: Temperatures and hyperparameters of learning from a user, for the manifest.
    """

    arrays: Arrays
    boosters: Sequence[Booster]
    numbers: Mapping[str, Any]


def store(committee: Committee) -> StoredCommittee:
    """Convert a committee to its stored parts; raise `TypeError` for unknown families."""
    families = committee.families
    unknown = set(families) - set(_ORDER)
    if unknown:
        raise TypeError(f"The committee has an unknown family {min(unknown)!r}.")
    arrays: Arrays = {}
    boosters: Sequence[Booster] = ()
    numbers: dict[str, Any] = {
        "n_folds": committee.n_folds,
        "temperatures": dict(committee.temperatures),
        "sharpness": committee.sharpness,
        "sharpness_of": {
            "+".join(sorted(part)): value for part, value in committee.sharpness_of.items()
        },
    }
    if committee.n_common is not None:
        numbers["n_common"] = committee.n_common
    for name in filter(families.__contains__, _ORDER):
        family = families[name]
        if name == XGB:
            trees = _typed(family, BoostedTrees)
            boosters = trees.boosters
            numbers[XGB] = {"n_rounds": trees.n_rounds, "learning_rate": trees.learning_rate}
        elif name == SVM:
            arrays |= _machine_arrays(_typed(family, RbfSvms))
        else:
            form = _FORMS[name]
            known = _typed(family, form.kind)
            arrays |= {f"{name}.{key}": getattr(known, key) for key in form.single + form.double}
            numbers[name] = {key: getattr(known, key) for key in form.numbers}
    return StoredCommittee(arrays, boosters, numbers)


def restore(stored: StoredCommittee, algorithms: Sequence[str] | None = None) -> Committee:
    """Restore a committee with some families in order; by default all, in default order."""
    arrays, numbers = stored.arrays, stored.numbers
    n_folds = numbers["n_folds"]
    # Support vector machines have arrays but no numbers.
    names = {SVM, *numbers} if f"{SVM}0.mean" in arrays else set(numbers)
    families: dict[str, Family] = {}
    for name in algorithms or filter(names.__contains__, _ORDER):
        if name == XGB:
            families[name] = BoostedTrees(tuple(stored.boosters), **numbers[XGB])
        elif name == SVM:
            machines = (_below(arrays, f"{SVM}{fold}.") for fold in range(n_folds))
            families[name] = RbfSvms(tuple(map(RbfSvm.from_arrays, machines)))
        else:
            families[name] = _restored(_FORMS[name], _below(arrays, f"{name}."), numbers[name])
    return Committee(
        n_folds=n_folds,
        families=families,
        learners={n: each for n, each in families.items() if isinstance(each, LearningFamily)},
        temperatures=numbers["temperatures"],
        sharpness=numbers["sharpness"],
        n_common=numbers.get("n_common"),
        apart=frozenset({CNN} & families.keys()),
        sharpness_of={
            frozenset(part.split("+")): value
            for part, value in numbers.get("sharpness_of", {}).items()
        },
    )


def _machine_arrays(machines: RbfSvms) -> Arrays:
    arrays: Arrays = {}
    for fold, machine in enumerate(machines.machines):
        stored = dict(machine.to_arrays())
        # Half precision of standardised vectors changes a decision value by some 1e-4.
        stored["vectors"] = stored["vectors"].astype(np.float16)
        arrays |= {f"{SVM}{fold}.{name}": array for name, array in stored.items()}
    return arrays


def _restored(form: _Form, arrays: Arrays, numbers: Mapping[str, Any]) -> Family:
    fields: dict[str, Any] = {name: arrays[name].astype(np.float32) for name in form.single}
    fields |= {name: arrays[name].astype(np.float64) for name in form.double}
    return form.kind(**fields, **numbers)


def _typed(family: object, kind: type[_Member]) -> _Member:
    if not isinstance(family, kind):
        raise TypeError(
            f"The committee has a {type(family).__name__} instead of a {kind.__name__}."
        )
    return family


def _below(arrays: Arrays, prefix: str) -> Arrays:
    return {
        name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix)
    }
