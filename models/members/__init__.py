"""The committee's members: a module holds one algorithm over all folds."""

from models.members.cnn import LastLayers
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
    "LastLayers",
    "LearningFamily",
    "LogisticRegressionSgd",
    "RbfSvms",
]
