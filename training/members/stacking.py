"""Fits the stackers that scikit-learn knows: a forest and a regression."""

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression as ScikitLogisticRegression

from models.arrays import IntVector
from models.emotion import N_QUADRANTS
from models.fusion import Evidence
from models.fusion.evidence import log_proba
from models.fusion.forest import RandomForest
from models.fusion.stacking import LogisticRegression, side_by_side

# Chosen beforehand: small enough that a few hundred tracks cannot be learnt by heart.
_N_TREES, _TREE_DEPTH, _LEAST_LEAF = 100, 5, 5


def fit_logistic_regression(evidence: Evidence, y: IntVector) -> LogisticRegression:
    """Fit multinomial logistic regression, with a penalty of 1 on the squared weights."""
    fitted = ScikitLogisticRegression(C=1.0, max_iter=1000)
    fitted.fit(log_proba(side_by_side(evidence)), y)
    return LogisticRegression(fitted.coef_.T.copy(), fitted.intercept_.copy())


def fit_forest(evidence: Evidence, y: IntVector, seed: int) -> RandomForest:
    """Fit 100 shallow trees; each leaf counts one imagined track, divided as the quadrants are."""
    forest = RandomForestClassifier(
        _N_TREES, max_depth=_TREE_DEPTH, min_samples_leaf=_LEAST_LEAF, random_state=seed
    )
    forest.fit(side_by_side(evidence), y)
    prior = np.bincount(y, minlength=N_QUADRANTS) / len(y)
    # Without it a quadrant that no leaf has seen would be held impossible.
    return read_forest(forest, prior, 1.0)


def read_forest(
    forest: RandomForestClassifier, prior: NDArray[np.float64], strength: float
) -> RandomForest:
    """Return scikit-learn's forest as node arrays.

    Args:
        forest: Fitted to tracks of all four quadrants.
        prior: How an imagined track is divided ``(n_quadrants,)``.
        strength: How many such tracks each leaf counts; 0 gives scikit-learn's own answers.
    """
    trees = [estimator.tree_ for estimator in forest.estimators_]
    roots = np.cumsum([0, *(tree.node_count for tree in trees[:-1])])
    is_leaf = np.concatenate([tree.children_left < 0 for tree in trees])
    children = np.vstack(
        [
            root + np.stack([tree.children_left, tree.children_right], axis=1)
            for tree, root in zip(trees, roots, strict=True)
        ]
    )
    seen = np.concatenate([tree.weighted_n_node_samples for tree in trees])[:, None]
    share = np.vstack([tree.value[:, 0, :] for tree in trees])
    return RandomForest(
        roots=roots.astype(np.int32),
        feature=np.where(is_leaf, 0, np.concatenate([t.feature for t in trees])).astype(np.int8),
        threshold=np.where(is_leaf, np.inf, np.concatenate([t.threshold for t in trees])),
        children=np.where(is_leaf[:, None], np.arange(len(is_leaf))[:, None], children).astype(
            np.int32
        ),
        value=(share * seen + strength * prior) / (seen + strength),
        depth=max(tree.max_depth for tree in trees),
    )
