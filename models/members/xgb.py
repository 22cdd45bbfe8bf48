"""Gradient-boosted trees, and a listener's own trees grown on top of the shared ones."""

from dataclasses import dataclass

import numpy as np
import xgboost
from numpy.typing import NDArray

from models.arrays import IntVector, MemberLogits
from models.emotion import N_QUADRANTS
from models.members.family import FoldFeatures


@dataclass(frozen=True, slots=True, eq=False)
class BoostedTrees:
    """One booster a fold; its logits are its margins.

    Attributes:
        boosters: Shape ``(n_folds,)``.
        n_rounds: Trees a quadrant that a listener's answers may add.
        learning_rate: What each of them contributes.
    """

    boosters: tuple[xgboost.Booster, ...]
    n_rounds: int = 10
    learning_rate: float = 0.1

    def logits(self, z: FoldFeatures) -> MemberLogits:
        """Return the boosters' margins, ``(n_folds, n_tracks, n_quadrants)``."""
        return np.stack(
            [_margin(booster, fold) for booster, fold in zip(self.boosters, z, strict=True)]
        )

    def learn(self, z: FoldFeatures, y: IntVector, parent: MemberLogits) -> "XgbDelta":
        """Return trees boosted on the parent's margin."""
        settings = {
            "objective": "multi:softprob",
            "num_class": N_QUADRANTS,
            "base_score": 0.0,
            "eta": self.learning_rate,
            "max_depth": 2,
            "tree_method": "exact",  # few rows: no histogram to build
            "nthread": 1,
        }
        grown = []
        for fold, margin in zip(z, parent, strict=True):
            answers = xgboost.DMatrix(
                fold.astype(np.float32), label=y, base_margin=margin, nthread=1
            )
            grown.append(xgboost.train(settings, answers, num_boost_round=self.n_rounds))
        return XgbDelta(boosters=tuple(grown))

    def delta(self, arrays: dict[str, NDArray[np.generic]]) -> "XgbDelta":
        """Return the delta that was stored as these arrays."""
        return XgbDelta(
            boosters=tuple(load_booster(arrays[name].tobytes()) for name in sorted(arrays))
        )


@dataclass(frozen=True, slots=True, eq=False)
class XgbDelta:
    """A listener's own trees, one booster a fold; they correct the parent's margins."""

    boosters: tuple[xgboost.Booster, ...]

    def logits(self, z: FoldFeatures, parent: MemberLogits) -> MemberLogits:
        """Return the parent's margins plus those of the listener's trees."""
        own = [_margin(booster, fold) for booster, fold in zip(self.boosters, z, strict=True)]
        return np.asarray(parent + np.stack(own))

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return the boosters in xgboost's own binary format."""
        return {
            f"fold{index}": np.frombuffer(booster.save_raw("ubj"), np.uint8)
            for index, booster in enumerate(self.boosters)
        }


def load_booster(raw: bytes) -> xgboost.Booster:
    """Return a booster from xgboost's own binary format, set to one thread."""
    booster = xgboost.Booster({"nthread": 1})
    booster.load_model(bytearray(raw))
    return booster


def _margin(booster: xgboost.Booster, x: NDArray[np.float64]) -> NDArray[np.float64]:
    margin = booster.inplace_predict(x.astype(np.float32), predict_type="margin")
    return np.asarray(margin, np.float64).reshape(len(x), N_QUADRANTS)
