"""The committee's members, one algorithm a module; each module holds the same algorithm over all folds.

``z`` below is standardised features, ``(n_folds, n_tracks, n_features)``: each fold has its own mean and scale, learnt from its
own training tracks.
"""

from models.members.family import Delta, Family, LearningFamily
from models.members.gnb import GaussianNaiveBayes
from models.members.sgd import LogisticRegressionSgd
from models.members.svm import RbfSvms
from models.members.xgb import BoostedTrees

__all__ = [
    "BoostedTrees",
    "Delta",
    "Family",
    "GaussianNaiveBayes",
    "LearningFamily",
    "LogisticRegressionSgd",
    "RbfSvms",
]
