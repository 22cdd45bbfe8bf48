"""The committee's members, one algorithm a module."""

from models.members.cnn import LastLayers
from models.members.family import Delta, Family, LearningFamily
from models.members.gnb import GaussianNaiveBayes
from models.members.rbf_svm import RbfSvms
from models.members.sgd import LogisticRegressionSgd
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
